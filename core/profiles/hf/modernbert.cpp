// ModernBERT: a pre-norm encoder with packed q/k/v, rotary positions turned in fp32, a packed gated MLP,
// and layers that see all tokens between ones that see a window on either side.
// Source: transformers 5.16.0.dev0, models/modernbert/modeling_modernbert.py.

#include <algorithm>

#include "core/profiles/hf/blocks.h"

namespace tensorledger::hf {

namespace {

constexpr const char* kSource = "transformers:models/modernbert/modeling_modernbert.py";

struct ModernBertLayer {
    const Layer& layer;
    LayerNorm attn_norm, mlp_norm;  // the first layer has no attn_norm
    Linear Wqkv, attn_Wo, Wi, mlp_Wo;

    ModernBertLayer(Context& c, const Layer& description) : layer(description) {
        const Attention& a = layer.attention;
        const FeedForward& ff = layer.feed_forward;
        const bool norm_bias = layer.norm == NormKind::layer;
        if (layer.norms > 1) {
            attn_norm = LayerNorm(c, "attn_norm", c.h, norm_bias);
        }
        {
            auto scope = c.t.module("attn");
            Wqkv = Linear(c, "Wqkv", c.h, {3 * a.heads * a.head_dim, "3·a·d"}, a.query_bias);
            attn_Wo = Linear(c, "Wo", c.h, c.h, a.output_bias);
        }
        mlp_norm = LayerNorm(c, "mlp_norm", c.h, norm_bias);
        auto scope = c.t.module("mlp");
        Wi = Linear(c, "Wi", c.h, {2 * ff.width, "2·f"}, ff.bias);
        mlp_Wo = Linear(c, "Wo", {ff.width, "f"}, c.h, ff.bias);
    }

    bool sliding() const { return layer.attention.window > 0; }

    /// x cos + rotate_half(x) sin, both of x in fp32.
    static Tensor rotated(Context& c, const Tensor& x, const Tensor& cos, const Tensor& sin) {
        Tape& t = c.t;
        const Dim half{x.size(-1) / 2, "d/2"};
        Tensor direct = t.mul(t.to(x, DType::fp32, "x in fp32"), cos, "x cos");
        Tensor turned;
        {
            const Tensor wide = t.to(x, DType::fp32, "x in fp32");
            const Tensor first = t.slice(wide, -1, half);
            const Tensor second = t.slice(wide, -1, half);
            std::vector<Tensor> parts;
            parts.push_back(t.scale(second, "-x2"));
            parts.push_back(first);
            turned = t.cat(std::move(parts), -1, x.dim(-1), "rotated half");
        }
        return t.add(std::move(direct), t.mul(std::move(turned), sin, "rotated half sin"),
                     "rotated");
    }

    Tensor attend(Context& c, const Tensor& x, const Rotary& rotary, const Tensor& mask) const {
        auto scope = c.t.module("attn");
        Tape& t = c.t;
        const Attention& a = layer.attention;
        Tensor qkv = Wqkv(c, x);
        qkv = t.view(qkv, {c.b, c.s, Dim{3, "3"}, heads(a), head_dim(a)});
        Tensor query;
        Tensor key;
        Tensor value;
        {
            const std::vector<Tensor> parts = t.unbind(qkv, 2);
            query = t.transpose(parts[0], 1, 2);
            key = t.transpose(parts[1], 1, 2);
            value = t.transpose(parts[2], 1, 2);
        }
        {
            const Tensor cos = t.unsqueeze(rotary.cos, 1);
            const Tensor sin = t.unsqueeze(rotary.sin, 1);
            const Tensor turned_query = rotated(c, query, cos, sin);
            const Tensor turned_key = rotated(c, key, cos, sin);
            query = t.to(turned_query, query.dtype(), "rotated query");
            key = t.to(turned_key, key.dtype(), "rotated key");
        }
        Tensor output = attention(c, query, key, value, mask,
                                  {.causal = false, .dropout = c.dropout.attention});
        output = t.contiguous(t.reshape(output, {c.b, c.s, query_width(a)}));
        output = attn_Wo(c, output);
        return t.dropout(output, c.dropout.attention, "dropped output");
    }

    Tensor feed_forward(Context& c, const Tensor& x) const {
        auto scope = c.t.module("mlp");
        Tape& t = c.t;
        const Dim f{layer.feed_forward.width, "f"};
        const std::vector<Tensor> parts = t.split(Wi(c, x), 2, {f, f});
        Tensor product =
            t.mul(activation(c, layer.feed_forward.activation, parts[0]), parts[1], "input × gate");
        return mlp_Wo(c, t.dropout(std::move(product), c.dropout.residual, "dropped hidden"));
    }

