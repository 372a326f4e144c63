#include "core/profiles/hf/distillation.h"

namespace tensorledger::hf {

namespace {

constexpr const char* kTrainer = "trl:trl/experimental/gkd/gkd_trainer.py";

/// kl_div(input, target, log_target=True): exp(target) · (target − input).
Tensor divergence_from(Tape& t, const Tensor& input, const Tensor& target, const char* name) {
    const Tensor probability = t.exp(target, "probabilities");
    const Tensor difference = t.sub(target, input, "difference of logarithms");
    return t.mul(probability, difference, name);
}

}  // namespace

Tensor divergence(Context& c, const Tensor& student, const Tensor& teacher) {
    auto scope = c.t.module("loss", kTrainer, Group::logits);
    Tape& t = c.t;
    const Dim rest{std::max<std::int64_t>(c.s.size - 1, 1), "s−1"};
    const Tensor student_logits = t.scale(t.slice(student, 1, rest), "logits over temperature");
    const Tensor teacher_logits =
        t.scale(t.slice(teacher, 1, rest), "teacher's logits over temperature");
    const Tensor own = t.softmax(student_logits, std::nullopt, "log-probabilities");
    const Tensor wanted = t.softmax(teacher_logits, std::nullopt, "teacher's log-probabilities");
    Tensor mixture;
    {
        std::vector<Tensor> parts;
        parts.push_back(t.unsqueeze(t.shift(own, "weighted log-probabilities"), 0));
        parts.push_back(t.unsqueeze(t.shift(wanted, "teacher's, weighted"), 0));
        mixture = t.logsumexp(t.cat(std::move(parts), 0, {2, "2"}, "both, weighted"), 0,
                              "log-probabilities of the mixture");
    }
    const Tensor of_teacher = divergence_from(t, mixture, wanted, "divergence of the teacher");
    const Tensor of_student = divergence_from(t, mixture, own, "divergence of the student");
    Tensor both = t.add(t.scale(of_teacher, "weighted divergence"),
                        t.scale(of_student, "weighted divergence"), "divergence");
    const Dim rows{checked_product(c.b.size, rest.size), "b·(s−1)"};
    const Tensor counted = t.make("labels that count", {c.b, rest}, DType::boolean);
    const Tensor places = t.make("places of labels", {{2, "2"}, rows}, DType::int64);
    both = t.index(t.view(both, {rows, c.v}), t.select(places, 0), "divergence that counts");
    const Tensor sum = t.sum_axis(t.sum_axis(both, 1, false, "sum"), 0, false, "sum");
    return t.scale(sum, "loss");
}

}  // namespace tensorledger::hf
