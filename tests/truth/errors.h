// How far is the tool from what was measured? The truth tests record each figure here as they
// compare it; with TENSORLEDGER_ERRORS=FILE in the environment the test binary writes the table of
// errors there, the one that the README shows (tests/generated.sh compares the two), and beside it
// the same as JSON for the page (FILE.json) and every published figure by itself (FILE.each.md).
#pragma once

#include <cstdint>
#include <string>

/// One measured figure and the tool's. `set` is the table's row: what was measured, in words.
void record_error(const std::string& set, std::int64_t measured, std::int64_t computed);

/// One figure of a published set, which is also listed by itself.
struct PublishedFigure {
    std::string set;
    std::string id;
    std::string printed;  // as its source prints it
    std::string assumed;  // where the source lacks an input; empty: nothing
    std::int64_t measured = 0;
    std::int64_t computed = 0;
};
void record_published(const PublishedFigure& figure);

/// A measured figure that is not compared, and why: the tool refuses the set-up, or the record lacks an input.
void record_gap(const std::string& set, const std::string& id, const std::string& reason);

/// So many more records of the set that the tool refuses, which are not listed one by one.
void record_refused(const std::string& set, std::int64_t figures);

/// The table, in Markdown; a row for each set that was recorded, in alphabetical order.
std::string error_table();

/// The same rows as JSON, for the page.
std::string error_json();

/// Every published figure with its error and what was assumed for it, in Markdown.
std::string figure_table();
