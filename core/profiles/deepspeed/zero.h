#pragma once

// What does DeepSpeed's engine hold and allocate around the modelling code, in ZeRO stage 1 or 2 on one device?
//
// The weights that are trained stand one behind the other in a flat buffer, beside it a flat fp32 copy with Adam's
// two moments. In stage 2 each gradient is copied into a bucket as it is born. Full buckets are reduced into a flat
// buffer of all gradients, which later micro-batches of a step are added to. In stage 1 gradients add up where they
// are, and go that way after the last micro-batch (as they are born in it, where reductions have a stream of their
// own). The step flattens the buffer once more, upcasts that, and runs one kernel over everything.
// Source: DeepSpeed 0.10.3, deepspeed/runtime/zero/stage_1_and_2.py and ops/adam/fused_adam.py.

#include "core/profiles/torch/optimizers.h"

namespace tensorledger::deepspeed {

class Zero {
public:
    /// Makes what the engine holds from its set-up on.
    Zero(torch::Tape& tape, const Run& run, const torch::TrainedWeights& weights);

    /// `last`: of the micro-batches of a step.
    void before_backward(bool last);
    void after_backward(bool last);
    /// The check for overflow, the norm, and the step.
    void step();

private:
    bool partitions_gradients() const { return run_.zero == 2; }
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
