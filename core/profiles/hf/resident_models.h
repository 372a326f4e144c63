#pragma once

// What stays on the device beside the model that is trained: its exponential moving average, a frozen
// reference model (DPO), a reward model (PPO).

#include "core/profiles/hf/blocks.h"
#include "core/quantity/issue.h"

namespace tensorledger::hf {

class ResidentModels {
public:
    /// Makes the models that the run asks for beside the one that `c` has listed; nothing else may have
    /// been made on the tape before.
    ResidentModels(Context& c, const std::function<Listing(Context&)>& list);

    /// The reference model's forward, without a graph, on what the trained one has just read.
    void forward(Context& c, const Tensor& ids, const Tensor& labels, const Tensor& mask);

    /// Whether the teacher is there, and its listing ends in logits.
    bool can_teach() const { return teacher_ != nullptr && teacher_listing_.logits; }
    /// The teacher's logits, without a graph.
    Tensor teacher_logits(Context& c, const Tensor& ids);

    /// What the reader has to know of them.
    static Notes notes(const Run& run);

private:
    void make_teacher(Context& c);

    Run reference_run_;
    std::unique_ptr<Context> reference_;
    Listing listing_;
    Run teacher_run_;
    std::unique_ptr<Context> teacher_;
    Listing teacher_listing_;
};

}  // namespace tensorledger::hf
