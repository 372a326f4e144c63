#pragma once

// What would make it fit? Single changes, and the smallest combinations of two or three of them, each asked of the
// estimate itself.

#include <vector>

#include "core/options/config.h"
#include "core/report/answer.h"

namespace tensorledger {

/// The changes that help a set-up that does not fit. Those that make it fit come first: what costs nothing before
/// what costs time, quality, another task, another card (CostKind), fewer changes before more. Where few do, those that
/// save most follow.
std::vector<Advice> advise(const Config& config, const Answer& answer);

}  // namespace tensorledger
