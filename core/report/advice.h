#pragma once

// What would make it fit? Single changes and a few pairs of them, tried one by one, the least costly first.

#include <vector>

#include "core/options/config.h"
#include "core/report/answer.h"

namespace tensorledger {

/// The changes that help a set-up that does not fit: those that make it fit first, the cheapest of them first; where
/// none does, those that save most.
std::vector<Advice> advise(const Config& config, const Answer& answer);

}  // namespace tensorledger
