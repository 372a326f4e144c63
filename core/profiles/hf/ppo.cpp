#include "core/profiles/hf/ppo.h"

namespace tensorledger::hf {

namespace {

constexpr const char* kTrainer = "trl:trl/experimental/ppo/ppo_trainer.py";
constexpr const char* kUtilities = "trl:trl/trainer/utils.py";
constexpr std::int64_t kMostSequences = 64;  // that the loss is listed for, one by one

/// AutoModelForSequenceClassification with one label.
Model value_model_of(const Model& policy) {
    Model model = policy;
    model.architecture = "ValueModelForSequenceClassification";
    model.has_head = false;
    WeightTensor score;
    score.name = "score.weight";
    score.shape.append({1, "1"});
    score.shape.append({policy.hidden, "h"});
    model.parts.push_back(std::move(score));
    return model;
}

Run of_the_value_model(const Run& policy) {
    Run run = policy;
    run.checkpointing = Checkpointing::none;
    return run;
}

/// Every position but the last is asked for the token after it.
Dim asked(const Context& c) { return {std::max<std::int64_t>(c.s.size - 1, 1), "s−1"}; }

/// The tokens that were taken: of all sequences, or of one.
Tensor taken(Context& c, const Tensor& ids, bool of_one) {
    Tape& t = c.t;
    const Tensor one = of_one ? t.select(ids, 0) : ids;
    return t.unsqueeze(t.slice(one, -1, asked(c)), -1);
}

/// Joins what was computed sequence by sequence.
Tensor stacked(Context& c, std::vector<Tensor>&& rows, const char* name) {
    for (Tensor& row : rows) {
        row = c.t.unsqueeze(std::move(row), 0);
    }
    return c.t.cat(std::move(rows), 0, c.b, name);
}

/// selective_log_softmax: the log-probability of each token that was taken.
Tensor log_probabilities(Context& c, const Tensor& logits, const Tensor& ids) {
    auto scope = c.t.module("selective_log_softmax", kUtilities);
    Tape& t = c.t;
    if (logits.dtype() == DType::fp32) {
        const Tensor chosen = t.gather(logits, taken(c, ids, false), "logits of the tokens");
        std::vector<Tensor> sums;
        for (const Tensor& row : t.unbind(logits, 0)) {
            sums.push_back(t.logsumexp(row, -1, "log-sum of a sequence"));
        }
        const Tensor sum = stacked(c, std::move(sums), "log-sums");
        return t.sub(chosen, t.unsqueeze(sum, -1), "log-probabilities of the tokens");
    }
    std::vector<Tensor> chosen;
    for (const Tensor& row : t.unbind(logits, 0)) {
        const Tensor scores = t.softmax(row, std::nullopt, "log-probabilities of a sequence");
        chosen.push_back(t.gather(scores, taken(c, ids, true), "those of the tokens"));
    }
    return stacked(c, std::move(chosen), "log-probabilities of the tokens");
}

/// masked_mean of the larger of two terms.
Tensor mean_of_larger(Context& c, const Tensor& first, const Tensor& second, const Tensor& mask) {
    Tape& t = c.t;
    // torch.max of two tensors keeps both, as a product does.
    const Tensor larger = t.mul(first, second, "the larger one");
    const Tensor masked = t.masked_fill(larger, mask, "terms that count");
    return t.sum_axis(t.sum_axis(masked, 1, false, "sum"), 0, false, "mean");
}

/// Clipped losses of the values and of the policy, token by token.
Tensor both_losses(Context& c, const Tensor& log_probability, const Tensor& value) {
    Tape& t = c.t;
    const Dim rest = asked(c);
    const auto given = [&](const char* name, DType dtype) {
        return t.make(name, {c.b, rest}, dtype);
    };
    const Tensor padding = given("padding mask", DType::boolean);
    const Tensor returns = given("returns", value.dtype());
    const Tensor advantages = given("advantages", value.dtype());
    const Tensor before = given("log-probabilities before", log_probability.dtype());

    const Tensor known = t.masked_fill(t.squeeze(log_probability, -1), padding, "new logprobs");
    const Tensor predicted = t.masked_fill(t.squeeze(value, -1), padding, "predicted values");
    const Tensor clipped = t.clamp(predicted, "predicted values, clipped");
    const Tensor loose = t.pow(t.sub(predicted, returns, "error"), 2, "squared error");
    const Tensor tight = t.pow(t.sub(clipped, returns, "clipped error"), 2, "squared error");
    Tensor of_values = mean_of_larger(c, loose, tight, padding);

    const Tensor ratio = t.exp(t.sub(known, before, "difference"), "ratio");
    const Tensor free = t.mul(advantages, ratio, "policy loss");
    const Tensor limited = t.mul(advantages, t.clamp(ratio, "ratio, clipped"), "clipped loss");
    Tensor of_policy = mean_of_larger(c, free, limited, padding);
    return t.add(std::move(of_policy), t.scale(std::move(of_values), "weighted loss"), "loss");
}

void drop(Tape& t, std::vector<HiddenState>& states) {
    for (HiddenState& state : states) {
        t.drop(state.tensor, state.region);
    }
    states.clear();
}

}  // namespace

ValueModel::ValueModel(Context& c, const std::function<Listing(Context&)>& list)
    : model_(value_model_of(c.model)), run_(of_the_value_model(c.run)) {
    auto scope = c.t.module("value_model");
    context_ = std::make_unique<Context>(c.t, model_, run_);
    context_->dropout = Dropout{};
    context_->hands_out_hidden_states = true;
    c.dropout = Dropout{};
    c.hands_out_hidden_states = true;
    listing_ = list(*context_);
}

Tensor ValueModel::loss(Context& c, const Listing& policy, const Tensor& ids) {
    Tape& t = c.t;
    if (c.b.size > kMostSequences) {
        c.not_listed_with = "PPO on more than 64 sequences at once";
        return policy.logits(ids);
    }
    Tensor values;
    {
        auto scope = t.module("value_model");
        values = listing_.values(ids);
    }
    Tensor logits = policy.logits(ids);
    drop(t, context_->hidden_states);
    drop(t, hidden_);  // of the micro-batch before, whose names are bound anew
    hidden_ = std::move(c.hidden_states);
    c.hidden_states.clear();
    auto scope = t.module("loss", kTrainer, Group::logits);
    Tensor scored = t.slice(logits, 1, asked(c));
    t.scale_in_place(scored);
    logits_ = std::move(logits);
    return both_losses(c, log_probabilities(c, scored, ids), t.slice(values, 1, asked(c)));
}

void ValueModel::statistics(Context& c) {
    Tape& t = c.t;
    auto scope = t.module("statistics", kTrainer, Group::logits);
    const Shape shape = logits_.shape();
    const DType dtype = logits_.dtype();
    probabilities_ = t.make("probabilities", shape, dtype);
    { const Tensor exponentials = t.make("exponentials of the logits", shape, dtype); }
    const Tensor weighted = t.make("probabilities × logits", shape, dtype);
}

void ValueModel::forget(Context& c) {
    logits_.reset();
    probabilities_.reset();
    drop(c.t, hidden_);
}

}  // namespace tensorledger::hf
