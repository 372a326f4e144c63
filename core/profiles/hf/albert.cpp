// ALBERT: every layer runs the same weights, so their gradients are summed over the layers in the
// engine before the one parameter receives them.
// Source: transformers 5.16.0.dev0, models/albert/modeling_albert.py.

#include "core/profiles/hf/heads.h"

namespace tensorledger::hf {

namespace {

constexpr const char* kSource = "transformers:models/albert/modeling_albert.py";

/// The one AlbertLayer of the one group.
struct AlbertLayer {
    Linear query, key, value, dense, ffn, ffn_output;
    LayerNorm attention_norm, full_layer_layer_norm;

    AlbertLayer(Context& c, const Layer& layer) {
        const Dim f{layer.feed_forward.width, "f"};
        const Dim width = query_width(layer.attention);
        full_layer_layer_norm = LayerNorm(c, "full_layer_layer_norm", c.h);
        {
            auto scope = c.t.module("attention");
            query = Linear(c, "query", c.h, width, true);
            key = Linear(c, "key", c.h, width, true);
            value = Linear(c, "value", c.h, width, true);
            dense = Linear(c, "dense", c.h, c.h, true);
            attention_norm = LayerNorm(c, "LayerNorm", c.h);
        }
        ffn = Linear(c, "ffn", c.h, f, true);
        ffn_output = Linear(c, "ffn_output", f, c.h, true);
    }
};

/// One turn of it.
struct AlbertTurn {
    const Layer& layer;
    const AlbertLayer& shared;

    AlbertTurn(Context&, const Layer& description, const AlbertLayer& weights)
        : layer(description), shared(weights) {}

    Tensor attend(Context& c, const Tensor& x, const Tensor& mask) const {
        auto scope = c.t.module("attention");
        Tape& t = c.t;
        const Attention& a = layer.attention;
        const auto split = [&](const Linear& projection) {
            return t.transpose(t.view(projection(c, x), {c.b, c.s, heads(a), head_dim(a)}), 1, 2);
        };
        const Tensor q = split(shared.query);
        const Tensor k = split(shared.key);
        const Tensor v = split(shared.value);
        Tensor out = attention(c, q, k, v, mask,
                               {.causal = false,
                                .dropout = c.dropout.attention,
                                .softmax_fp32 = false,
                                .cast_weights = false});
        out = t.contiguous(t.reshape(out, {c.b, c.s, query_width(a)}));
        out = shared.dense(c, out);
        out = t.dropout(out, c.dropout.residual, "dropped output");
        out = shared.attention_norm(c, t.add(x, out, "with residual"));
        return out;
    }

    Tensor feed_forward(Context& c, const Tensor& x) const {
        Tensor hidden = shared.ffn(c, x);
        hidden = activation(c, layer.feed_forward.activation, hidden);
        hidden = shared.ffn_output(c, hidden);
        return hidden;
    }

    Tensor operator()(Context& c, const Tensor& x, const Tensor& mask) const {
        const Tensor attended = attend(c, x, mask);
        const Tensor hidden = feed_forward(c, attended);
        return shared.full_layer_layer_norm(c, c.t.add(hidden, attended, "after the MLP"));
    }
};

constexpr Pooling kPooling = {"pooler"};

struct AlbertForMaskedLM {
    Dim width;  // of the embeddings
    Embedding word, position, token_type;
    Tensor position_buffer;  // 0 … positions − 1
    LayerNorm embedding_norm, head_norm;
    Linear embedding_hidden_mapping_in, dense, decoder;
    std::unique_ptr<AlbertLayer> shared;
    Layers<AlbertTurn> turns;
    std::string_view act;

    explicit AlbertForMaskedLM(Context& c)
        : width{c.model.embedding_width, "e"},
          act(c.model.decoder.layers.front().feed_forward.activation) {
        const Dim positions{c.model.positions, "positions"};
        const Dim one{1, "1"};
        {
            auto scope = c.t.module("embeddings");
            word = Embedding(c, "word_embeddings", c.v, width);
            position = Embedding(c, "position_embeddings", positions, width);
            token_type =
                Embedding(c, "token_type_embeddings", {c.model.token_types, "types"}, width);
            embedding_norm = LayerNorm(c, "LayerNorm", width);
            position_buffer =
                c.t.resident("position_ids", {one, positions}, DType::int64, Group::buffers);
            c.t.keep_resident(position_buffer);
            c.t.keep_resident(
                c.t.resident("token_type_ids", {one, positions}, DType::int64, Group::buffers));
        }
        {
            auto scope = c.t.module("encoder");
            embedding_hidden_mapping_in =
                Linear(c, "embedding_hidden_mapping_in", width, c.h, true);
            auto group = c.t.module("albert_layer_groups.0.albert_layers.0");
            const LayerGuard layer(c, true);
            shared = std::make_unique<AlbertLayer>(c, c.model.decoder.layers.front());
        }
        turns.make(c, "encoder.layer", c.model.decoder.layers, *shared);
        if (head_of(c.model) != HeadKind::language) {
            return;
        }
        auto scope = c.t.module("predictions");
        dense = Linear(c, "dense", c.h, width, true);
        head_norm = LayerNorm(c, "LayerNorm", width);
        decoder.name = "decoder";
        decoder.weight = c.model.tied_head ? word.original
                                           : c.parameter("decoder.weight", {c.v, width}, c.weight);
        decoder.bias = c.parameter("bias", {c.v}, c.weight);
    }

    Tensor embed(Context& c, const Tensor& ids) const {
        auto scope = c.t.module("embeddings");
        Tape& t = c.t;
        const Tensor places = t.slice(position_buffer, 1, c.s);
        const Tensor gathered = t.make("token type ids", {Dim{1, "1"}, c.s}, DType::int64);
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
        const Tensor embeddings = embed(c, ids);
        const Tensor mask = bidirectional_mask(c, embeddings, padding);
        Tensor hidden = embedding_hidden_mapping_in(c, embeddings);
        return turns.run(
            c, "encoder.layer", std::move(hidden),
            [&c, mask](const AlbertTurn& turn, const Tensor& x) { return turn(c, x, mask); });
    }

    Tensor loss(Context& c, const Tensor& ids, const Tensor& labels, const Tensor& padding) const {
        auto scope = c.t.module("", kSource);
        const Tensor sequence = hidden_states(c, ids, padding);
        Tensor scores;
        {
            auto head = c.t.module("predictions", nullptr, Group::logits);
            scores = dense(c, sequence);
            scores = activation(c, act, scores);
            scores = head_norm(c, scores);
            scores = decoder(c, scores);
        }
        return masked_lm_loss(c, scores, labels);
    }
};

}  // namespace

Listing albert(Context& c) {
    auto network = std::make_shared<AlbertForMaskedLM>(c);
    if (head_of(c.model) != HeadKind::language) {
        return classifying(c, &kPooling, [&c, network](const Tensor& ids, const Tensor& mask) {
            auto scope = c.t.module("", kSource);
            return network->hidden_states(c, ids, mask);
        });
    }
    return {[&c, network](const Tensor& ids, const Tensor& labels, const Tensor& mask) {
        return network->loss(c, ids, labels, mask);
    }};
}

}  // namespace tensorledger::hf
