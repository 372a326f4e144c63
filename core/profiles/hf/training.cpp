#include "core/profiles/hf/training.h"

#include <algorithm>

#include "core/profiles/hf/architectures.h"
#include "core/profiles/torch/optimizers.h"

namespace tensorledger::hf {

namespace {

/// The kind of each layer in the order of the forward: an encoder's come before its decoder's.
std::string kind_of_layer(const Model& model, std::int64_t index) {
    const auto encoder =
        model.encoder ? static_cast<std::int64_t>(model.encoder->layers.size()) : 0;
    const bool encodes = index < encoder;
    const std::vector<Layer>& stack = encodes ? model.encoder->layers : model.decoder.layers;
    const std::int64_t at = encodes ? index : index - encoder;
    if (at >= static_cast<std::int64_t>(stack.size())) {
        return "layer";
    }
    const Layer& layer = stack[static_cast<std::uint32_t>(at)];
    std::string kind = encoder == 0 ? "" : encodes ? "encoder " : "decoder ";
    if (layer.attention.window > 0) {
        kind += "windowed ";
    }
    return kind.append(layer.kind);
}

/// What one layer of each kind keeps: as its last one does, since what layers share (rotary tables) is
/// first kept by the first; the difference counts as outside of the layers.
void summarise_saved(const Tape& t, const Model& model, TrainingStep& step) {
    const Tape::SavedBytes saved = t.saved_bytes();
    step.saved_outside = saved.outside;
    step.saved_total = saved.outside;
    struct Kept {
        std::string kind;
        Bytes each;
        std::int64_t count = 0;
        Bytes all;
        std::int32_t layer = 0;  // the traced layer that stands for the kind
    };
    std::vector<Kept> kinds;
    std::int64_t index = 0;
    std::int32_t traced = 0;
    for (const auto& [bytes, times] : saved.layers) {
        std::string kind = kind_of_layer(model, index);
        index += times;
        step.saved_total += bytes * times;
        auto found = std::find_if(kinds.begin(), kinds.end(),
                                  [&](const Kept& kept) { return kept.kind == kind; });
        if (found == kinds.end()) {
            found = kinds.insert(kinds.end(), Kept{std::move(kind), Bytes(0), 0, Bytes(0), 0});
        }
        found->layer = traced++;
        found->each = bytes;
        found->count += times;
        found->all += bytes * times;
    }
    for (Kept& kept : kinds) {
        step.saved_layers.push_back(
            {std::move(kept.kind), kept.count, kept.each, t.kept_by_layer(kept.layer)});
        step.saved_outside += kept.all - kept.each * kept.count;
    }
    step.saved_outside_tensors = t.kept_by_layer(-1);
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
    if (std::optional<Issue> issue = issue_of(c)) {
        return {std::nullopt, std::move(issue)};
    }
    make_shared_projections(c);
    if (c.eager_only && run.attention != AttentionKind::eager) {
        step.notes.push_back(eager_only_note(model));
    }
    const torch::TrainedWeights weights = torch::trained_weights(t);
    if (weights.empty()) {
        return {std::nullopt, not_listed(model, "a training step with these adapters")};
    }
    step.trainable = torch::elements_of(weights);
    step.states_elsewhere = torch::optimizer_states_elsewhere(run, weights);
    torch::make_optimizer_states(t, run, weights);
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
    torch::optimizer_step(t, run, weights);
    t.end_phase();
    t.begin_phase("zero_grad");
    t.drop_gradients();
    t.end_phase();
    step.program = t.take_program();
    return {std::move(step), std::nullopt};
}

}  // namespace tensorledger::hf
