#pragma once

// What does an optimizer keep from step to step, and what does `step()` allocate for a while?
// Source: PyTorch 2.6, torch/optim, unless a row names another.

#include <vector>

#include "core/profiles/torch/tape.h"
#include "core/run/run.h"

namespace tensorledger::torch {

/// A trainable weight as an optimizer sees it, and how many equal ones it stands for.
struct TrainedWeight {
    Shape shape;
    DType dtype = DType::fp32;
    std::int64_t times = 1;

    std::int64_t elements() const { return shape.elements(); }
};

using TrainedWeights = std::vector<TrainedWeight>;

/// The weights of the tape that get a gradient, in the order in which they were made.
TrainedWeights trained_weights(Tape& t);

/// The elements of all of them.
std::int64_t elements_of(const TrainedWeights& weights);

/// Makes the states that the optimizer keeps of these weights: there before the step, and after it.
void make_optimizer_states(Tape& t, const Run& run, const TrainedWeights& weights);

/// What one `optimizer.step()` over these weights allocates, and frees again. Optimizers that run inside
/// the backward call it with one weight.
void optimizer_step(Tape& t, const Run& run, const TrainedWeights& weights);

}  // namespace tensorledger::torch
