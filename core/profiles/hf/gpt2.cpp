// GPT-2: learned positions, packed q/k/v, LayerNorm before each block, a plain MLP.
// Source: transformers 5.16.0.dev0, models/gpt2/modeling_gpt2.py.

#include "core/profiles/hf/blocks.h"
#include "core/profiles/hf/cache.h"

namespace tensorledger::hf {

namespace {

constexpr const char* kSource = "transformers:models/gpt2/modeling_gpt2.py";

struct Gpt2Block {
    const Layer& layer;
    LayerNorm ln_1, ln_2;
    Conv1D c_attn, attn_c_proj, c_fc, mlp_c_proj;

    Gpt2Block(Context& c, const Layer& description) : layer(description) {
        const Dim f{layer.feed_forward.width, "f"};
        const Dim a_d = query_width(layer.attention);
        ln_1 = LayerNorm(c, "ln_1", c.h);
        {
            auto scope = c.t.module("attn");
            c_attn = Conv1D(c, "c_attn", c.h, {3 * a_d.size, "3·a·d"});
            attn_c_proj = Conv1D(c, "c_proj", a_d, c.h);
        }
        ln_2 = LayerNorm(c, "ln_2", c.h);
        auto scope = c.t.module("mlp");
        c_fc = Conv1D(c, "c_fc", c.h, f);
        mlp_c_proj = Conv1D(c, "c_proj", f, c.h);
    }

    Tensor attend(Context& c, const Tensor& x, const Tensor& mask) const {
        auto scope = c.t.module("attn");
        Tape& t = c.t;
        const Attention& a = layer.attention;
        const Dim d = head_dim(a);
        const Dim width = query_width(a);
        Tensor query;
        Tensor key;
        Tensor value;
        {
            std::vector<Tensor> parts = t.split(c_attn(c, x), 2, {width, width, width});
            query = std::move(parts[0]);
            key = std::move(parts[1]);
            value = std::move(parts[2]);
        }
        key = t.transpose(t.view(key, {c.b, c.s, heads(a), d}), 1, 2);
        value = t.transpose(t.view(value, {c.b, c.s, heads(a), d}), 1, 2);
        query = t.transpose(t.view(query, {c.b, c.s, heads(a), d}), 1, 2);
        update_cache(c, key, value, 0);
        t.line(58);
        Tensor output = attention(c, query, key, value, mask,
                                  {.causal = true,
                                   .dropout = c.dropout.attention,
                                   .softmax_fp32 = false,
                                   .contiguous = false});
        output = t.contiguous(t.reshape(output, {c.b, c.s, width}, "attention output by token"));
        output = attn_c_proj(c, output);
        return t.dropout(output, c.dropout.residual, "dropped output");
    }

    Tensor feed_forward(Context& c, const Tensor& x) const {
        auto scope = c.t.module("mlp");
        Tensor hidden = c_fc(c, x);
        hidden = activation(c, layer.feed_forward.activation, hidden);
        hidden = mlp_c_proj(c, hidden);
        return c.t.dropout(hidden, c.dropout.residual, "dropped output");
    }

    Tensor operator()(Context& c, const Tensor& x, const Tensor& mask) const {
        Tape& t = c.t;
        Tensor residual = x;
        t.line(273);
        Tensor hidden = ln_1(c, x);
        Tensor attended = attend(c, hidden, mask);
        hidden = t.add(attended, residual, "after attention");
        residual = hidden;
        t.line(304);
        hidden = ln_2(c, hidden);
        Tensor forwarded = feed_forward(c, hidden);
        hidden = t.add(residual, forwarded, "output");
        return hidden;
    }
};

struct Gpt2LmHeadModel {
    Embedding wte, wpe;
    Layers<Gpt2Block> h;
    LayerNorm ln_f;
    Linear lm_head;

    explicit Gpt2LmHeadModel(Context& c) {
        wte = Embedding(c, "wte", c.v, c.h);
        wpe = Embedding(c, "wpe", {c.model.positions, "positions"}, c.h);
        h.make(c, "h", c.model.decoder.layers);
        ln_f = LayerNorm(c, "ln_f", c.h);
        if (c.model.tied_head) {
            lm_head = Linear(c, "lm_head", wte);
        } else {
            lm_head = Linear(c, "lm_head", c.h, c.v);
        }
    }

    Tensor hidden_states(Context& c, const Tensor& ids, const Tensor& padding) const {
        Tape& t = c.t;
        const Tensor tokens = wte(c, ids);
        const Tensor positions = t.make("position ids", {Dim{1, "1"}, c.s}, DType::int64);
        const Tensor embedded = wpe(c, positions);
        Tensor hidden = t.add(tokens, embedded, "embeddings");
        const Tensor mask = causal_mask(c, tokens, padding);
        hidden = t.dropout(hidden, c.dropout.embedding, "dropped embeddings");
        t.share(positions);
        // Blocks are handed the position ids as well, which a checkpoint holds with their other arguments.
        hidden = h.run(c, "h", std::move(hidden),
                       [&c, mask, positions](const Gpt2Block& block, const Tensor& x) {
                           return block(c, x, mask);
                       });
        hidden = ln_f(c, hidden);
        return hidden;
    }

    Tensor logits(Context& c, const Tensor& ids) const {
        auto scope = c.t.module("", kSource);
        const Tensor hidden = hidden_states(c, ids, {});
        auto head = c.t.module("", nullptr, Group::logits);
        return lm_head(c, kept_for_logits(c, hidden));
    }

    Tensor loss(Context& c, const Tensor& ids, const Tensor& labels, const Tensor& padding) const {
        Tensor hidden;
        {
            auto scope = c.t.module("", kSource);
            hidden = hidden_states(c, ids, padding);
        }
        if (c.spares_logits(sparing_loss_fits(lm_head))) {
            auto scope = c.t.module("", kSource);
            return sparing_loss(c, hidden, lm_head);
        }
        Tensor logits;
        {
            auto scope = c.t.module("", kSource, Group::logits);
            logits = lm_head(c, hidden);
        }
        return causal_lm_loss(c, logits, labels);
    }
};

}  // namespace

Listing gpt2(Context& c) {
    auto network = std::make_shared<Gpt2LmHeadModel>(c);
    return {[&c, network](const Tensor& ids, const Tensor& labels, const Tensor& mask) {
                return network->loss(c, ids, labels, mask);
            },
            [&c, network](const Tensor& ids) { return network->logits(c, ids); }};
}

}  // namespace tensorledger::hf
