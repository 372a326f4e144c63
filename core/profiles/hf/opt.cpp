// OPT: learned positions counted from the mask, LayerNorm before each block (behind it in the 350M model),
// a plain MLP on flattened tokens, queries scaled before the scores.
// Source: transformers 5.16.0.dev0, models/opt/modeling_opt.py.

#include "core/profiles/hf/decoder.h"

namespace tensorledger::hf {

namespace {

constexpr const char* kSource = "transformers:models/opt/modeling_opt.py";

struct OptLayer {
    const Layer& layer;
    bool norm_first;
    Linear k_proj, v_proj, q_proj, out_proj, fc1, fc2;
    LayerNorm self_attn_layer_norm, final_layer_norm;

    OptLayer(Context& c, const Layer& description)
        : layer(description), norm_first(c.model.final_norm != NormKind::none) {
        const Attention& a = layer.attention;
        const Dim f{layer.feed_forward.width, "f"};
        {
            auto scope = c.t.module("self_attn");
            k_proj = Linear(c, "k_proj", c.h, query_width(a), a.key_bias);
            v_proj = Linear(c, "v_proj", c.h, query_width(a), a.value_bias);
            q_proj = Linear(c, "q_proj", c.h, query_width(a), a.query_bias);
            out_proj = Linear(c, "out_proj", query_width(a), c.h, a.output_bias);
        }
        self_attn_layer_norm = LayerNorm(c, "self_attn_layer_norm", c.h);
        fc1 = Linear(c, "fc1", c.h, f, layer.feed_forward.bias);
        fc2 = Linear(c, "fc2", f, c.h, layer.feed_forward.bias);
        final_layer_norm = LayerNorm(c, "final_layer_norm", c.h);
    }

    Tensor attend(Context& c, const Tensor& x, const Tensor& mask) const {
        auto scope = c.t.module("self_attn");
        Tape& t = c.t;
        const Attention& a = layer.attention;
        const auto split = [&](const Tensor& states) {
            return t.transpose(t.view(states, {c.b, c.s, heads(a), head_dim(a)}), 1, 2);
        };
        t.line(151);
        const Tensor query = split(t.scale(q_proj(c, x), "scaled queries"));
        Tensor key = k_proj(c, x);
        Tensor value = v_proj(c, x);
        key = split(key);
        value = split(value);
        update_cache(c, key, value, 0);
        Tensor output =
            attention(c, query, key, value, mask, {.causal = true, .dropout = c.dropout.attention});
        output = t.contiguous(t.reshape(output, {c.b, c.s, query_width(a)}));
        output = out_proj(c, output);
        return output;
    }

    Tensor operator()(Context& c, const Tensor& x, const Tensor& mask) const {
        Tape& t = c.t;
        Tensor residual = x;
        Tensor hidden = x;
        t.line(216);
        if (norm_first) {
            hidden = self_attn_layer_norm(c, hidden);
        }
        hidden = attend(c, hidden, mask);
        hidden = t.dropout(hidden, c.dropout.residual, "dropped attention");
        hidden = t.add(residual, hidden, "after attention");
        if (!norm_first) {
            hidden = self_attn_layer_norm(c, hidden);
        }
        const Shape by_sequence = hidden.shape();
        hidden = t.reshape(hidden, {{checked_product(c.b.size, c.s.size), "b·s"}, c.h});
        residual = hidden;
        if (norm_first) {
            hidden = final_layer_norm(c, hidden);
        }
        hidden = fc1(c, hidden);
        hidden = activation(c, layer.feed_forward.activation, hidden);
        hidden = fc2(c, hidden);
        hidden = t.dropout(hidden, c.dropout.residual, "dropped output");
        hidden = t.view(t.add(residual, hidden, "output"), by_sequence);
        if (!norm_first) {
            hidden = final_layer_norm(c, hidden);
        }
        return hidden;
    }
};

struct OptForCausalLM {
    Dim width;  // of the embeddings: narrower than the model in the 350M one
    Embedding embed_tokens, embed_positions;
    Linear project_in, project_out;
    std::optional<LayerNorm> final_layer_norm;
    Layers<OptLayer> layers;
    Linear lm_head;

    explicit OptForCausalLM(Context& c)
        : width(c.model.embedding_width == c.model.hidden ? c.h
                                                          : Dim{c.model.embedding_width, "e"}) {
        auto scope = c.t.module("", kSource);
        embed_tokens = Embedding(c, "embed_tokens", c.v, width);
        embed_positions = Embedding(c, "embed_positions", {c.model.positions, "positions"}, c.h);
        if (width.size != c.h.size) {
            project_out = Linear(c, "project_out", c.h, width);
            project_in = Linear(c, "project_in", width, c.h);
        }
        if (c.model.final_norm != NormKind::none) {
            final_layer_norm.emplace(c, "final_layer_norm", c.h);
        }
        layers.make(c, "layers", c.model.decoder.layers);
        if (head_of(c.model) != HeadKind::language) {
            return;
        }
        auto head = c.t.module("", nullptr, Group::logits);
        if (c.model.tied_head) {
            lm_head = Linear(c, "lm_head", embed_tokens);
        } else {
            lm_head = Linear(c, "lm_head", width, c.v);
        }
    }

    Tensor hidden_states_of(Context& c, const Tensor& ids, const Tensor& padding) const {
        auto scope = c.t.module("", kSource);
        Tape& t = c.t;
        Tensor embeddings = embed_tokens(c, ids);
        // Without a mask one of ones is made; sdpa sees that it masks nothing.
        const Tensor seen = padding.defined()
                                ? padding
                                : t.make("attention mask of ones", {c.b, c.kv}, DType::fp32);
        t.line(354);
        Tensor positions = t.make("running count", seen.shape(), seen.dtype());
        {
            const Tensor counted = t.scale(t.scale(positions, "count where seen"), "count − 1");
            positions = t.to(counted, DType::int64, "position ids");
            positions = t.slice(positions, 1, c.s);
        }
        const Tensor mask =
            causal_mask(c, embeddings, c.eager() || padding.defined() ? seen : Tensor());
        const Tensor places = embed_positions(c, t.shift(positions, "position ids + 2"));
        if (project_in.weight.defined()) {
            embeddings = project_in(c, embeddings);
        }
        Tensor hidden = t.add(embeddings, places, "embeddings");
        t.share(positions);
        // Layers are handed the position ids as well, which a checkpoint holds with their other arguments.
        hidden = layers.run(c, "layers", std::move(hidden),
                            [&c, mask, positions](const OptLayer& layer, const Tensor& x) {
                                return layer(c, x, mask);
                            });
        if (final_layer_norm) {
            hidden = (*final_layer_norm)(c, hidden);
        }
        return project_out.weight.defined() ? project_out(c, hidden) : hidden;
    }

    Tensor scores(Context& c, const Tensor& hidden) const {
        auto scope = c.t.module("", kSource, Group::logits);
        return lm_head(c, hidden);
    }

    Tensor loss(Context& c, const Tensor& ids, const Tensor& labels, const Tensor& padding) const {
        const Tensor hidden = hidden_states_of(c, ids, padding);
        const Tensor logits = scores(c, hidden);
        return causal_lm_loss(c, logits, labels);
    }

    Tensor logits(Context& c, const Tensor& ids) const {
        const Tensor hidden = hidden_states_of(c, ids, {});
        return scores(c, kept_for_logits(c, hidden));
    }
};

}  // namespace

Listing opt(Context& c) { return listing_of(c, std::make_shared<OptForCausalLM>(c)); }

}  // namespace tensorledger::hf
