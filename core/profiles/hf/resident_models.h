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

    /// What the reader has to know of them.
    static Notes notes(const Run& run);

private:
    Run reference_run_;
    std::unique_ptr<Context> reference_;
    Listing listing_;
};

}  // namespace tensorledger::hf