    Tensor operator()(Context& c, const Tensor& x, const Rotary& rotary, const Tensor& mask) const {
        Tape& t = c.t;
        const Tensor attended =
            attend(c, attn_norm.weight.defined() ? attn_norm(c, x) : x, rotary, mask);
        const Tensor hidden = t.add(x, attended, "after attention");
        return t.add(hidden, feed_forward(c, mlp_norm(c, hidden)), "output");
    }
};

/// create_bidirectional_sliding_window_mask: none while no token is farther away than half the window.
Tensor window_mask(Context& c, const Tensor& embeddings, const Tensor& padding, std::int64_t half) {
    if (c.s.size < half) {
        return bidirectional_mask(c, embeddings, padding);
    }
    auto scope = c.t.module("mask", "transformers:masking_utils.py", Group::buffers);
    Tape& t = c.t;
    const Dim one{1, "1"};
    Tensor mask;
    {
        Tensor distance = t.make("distances", {one, one, c.s, c.s}, DType::int64);
        distance = t.make_like("absolute distances", distance, DType::int64);
        const Tensor near = t.make("window comparison", {one, one, c.s, c.s}, DType::boolean);
        mask = t.make("window mask", {one, one, c.s, c.s}, DType::boolean);
    }
    if (padding.defined()) {
        mask = t.make("mask with padding", {c.b, one, c.s, c.s}, DType::boolean);
    }
    mask = t.expand(mask, {c.b, one, c.s, c.s});
    return c.eager() ? t.make("additive mask", {c.b, one, c.s, c.s}, embeddings.dtype()) : mask;
}

struct ModernBertForMaskedLM {
    Embedding tok_embeddings;
    LayerNorm embedding_norm, final_norm, head_norm;
    Layers<ModernBertLayer> layers;
    Linear dense, decoder;
    Dim rotary_dim;
    std::int64_t window = 0;
    std::string_view act;

    explicit ModernBertForMaskedLM(Context& c) {
        const std::vector<Layer>& stack = c.model.decoder.layers;
        const bool norm_bias = stack.front().norm == NormKind::layer;
        rotary_dim = head_dim(stack.front().attention);
        act = stack.front().feed_forward.activation;
        bool any_full = false;
        for (const Layer& layer : stack) {
            window = std::max(window, layer.attention.window);
            any_full = any_full || layer.attention.window == 0;
        }
        {
            auto scope = c.t.module("model");
            {
                auto inner = c.t.module("embeddings");
                tok_embeddings = Embedding(c, "tok_embeddings", c.v, c.h);
                embedding_norm = LayerNorm(c, "norm", c.h, norm_bias);
            }
            layers.make(c, "layers", stack);
            final_norm = LayerNorm(c, "final_norm", c.h, norm_bias);
            if (any_full) {
                rotary_buffers(c, rotary_dim);
            }
            if (window > 0) {
                rotary_buffers(c, rotary_dim);
            }
        }
        auto scope = c.t.module("head");
        dense = Linear(c, "dense", c.h, c.h, listed_shape(c.model, "head.dense.bias").rank > 0);
        head_norm = LayerNorm(c, "norm", c.h, norm_bias);
        decoder.name = "decoder";
        decoder.weight = c.model.tied_head ? tok_embeddings.original
                                           : c.parameter("decoder.weight", {c.v, c.h}, c.weight);
        if (c.model.head_bias) {
            decoder.bias = c.parameter("decoder.bias", {c.v}, c.weight);
        }
    }

    Tensor hidden_states(Context& c, const Tensor& ids, const Tensor& padding) const {
        auto scope = c.t.module("model");
        Tape& t = c.t;
        const Tensor positions = t.make("position ids", {Dim{1, "1"}, c.s}, DType::int64);
        Tensor hidden;
        {
            auto inner = t.module("embeddings");
            hidden = t.dropout(embedding_norm(c, tok_embeddings(c, ids)), c.dropout.embedding,
                               "dropped embeddings");
        }
        const Tensor full = bidirectional_mask(c, hidden, padding);
        const Tensor sliding = window_mask(c, hidden, padding, window / 2);
        const Rotary global = rotary_tables(c, hidden.dtype(), rotary_dim);
        const Rotary local = window > 0 ? rotary_tables(c, hidden.dtype(), rotary_dim) : Rotary{};
        hidden = layers.run(
            c, "layers", std::move(hidden),
            [&c, full, sliding, global, local](const ModernBertLayer& layer, const Tensor& x) {
                return layer.sliding() ? layer(c, x, local, sliding) : layer(c, x, global, full);
            });
        return final_norm(c, hidden);
    }

    Tensor loss(Context& c, const Tensor& ids, const Tensor& labels, const Tensor& padding) const {
        auto scope = c.t.module("", kSource);
        Tape& t = c.t;
        const Tensor sequence = hidden_states(c, ids, padding);
        Tensor logits;
        {
            auto head = t.module("head", nullptr, Group::logits);
            logits = decoder(c, head_norm(c, activation(c, act, dense(c, sequence))));
        }
        auto inner = t.module("loss", "transformers:loss/loss_utils.py", Group::logits);
        const Tensor wide = t.to(logits, DType::fp32, "logits in fp32");
        return masked_lm_loss(c, wide, labels);
    }
};

}  // namespace

Listing modernbert(Context& c) {
    auto network = std::make_shared<ModernBertForMaskedLM>(c);
    return {[&c, network](const Tensor& ids, const Tensor& labels, const Tensor& mask) {
        return network->loss(c, ids, labels, mask);
    }};
}

}  // namespace tensorledger::hf
