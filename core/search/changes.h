#pragma once

// What could be changed about a set-up so that it takes less memory, and what would that cost? The changes of
// changes.def, and those whose values follow from the set-up: a smaller micro-batch, a shorter sequence, fewer layers
// on the card, weights of fewer bits.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/options/config.h"
#include "core/report/answer.h"

namespace tensorledger {

/// One change: the keys that it sets ("checkpointing=full"), and what it costs.
struct Change {
    CostKind kind = CostKind::free;
    std::string query;
    std::string_view cost;
};

/// Changes that exclude each other.
struct Ladder {
    std::vector<Change> changes;
    bool falls =
        false;  // each takes less than the one before it, or is not worse: the mildest first
};

/// The ladders that the set-up leaves room for, those that cost least first.
std::vector<Ladder> ladders_of(const Config& config);

/// The set-up with a change made to it; options that mean nothing any more return to their defaults. `change.query`
/// becomes the keys that really change. Nothing where none does, or where that set-up cannot exist.
std::optional<Config> changed(const Config& config, Change& change);

}  // namespace tensorledger
