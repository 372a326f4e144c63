// GPT-NeoX (Pythia): packed q, k, v by head, a part of each head rotates, LayerNorm, and attention and
// MLP side by side.
// Source: transformers 5.16.0.dev0, models/gpt_neox/modeling_gpt_neox.py.

#include "core/profiles/hf/decoder.h"

namespace tensorledger::hf {

namespace {

struct NeoxAttention {
    const Attention& shape;
    Linear query_key_value, dense;

    NeoxAttention(Context& c, const Attention& a) : shape(a) {
        auto scope = c.t.module("attention");
        const Dim width = query_width(a);
        query_key_value =
            Linear(c, "query_key_value", c.h, {3 * width.size, "3·a·d"}, a.query_bias);
        dense = Linear(c, "dense", width, c.h, a.output_bias);
    }

    Tensor operator()(Context& c, const Tensor& x, const DecoderInputs& inputs) const {
        auto scope = c.t.module("attention");
        Tape& t = c.t;
        const Dim d = head_dim(shape);
        t.line(207);
        const Tensor qkv = t.transpose(
            t.view(query_key_value(c, x), {c.b, c.s, heads(shape), {3 * d.size, "3·d"}}), 1, 2);
        Tensor query;
        Tensor key;
        Tensor value;
        {
            std::vector<Tensor> parts = t.split(qkv, -1, {d, d, d});
            query = std::move(parts[0]);
            key = std::move(parts[1]);
            value = std::move(parts[2]);
        }
        {
            Rotated rotated = apply_rotary(c, Rotation::partial, query, key, inputs.rotary);
            query = std::move(rotated.query);
            key = std::move(rotated.key);
        }
        update_cache(c, key, value, 0);
        Tensor output = attention(c, query, key, value, inputs.full,
                                  {.causal = true, .dropout = c.dropout.attention});
        output = t.contiguous(t.reshape(output, {c.b, c.s, query_width(shape)}));
        output = dense(c, output);
        return output;
    }
};

struct NeoxLayer {
    using Norm = LayerNorm;

    bool parallel;
    LayerNorm input_layernorm, post_attention_layernorm;
    NeoxAttention attention;
    PlainMlp mlp;

    NeoxLayer(Context& c, const Layer& layer)
        : parallel(layer.parallel_block),
          input_layernorm(c, "input_layernorm", c.h),
          post_attention_layernorm(c, "post_attention_layernorm", c.h),
          attention(c, layer.attention),
          mlp(c, layer.feed_forward, "dense_h_to_4h", "dense_4h_to_h") {}

    Tensor operator()(Context& c, const Tensor& x, const DecoderInputs& inputs) const {
        Tape& t = c.t;
        Tensor attended = attention(c, input_layernorm(c, x), inputs);
        attended = t.dropout(attended, c.dropout.residual, "dropped attention");
        if (!parallel) {
            attended = t.add(attended, x, "after attention");
        }
        Tensor forwarded = mlp(c, post_attention_layernorm(c, parallel ? x : attended));
        forwarded = t.dropout(forwarded, c.dropout.residual, "dropped output");
        if (!parallel) {
            return t.add(forwarded, attended, "output");
        }
        return t.add(t.add(forwarded, attended, "both blocks"), x, "output");
    }
};

}  // namespace

Listing gpt_neox(Context& c) {
    return rotary_decoder<NeoxLayer>(c,
                                     {.source = "transformers:models/gpt_neox/modeling_gpt_neox.py",
                                      .embed = "embed_in",
                                      .norm = "final_layer_norm"});
}

}  // namespace tensorledger::hf
