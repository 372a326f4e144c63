// Phi-3 and GLM: gate and up in one matrix; a part of each head rotates. Phi-3 has q, k and v in one
// matrix too, and dropout behind both blocks.
// Source: transformers 5.16.0.dev0, models/phi3/modeling_phi3.py, models/glm/modeling_glm.py.

#include "core/profiles/hf/decoder.h"

namespace tensorledger::hf {

namespace {

struct Phi3Attention {
    const Attention& shape;
    Linear o_proj, qkv_proj;

    Phi3Attention(Context& c, const Attention& a) : shape(a) {
        auto scope = c.t.module("self_attn");
        o_proj = Linear(c, "o_proj", query_width(a), c.h);
        qkv_proj =
            Linear(c, "qkv_proj", c.h, {query_width(a).size + 2 * kv_width(a).size, "(a + 2k)·d"});
    }

    Tensor operator()(Context& c, const Tensor& x, const DecoderInputs& inputs) const {
        auto scope = c.t.module("self_attn");
        Tape& t = c.t;
        const Dim d = head_dim(shape);
        t.line(222);
        const Tensor qkv = qkv_proj(c, x);
        Tensor query = t.slice(qkv, -1, query_width(shape));
        Tensor key = t.slice(qkv, -1, kv_width(shape));
        Tensor value = t.slice(qkv, -1, kv_width(shape));
        query = t.transpose(t.view(query, {c.b, c.s, heads(shape), d}), 1, 2);
        key = t.transpose(t.view(key, {c.b, c.s, kv_heads(shape), d}), 1, 2);
        value = t.transpose(t.view(value, {c.b, c.s, kv_heads(shape), d}), 1, 2);
        {
            Rotated rotated = apply_rotary(c, Rotation::joined, query, key, inputs.rotary);
            query = std::move(rotated.query);
            key = std::move(rotated.key);
        }
        update_cache(c, key, value, shape.window);
        Tensor output = attention(c, query, key, value, inputs.mask(shape),
                                  {.causal = true,
                                   .dropout = c.dropout.attention,
                                   .groups = shape.heads / shape.kv_heads});
        output = t.contiguous(t.reshape(output, {c.b, c.s, query_width(shape)}));
        output = o_proj(c, output);
        return output;
    }
};

struct Phi3Layer {
    using Norm = RmsNorm;

    Phi3Attention self_attn;
    PackedMlp mlp;
    RmsNorm input_layernorm, post_attention_layernorm;

    Phi3Layer(Context& c, const Layer& layer)
        : self_attn(c, layer.attention),
          mlp(c, layer.feed_forward),
          input_layernorm(c, "input_layernorm", c.h),
          post_attention_layernorm(c, "post_attention_layernorm", c.h) {}

    Tensor operator()(Context& c, const Tensor& x, const DecoderInputs& inputs) const {
        Tape& t = c.t;
        Tensor residual = x;
        Tensor hidden = input_layernorm(c, x);
        hidden = self_attn(c, hidden, inputs);
        hidden = t.add(residual, t.dropout(hidden, c.dropout.residual, "dropped attention"),
                       "after attention");
        residual = hidden;
        hidden = post_attention_layernorm(c, hidden);
        hidden = mlp(c, hidden);
        hidden = t.add(residual, t.dropout(hidden, c.dropout.residual, "dropped output"), "output");
        return hidden;
    }
};

struct GlmLayer {
    using Norm = RmsNorm;

    RotaryAttention<> self_attn;
    PackedMlp mlp;
    RmsNorm input_layernorm, post_attention_layernorm;

    GlmLayer(Context& c, const Layer& layer)
        : self_attn(c, layer.attention, {.rotation = Rotation::interleaved}),
          mlp(c, layer.feed_forward),
          input_layernorm(c, "input_layernorm", c.h),
          post_attention_layernorm(c, "post_attention_layernorm", c.h) {}

    Tensor operator()(Context& c, const Tensor& x, const DecoderInputs& inputs) const {
        Tape& t = c.t;
        Tensor residual = x;
        Tensor hidden = input_layernorm(c, x);
        hidden = self_attn(c, hidden, inputs);
        hidden = t.add(residual, hidden, "after attention");
        residual = hidden;
        hidden = post_attention_layernorm(c, hidden);
        hidden = mlp(c, hidden);
        hidden = t.add(residual, hidden, "output");
        return hidden;
    }
};

}  // namespace

Listing phi3(Context& c) {
    return rotary_decoder<Phi3Layer>(c, {.source = "transformers:models/phi3/modeling_phi3.py"});
}

Listing glm(Context& c) {
    return rotary_decoder<GlmLayer>(c, {.source = "transformers:models/glm/modeling_glm.py"});
}

}  // namespace tensorledger::hf
