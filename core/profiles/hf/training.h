#pragma once

// One training step as Hugging Face's modelling code and torch.optim run it: forward with its loss,
// backward, optimizer, zero_grad, in the steady state (the optimizer's states are there already).

#include "core/model/model.h"
#include "core/profiles/hf/blocks.h"
#include "core/profiles/torch/optimizers.h"
#include "core/run/run.h"

namespace tensorledger::hf {

/// What autograd keeps when the forward ends, by layer kind; inputs, weights and weight casts apart.
struct SavedLayers {
    std::string kind;
    std::int64_t count = 0;
    Bytes bytes_each;
    std::vector<Tape::KeptTensor> tensors;  // of one layer, into Program::tensors
};

struct TrainingStep {
    Program program;
    std::vector<SavedLayers> saved_layers;
    Bytes saved_outside;  // kept outside of the layers, or shared by them (rotary tables)
    std::vector<Tape::KeptTensor> saved_outside_tensors;
    Bytes saved_total;
    std::int64_t trainable = 0;               // parameters that get a gradient
    torch::StatesElsewhere states_elsewhere;  // of the optimizer
    Notes notes;
};

/// The step of `run` on `model`, or the reason why it cannot be listed.
struct TrainingStepOrIssue {
    std::optional<TrainingStep> step;
    std::optional<Issue> issue;
};
TrainingStepOrIssue training_step(const Model& model, const Run& run);

/// The very first step of a run that `training_step` can list: the optimizer's states are made when it
/// steps, there are no gradients before the backward, and no output of a step before.
Program first_training_step(const Model& model, const Run& run);

}  // namespace tensorledger::hf
