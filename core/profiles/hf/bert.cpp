// BERT: encoder with post-norm blocks and a masked-language-model head.
// Source: transformers 5.16.0.dev0, models/bert/modeling_bert.py.

#include "core/profiles/hf/blocks.h"

namespace tensorledger::hf {

namespace {

constexpr const char* kSource = "transformers:models/bert/modeling_bert.py";

struct BertLayer {
    const Layer& layer;
    Linear query, key, value, attention_output, intermediate, output;
    LayerNorm attention_norm, output_norm;

    BertLayer(Context& c, const Layer& description) : layer(description) {
        const Dim f{layer.feed_forward.width, "f"};
        const Dim width = query_width(layer.attention);
        {
            auto attention_scope = c.t.module("attention");
            {
                auto self = c.t.module("self");
                query = Linear(c, "query", c.h, width, true);
                key = Linear(c, "key", c.h, width, true);
                value = Linear(c, "value", c.h, width, true);
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

    Tensor attend(Context& c, const Tensor& x, const Tensor& mask) const {
        auto scope = c.t.module("self");
        Tape& t = c.t;
        const Attention& a = layer.attention;
        const Dim d = head_dim(a);
        const auto split = [&](const Linear& projection) {
            return t.transpose(t.view(projection(c, x), {c.b, c.s, heads(a), d}), 1, 2);
        };
        const Tensor q = split(query);
        const Tensor k = split(key);
        const Tensor v = split(value);
        const Tensor out = attention(c, q, k, v, mask,
                                     {.causal = false,
                                      .dropout = c.dropout.attention,
                                      .softmax_fp32 = false});
        return t.contiguous(t.reshape(out, {c.b, c.s, query_width(a)}));
    }

    /// BertSelfOutput and BertOutput: dense, dropout, residual, LayerNorm.
    Tensor close(Context& c, const Linear& dense, const LayerNorm& norm, const Tensor& x,
                 const Tensor& residual) const {
        auto scope = c.t.module("output");
        Tensor hidden = dense(c, x);
        hidden = c.t.dropout(hidden, c.dropout.residual, "dropped output");
        hidden = norm(c, c.t.add(hidden, residual, "with residual"));
        return hidden;
    }

    Tensor operator()(Context& c, const Tensor& x, const Tensor& mask) const {
        Tensor attended;
        {
            auto scope = c.t.module("attention");
            attended = attend(c, x, mask);
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

struct BertForMaskedLM {
    Embedding word, position, token_type;
    LayerNorm embedding_norm;
    Layers<BertLayer> layers;
    Linear transform;
    LayerNorm transform_norm;
    Linear decoder;
    std::string_view act;

    explicit BertForMaskedLM(Context& c) : act(c.model.decoder.layers.front().feed_forward.activation) {
        const Dim positions{c.model.positions, "positions"};
        {
            auto scope = c.t.module("embeddings");
            word = Embedding(c, "word_embeddings", c.v, c.h);
            position = Embedding(c, "position_embeddings", positions, c.h);
            token_type = Embedding(c, "token_type_embeddings", {c.model.token_types, "types"}, c.h);
            embedding_norm = LayerNorm(c, "LayerNorm", c.h);
            const Dim one{1, "1"};
            c.t.keep_resident(c.t.resident("position_ids", {one, positions}, DType::int64, Group::buffers));
            c.t.keep_resident(c.t.resident("token_type_ids", {one, positions}, DType::int64, Group::buffers));
        }
        layers.make(c, "encoder.layer", c.model.decoder.layers);
        auto scope = c.t.module("cls.predictions");
        transform = Linear(c, "transform.dense", c.h, c.h, true);
        transform_norm = LayerNorm(c, "transform.LayerNorm", c.h);
        decoder.name = "decoder";
        decoder.weight = c.model.tied_head ? word.weight
                                           : c.t.parameter("decoder.weight", {c.v, c.h}, c.weight);
        decoder.bias = c.t.parameter("bias", {c.v}, c.weight);
    }

    Tensor embed(Context& c, const Tensor& ids) const {
        auto scope = c.t.module("embeddings");
        Tape& t = c.t;
        const Dim one{1, "1"};
        Tensor positions = t.make("position ids", {one, c.s}, DType::int64);
        positions = t.resident("position_ids view", {}, DType::int64, Group::buffers);
        const Tensor gathered = t.make("token type ids", {one, c.s}, DType::int64);
        const Tensor types = t.expand(gathered, {c.b, c.s});
        const Tensor words = word(c, ids);
        const Tensor kinds = token_type(c, types);
        Tensor embeddings = t.add(words, kinds, "words + types");
        const Tensor places = t.embedding(position.weight, t.expand(gathered, {one, c.s}), "positions");
        embeddings = t.add(embeddings, places, "embeddings");
        embeddings = embedding_norm(c, embeddings);
        embeddings = t.dropout(embeddings, c.dropout.embedding, "dropped embeddings");
        return embeddings;
    }

    Tensor hidden_states(Context& c, const Tensor& ids, const Tensor& padding) const {
        const Tensor embeddings = embed(c, ids);
        const Tensor mask = bidirectional_mask(c, embeddings, padding);
        return layers.run(c, "encoder.layer", embeddings, [&c, mask](const BertLayer& layer, const Tensor& x) {
            return layer(c, x, mask);
        });
    }

    Tensor loss(Context& c, const Tensor& ids, const Tensor& labels, const Tensor& padding) const {
        auto scope = c.t.module("", kSource);
        const Tensor sequence = hidden_states(c, ids, padding);
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

Listing bert(Context& c) {
    auto network = std::make_shared<BertForMaskedLM>(c);
    return {[&c, network](const Tensor& ids, const Tensor& labels, const Tensor& mask) {
        return network->loss(c, ids, labels, mask);
    }};
}

}  // namespace tensorledger::hf
