#include "core/profiles/hf/training.h"

#include <algorithm>

#include "core/profiles/deepspeed/zero.h"
#include "core/profiles/hf/architectures.h"
#include "core/profiles/hf/distillation.h"
#include "core/profiles/hf/float8.h"
#include "core/profiles/hf/ppo.h"
#include "core/profiles/hf/resident_models.h"
#include "core/profiles/hf/transformer_engine.h"
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
void summarise_saved(const Tape& t, const Model& model, bool critic, TrainingStep& step) {
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
    const auto layers = static_cast<std::int64_t>(model.decoder.layers.size());
    std::int64_t index = 0;
    std::int32_t traced = 0;
    for (const auto& [bytes, times] : saved.layers) {
        const bool of_critic = critic && index < layers;  // whose forward comes first
        std::string kind = of_critic ? "value model's " : "";
        kind += kind_of_layer(model, critic && !of_critic ? index - layers : index);
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

/// torch.nn.utils.clip_grad_norm_: the norm of each gradient, the norm of the norms, and a factor that
/// scales the gradients in place.
void clip_phase(Tape& t, const torch::TrainedWeights& weights, DType gradient) {
    t.begin_phase("clip");
    Tensor total;
    {
        auto scope =
            t.module("clip_grad_norm_", "pytorch:torch/nn/utils/clip_grad.py", Group::gradients);
        std::int64_t count = 0;
        for (const torch::TrainedWeight& weight : weights) {
            count += weight.times;
        }
        const Dim all{count, "weight tensors"};
        {
            const Tensor norms = t.make("norms", {all}, gradient);
            const Tensor stacked = t.make("stacked norms", {all}, gradient);
            total = t.make("norm of all", {}, gradient);
        }
        const Tensor shifted = t.make("norm of all + ε", {}, gradient);
        const Tensor factor = t.make("factor", {}, gradient);
        const Tensor clamped = t.make("factor of at most 1", {}, gradient);
    }
    t.end_phase();
}

/// The models whose norms, rotation and gate Liger's kernels are listed for.
bool has_liger_kernels(const Model& model) {
    return model.model_type == "llama" || model.model_type == "mistral" ||
           model.model_type == "qwen2" || model.model_type == "qwen3" ||
           model.model_type == "gemma";
}

/// Which step of a training is listed.
enum class Which : std::uint8_t { first, steady };

/// The listing of one step on its tape.
class StepListing {
public:
    StepListing(const Model& model, const Run& run, const Architecture& architecture, Which which)
        : model_(model), run_(run), which_(which), c_(t_, model, run) {
        const bool steady = which == Which::steady;
        t_.softmax_keeps_input = run.torch == TorchVersion::v1_10;
        t_.gradients_stay = steady && !run.set_to_none && !run.optimizer_in_backward;
        const auto source = t_.module("", t_.text(source_of(model)));
        const auto list = [&architecture](Context& c) { return architecture.list(c); };
        listing_ = list(c_);
        issue_ = prompt_issue(c_, listing_.logits != nullptr);
        if (issue_) {
            return;
        }
        make_shared_projections(c_);
        make_prompt_encoder(c_);
        issue_ = issue_of(c_);
        if (issue_) {
            return;
        }
        if (run.critic) {
            if (architecture.heads == Heads::language) {
                issue_ = not_listed(model, "a value model");
                return;
            }
            critic_.emplace(c_, list);
        }
        weights_ = torch::trained_weights(t_);
        beside_.emplace(c_, list);
        if (run.framework == Framework::deepspeed) {
            zero_.emplace(t_, run, weights_);
        } else if (steady) {
            torch::make_optimizer_states(t_, run, weights_);
        }
    }

    /// Whether the run has another loss than the model's own, and the listings lack what it reads.
    bool lacks_logits() const {
        const bool policy = critic_ && !critic_->fits(listing_);
        return policy || (run_.teacher && (!listing_.logits || !beside_->can_teach()));
    }
    const Context& context() const { return c_; }
    /// What stands against listing it.
    const std::optional<Issue>& issue() const { return issue_; }
    /// What the run asks for that the modelling code turned out not to be listed with; null: nothing.
    const char* not_listed_with() const {
        if (run_.kernels == Kernels::liger && !has_liger_kernels(model_)) {
            return "Liger's kernels";
        }
        const bool chosen = run_.loss == Loss::shifted || run_.compiled_loss;
        if (chosen && c_.has_own_loss) {
            return "a shifted or compiled loss";
        }
        const bool bypassed = run_.attention == AttentionKind::flash && t_.uses_sdpa;
        if (bypassed) {
            return "FlashAttention";
        }
        if (run_.recipe.float8 && run_.checkpointing == Checkpointing::selective &&
            run_.checkpoint_policy == CheckpointPolicy::ops) {
            return "products in fp8 that a selective checkpoint keeps";
        }
        const bool cut_off = !reaches_loss_ && c_.not_listed_with == nullptr;
        return cut_off ? "a training step with these adapters" : c_.not_listed_with;
    }
    /// Whether fp8 is asked for and none of its modules is an nn.Linear that is converted.
    bool lacks_float8() const { return run_.recipe.float8 && c_.float8_products == 0; }
    std::int64_t trainable() const { return torch::elements_of(weights_); }
    torch::StatesElsewhere states_elsewhere() const {
        return torch::optimizer_states_elsewhere(run_, weights_);
    }

    /// Runs it; what autograd keeps is written into `step` when the first forward ends.
    Program run(TrainingStep& step) {
        const auto source = t_.module("", t_.text(source_of(model_)));
        if (run_.optimizer_in_backward) {
            step_in_backward();
        }
        make_inputs();
        for (std::int64_t micro = 0; micro < std::min<std::int64_t>(run_.grad_accum, 2); ++micro) {
            micro_batch(micro, step);
        }
        if (!run_.optimizer_in_backward) {
            step_after_backward();
        }
        if (which_ == Which::steady) {
            t_.leave_to_the_next(held_);
        }
        return t_.take_program();
    }

private:
    void make_inputs() {
        const Dim given{run_.seq, "s"};  // without virtual tokens
        ids_ = listing_.input
                   ? listing_.input()
                   : t_.resident("input_ids", {c_.b, given}, DType::int64, Group::buffers);
        const Dim label_tokens = model_.encoder ? Dim{run_.target_seq, "t"} : given;
        labels_ = listing_.labels
                      ? listing_.labels()
                      : t_.resident("labels", {c_.b, label_tokens}, DType::int64, Group::buffers);
        if (run_.mask) {
            mask_ = t_.resident("attention_mask", {c_.b, given}, DType::int64, Group::buffers);
        }
    }

    void micro_batch(std::int64_t micro, TrainingStep& step) {
        const bool last = micro + 1 == std::min<std::int64_t>(run_.grad_accum, 2);
        t_.begin_phase("forward");
        if (run_.recipe.autocast) {
            t_.autocast = run_.recipe.compute;
        }
        Tensor loss = forward_to_loss();
        after_forward(c_);
        t_.end_autocast();
        t_.autocast.reset();
        update_te_scales(c_, 3);
        c_.returns(loss);
        if (micro == 0) {
            summarise_saved(t_, model_, run_.critic, step);
            if (which_ == Which::steady) {
                t_.replace_those_from_before(c_.outputs);
            }
        }
        held_ = std::exchange(c_.outputs, {});
        beside_->forward(c_, ids_, labels_, mask_);
        t_.end_phase();
        t_.begin_phase("backward");
        reaches_loss_ = loss.requires_grad();
        if (zero_) {
            zero_->before_backward(last);
        }
        if (reaches_loss_) {  // else there is no graph to walk, and the step is refused
            t_.backward(loss);
            update_te_scales(c_, 2);
        }
        if (zero_) {
            zero_->after_backward(last);
        }
        if (run_.optimizer_in_backward) {
            end_update();
        }
        loss.reset();
        t_.end_phase();
    }

    /// What PPO's loop does with the micro-batch when the step has been taken.
    void end_update() {
        if (critic_) {
            critic_->statistics(c_);
            critic_->forget(c_);
        }
    }

    /// The model's own loss, or that of the update in which it is trained.
    Tensor forward_to_loss() {
        if (critic_) {
            return critic_->loss(c_, listing_, ids_);
        }
        const Tensor mask = before_forward(c_, mask_);
        if (!run_.teacher) {
            return listing_.loss(ids_, labels_, mask);
        }
        const Tensor student = listing_.logits(ids_);
        const Tensor teacher = beside_->teacher_logits(c_, ids_);
        return divergence(c_, student, teacher);
    }

    void step_in_backward() {
        t_.after_accumulate = [this](const torch::ParameterState& parameter) {
            const torch::TrainedWeights one = {torch::trained_weight(parameter)};
            if (which_ == Which::first) {
                torch::make_optimizer_states(t_, run_, one);
            }
            torch::optimizer_step(t_, run_, one);
        };
    }

    void step_after_backward() {
        if (zero_) {  // which clips in place, and has dropped the gradients
            t_.begin_phase("optimizer");
            zero_->step();
            t_.end_phase();
            t_.begin_phase("zero_grad");
            t_.end_phase();
            return;
        }
        if (run_.clip_grad) {
            clip_phase(t_, weights_, run_.recipe.gradient);
        }
        t_.begin_phase("optimizer");
        if (which_ == Which::first) {
            torch::make_optimizer_states(t_, run_, weights_);
        }
        torch::optimizer_step(t_, run_, weights_);
        t_.end_phase();
        t_.begin_phase("zero_grad");
        if (run_.set_to_none) {
            t_.drop_gradients();
        }
        end_update();
        t_.end_phase();
    }

    const Model& model_;
    const Run& run_;
    Which which_;
    Tape t_;
    Context c_;
    Listing listing_;
    std::optional<Issue> issue_;
    torch::TrainedWeights weights_;
    std::optional<ValueModel> critic_;
    std::optional<ResidentModels> beside_;
    std::optional<deepspeed::Zero> zero_;
    Tensor ids_, labels_, mask_;
    bool reaches_loss_ = true;  // does what is trained have a part in the loss?
    std::vector<Tensor> held_;  // what the loop's `outputs` refers to
};

}  // namespace

TrainingStepOrIssue training_step(const Model& model, const Run& run) {
    const Architecture* architecture = architecture_of(model);
    if (architecture == nullptr) {
        return {std::nullopt, not_listed(model, "a training step")};
    }
    if (architecture->scans() && run.seq > kLongestScan) {
        return {std::nullopt, scan_too_long()};
    }
    TrainingStep step;
    if (architecture->composed) {
        step.notes.push_back(composed_note(model));
    }
    if (auto issue = te_issue_of_card(run)) {
        return {std::nullopt, std::move(issue)};
    }
    StepListing listing(model, run, *architecture, Which::steady);
    if (listing.issue()) {
        return {std::nullopt, listing.issue()};
    }
    if (listing.lacks_logits()) {
        return {std::nullopt, not_listed(model, run.critic ? "a PPO update" : "distillation")};
    }
    const Notes beside = ResidentModels::notes(run);
    step.notes.insert(step.notes.end(), beside.begin(), beside.end());
    if (listing.context().eager_only && run.attention != AttentionKind::eager) {
        step.notes.push_back(eager_only_note(model));
    }
    if (run.framework == Framework::deepspeed) {
        step.notes.push_back(deepspeed::engine_note());
    }
    if (run.compiled_loss) {
        step.notes.push_back({"eager-layers",
                              "The loss alone is taken as compiled; the layers are listed as eager "
                              "code, and what torch.compile keeps of them is not described."});
    }
    step.trainable = listing.trainable();
    step.states_elsewhere = listing.states_elsewhere();
    if (step.trainable == 0 && run.method != Method::freeze) {
        return {std::nullopt, not_listed(model, "a training step with these adapters")};
    }
    if (step.trainable == 0) {
        return {std::nullopt,
                Issue{"method", "impossible",
                      "Nothing would be trained: no weight of this model is left that gets a "
                      "gradient."}};
    }
    step.program = listing.run(step);
    if (const char* sentence = listing.context().te_refusal) {
        return {std::nullopt, Issue{"fp8_recipe", "not-listed", sentence}};
    }
    if (listing.not_listed_with() == kUnalignedTokens) {
        return {
            std::nullopt,
            Issue{"precision", "impossible",
                  "A product in fp8 takes sizes that 16 divides, and so a number of tokens that "
                  "16 divides; fp8-mixed, which pads them, can do without."}};
    }
    if (const char* what = listing.not_listed_with()) {
        return {std::nullopt, not_listed(model, what)};
    }
    if (listing.lacks_float8()) {
        return {
            std::nullopt,
            Issue{
                "precision", "impossible",
                asks_for_te(run)
                    ? "This model has no nn.Linear whose sizes 16 divides, so that nothing "
                      "would be computed in fp8."
                    : "torchao converts modules of the type nn.Linear whose sizes 16 divides, but "
                      "the head; this model has none, so that nothing would be computed in fp8."}};
    }
    if (asks_for_te(run)) {
        step.notes.push_back(
            {"fp8",
             "Linear layers are Transformer Engine's, with delayed scaling: inputs and weights in "
             "fp8 stay for the backward in place of the inputs in their own type. Sizes and tokens "
             "have to be multiples of 16, and the card an Ada or a Hopper."});
    } else if (run.recipe.float8) {
        step.notes.push_back(
            {"fp8",
             "The casts to fp8 are listed as torchao's code makes them without torch.compile: "
             "copies in fp32 that live for one product. Weights, and what autograd keeps, stay in "
             "their own types."});
    }
    return {std::move(step), std::nullopt};
}

Program first_training_step(const Model& model, const Run& run) {
    TrainingStep step;
    return StepListing(model, run, *architecture_of(model), Which::first).run(step);
}

}  // namespace tensorledger::hf
