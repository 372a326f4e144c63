// Falcon: packed q, k, v with one key head, projections as matrix products of their own, and
// attention and MLP side by side on one norm.
// Source: transformers 5.16.0.dev0, models/falcon/modeling_falcon.py.

#include "core/profiles/hf/decoder.h"

namespace tensorledger::hf {

namespace {

/// FalconLinear: input @ weight.T, and the bias added after it.
struct FalconLinear {
    const char* name = "";
    Parameter weight;
    Parameter bias;

    FalconLinear() = default;
    FalconLinear(Context& c, const char* module, Dim in, Dim out, bool has_bias) : name(module) {
        auto scope = c.t.module(module);
        weight = c.parameter("weight", {out, in}, c.weight);
        if (has_bias) {
            bias = c.parameter("bias", {out}, c.weight);
        }
    }

    Tensor operator()(Context& c, const Tensor& x) const {
        auto scope = c.t.module(name);
        c.t.line(62);
        Tensor output = c.t.matmul(x, c.t.transpose(weight, 0, 1), "output");
        return bias.defined() ? c.t.add(output, bias, "output with bias") : output;
    }
};

struct Heads {
    Tensor query;
    Tensor key;
    Tensor value;
};

struct FalconLayer {
    using Norm = LayerNorm;

    const Layer& layer;
    LayerNorm input_layernorm, mlp_layernorm;
    FalconLinear query_key_value, dense, dense_h_to_4h, dense_4h_to_h;

    FalconLayer(Context& c, const Layer& description) : layer(description) {
        const Attention& a = layer.attention;
        const bool bias = layer.feed_forward.bias;
        const Dim f{layer.feed_forward.width, "f"};
        {
            auto scope = c.t.module("self_attention");
            query_key_value =
                FalconLinear(c, "query_key_value", c.h,
                             {query_width(a).size + 2 * kv_width(a).size, "(a + 2k)·d"}, bias);
            dense = FalconLinear(c, "dense", query_width(a), c.h, bias);
        }
        {
            auto scope = c.t.module("mlp");
            dense_h_to_4h = FalconLinear(c, "dense_h_to_4h", c.h, f, bias);
            dense_4h_to_h = FalconLinear(c, "dense_4h_to_h", f, c.h, bias);
        }
        input_layernorm = LayerNorm(c, layer.norms == 2 ? "ln_attn" : "input_layernorm", c.h);
        if (layer.norms == 2) {
            mlp_layernorm =
                LayerNorm(c, layer.parallel_block ? "ln_mlp" : "post_attention_layernorm", c.h);
        }
    }

    /// Query heads, then one (or as many) key heads and value heads, out of the packed product.
    Heads split_heads(Context& c, const Tensor& fused) const {
        Tape& t = c.t;
        const Attention& a = layer.attention;
        const Dim d = head_dim(a);
        const auto chosen = [&](const Tensor& packed, int axis, const char* name) {
            return t.index(packed, t.make("index", {Dim{1, "1"}}, DType::int64), name, axis);
        };
        if (a.kv_heads == 1) {
            const Tensor packed = t.view(fused, {c.b, c.s, {a.heads + 2, "a + 2"}, d});
            Heads parts;
            parts.query = t.slice(packed, 2, heads(a));
            parts.key = chosen(packed, 2, "key head");
            parts.value = chosen(packed, 2, "value head");
            return parts;
        }
        if (a.kv_heads == a.heads) {
            const Tensor packed = t.view(fused, {c.b, c.s, heads(a), {3, "3"}, d});
            return {t.select(packed, -2), t.select(packed, -2), t.select(packed, -2)};
        }
        const Dim groups{a.heads / a.kv_heads, "a/k"};
        const Tensor packed =
            t.view(fused, {c.b, c.s, kv_heads(a), {groups.size + 2, "a/k + 2"}, d});
        Tensor query = t.slice(packed, 3, groups);
        Tensor key = chosen(packed, 3, "key heads");
        Tensor value = chosen(packed, 3, "value heads");
        key = t.expand(key, {c.b, c.s, kv_heads(a), groups, d});
        value = t.expand(value, {c.b, c.s, kv_heads(a), groups, d});
        Heads parts;
        parts.query = t.reshape(query, {c.b, c.s, heads(a), d}, "query heads");
        parts.key = t.reshape(key, {c.b, c.s, heads(a), d}, "repeated key heads");
        parts.value = t.reshape(value, {c.b, c.s, heads(a), d}, "repeated value heads");
        return parts;
    }

