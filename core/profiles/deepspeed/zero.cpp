#include "core/profiles/deepspeed/zero.h"

#include <algorithm>
#include <utility>

namespace tensorledger::deepspeed {

namespace {

constexpr const char* kZero = "deepspeed:deepspeed/runtime/zero/stage_1_and_2.py";
constexpr const char* kAdam = "deepspeed:deepspeed/ops/adam/fused_adam.py";

Dim largest_of(const torch::TrainedWeights& weights) {
    std::int64_t most = 0;
    for (const torch::TrainedWeight& weight : weights) {
        most = std::max(most, weight.elements());
    }
    return {most, "largest weight"};
}

}  // namespace

Zero::Zero(torch::Tape& tape, const Run& run, const torch::TrainedWeights& weights)
    : t_(tape), run_(run), all_{torch::elements_of(weights), "P"}, largest_(largest_of(weights)) {
    reduces_early_ = all_.size > run.reduce_bucket;
    const auto hold = [&](const char* name, const char* source) {
        auto scope = t_.module("optimizer", source);
        torch::Tensor state = t_.resident(name, {all_}, DType::fp32, Group::optimizer);
        t_.mark_flat(state);
        t_.keep_resident(std::move(state));
    };
    hold("fp32 partition", kZero);
    hold("exp_avg", kAdam);
    hold("exp_avg_sq", kAdam);
}

/// The buffer that gradients are copied to when a bucket is reduced, on the stream that reduces.
void Zero::make_gradients() {
    if (!gradients_.defined()) {
        auto scope = t_.module("optimizer", kZero, Group::gradients);
        gradients_ = t_.make("gradients of the partition", {all_}, run_.recipe.gradient);
        t_.mark_flat(gradients_, run_.overlap_comm);
    }
}

void Zero::before_backward(bool last) {
    if (partitions_gradients() || (last && run_.overlap_comm)) {
        t_.after_accumulate = [this](const torch::ParameterState& parameter) { reduce(parameter); };
    }
    buckets_.clear();
    auto scope = t_.module("optimizer", kZero, Group::gradients);
    const Dim bucket{run_.reduce_bucket, "reduce_bucket"};
    for (int index = 0; index < (run_.overlap_comm ? 2 : 1); ++index) {
        buckets_.push_back(t_.make("gradient bucket", {bucket}, run_.recipe.gradient));
        t_.mark_flat(buckets_.back());
    }
    collected_ = 0;
}

/// The gradient moves into the bucket; where that is full, what it holds moves on first. Of equal layers the one
/// that is listed stands for all, so the buffer that it moves to is made before them.
void Zero::reduce(const torch::ParameterState& parameter) {
    const bool repeats = t_.times(parameter.region) > 1;
    const bool is_large = parameter.shape.elements() > run_.reduce_bucket;
    if (reduces_early_ && !repeats && (collected_ > 0 || !is_large)) {
        make_gradients();
    }
    collected_ += parameter.shape.elements();
    large_.reset();
    if (is_large && !repeats) {
        large_ = parameter.gradient;
    }
}

void Zero::after_backward(bool last) {
    t_.after_accumulate = nullptr;
    if (!partitions_gradients() && !last) {
        return;
    }
    if (reduces_early_) {
        make_gradients();
    }
    t_.drop_gradients();
    make_gradients();
    large_.reset();
    if (averaged_.defined()) {
        gradients_.reset();  // added to those before
    } else {
        averaged_ = std::exchange(gradients_, {});
    }
    buckets_.clear();
}

void Zero::step() {
    auto scope = t_.module("optimizer", kZero, Group::gradients);
    { const torch::Tensor wide = t_.make("gradient in fp32", {largest_}, DType::fp32); }
    { const torch::Tensor wide = t_.make("gradient in fp64", {largest_}, DType::fp64); }
    torch::Tensor flat = t_.make("flattened gradients", {all_}, run_.recipe.gradient);
    t_.mark_flat(flat);
    const torch::Tensor wide = t_.make("gradients in fp32", {all_}, DType::fp32);
    t_.mark_flat(wide);
    flat.reset();
    averaged_.reset();
}

Note engine_note() {
    return {"deepspeed",
            "DeepSpeed's engine casts the whole module, adapters and what was upcast included, to "
            "the type that it computes in; its AdamW is FusedAdam, one kernel over the flat fp32 "
            "copy. When it sets itself up, fp32 gradients are there for a while as well."};
}

}  // namespace tensorledger::deepspeed
