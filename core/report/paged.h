#pragma once

// What do vLLM and SGLang take? Weights of each device, the peak of a forward, and the pool of cache that the rest of
// their share of the card becomes.

#include "core/options/config.h"
#include "core/report/answer.h"
#include "core/report/estimate.h"

namespace tensorledger {

/// The answer to a set-up with engine=vllm or engine=sglang: `answer.query` and the model's notes are there already.
void answer_paged(const Config& config, Detail detail, Answer& answer);

}  // namespace tensorledger
