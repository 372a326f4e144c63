#include "core/profiles/hf/training.h"

#include <algorithm>

#include "core/profiles/hf/architectures.h"

namespace tensorledger::hf {

namespace {

/// The trainable weights as the optimizer walks them, with how often each stands.
struct Weights {
    std::vector<std::pair<std::int64_t, std::int64_t>> tensors;  // elements, times
    std::int64_t elements = 0;
    std::int64_t count = 0;
};

Weights trainable(Tape& t) {
    Weights weights;
    for (const torch::ParameterState& parameter : t.parameters()) {
        if (parameter.node < 0) {
            continue;
        }
        const std::int64_t size = parameter.shape.elements();
        const std::int64_t times = t.times(parameter.region);
        weights.tensors.emplace_back(size, times);
        weights.elements += size * times;
        weights.count += times;
    }
    return weights;
}

Dim parameters_dim(const Weights& weights) { return {weights.elements, "P"}; }

/// The optimizer's states have the type of what it trains.
DType state_dtype(const Run& run) {
    return run.method == Method::lora ? run.adapter.dtype : run.recipe.state;
}

/// The states that the optimizer keeps from step to step.
void make_states(Context& c, const Weights& weights) {
    auto scope = c.t.module("optimizer", "pytorch:torch/optim");
    Tape& t = c.t;
    const Dim all = parameters_dim(weights);
    const auto hold = [&](const char* name, Dim dim, DType dtype) {
        t.keep_resident(t.resident(name, {dim}, dtype, Group::optimizer));
    };
    if (c.run.recipe.master) {
        hold("fp32 master weights", all, *c.run.recipe.master);
    }
    switch (c.run.optimizer) {
        case Optimizer::adamw:
            hold("exp_avg", all, state_dtype(c.run));
            hold("exp_avg_sq", all, state_dtype(c.run));
            if (c.run.optimizer_impl == OptimizerImpl::fused) {
                hold("step counters", {weights.count, "weight tensors"}, DType::fp32);
            }
            break;
        case Optimizer::sgd_momentum: hold("momentum_buffer", all, state_dtype(c.run)); break;
        default: break;
    }
}

/// What `optimizer.step()` allocates for a while.
void optimizer_phase(Context& c, const Weights& weights) {
    auto scope = c.t.module("optimizer", "pytorch:torch/optim", Group::optimizer);
    Tape& t = c.t;
    const Dim all = parameters_dim(weights);
    Tensor wide;
    if (c.run.recipe.master) {
        wide = t.make("gradients in fp32", {all}, *c.run.recipe.master);
    }
    if (c.run.optimizer != Optimizer::adamw) {
        return;
    }
    const DType state = state_dtype(c.run);
    switch (c.run.optimizer_impl) {
        case OptimizerImpl::foreach: {
            const Tensor roots = t.make("square roots of exp_avg_sq", {all}, state);
            break;
        }
        case OptimizerImpl::fused: break;
        case OptimizerImpl::loop: {
            Tensor denominator;
            for (const auto& [size, times] : weights.tensors) {
                const Dim one{size, "largest weight"};
                for (std::int64_t turn = 0; turn < std::min<std::int64_t>(times, 2); ++turn) {
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

/// The kind of each layer in the order of the forward: an encoder's come before its decoder's.
std::string_view kind_of_layer(const Model& model, std::int64_t index) {
    const auto encoder =
        model.encoder ? static_cast<std::int64_t>(model.encoder->layers.size()) : 0;
    const std::vector<Layer>& stack =
        index < encoder ? model.encoder->layers : model.decoder.layers;
    const std::int64_t at = index < encoder ? index : index - encoder;
    return at < static_cast<std::int64_t>(stack.size()) ? stack[static_cast<std::uint32_t>(at)].kind
                                                        : std::string_view("layer");
}

/// What one layer of each kind keeps: as its last one does, since what layers share (rotary tables) is
/// first kept by the first; the difference counts as outside of the layers.
void summarise_saved(const Tape& t, const Model& model, TrainingStep& step) {
    const Tape::SavedBytes saved = t.saved_bytes();
    step.saved_outside = saved.outside;
    step.saved_total = saved.outside;
    struct Kept {
        std::string_view kind;
        Bytes each;
        std::int64_t count = 0;
        Bytes all;
    };
    std::vector<Kept> kinds;
    std::int64_t index = 0;
    for (const auto& [bytes, times] : saved.layers) {
        const std::string_view kind = kind_of_layer(model, index);
        index += times;
        step.saved_total += bytes * times;
        auto found = std::find_if(kinds.begin(), kinds.end(),
                                  [&](const Kept& kept) { return kept.kind == kind; });
        if (found == kinds.end()) {
            found = kinds.insert(kinds.end(), Kept{kind, Bytes(0), 0, Bytes(0)});
        }
        found->each = bytes;
        found->count += times;
        found->all += bytes * times;
    }
    for (const Kept& kept : kinds) {
        step.saved_layers.push_back({kept.kind, kept.count, kept.each});
        step.saved_outside += kept.all - kept.each * kept.count;
    }
}

}  // namespace

TrainingStepOrIssue training_step(const Model& model, const Run& run) {
    const Architecture* architecture = architecture_of(model);
    if (architecture == nullptr) {
        return {std::nullopt, not_listed(model, "a training step")};
    }
    if (architecture->list == mamba && run.seq > kLongestScan) {
        return {std::nullopt, scan_too_long()};
    }
    TrainingStep step;
    if (architecture->composed) {
        step.notes.push_back(composed_note(model));
    }
    Tape t;
    Context c(t, model, run);
    const auto source = t.module("", t.text(source_of(model)));
    const Listing listing = architecture->list(c);
    if (c.eager_only && run.attention != AttentionKind::eager) {
        step.notes.push_back(eager_only_note(model));
    }
    const Weights weights = trainable(t);
    step.trainable = weights.elements;
    make_states(c, weights);
    const Tensor ids = listing.input
                           ? listing.input()
                           : t.resident("input_ids", {c.b, c.s}, DType::int64, Group::buffers);
    const Dim label_tokens = model.encoder ? Dim{run.target_seq, "t"} : c.s;
    const Tensor labels =
        listing.labels ? listing.labels()
                       : t.resident("labels", {c.b, label_tokens}, DType::int64, Group::buffers);
    const Tensor mask = run.mask
                            ? t.resident("attention_mask", {c.b, c.s}, DType::int64, Group::buffers)
                            : Tensor();
    for (std::int64_t micro = 0; micro < std::min<std::int64_t>(run.grad_accum, 2); ++micro) {
        t.begin_phase("forward");
        if (run.recipe.autocast) {
            t.autocast = run.recipe.compute;
        }
        Tensor loss = listing.loss(ids, labels, mask);
        t.end_autocast();
        t.autocast.reset();
        if (micro == 0) {
            summarise_saved(t, model, step);
        }
        t.end_phase();
        t.begin_phase("backward");
        t.backward(loss);
        loss.reset();
        t.end_phase();
    }
    t.begin_phase("optimizer");
    optimizer_phase(c, weights);
    t.end_phase();
    t.begin_phase("zero_grad");
    t.drop_gradients();
    t.end_phase();
    step.program = t.take_program();
    return {std::move(step), std::nullopt};
}

}  // namespace tensorledger::hf
