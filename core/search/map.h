#pragma once

// What else would fit? A grid of two sizes, how many sequences and how long, with the line between what fits and what does
// not. More sequences never fit where fewer do not, so each row is one number, sought from that of the row below it.

#include <string>
#include <string_view>
#include <vector>

#include "core/options/config.h"
#include "core/search/surface.h"

namespace tensorledger {

struct FitMap {
    GridAxis rows;                   // sequences
    GridAxis columns;                // tokens
    std::vector<std::int64_t> fits;  // of each row: how many of the columns fit, from the first on
};

/// The grid that shows a set-up and its surroundings: up to 64 × 64 values.
FitMap grid_around(const Config& config);

/// Fills `fits`: at every line between the two a set-up that fits and one that does not have been asked.
void fill(const Config& config, FitMap& map);

/// Parses a set-up and answers with its map as JSON: {"ok", "version", "issues", "query", "rows": {"key", "unit", "first",
/// "step", "count"}, "columns": {…}, "fits": [columns that fit, of each row]}.
std::string map_json(std::string_view set_up);

}  // namespace tensorledger
