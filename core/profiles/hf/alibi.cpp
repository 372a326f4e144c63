// BLOOM and MPT: positions by ALiBi, attention written out.
// Source: transformers 5.16.0.dev0, models/bloom/modeling_bloom.py, models/mpt/modeling_mpt.py.

#include "core/profiles/hf/decoder.h"

namespace tensorledger::hf {

namespace {

struct Attended {
    Tensor output;
    Tensor weights;  // handed back beside the output; alive as long as the layer runs
};

// --- BLOOM ---------------------------------------------------------------------------------------

/// GeLUFunction: keeps its input alone; forward and backward are written term by term.
Tensor bloom_gelu(Context& c, const Tensor& x) {
    auto scope = c.t.module("gelu_impl");
    Tape& t = c.t;
    const auto like = [](Tape& tape, const char* name, const Tensor& shape) {
        return tape.make_like(name, shape, shape.dtype());
    };
    const auto backward = [like](Tape& tape, std::vector<Tensor>& grads) {
        const Tensor& g = grads.front();
        Tensor tanh;
        {
            Tensor argument;
            {
                const Tensor first = like(tape, "0.8 x", g);
                Tensor second = like(tape, "0.04 x", g);
                second = like(tape, "0.04 x²", g);
                second = like(tape, "1 + 0.04 x²", g);
                argument = like(tape, "tanh argument", g);
            }
            tanh = like(tape, "tanh", g);
        }
        Tensor slope;
        {
            Tensor left;
            {
                const Tensor half = like(tape, "0.5 x", g);
                Tensor product;
                {
                    Tensor one_minus = like(tape, "tanh²", g);
                    one_minus = like(tape, "1 − tanh²", g);
                    Tensor inner = like(tape, "0.1 x", g);
                    inner = like(tape, "0.1 x²", g);
                    inner = like(tape, "0.8 + 0.1 x²", g);
                    product = like(tape, "slope of the argument", g);
                }
                left = like(tape, "left term", g);
            }
            Tensor right = like(tape, "1 + tanh", g);
            right = like(tape, "right term", g);
            slope = like(tape, "slope", g);
        }
        std::vector<Tensor> results;
        results.push_back(like(tape, "gradient", g));
        return results;
    };
    const Tensor half = like(t, "0.5 x", x);
    Tensor one_plus;
    {
        Tensor argument;
        {
            const Tensor first = like(t, "0.8 x", x);
            Tensor second = like(t, "0.04 x", x);
            second = like(t, "0.04 x²", x);
            second = like(t, "1 + 0.04 x²", x);
            argument = like(t, "tanh argument", x);
        }
        argument = like(t, "tanh", x);
        one_plus = like(t, "1 + tanh", x);
    }
    return t.custom({&x}, {x}, x.shape(), x.dtype(), backward, "output");
}

struct BloomBlock {
    using Norm = LayerNorm;

    const Attention& shape;
    LayerNorm input_layernorm, post_attention_layernorm;
    Linear query_key_value, dense, dense_h_to_4h, dense_4h_to_h;

    BloomBlock(Context& c, const Layer& layer)
        : shape(layer.attention),
          input_layernorm(c, "input_layernorm", c.h),
          post_attention_layernorm(c, "post_attention_layernorm", c.h) {
        const Dim width = query_width(shape);
        const Dim f{layer.feed_forward.width, "f"};
        {
            auto scope = c.t.module("self_attention");
            query_key_value = Linear(c, "query_key_value", c.h, {3 * width.size, "3·a·d"}, true);
            dense = Linear(c, "dense", width, c.h, true);
        }
        auto scope = c.t.module("mlp");
        dense_h_to_4h = Linear(c, "dense_h_to_4h", c.h, f, true);
        dense_4h_to_h = Linear(c, "dense_4h_to_h", f, c.h, true);
    }

    Attended attend(Context& c, const Tensor& x, const Tensor& residual,
                    const DecoderInputs& inputs) const {
        auto scope = c.t.module("self_attention");
        Tape& t = c.t;
        const Dim d = head_dim(shape);
        const Dim rows{checked_product(c.b.size, shape.heads), "b·a"};
        t.line(257);
        const Tensor fused = query_key_value(c, x);
        Tensor query;
        Tensor key;
        Tensor value;
        {
            const Tensor parts = t.view(fused, {c.b, c.s, heads(shape), {3, "3"}, d});
            query = t.transpose(t.select(parts, -2), 1, 2);
            key = t.transpose(t.select(parts, -2), 1, 2);
            value = t.transpose(t.select(parts, -2), 1, 2);
        }
        update_cache(c, key, value, 0);
        const Dim keys = key.dim(2);
        query = t.reshape(query, {rows, c.s, d}, "query by head");
        key = t.transpose(t.reshape(key, {rows, keys, d}, "key by head"), -1, -2);
        value = t.reshape(value, {rows, keys, d}, "value by head");
        const Tensor scores = t.baddbmm(inputs.alibi, query, key, false, "scores with ALiBi");
        Tensor weights = t.view(scores, {c.b, heads(shape), c.s, keys});
        weights = t.add(weights, inputs.full, "masked scores");
        Tensor probabilities = t.to(t.softmax(weights, DType::fp32, "attention weights in fp32"),
                                    query.dtype(), "attention weights");
        probabilities = t.dropout(probabilities, c.dropout.attention, "dropped attention weights");
        const Tensor flat = t.view(probabilities, {rows, c.s, keys});
        Tensor context = t.matmul(flat, value, "attention output");
        {
            Tensor by_head = t.view(context, {c.b, heads(shape), c.s, d});
            by_head = t.permute(by_head, {0, 2, 1, 3});
            context =
                t.reshape(by_head, {c.b, c.s, query_width(shape)}, "attention output by token");
        }
        Tensor output = dense(c, context);
        output = t.add(residual, t.dropout(output, c.dropout.residual, "dropped output"),
                       "after attention");
        return {std::move(output), std::move(probabilities)};
    }

