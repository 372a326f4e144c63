#include "core/profiles/torch/optimizers.h"

#include <algorithm>

namespace tensorledger::torch {

namespace {

std::int64_t count_of(const TrainedWeights& weights) {
    std::int64_t count = 0;
    for (const TrainedWeight& weight : weights) {
        count += weight.times;
    }
    return count;
}

Dim parameters_dim(const TrainedWeights& weights) { return {elements_of(weights), "P"}; }

/// The optimizer's states have the type of what it trains.
DType state_dtype(const Run& run) {
    const bool whole = run.method == Method::full || run.method == Method::freeze ||
                       run.method == Method::bitfit || run.method == Method::lntuning;
    return whole ? run.recipe.state : run.adapter.dtype;
}

}  // namespace

TrainedWeights trained_weights(Tape& t) {
    TrainedWeights weights;
    for (const ParameterState& parameter : t.parameters()) {
        if (parameter.node >= 0) {
            weights.push_back({parameter.shape, parameter.dtype, t.times(parameter.region)});
        }
    }
    return weights;
}

std::int64_t elements_of(const TrainedWeights& weights) {
    std::int64_t elements = 0;
    for (const TrainedWeight& weight : weights) {
        elements += weight.elements() * weight.times;
    }
    return elements;
}

void make_optimizer_states(Tape& t, const Run& run, const TrainedWeights& weights) {
    auto scope = t.module("optimizer", "pytorch:torch/optim");
    const Dim all = parameters_dim(weights);
    const auto hold = [&](const char* name, Dim dim, DType dtype) {
        t.keep_resident(t.resident(name, {dim}, dtype, Group::optimizer));
    };
    if (run.recipe.master) {
        hold("fp32 master weights", all, *run.recipe.master);
    }
    switch (run.optimizer) {
        case Optimizer::adamw:
            hold("exp_avg", all, state_dtype(run));
            hold("exp_avg_sq", all, state_dtype(run));
            if (run.optimizer_impl == OptimizerImpl::fused) {
                hold("step counters", {count_of(weights), "weight tensors"}, DType::fp32);
            }
            break;
        case Optimizer::sgd_momentum: hold("momentum_buffer", all, state_dtype(run)); break;
        default: break;
    }
}

void optimizer_step(Tape& t, const Run& run, const TrainedWeights& weights) {
    auto scope = t.module("optimizer", "pytorch:torch/optim", Group::optimizer);
    const Dim all = parameters_dim(weights);
    Tensor wide;
    if (run.recipe.master) {
        wide = t.make("gradients in fp32", {all}, *run.recipe.master);
    }
    if (run.optimizer != Optimizer::adamw) {
        return;
    }
    const DType state = state_dtype(run);
    switch (run.optimizer_impl) {
        case OptimizerImpl::foreach: {
            const Tensor roots = t.make("square roots of exp_avg_sq", {all}, state);
            break;
        }
        case OptimizerImpl::fused: break;
        case OptimizerImpl::loop: {
            Tensor denominator;
            for (const TrainedWeight& weight : weights) {
                const Dim one{weight.elements(), "largest weight"};
                for (std::int64_t turn = 0; turn < std::min<std::int64_t>(weight.times, 2);
                     ++turn) {
                    Tensor root = t.make("square root of exp_avg_sq", {one}, state);
                    Tensor next = t.make("denominator", {one}, state);
                    root.reset();
                    denominator = std::move(next);
                }
            }
            break;
        }
    }
}

}  // namespace tensorledger::torch
