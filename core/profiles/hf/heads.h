#pragma once

// What stands on the hidden states where a model does not predict tokens: classes of a sequence, of every
// token, or the two ends of an answer.
// Source: transformers 5.16.0.dev0, modeling_layers.py (decoders), the modeling files of the encoders.

#include "core/profiles/hf/blocks.h"

namespace tensorledger::hf {

/// Which head does the class have that config.json names (`architectures`)?
enum class HeadKind : std::uint8_t { language, sequence, tokens, span, other };
HeadKind head_of(const Model& model);

/// How many classes does it tell apart?
std::int64_t labels_of(const Model& model);

/// How an encoder makes one vector of its first token: dropout, dense, activation, dropout, classifier.
struct Pooling {
    const char* dense = "pooler.dense";
    std::string_view activation = "tanh";
    const char* classifier = "classifier";
    bool drops_first = false;    // dropout before the dense layer too
    bool drops_answers = false;  // dropout before the ends of an answer (DistilBERT)
};

/// The modules of such a head, and its loss.
struct Classifier {
    HeadKind kind;
    const Pooling* pooling;  // null: a decoder, whose last token counts
    Linear dense;
    Linear classifier;

    Classifier(Context& c, const Pooling* how);
    /// What it is trained towards: a class of each sequence or token, or first and last token of the answer.
    Tensor labels(Context& c) const;
    /// Its outputs of every token of a decoder.
    Tensor scores(Context& c, const Tensor& hidden) const;
    Tensor loss(Context& c, const Tensor& hidden, const Tensor& ids, const Tensor& labels) const;

private:
    Dim classes() const { return classifier.weight.dim(0); }
    Tensor pooled(Context& c, const Tensor& hidden) const;
    Tensor last_scores(Context& c, const Tensor& scores, const Tensor& ids) const;
    Tensor span_loss(Context& c, const Tensor& scores, const Tensor& labels) const;
};

/// The listing of a network whose hidden states a classifier reads.
Listing classifying(Context& c, const Pooling* pooling,
                    std::function<Tensor(const Tensor& ids, const Tensor& mask)> hidden_states);

}  // namespace tensorledger::hf
