// Qwen (the first generation): Llama's layer with one matrix for queries, keys and values, rotated in fp32,
// a gate named w2, tables of the rotation kept from step to step, and a loss on the logits as they are.
// Source: the modeling_qwen.py that is published with the weights (Qwen/Qwen-7B), without the optional
// kernels of flash-attn's rotary and layer_norm folders.

#include "core/profiles/hf/decoder.h"

namespace tensorledger::hf {

namespace {

constexpr const char* kSource = "hf:Qwen/Qwen-7B/modeling_qwen.py";

/// apply_rotary_pos_emb on [b, s, heads, d]: in fp32, joined with the (empty) rest of the head.
Tensor rotate_in_fp32(Context& c, const Tensor& x, const Rotary& tables) {
    Tape& t = c.t;
    const Tensor wide = t.to(x, DType::fp32, "in fp32");
    const Tensor turned = rotate(c, wide, tables.cos, tables.sin);
    std::vector<Tensor> parts;
    parts.push_back(turned);
    Tensor joined = t.cat(std::move(parts), -1, x.dim(-1), "rotated, joined");
    return t.to(std::move(joined), x.dtype(), "rotated in the model's type");
}

struct QwenBlock {
    const Layer& layer;
    RmsNorm ln_1, ln_2;
    Linear c_attn, attn_c_proj, w1, w2, mlp_c_proj;

    QwenBlock(Context& c, const Layer& description) : layer(description) {
        const Attention& a = layer.attention;
        const Dim f{layer.feed_forward.width, "f"};
        ln_1 = RmsNorm(c, "ln_1", c.h);
        {
            auto scope = c.t.module("attn");
            c_attn = Linear(c, "c_attn", c.h, {3 * a.heads * a.head_dim, "3·a·d"}, a.query_bias);
            attn_c_proj = Linear(c, "c_proj", query_width(a), c.h, a.output_bias);
        }
        ln_2 = RmsNorm(c, "ln_2", c.h);
        auto scope = c.t.module("mlp");
        w1 = Linear(c, "w1", c.h, f, layer.feed_forward.bias);
        w2 = Linear(c, "w2", c.h, f, layer.feed_forward.bias);
        mlp_c_proj = Linear(c, "c_proj", f, c.h, layer.feed_forward.bias);
    }

    Tensor attend(Context& c, const Tensor& x, const Rotary& tables, const Tensor& mask) const {
        auto scope = c.t.module("attn");
        Tape& t = c.t;
        const Attention& a = layer.attention;
        const Dim width = query_width(a);
        const Tensor mixed = c_attn(c, x);
        Tensor query;
        Tensor key;
        Tensor value;
        {
            std::vector<Tensor> parts = t.split(mixed, 2, {width, width, width});
            query = t.view(parts[0], {c.b, c.s, heads(a), head_dim(a)});
            key = t.view(parts[1], {c.b, c.s, heads(a), head_dim(a)});
            value = t.view(parts[2], {c.b, c.s, heads(a), head_dim(a)});
        }
        query = rotate_in_fp32(c, query, tables);
        key = rotate_in_fp32(c, key, tables);
        query = t.transpose(query, 1, 2);
        key = t.transpose(key, 1, 2);
        value = t.transpose(value, 1, 2);
        update_cache(c, key, value, 0);
        Tensor output =
            attention(c, query, key, value, mask,
                      {.causal = true, .dropout = c.dropout.attention, .softmax_fp32 = false});
        output = t.reshape(output, {c.b, c.s, width}, "attention output by token");
        return attn_c_proj(c, output);
    }

    Tensor feed_forward(Context& c, const Tensor& x) const {
        auto scope = c.t.module("mlp");
        const Tensor first = w1(c, x);
        const Tensor second = w2(c, x);
        const Tensor product = c.t.mul(first, activation(c, "silu", second), "w1 × silu(w2)");
        return mlp_c_proj(c, product);
    }

    Tensor operator()(Context& c, const Tensor& x, const Rotary& tables, const Tensor& mask) const {
        Tape& t = c.t;
        Tensor normed = ln_1(c, x);
        const Tensor attended = attend(c, normed, tables, mask);
        const Tensor after = t.add(attended, x, "after attention");
        normed = ln_2(c, after);
        const Tensor forwarded = feed_forward(c, normed);
        return t.add(after, forwarded, "output");
    }
};

struct QwenLmHeadModel {
    Embedding wte;
    Layers<QwenBlock> h;
    RmsNorm ln_f;
    Linear lm_head;
    Tensor causal;  // registered_causal_mask; not there with flash attention
    Rotary cached;  // twice as many positions as the longest sequence so far

