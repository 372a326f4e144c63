// How far is the tool from what was measured? The truth tests record each figure here as they
// compare it; with TENSORLEDGER_ERRORS=FILE in the environment the test binary writes the table of
// errors there, the one that the README shows (tests/generated.sh compares the two).
#pragma once

#include <cstdint>
#include <string>

/// One measured figure and the tool's. `set` is the table's row: what was measured, in words.
void record_error(const std::string& set, std::int64_t measured, std::int64_t computed);

/// The table, in Markdown; a row for each set that was recorded, in alphabetical order.
std::string error_table();