    Tensor attend(Context& c, const Tensor& x, const DecoderInputs& inputs) const {
        auto scope = c.t.module("self_attention");
        Tape& t = c.t;
        const Attention& a = layer.attention;
        const Dim d = head_dim(a);
        const Dim k{a.kv_heads == 1 ? 1 : a.heads, a.kv_heads == 1 ? "1" : "a"};
        const Tensor fused = query_key_value(c, x);
        auto [query, key, value] = split_heads(c, fused);
        query = t.reshape(t.transpose(query, 1, 2), {c.b, heads(a), c.s, d}, "query heads");
        key = t.reshape(t.transpose(key, 1, 2), {c.b, k, c.s, d}, "key heads");
        value = t.reshape(t.transpose(value, 1, 2), {c.b, k, c.s, d}, "value heads");
        {
            Rotated rotated = apply_rotary(c, Rotation::whole, query, key, inputs.rotary);
            query = std::move(rotated.query);
            key = std::move(rotated.key);
        }
        update_cache(c, key, value, 0);
        Tensor scores;
        Tensor output;
        t.line(350);
        if (!c.eager()) {
            output = t.sdpa(query, key, value, inputs.full, {});
        } else {
            scores = t.matmul(query, t.transpose(key, -1, -2), "scores");
            t.scale_in_place(scores);
            scores = t.softmax(t.add(scores, inputs.full, "masked scores"), x.dtype(),
                               "attention weights");
            output = t.matmul(scores, value, "attention output");
        }
        output = t.view(output, {c.b, heads(a), c.s, d});
        output = t.permute(output, {0, 2, 1, 3});
        output = t.reshape(output, {c.b, c.s, query_width(a)}, "attention output by token");
        output = dense(c, output);
        c.hands_out(scores);
        return output;
    }

    Tensor forward(Context& c, const Tensor& x) const {
        auto scope = c.t.module("mlp");
        Tensor hidden = activation(c, layer.feed_forward.activation, dense_h_to_4h(c, x));
        hidden = dense_4h_to_h(c, hidden);
        return hidden;
    }

    Tensor operator()(Context& c, const Tensor& x, const DecoderInputs& inputs) const {
        Tape& t = c.t;
        Tensor residual = x;
        Tensor mlp_input;
        Tensor attention_input;
        if (layer.parallel_block && layer.norms == 2) {
            attention_input = input_layernorm(c, x);
            mlp_input = mlp_layernorm(c, x);
        } else {
            attention_input = input_layernorm(c, x);
        }
        const Tensor attended = attend(c, attention_input, inputs);
        if (!layer.parallel_block) {
            residual =
                t.add(residual, t.dropout(attended, c.dropout.attention, "dropped attention"),
                      "after attention");
            mlp_input = mlp_layernorm(c, residual);
        } else if (layer.norms == 1) {
            mlp_input = attention_input;
        }
        Tensor output = forward(c, mlp_input);
        if (layer.parallel_block) {
            t.add_in_place(output, attended);
        }
        output = t.add(residual, t.dropout(output, c.dropout.residual, "dropped output"), "output");
        return output;
    }
};

}  // namespace

Listing falcon(Context& c) {
    return rotary_decoder<FalconLayer>(c,
                                       {.source = "transformers:models/falcon/modeling_falcon.py",
                                        .embed = "word_embeddings",
                                        .stack = "h",
                                        .norm = "ln_f",
                                        .always_mask = true});
}

}  // namespace tensorledger::hf
