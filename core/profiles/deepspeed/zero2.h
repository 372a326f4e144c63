#pragma once

// What does DeepSpeed's engine hold and allocate around the modelling code, in ZeRO stage 2 on one device?
//
// The weights that are trained stand one behind the other in a flat buffer, beside it a flat fp32 copy with Adam's
// two moments. Each gradient is copied into a bucket as it is born. Full buckets are reduced into a flat buffer of all
// gradients, which later micro-batches of a step are added to. The step flattens it once more, upcasts that,
// and runs one kernel over everything.
// Source: DeepSpeed 0.10.3, deepspeed/runtime/zero/stage_1_and_2.py and ops/adam/fused_adam.py.

#include "core/profiles/torch/optimizers.h"

namespace tensorledger::deepspeed {

class Zero2 {
public:
    /// Makes what the engine holds from its set-up on.
    Zero2(torch::Tape& tape, const Run& run, const torch::TrainedWeights& weights);

    void before_backward();
    void after_backward();
    /// The check for overflow, the norm, and the step.
    void step();

private:
    void reduce(const torch::ParameterState& parameter);
    void make_gradients();

    torch::Tape& t_;
    const Run& run_;
    Dim all_;      // elements that are trained
    Dim largest_;  // of one weight
    std::int64_t collected_ = 0;
    bool reduces_early_ = false;  // before the backward ends
    std::vector<torch::Tensor> buckets_;
    torch::Tensor large_;      // a gradient larger than a bucket, until the next one comes
    torch::Tensor gradients_;  // of this micro-batch
    torch::Tensor averaged_;   // of those so far
};

/// What is worth saying about such a run.
Note engine_note();

}  // namespace tensorledger::deepspeed
