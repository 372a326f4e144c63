#pragma once

// What does llama.cpp take? Its plan of every device's buffers as an answer: rows, totals, phases, verdict.

#include "core/options/config.h"
#include "core/report/answer.h"
#include "core/report/estimate.h"

namespace tensorledger {

/// The answer to a set-up with engine=llamacpp: `answer.query` and the model's notes are there already.
void answer_llamacpp(const Config& config, Detail detail, Answer& answer);

}  // namespace tensorledger
