// DeBERTa-v2 and v3: scores of content with content, of content with relative position and of position
// with content, by one table of relative positions that all layers project with their own weights.
// Source: transformers 5.16.0.dev0, models/deberta_v2/modeling_deberta_v2.py.

#include "core/profiles/hf/heads.h"

namespace tensorledger::hf {

namespace {

constexpr const char* kSource = "transformers:models/deberta_v2/modeling_deberta_v2.py";

/// What all layers are given.
struct Relative {
    Tensor mask;        // [b, 1, s, s]
    Tensor positions;   // [1, s, s]
    Tensor embeddings;  // [2·buckets, h]
};

struct DebertaLayer {
    const Layer& layer;
    Linear query_proj, key_proj, value_proj, attention_output, intermediate, output;
    Linear pos_key_proj, pos_query_proj;  // where they are not the content's own
    LayerNorm attention_norm, output_norm;

    DebertaLayer(Context& c, const Layer& description) : layer(description) {
        const Dim f{layer.feed_forward.width, "f"};
        {
            auto scope = c.t.module("attention");
            {
                auto self = c.t.module("self");
                query_proj = Linear(c, "query_proj", c.h, c.h, true);
                key_proj = Linear(c, "key_proj", c.h, c.h, true);
                value_proj = Linear(c, "value_proj", c.h, c.h, true);
                if (listed_shape(c.model, "pos_key_proj").rank > 0) {
                    pos_key_proj = Linear(c, "pos_key_proj", c.h, c.h, true);
                }
                if (listed_shape(c.model, "pos_query_proj").rank > 0) {
                    pos_query_proj = Linear(c, "pos_query_proj", c.h, c.h, true);
                }
            }
            auto out = c.t.module("output");
            attention_output = Linear(c, "dense", c.h, c.h, true);
            attention_norm = LayerNorm(c, "LayerNorm", c.h);
        }
        {
            auto inner = c.t.module("intermediate");
            intermediate = Linear(c, "dense", c.h, f, true);
        }
        auto out = c.t.module("output");
        output = Linear(c, "dense", f, c.h, true);
        output_norm = LayerNorm(c, "LayerNorm", c.h);
    }

    Dim batch_heads(Context& c) const {
        return {checked_product(c.b.size, layer.attention.heads), "b·a"};
    }

    /// transpose_for_scores: [n, s, h] to [n·a, s, d].
    Tensor by_head(Context& c, const Tensor& x) const {
        Tape& t = c.t;
        const Attention& a = layer.attention;
        const Dim rows = x.dim(0).size == 1 ? heads(a) : batch_heads(c);
        Tensor parts = t.view(x, {x.dim(0), x.dim(1), heads(a), head_dim(a)});
        parts = t.contiguous(t.permute(std::move(parts), {0, 2, 1, 3}), "by head");
        return t.view(std::move(parts), {rows, x.dim(1), head_dim(a)});
    }

    Tensor repeated(Context& c, const Tensor& x) const {
        Tape& t = c.t;
        Tensor wide = t.expand(t.unsqueeze(x, 0), {c.b, x.dim(0), x.dim(1), x.dim(2)});
        return t.view(t.clone(std::move(wide), "repeated"), {batch_heads(c), x.dim(1), x.dim(2)});
    }

    Tensor divided(Context& c, const Tensor& x) const {
        const Tensor scale = c.t.make("scale", {}, x.dtype());
        return c.t.div(x, scale, "scaled");
    }

    /// Scores of content with relative position, and the other way round.
    Tensor bias(Context& c, const Tensor& query, const Tensor& key, const Relative& relative,
                const Tensor& table) const {
        Tape& t = c.t;
        const Tensor positions = t.unsqueeze(relative.positions, 1);
        const Tensor rows = t.unsqueeze(table, 0);
        const bool own = pos_query_proj.weight.defined();
        const Tensor pos_query =
            repeated(c, by_head(c, (own ? pos_query_proj : query_proj)(c, rows)));
        const Tensor pos_key = repeated(
            c, by_head(c, (pos_key_proj.weight.defined() ? pos_key_proj : key_proj)(c, rows)));
        const auto index = [&]() {
            const Tensor moved = t.shift(positions, "moved positions");
            const Tensor clamped = t.make_like("clamped positions", moved, DType::int64);
            return t.expand(t.squeeze(clamped, 0), {batch_heads(c), c.s, c.s});
        };
        Tensor to_position = t.matmul(query, t.transpose(pos_key, -1, -2), "content with position");
        const Tensor forward = index();
        to_position = t.gather(to_position, forward, "content with its position");
        Tensor score = t.shift(divided(c, to_position), "position scores");
        const Tensor backward = index();
        Tensor from_position =
            t.matmul(key, t.transpose(pos_query, -1, -2), "position with content");
        from_position =
            t.transpose(t.gather(from_position, backward, "position with its content"), -1, -2);
        return t.add(score, divided(c, from_position), "position scores");
    }

