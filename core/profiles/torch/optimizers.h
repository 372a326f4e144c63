#pragma once

// What does an optimizer keep from step to step, and what does `step()` allocate for a while?
//
// The states are a table (optimizers.cpp): which weights have one, how many elements of which type. The
// temporaries of a step are listed as each implementation's code makes them (optimizer_steps.cpp).
// Sources: PyTorch 2.6's torch/optim, and for every other optimizer the code that its rows name.

#include <vector>

#include "core/profiles/torch/tape.h"
#include "core/run/run.h"

namespace tensorledger::torch {

/// A trainable weight as an optimizer sees it, and how many equal ones it stands for.
struct TrainedWeight {
    Shape shape;
    DType dtype = DType::fp32;
    std::int64_t times = 1;
    bool in_layer = false;  // of a stack of layers: not an embedding, the head or a last norm

    std::int64_t elements() const { return shape.elements(); }
    /// What Muon orthogonalises, and GaLore and APOLLO project: a matrix of a layer.
    bool is_layer_matrix() const { return in_layer && shape.rank == 2; }
};

using TrainedWeights = std::vector<TrainedWeight>;

/// One trainable weight of the tape, for an optimizer of its own.
inline TrainedWeight trained_weight(const ParameterState& parameter, std::int64_t times = 1) {
    return {parameter.shape, parameter.dtype, times, parameter.in_layer};
}

/// The weights of the tape that get a gradient, in the order in which they were made.
TrainedWeights trained_weights(Tape& t);

/// The elements of all of them.
std::int64_t elements_of(const TrainedWeights& weights);

/// The type of what the optimizer trains: the weight's, or that of its master copy.
DType trained_dtype(const Run& run, const TrainedWeight& weight);

/// The optimizer whose states and step these are: Adam's are AdamW's, and so are BAdam's, on one layer.
Optimizer listed_optimizer(const Run& run);

/// How the step is implemented: as asked, but where torchao offloads it, which takes the fused AdamW.
OptimizerImpl implementation(const Run& run);

/// The weights that are stepped on the device: all, or the small ones where the step is offloaded.
TrainedWeights stepped_on_device(const Run& run, const TrainedWeights& weights);

/// A weight as Shampoo sees it: neighbouring sides are one as long as that is no longer than a block may be.
Shape merged_sides(const Shape& shape, std::int64_t longest);

/// Elements of the upper triangle of a square.
inline std::int64_t triangle(std::int64_t side) { return checked_product(side, side + 1) / 2; }

/// Makes the states that the optimizer keeps of these weights: there before the step, and after it.
void make_optimizer_states(Tape& t, const Run& run, const TrainedWeights& weights);

/// Bytes of states that are not on the device as tensors of PyTorch's allocator: paged, or on the host.
struct StatesElsewhere {
    Bytes paged;
    Bytes host;
};
StatesElsewhere optimizer_states_elsewhere(const Run& run, const TrainedWeights& weights);

/// The bibliography key and file of the optimizer's code.
const char* optimizer_source(const Run& run);

/// What one `optimizer.step()` over these weights allocates, and frees again. Optimizers that run inside
/// the backward call it with one weight.
void optimizer_step(Tape& t, const Run& run, const TrainedWeights& weights);

}  // namespace tensorledger::torch