    explicit QwenLmHeadModel(Context& c) {
        c.tuple_cache = true;
        auto scope = c.t.module("", kSource);
        Tape& t = c.t;
        const Dim one{1, "1"};
        wte = Embedding(c, "wte", c.v, c.h);
        h.make(c, "h", c.model.decoder.layers);
        ln_f = RmsNorm(c, "ln_f", c.h);
        const Attention& a = c.model.decoder.layers.front().attention;
        const Dim twice{2 * c.kv.size, "2·s"};
        {
            auto inner = t.module("rotary_emb");
            t.keep_resident(
                t.resident("inv_freq", {{a.rotary_dim / 2, "d/2"}}, DType::fp32, Group::buffers));
            const auto hold = [&](const char* name) {
                return t.resident(name, {one, twice, one, head_dim(a)}, DType::fp32,
                                  Group::buffers);
            };
            cached = {hold("cos"), hold("sin")};
        }
        if (c.run.attention != AttentionKind::flash) {
            const Dim positions{c.model.max_position, "positions"};
            causal = t.resident("registered_causal_mask", {one, one, positions, positions},
                                DType::boolean, Group::buffers);
        }
        auto head = t.module("", nullptr, Group::logits);
        lm_head = Linear(c, "lm_head", c.h, c.v);
    }

    /// What sdpa is given: a part of the registered mask, or with padding an additive one.
    Tensor mask_of(Context& c, const Tensor& padding) const {
        Tape& t = c.t;
        const Dim one{1, "1"};
        if (!causal.defined()) {
            return {};
        }
        if (padding.defined()) {
            return t.make("additive mask", {c.b, one, c.s, c.kv}, c.weight);
        }
        return t.slice(t.slice(causal, 2, c.s), 3, c.kv);
    }

    Tensor hidden_states(Context& c, const Tensor& ids, const Tensor& padding) const {
        Tape& t = c.t;
        const Tensor positions = t.make("position ids", {Dim{1, "1"}, c.s}, DType::int64);
        Tensor seen;
        if (padding.defined()) {
            const Dim one{1, "1"};
            seen = t.make("padding, additive", {c.b, one, one, c.kv}, c.weight);
        }
        const Tensor embeddings = wte(c, ids);
        const Tensor mask = mask_of(c, padding);
        const Rotary tables{t.slice(cached.cos, 1, c.s), t.slice(cached.sin, 1, c.s)};
        Tensor hidden = t.dropout(embeddings, c.dropout.embedding, "dropped embeddings");
        hidden = h.run(c, "h", std::move(hidden),
                       [&c, tables, mask](const QwenBlock& block, const Tensor& x) {
                           return block(c, x, tables, mask);
                       });
        return ln_f(c, hidden);
    }

    Tensor loss(Context& c, const Tensor& ids, const Tensor& labels, const Tensor& padding) const {
        auto scope = c.t.module("", kSource);
        Tape& t = c.t;
        const Tensor hidden = hidden_states(c, ids, padding);
        auto head = t.module("", nullptr, Group::logits);
        const Tensor logits = lm_head(c, hidden);
        const Dim before{c.s.size - 1, "s−1"};
        const Dim rows{checked_product(c.b.size, before.size), "b·(s−1)"};
        const Tensor shifted = t.contiguous(t.slice(logits, 1, before), "shifted logits");
        const Tensor targets = t.contiguous(t.slice(labels, 1, before), "shifted labels");
        return t.cross_entropy(t.view(shifted, {rows, c.v}), t.view(targets, {rows}),
                               "log-probabilities");
    }

    /// The whole prompt's logits, whatever generate() needs of them.
    Tensor logits(Context& c, const Tensor& ids) const {
        auto scope = c.t.module("", kSource);
        const Tensor hidden = hidden_states(c, ids, {});
        auto head = c.t.module("", nullptr, Group::logits);
        return lm_head(c, hidden);
    }
};

}  // namespace

Listing qwen(Context& c) { return listing_of(c, std::make_shared<QwenLmHeadModel>(c)); }

}  // namespace tensorledger::hf