    Tensor attend(Context& c, const Tensor& x, const Relative& relative) const {
        auto scope = c.t.module("self");
        Tape& t = c.t;
        const Attention& a = layer.attention;
        const Tensor query = by_head(c, query_proj(c, x));
        const Tensor key = by_head(c, key_proj(c, x));
        const Tensor value = by_head(c, value_proj(c, x));
        Tensor scores = t.matmul(query, divided(c, t.transpose(key, -1, -2)), "scores");
        if (relative.embeddings.defined()) {
            const Tensor table =
                t.dropout(relative.embeddings, c.dropout.residual, "dropped positions");
            const Tensor added = bias(c, query, key, relative, table);
            scores = t.add(scores, added, "scores with position");
        }
        scores = t.view(scores, {c.b, heads(a), c.s, c.s});
        {
            const Tensor mask = t.to(relative.mask, DType::boolean, "mask");
            scores = t.masked_fill(scores, t.make_like("hidden places", mask, DType::boolean),
                                   "masked scores");
        }
        Tensor weights = t.softmax(scores, std::nullopt, "attention weights");
        weights = t.dropout(weights, c.dropout.attention, "dropped attention weights");
        Tensor out =
            t.matmul(t.view(weights, {batch_heads(c), c.s, c.s}), value, "attention output");
        out = t.contiguous(t.permute(t.view(out, {c.b, heads(a), c.s, head_dim(a)}), {0, 2, 1, 3}),
                           "attention output by token");
        return t.view(out, {c.b, c.s, c.h});
    }

    Tensor close(Context& c, const Linear& dense, const LayerNorm& norm, const Tensor& x,
                 const Tensor& residual) const {
        auto scope = c.t.module("output");
        Tensor hidden = dense(c, x);
        hidden = c.t.dropout(hidden, c.dropout.residual, "dropped output");
        return norm(c, c.t.add(hidden, residual, "with residual"));
    }

    Tensor operator()(Context& c, const Tensor& x, const Relative& relative) const {
        Tensor attended;
        {
            auto scope = c.t.module("attention");
            attended = attend(c, x, relative);
            attended = close(c, attention_output, attention_norm, attended, x);
        }
        Tensor inner;
        {
            auto scope = c.t.module("intermediate");
            inner = intermediate(c, attended);
            inner = activation(c, layer.feed_forward.activation, inner);
        }
        return close(c, output, output_norm, inner, attended);
    }
};

constexpr Pooling kPooling = {"pooler.dense", "gelu"};

struct DebertaForMaskedLM {
    Embedding word, rel_embeddings;
    LayerNorm embedding_norm, rel_norm, transform_norm;
    Layers<DebertaLayer> layers;
    Linear transform, decoder;
    std::string_view act;

    explicit DebertaForMaskedLM(Context& c)
        : act(c.model.decoder.layers.front().feed_forward.activation) {
        {
            auto scope = c.t.module("deberta.embeddings");
            word = Embedding(c, "word_embeddings", c.v, c.h);
            embedding_norm = LayerNorm(c, "LayerNorm", c.h);
        }
        {
            auto scope = c.t.module("deberta.encoder");
            layers.make(c, "layer", c.model.decoder.layers);
            const Shape table = listed_shape(c.model, "encoder.rel_embeddings");
            if (table.rank > 0) {
                rel_embeddings = Embedding(c, "rel_embeddings", table.dims[0], c.h);
            }
            if (listed_shape(c.model, "encoder.LayerNorm").rank > 0) {
                rel_norm = LayerNorm(c, "LayerNorm", c.h);
            }
        }
        if (head_of(c.model) != HeadKind::language) {
            return;
        }
        auto scope = c.t.module("cls.predictions");
        transform = Linear(c, "transform.dense", c.h, c.h, true);
        transform_norm = LayerNorm(c, "transform.LayerNorm", c.h);
        decoder.name = "decoder";
        decoder.weight = word.original;
        decoder.bias = c.parameter("bias", {c.v}, c.weight);
    }

    Tensor hidden_states(Context& c, const Tensor& ids) const {
        Tape& t = c.t;
        const Dim one{1, "1"};
        const Tensor ones = t.make("mask of ones", {c.b, c.s}, DType::fp32);
        Tensor hidden;
        {
            auto scope = t.module("deberta.embeddings");
            hidden = embedding_norm(c, word(c, ids));
            hidden = t.mul(hidden, t.to(t.unsqueeze(ones, 2), hidden.dtype(), "mask"),
                           "masked embeddings");
            hidden = t.dropout(hidden, c.dropout.embedding, "dropped embeddings");
        }
        auto scope = t.module("deberta.encoder");
        Relative relative;
        relative.mask = t.make("mask of pairs", {c.b, one, c.s, c.s}, DType::fp32);
        if (rel_embeddings.weight.defined()) {
            relative.positions = t.make("relative positions", {one, c.s, c.s}, DType::int64);
            relative.embeddings = rel_norm.weight.defined() ? rel_norm(c, rel_embeddings.weight)
                                                            : rel_embeddings.weight;
        }
        return layers.run(c, "layer", std::move(hidden),
                          [&c, relative](const DebertaLayer& layer, const Tensor& x) {
                              return layer(c, x, relative);
                          });
    }

    Tensor loss(Context& c, const Tensor& ids, const Tensor& labels) const {
        auto scope = c.t.module("", kSource);
        const Tensor sequence = hidden_states(c, ids);
        Tensor scores;
        {
            auto head = c.t.module("cls.predictions", nullptr, Group::logits);
            Tensor hidden = transform(c, sequence);
            hidden = activation(c, act, hidden);
            hidden = transform_norm(c, hidden);
            scores = decoder(c, hidden);
        }
        return masked_lm_loss(c, scores, labels);
    }
};

}  // namespace

Listing deberta_v2(Context& c) {
    auto network = std::make_shared<DebertaForMaskedLM>(c);
    if (head_of(c.model) != HeadKind::language) {
        return classifying(c, &kPooling, [&c, network](const Tensor& ids, const Tensor&) {
            auto scope = c.t.module("", kSource);
            return network->hidden_states(c, ids);
        });
    }
    return {[&c, network](const Tensor& ids, const Tensor& labels, const Tensor&) {
        return network->loss(c, ids, labels);
    }};
}

}  // namespace tensorledger::hf
