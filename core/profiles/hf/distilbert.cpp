// DistilBERT: BERT's encoder without token types, with the norms and the MLP in modules of its own.
// Source: transformers 5.16.0.dev0, models/distilbert/modeling_distilbert.py.

#include "core/profiles/hf/heads.h"

namespace tensorledger::hf {

namespace {

constexpr const char* kSource = "transformers:models/distilbert/modeling_distilbert.py";

struct TransformerBlock {
    const Layer& layer;
    Linear q_lin, k_lin, v_lin, out_lin, lin1, lin2;
    LayerNorm sa_layer_norm, output_layer_norm;

    TransformerBlock(Context& c, const Layer& description) : layer(description) {
        const Dim f{layer.feed_forward.width, "f"};
        {
            auto scope = c.t.module("attention");
            q_lin = Linear(c, "q_lin", c.h, c.h, true);
            k_lin = Linear(c, "k_lin", c.h, c.h, true);
            v_lin = Linear(c, "v_lin", c.h, c.h, true);
            out_lin = Linear(c, "out_lin", c.h, c.h, true);
        }
        sa_layer_norm = LayerNorm(c, "sa_layer_norm", c.h);
        {
            auto scope = c.t.module("ffn");
            lin1 = Linear(c, "lin1", c.h, f, true);
            lin2 = Linear(c, "lin2", f, c.h, true);
        }
        output_layer_norm = LayerNorm(c, "output_layer_norm", c.h);
    }

    Tensor attend(Context& c, const Tensor& x, const Tensor& mask) const {
        auto scope = c.t.module("attention");
        Tape& t = c.t;
        const Dim d = head_dim(layer.attention);
        const auto split = [&](const Linear& projection) {
            return t.transpose(t.view(projection(c, x), {c.b, c.s, heads(layer.attention), d}), 1,
                               2);
        };
        const Tensor q = split(q_lin);
        const Tensor k = split(k_lin);
        const Tensor v = split(v_lin);
        Tensor out = attention(c, q, k, v, mask,
                               {.causal = false,
                                .dropout = c.dropout.attention,
                                .softmax_fp32 = false,
                                .cast_weights = false});
        out = t.contiguous(t.reshape(out, {c.b, c.s, c.h}));
        return out_lin(c, out);
    }

    Tensor feed_forward(Context& c, const Tensor& x) const {
        auto scope = c.t.module("ffn");
        Tensor hidden = lin1(c, x);
        hidden = activation(c, layer.feed_forward.activation, hidden);
        hidden = lin2(c, hidden);
        return c.t.dropout(hidden, c.dropout.residual, "dropped output");
    }

    Tensor operator()(Context& c, const Tensor& x, const Tensor& mask) const {
        Tape& t = c.t;
        Tensor attended = attend(c, x, mask);
        attended = sa_layer_norm(c, t.add(attended, x, "after attention"));
        Tensor hidden = feed_forward(c, attended);
        hidden = output_layer_norm(c, t.add(hidden, attended, "after the MLP"));
        return hidden;
    }
};

constexpr Pooling kPooling = {"pre_classifier", "relu", "classifier", false, true};

struct DistilBertForMaskedLM {
    Embedding word, position;
    Tensor position_buffer;  // 0 … positions − 1
    LayerNorm embedding_norm;
    Layers<TransformerBlock> layers;
    Linear vocab_transform, vocab_projector;
    LayerNorm vocab_layer_norm;
    std::string_view act;

    explicit DistilBertForMaskedLM(Context& c)
        : act(c.model.decoder.layers.front().feed_forward.activation) {
        const Dim positions{c.model.positions, "positions"};
        {
            auto scope = c.t.module("embeddings");
            word = Embedding(c, "word_embeddings", c.v, c.h);
            position = Embedding(c, "position_embeddings", positions, c.h);
            embedding_norm = LayerNorm(c, "LayerNorm", c.h);
            position_buffer = c.t.resident("position_ids", {Dim{1, "1"}, positions}, DType::int64,
                                           Group::buffers);
            c.t.keep_resident(position_buffer);
        }
        layers.make(c, "transformer.layer", c.model.decoder.layers);
        if (head_of(c.model) != HeadKind::language) {
            return;
        }
        vocab_transform = Linear(c, "vocab_transform", c.h, c.h, true);
        vocab_layer_norm = LayerNorm(c, "vocab_layer_norm", c.h);
        if (c.model.tied_head) {
            auto scope = c.t.module("vocab_projector");
            vocab_projector.name = "vocab_projector";
            vocab_projector.weight = word.original;
            vocab_projector.bias = c.parameter("bias", {c.v}, c.weight);
        } else {
            vocab_projector = Linear(c, "vocab_projector", c.h, c.v, true);
        }
    }

    Tensor embed(Context& c, const Tensor& ids) const {
        auto scope = c.t.module("embeddings");
        Tape& t = c.t;
        const Tensor words = word(c, ids);
        const Tensor places = position(c, t.slice(position_buffer, 1, c.s));
        Tensor embeddings = t.add(words, places, "embeddings");
        embeddings = embedding_norm(c, embeddings);
        embeddings = t.dropout(embeddings, c.dropout.embedding, "dropped embeddings");
        return embeddings;
    }

    Tensor hidden_states(Context& c, const Tensor& ids, const Tensor& padding) const {
        const Tensor embeddings = embed(c, ids);
        const Tensor mask = bidirectional_mask(c, embeddings, padding);
        return layers.run(c, "transformer.layer", embeddings,
                          [&c, mask](const TransformerBlock& layer, const Tensor& x) {
                              return layer(c, x, mask);
                          });
    }

    Tensor loss(Context& c, const Tensor& ids, const Tensor& labels, const Tensor& padding) const {
        auto scope = c.t.module("", kSource);
        const Tensor hidden = hidden_states(c, ids, padding);
        Tensor logits;
        {
            auto head = c.t.module("", nullptr, Group::logits);
            logits = vocab_transform(c, hidden);
            logits = activation(c, act, logits);
            logits = vocab_layer_norm(c, logits);
            logits = vocab_projector(c, logits);
        }
        return masked_lm_loss(c, logits, labels);
    }
};

}  // namespace

Listing distilbert(Context& c) {
    auto network = std::make_shared<DistilBertForMaskedLM>(c);
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
