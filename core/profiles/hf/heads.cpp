#include "core/profiles/hf/heads.h"

namespace tensorledger::hf {

namespace {

constexpr const char* kGeneric = "transformers:modeling_layers.py";
constexpr const char* kLoss = "transformers:loss/loss_utils.py";

/// GenericForTokenClassification drops with this probability unless the config says otherwise.
constexpr double kTokenDropout = 0.1;

}  // namespace

HeadKind head_of(const Model& model) {
    const std::string_view name = model.architecture;
    const auto ends_with = [name](std::string_view end) {
        return name.size() >= end.size() && name.substr(name.size() - end.size()) == end;
    };
    if (ends_with("ForSequenceClassification")) return HeadKind::sequence;
    if (ends_with("ForTokenClassification")) return HeadKind::tokens;
    if (ends_with("ForQuestionAnswering")) return HeadKind::span;
    if (ends_with("ForMultipleChoice") || ends_with("ForPreTraining") ||
        ends_with("ForNextSentencePrediction")) {
        return HeadKind::other;
    }
    return HeadKind::language;
}

std::int64_t labels_of(const Model& model) {
    for (const char* module : {"score.weight", "classifier.weight", "classifier.out_proj.weight"}) {
        for (const WeightTensor& part : model.parts) {
            if (part.name == module) {
                return part.shape.dims[0].size;
            }
        }
    }
    return 2;
}

Classifier::Classifier(Context& c, const Pooling* how) : kind(head_of(c.model)), pooling(how) {
    auto head = c.t.module("", how == nullptr ? kGeneric : nullptr, Group::logits);
    const bool pools = pooling != nullptr && kind == HeadKind::sequence;
    if (pools) {
        dense = Linear(c, pooling->dense, c.h, c.h, true);
    }
    if (kind == HeadKind::span) {
        classifier = Linear(c, "qa_outputs", c.h, {2, "2"}, true);
        return;
    }
    const bool decodes = pooling == nullptr;
    const char* name = decodes ? "score" : pools ? pooling->classifier : "classifier";
    classifier =
        Linear(c, name, c.h, {labels_of(c.model), "labels"}, !decodes || kind == HeadKind::tokens);
}

Tensor Classifier::labels(Context& c) const {
    const auto hold = [&](std::initializer_list<Dim> dims) {
        return c.t.resident("labels", dims, DType::int64, Group::buffers);
    };
    switch (kind) {
        case HeadKind::tokens: return hold({c.b, c.s});
        case HeadKind::span: return hold({Dim{2, "first and last"}, c.b});
        default: return hold({c.b});
    }
}

Tensor Classifier::pooled(Context& c, const Tensor& hidden) const {
    Tape& t = c.t;
    const double p = c.dropout.residual;
    Tensor first = t.select(hidden, 1);
    if (pooling->drops_first) {
        first = t.dropout(first, p, "dropped first token");
    }
    first = dense(c, first);
    first = pooling->activation == "tanh" ? t.tanh(first, "pooled")
                                          : activation(c, pooling->activation, first);
    return t.dropout(first, p, "dropped");
}

/// logits[arange(b), last token that is no padding].
Tensor Classifier::last_scores(Context& c, const Tensor& scores, const Tensor& ids) const {
    Tape& t = c.t;
    const Tensor real = t.to(t.make_like("ids that are not padding", ids, DType::boolean),
                             DType::int32, "the same as numbers");
    const Tensor places = t.make("token places", {c.s}, DType::int32);
    const Tensor last = t.make("last tokens", {c.b}, DType::int64);
    const Dim rows{checked_product(c.b.size, c.s.size), "b·s"};
    return t.index(t.view(scores, {rows, classes()}), last, "scores of the last tokens");
}

/// The mean of two cross-entropies over the tokens.
Tensor Classifier::span_loss(Context& c, const Tensor& scores, const Tensor& labels) const {
    Tape& t = c.t;
    const Dim one{1, "1"};
    const std::vector<Tensor> ends = t.split(scores, -1, {one, one});
    const Tensor first = t.contiguous(t.squeeze(ends[0], -1), "scores of first tokens");
    const Tensor last = t.contiguous(t.squeeze(ends[1], -1), "scores of last tokens");
    auto loss = t.module("loss", kLoss);
    const Tensor first_places = t.clamp(t.select(labels, 0), "first tokens");
    const Tensor last_places = t.clamp(t.select(labels, 0), "last tokens");
    const Tensor first_loss = t.cross_entropy(first, first_places, "log-probabilities");
    const Tensor last_loss = t.cross_entropy(last, last_places, "log-probabilities");
    return t.scale(t.add(first_loss, last_loss, "both losses"), "mean loss");
}

Tensor Classifier::scores(Context& c, const Tensor& hidden) const {
    auto head = c.t.module("", kGeneric, Group::logits);
    return classifier(c, hidden);
}

Tensor Classifier::loss(Context& c, const Tensor& hidden, const Tensor& ids,
                        const Tensor& labels) const {
    auto head = c.t.module("", pooling == nullptr ? kGeneric : nullptr, Group::logits);
    Tape& t = c.t;
    if (kind == HeadKind::sequence) {
        Tensor scores;
        if (pooling != nullptr) {
            scores = classifier(c, pooled(c, hidden));
        } else {
            scores = last_scores(c, classifier(c, hidden), ids);
        }
        auto loss = t.module("loss", kLoss);
        return t.cross_entropy(scores, labels, "log-probabilities");
    }
    if (kind == HeadKind::span) {
        const bool drops = pooling != nullptr && pooling->drops_answers;
        const Tensor read =
            drops ? t.dropout(hidden, c.dropout.residual, "dropped hidden states") : hidden;
        return span_loss(c, classifier(c, read), labels);
    }
    const double p =
        pooling == nullptr ? c.run.dropout.value_or(kTokenDropout) : c.dropout.residual;
    const Dim rows{checked_product(c.b.size, c.s.size), "b·s"};
    Tensor scores = classifier(c, t.dropout(hidden, p, "dropped hidden states"));
    scores = t.view(scores, {rows, classes()});
    auto loss = t.module("loss", kLoss);
    if (pooling == nullptr) {
        scores = t.to(scores, DType::fp32, "scores in fp32");
    }
    return t.cross_entropy(scores, t.view(labels, {rows}), "log-probabilities");
}

Listing classifying(Context& c, const Pooling* pooling,
                    std::function<Tensor(const Tensor&, const Tensor&)> hidden_states) {
    auto head = std::make_shared<Classifier>(c, pooling);
    Listing listing;
    if (pooling == nullptr) {
        listing.values = [&c, head, hidden_states](const Tensor& ids) {
            return head->scores(c, hidden_states(ids, {}));
        };
    }
    listing.loss = [&c, head, hidden_states = std::move(hidden_states)](
                       const Tensor& ids, const Tensor& labels, const Tensor& mask) {
        const Tensor hidden = hidden_states(ids, mask);
        return head->loss(c, hidden, ids, labels);
    };
    listing.labels = [&c, head]() { return head->labels(c); };
    return listing;
}

}  // namespace tensorledger::hf
