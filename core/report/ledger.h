#pragma once

// From a program to what a reader sees: rows of the live set at the peak, phases, timeline.

#include <vector>

#include "core/program/program.h"
#include "core/report/answer.h"

namespace tensorledger {

/// Bytes of each component in a live set.
GroupBytes group_bytes(const Program& program, const std::vector<std::int64_t>& live);

/// The ledger: one row for each kind of tensor alive at the peak, in the order of the components.
std::vector<Row> rows_of(const Program& program, const std::vector<std::int64_t>& live);

/// The row of `count` tensors of one kind.
Row row_of(const Program& program, const ProgramTensor& tensor, std::int64_t count);

/// Phases of one name together (the micro-batches of an accumulation): start of the first, highest
/// peak, end of the last.
std::vector<PhaseSummary> phases_of(const Folded& folded);

struct Timeline {
    std::vector<TimelinePoint> points;
    std::vector<Stretch> stretches;
};

/// The step as a curve: the highest and the last moment of each stretch; a repeated layer shows a few
/// of its turns, since what lies between them is a straight line. Of each repetition the middle turn is
/// listed event by event as well.
Timeline timeline_of(const Program& program);

}  // namespace tensorledger
