#include "core/profiles/hf/resident_models.h"

#include "core/model/weights.h"
#include "core/profiles/hf/architectures.h"

namespace tensorledger::hf {

namespace {

/// torch.optim.swa_utils.AveragedModel: a deep copy of the module, updated in place after each step.
void make_average(Tape& t) {
    const Bytes module = fold(t.program()).net;
    auto scope = t.module("ema", "pytorch:torch/optim/swa_utils.py");
    const auto hold = [&](const char* name, Dim dim, DType dtype, Group group) {
        if (dim.size > 0) {
            t.keep_resident(t.resident(name, {dim}, dtype, group));
        }
    };
    Bytes copied;
    for (const DType dtype : {DType::fp32, DType::bf16, DType::fp16}) {
        Bytes elements;
        for (const torch::ParameterState& parameter : t.parameters()) {
            if (parameter.dtype == dtype) {
                elements += Bytes(parameter.shape.elements()) * t.times(parameter.region);
            }
        }
        hold("moving average of the weights", {elements.count(), "P"}, dtype, Group::weights);
        copied += bytes_of(dtype, elements.count());
    }
    hold("copy of the buffers", {(module - copied).count(), "bytes"}, DType::uint8, Group::buffers);
    hold("n_averaged", {1, "1"}, DType::int64, Group::buffers);
}

/// AutoModelForSequenceClassification with one label: the body of the model, and a head of one row.
void make_reward_model(const Context& c) {
    auto scope = c.t.module("reward_model", "trl:trl/experimental/ppo/ppo_trainer.py");
    Bytes body;
    for (const WeightTensor& weight : weight_tensors(c.model)) {
        if (weight.loaded() && weight.role != WeightRole::head) {
            body += Bytes(weight.elements());
        }
    }
    c.t.keep_resident(
        c.t.resident("body", {{body.count(), "P of the body"}}, c.weight, Group::weights));
    c.t.keep_resident(c.t.resident("score.weight", {{1, "1"}, c.h}, c.weight, Group::weights));
}

/// The same network for the same batch: evaluated, without adapters, checkpoints or an optimizer.
Run evaluated(const Run& run) {
    Run reference = run;
    reference.checkpointing = Checkpointing::none;
    reference.optimizer = Optimizer::sgd;
    reference.keep_output = false;
    reference.serving.logits_to_keep = 0;
    return reference;
}

}  // namespace

ResidentModels::ResidentModels(Context& c, const std::function<Listing(Context&)>& list)
    : reference_run_(evaluated(c.run)) {
    if (c.run.ema) {
        make_average(c.t);
    }
    if (c.run.reward_model) {
        make_reward_model(c);
    }
    if (c.run.teacher) {
        make_teacher(c);
    }
    if (c.run.reference_model) {
        auto scope = c.t.module("reference_model");
        reference_ = std::make_unique<Context>(c.t, c.model, reference_run_);
        reference_->dropout = Dropout{};
        c.t.trains_new_parameters = false;
        listing_ = list(*reference_);
    }
}

/// AutoModelForCausalLM.from_pretrained: in the type of the checkpoint, and no gradients asked for.
void ResidentModels::make_teacher(Context& c) {
    const Model& model = c.run.teacher_network ? *c.run.teacher_network : c.model;
    const Architecture* architecture = architecture_of(model);
    if (architecture == nullptr) {
        return;
    }
    const bool autocast = c.run.recipe.autocast;
    teacher_run_ = evaluated(c.run);
    teacher_run_.method = Method::full;
    teacher_run_.quant.reset();
    teacher_run_.adapter = Adapter();
    teacher_run_.recipe = {.weight = model.dtype,
                           .compute = autocast ? c.run.recipe.compute : model.dtype,
                           .gradient = model.dtype,
                           .state = model.dtype,
                           .autocast = autocast};
    auto scope = c.t.module("teacher");
    teacher_ = std::make_unique<Context>(c.t, model, teacher_run_);
    teacher_->dropout = Dropout{};
    c.t.trains_new_parameters = false;
    teacher_listing_ = architecture->list(*teacher_);
}

Tensor ResidentModels::teacher_logits(Context& c, const Tensor& ids) {
    auto scope = c.t.module("teacher");
    const bool recorded = std::exchange(c.t.grad_enabled, false);
    Tensor logits = teacher_listing_.logits(ids);
    c.t.grad_enabled = recorded;
    return logits;
}

void ResidentModels::forward(Context& c, const Tensor& ids, const Tensor& labels,
                             const Tensor& mask) {
    if (!reference_) {
        return;
    }
    Tape& t = c.t;
    auto scope = t.module("reference_model");
    if (c.run.recipe.autocast) {
        t.autocast = c.run.recipe.compute;
    }
    t.grad_enabled = false;
    if (listing_.logits) {
        const Tensor logits = listing_.logits(ids);
        // selective_log_softmax goes sequence by sequence.
        auto loss = t.module("log-probabilities", "trl:trl/trainer/utils.py", Group::logits);
        const Dim tokens{logits.size(-2), "s"};
        const Tensor row = t.make("log-softmax of one sequence", {tokens, c.v}, logits.dtype());
    } else {
        const Tensor loss = listing_.loss(ids, labels, mask);
    }
    t.grad_enabled = true;
    t.end_autocast();
    t.autocast.reset();
}

Notes ResidentModels::notes(const Run& run) {
    Notes notes;
    if (run.reference_model) {
        notes.push_back(
            {"reference-model",
             "`batch` counts sequences: a pair of a chosen and a rejected answer is two. The "
             "trained model's loss is listed as cross-entropy, which takes more than that of DPO "
             "over the same logits."});
    }
    if (run.teacher) {
        notes.push_back(
            {"teacher",
             "The loss is the generalised Jensen–Shannon divergence of TRL's GKDTrainer over the "
             "whole vocabulary, with all tokens but the last counting; what the student or the "
             "teacher generates before the step is not listed."});
    }
    if (run.critic) {
        notes.push_back(
            {"critic",
             "One update of TRL's PPOTrainer: policy and value model run one after the other and "
             "have one backward, both hand out their hidden states, and every token but the first "
             "counts as the answer. Checkpointing is the policy's alone, and no cache is made. The "
             "rollout before it is not listed."});
    }
    if (run.reward_model) {
        notes.push_back({"reward-model",
                         "The reward model is there with its weights; its forward belongs to the "
                         "rollout, which is not listed."});
    }
    return notes;
}

}  // namespace tensorledger::hf