    Tensor forward(Context& c, const Tensor& x, const Tensor& residual) const {
        auto scope = c.t.module("mlp");
        const Tensor hidden = bloom_gelu(c, dense_h_to_4h(c, x));
        const Tensor output = dense_4h_to_h(c, hidden);
        return c.t.add(residual, c.t.dropout(output, c.dropout.residual, "dropped output"),
                       "output");
    }

    Tensor operator()(Context& c, const Tensor& x, const DecoderInputs& inputs) const {
        Tensor normed = input_layernorm(c, x);
        const Attended attended = attend(c, normed, x, inputs);
        c.hands_out(attended.weights);
        normed = post_attention_layernorm(c, attended.output);
        return forward(c, normed, attended.output);
    }
};

// --- MPT -----------------------------------------------------------------------------------------

struct MptBlock {
    using Norm = LayerNorm;

    const Attention& shape;
    LayerNorm norm_1, norm_2;
    Linear wqkv, out_proj, up_proj, down_proj;

    MptBlock(Context& c, const Layer& layer)
        : shape(layer.attention), norm_1(c, "norm_1", c.h, false), norm_2(c, "norm_2", c.h, false) {
        const Dim width = query_width(shape);
        const Dim f{layer.feed_forward.width, "f"};
        {
            auto scope = c.t.module("attn");
            wqkv = Linear(c, "Wqkv", c.h, {3 * width.size, "3·a·d"});
            out_proj = Linear(c, "out_proj", width, c.h);
        }
        auto scope = c.t.module("ffn");
        up_proj = Linear(c, "up_proj", c.h, f);
        down_proj = Linear(c, "down_proj", f, c.h);
    }

    Attended attend(Context& c, const Tensor& x, const DecoderInputs& inputs) const {
        auto scope = c.t.module("attn");
        Tape& t = c.t;
        const Dim d = head_dim(shape);
        const Dim width = query_width(shape);
        t.line(88);
        const Tensor mixed = wqkv(c, x);
        std::vector<Tensor> parts = t.split(mixed, 2, {width, width, width});
        for (Tensor& part : parts) {
            part = t.transpose(t.reshape(part, {c.b, c.s, heads(shape), d}), 1, 2);
        }
        update_cache(c, parts[1], parts[2], 0);
        Tensor scores =
            t.scale(t.matmul(parts[0], t.transpose(parts[1], -1, -2), "scores"), "scaled scores");
        scores = t.add(scores, t.slice(inputs.alibi, 2, parts[1].dim(2)), "scores with ALiBi");
        scores = t.masked_fill(scores, inputs.full, "masked scores");
        Tensor weights = t.to(t.softmax(t.to(scores, DType::fp32, "scores in fp32"), std::nullopt,
                                        "attention weights in fp32"),
                              parts[2].dtype(), "attention weights");
        weights = t.dropout(weights, c.dropout.attention, "dropped attention weights");
        Tensor context = t.matmul(weights, parts[2], "attention output");
        context =
            t.view(t.contiguous(t.permute(context, {0, 2, 1, 3}), "attention output by token"),
                   {c.b, c.s, width});
        return {out_proj(c, context), std::move(weights)};
    }

    Tensor forward(Context& c, const Tensor& x, const Tensor& residual) const {
        auto scope = c.t.module("ffn");
        const Tensor hidden = c.t.gelu(up_proj(c, x), "activated");
        const Tensor projected = down_proj(c, hidden);
        Tensor output = c.t.dropout(projected, c.dropout.attention, "dropped output");
        output = c.t.add(output, residual, "output");
        return output;
    }

    Tensor operator()(Context& c, const Tensor& x, const DecoderInputs& inputs) const {
        Tape& t = c.t;
        Tensor normed = norm_1(c, x);
        const Attended attended = attend(c, normed, inputs);
        c.hands_out(attended.weights);
        const Tensor hidden =
            t.add(t.dropout(attended.output, c.dropout.attention, "dropped attention"), x,
                  "after attention");
        normed = norm_2(c, hidden);
        return forward(c, normed, hidden);
    }
};

}  // namespace

Listing bloom(Context& c) {
    c.eager_only = true;
    return rotary_decoder<BloomBlock>(c, {.source = "transformers:models/bloom/modeling_bloom.py",
                                          .embed = "word_embeddings",
                                          .stack = "h",
                                          .norm = "ln_f",
                                          .places = Places::alibi,
                                          .embedding_norm = true});
}

Listing mpt(Context& c) {
    c.eager_only = true;
    return rotary_decoder<MptBlock>(c, {.source = "transformers:models/mpt/modeling_mpt.py",
                                        .embed = "wte",
                                        .stack = "blocks",
                                        .norm = "norm_f",
                                        .places = Places::alibi_by_max_length});
}

}  // namespace tensorledger::hf
