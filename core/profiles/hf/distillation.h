#pragma once

// Distillation as TRL's GKDTrainer does it: a frozen teacher reads the batch as well, and the loss is the generalised
// Jensen–Shannon divergence of both distributions over the whole vocabulary.
// Source: TRL at f2cd5771, trl/experimental/gkd/gkd_trainer.py.

#include "core/profiles/hf/blocks.h"

namespace tensorledger::hf {

/// generalized_jsd_loss with beta between 0 and 1, on the logits of student and teacher [b, s, v].
Tensor divergence(Context& c, const Tensor& student, const Tensor& teacher);

}  // namespace tensorledger::hf
