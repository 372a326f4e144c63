// BERT, RoBERTa, ELECTRA: an encoder with post-norm blocks and a masked-language-model head. The
// three differ in where positions come from, in the embedding's width and in the head's modules.
// Source: transformers 5.16.0.dev0, models/bert/modeling_bert.py (and roberta, electra, whose layers
// are copies of it).

#include "core/profiles/hf/heads.h"

namespace tensorledger::hf {

namespace {

/// What tells the copies apart.
struct Family {
    const char* source;
    const char* head;  // module of the head's dense layer and norm
    const char* dense;
    const char* norm;
    const char* decoder;
    bool positions_counted;  // from the token ids that are not padding (RoBERTa)
    Pooling pooling = {};
};

constexpr Family kBert = {"transformers:models/bert/modeling_bert.py",
                          "cls.predictions",
                          "transform.dense",
                          "transform.LayerNorm",
                          "decoder",
                          false};
constexpr Family kRoberta = {"transformers:models/roberta/modeling_roberta.py",
                             "lm_head",
                             "dense",
                             "layer_norm",
                             "decoder",
                             true,
                             {"classifier.dense", "tanh", "classifier.out_proj", true}};
constexpr Family kElectra = {"transformers:models/electra/modeling_electra.py",
                             "generator_predictions",
                             "dense",
                             "LayerNorm",
                             "generator_lm_head",
                             false,
                             {"classifier.dense", "gelu", "classifier.out_proj", true}};

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
                                      .softmax_fp32 = false,
                                      .cast_weights = false});
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
    const Family& family;
    Dim width;  // of the embeddings
    Embedding word, position, token_type;
    Tensor position_buffer;  // 0 … positions − 1
    LayerNorm embedding_norm;
    Linear embeddings_project;
    Layers<BertLayer> layers;
    Linear transform;
    LayerNorm transform_norm;
    Linear decoder;
    std::string_view act;

    BertForMaskedLM(Context& c, const Family& kind)
        : family(kind),
          width(c.model.embedding_width == c.model.hidden ? c.h
                                                          : Dim{c.model.embedding_width, "e"}),
          act(c.model.decoder.layers.front().feed_forward.activation) {
        const Dim positions{c.model.positions, "positions"};
        {
            auto scope = c.t.module("embeddings");
            word = Embedding(c, "word_embeddings", c.v, width);
            position = Embedding(c, "position_embeddings", positions, width);
            token_type =
                Embedding(c, "token_type_embeddings", {c.model.token_types, "types"}, width);
            embedding_norm = LayerNorm(c, "LayerNorm", width);
            const Dim one{1, "1"};
            position_buffer =
                c.t.resident("position_ids", {one, positions}, DType::int64, Group::buffers);
            c.t.keep_resident(position_buffer);
            c.t.keep_resident(
                c.t.resident("token_type_ids", {one, positions}, DType::int64, Group::buffers));
        }
        if (width.size != c.h.size) {
            embeddings_project = Linear(c, "embeddings_project", width, c.h, true);
        }
        layers.make(c, "encoder.layer", c.model.decoder.layers);
        if (head_of(c.model) != HeadKind::language) {
            return;
        }
        auto scope = c.t.module(family.head);
        transform = Linear(c, family.dense, c.h, width, true);
        transform_norm = LayerNorm(c, family.norm, width);
        decoder.name = family.decoder;
        decoder.weight = c.model.tied_head ? word.original
                                           : c.parameter("decoder.weight", {c.v, width}, c.weight);
        decoder.bias = c.parameter("bias", {c.v}, c.weight);
    }

    /// The ids of the positions, [1, s]; RoBERTa counts the tokens that are not padding: [b, s].
    Tensor position_ids(Context& c, const Tensor& ids) const {
        Tape& t = c.t;
        if (!family.positions_counted) {
            return t.slice(position_buffer, 1, c.s);
        }
        const Tensor real =
            t.to(t.make_like("ids that are not padding", ids, DType::boolean), DType::int32);
        const Tensor count = t.to(t.make_like("running count", ids, DType::int64), DType::int32);
        const Tensor indices = t.mul(t.shift(count), real, "incremental indices");
        return t.shift(t.to(indices, DType::int64), "position ids");
    }

    Tensor embed(Context& c, const Tensor& ids) const {
        auto scope = c.t.module("embeddings");
        Tape& t = c.t;
        const Tensor places = position_ids(c, ids);
        const Tensor gathered = t.make("token type ids", {places.dim(0), c.s}, DType::int64);
        const Tensor types = t.expand(gathered, {c.b, c.s});
        const Tensor words = word(c, ids);
        const Tensor kinds = token_type(c, types);
        Tensor embeddings = t.add(words, kinds, "words + types");
        embeddings =
            t.add(embeddings, t.embedding(position.weight, places, "positions"), "embeddings");
        embeddings = embedding_norm(c, embeddings);
        embeddings = t.dropout(embeddings, c.dropout.embedding, "dropped embeddings");
        return embeddings;
    }

    Tensor hidden_states(Context& c, const Tensor& ids, const Tensor& padding) const {
        Tensor embeddings = embed(c, ids);
        if (embeddings_project.weight.defined()) {
            embeddings = embeddings_project(c, embeddings);
        }
        const Tensor mask = bidirectional_mask(c, embeddings, padding);
        return layers.run(
            c, "encoder.layer", embeddings,
            [&c, mask](const BertLayer& layer, const Tensor& x) { return layer(c, x, mask); });
    }

    Tensor loss(Context& c, const Tensor& ids, const Tensor& labels, const Tensor& padding) const {
        auto scope = c.t.module("", family.source);
        const Tensor sequence = hidden_states(c, ids, padding);
        Tensor scores;
        {
            auto head = c.t.module(family.head, nullptr, Group::logits);
            Tensor hidden = transform(c, sequence);
            hidden = activation(c, act, hidden);
            hidden = transform_norm(c, hidden);
            scores = decoder(c, hidden);
        }
        return masked_lm_loss(c, scores, labels);
    }
};

Listing masked_lm(Context& c, const Family& family) {
    auto network = std::make_shared<BertForMaskedLM>(c, family);
    if (head_of(c.model) != HeadKind::language) {
        return classifying(c, &family.pooling,
                           [&c, network](const Tensor& ids, const Tensor& mask) {
                               auto scope = c.t.module("", network->family.source);
                               return network->hidden_states(c, ids, mask);
                           });
    }
    return {[&c, network](const Tensor& ids, const Tensor& labels, const Tensor& mask) {
        return network->loss(c, ids, labels, mask);
    }};
}

}  // namespace

Listing bert(Context& c) { return masked_lm(c, kBert); }

Listing roberta(Context& c) { return masked_lm(c, kRoberta); }

Listing electra(Context& c) { return masked_lm(c, kElectra); }

}  // namespace tensorledger::hf
