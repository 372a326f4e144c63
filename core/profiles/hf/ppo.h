#pragma once

// PPO's update as TRL's PPOTrainer takes it: a policy and a value model in one module (PolicyAndValueWrapper), whose
// forwards run one after the other, one loss of both, one backward. The value model is the policy's body with a head of
// one output. Both hand out the hidden states of every layer: the value model's live until the policy's forward is
// done, the policy's until the loop is done with the micro-batch. Gradient checkpointing is the policy's alone, and
// dropout is switched off. The rollout before the update is not listed.
// Source: TRL at f2cd5771, trl/experimental/ppo/ppo_trainer.py.

#include "core/profiles/hf/blocks.h"

namespace tensorledger::hf {

class ValueModel {
public:
    /// Makes the value model beside the policy that `c` has listed.
    ValueModel(Context& c, const std::function<Listing(Context&)>& list);

    /// Whether its listing, and that of the policy, have what the update reads.
    bool fits(const Listing& policy) const { return policy.logits && listing_.values; }
    /// The loss of one micro-batch.
    Tensor loss(Context& c, const Listing& policy, const Tensor& ids);
    /// What the loop computes from the logits when the micro-batch is done.
    void statistics(Context& c);
    /// The loop deletes its names.
    void forget(Context& c);

private:
    Model model_;
    Run run_;
    std::unique_ptr<Context> context_;
    Listing listing_;
    // The loop's names: the logits of the micro-batch, its probabilities, the hidden states of the policy.
    Tensor logits_;
    Tensor probabilities_;
    std::vector<HiddenState> hidden_;
};

}  // namespace tensorledger::hf
