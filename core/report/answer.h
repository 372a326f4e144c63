#pragma once

// What does the reader get? The answer of DESIGN §3 as plain values; `answer_json.h` prints it.

#include <cstdint>
#include <string>
#include <vector>

#include "core/quantity/bytes.h"
#include "core/program/program.h"
#include "core/quantity/issue.h"

namespace tensorledger {


/// Parameter counts, in parameters (tied weights once).
struct ParameterCounts {
    std::int64_t total = 0;
    std::int64_t active = 0;     // used for one token
    std::int64_t trainable = 0;
    std::int64_t embedding = 0;
};

/// One line of the ledger: a named tensor (or `count` equal ones), with what it takes at the peak.
struct Row {
    std::string name;     // "layers.attention.q"
    Group group = Group::buffers;
    Bytes bytes;          // all `count` of them together, at the peak
    std::int64_t count = 0;
    std::string shape;    // "b × s × a·d"
    std::string dtype;    // "bf16"
    std::string alive;    // "forward–backward"
    std::string formula;  // "32 × 2 × 512 × 4096 × 2 B"
    std::string source;   // bibliography key and place
    std::string note;     // why it exists, or why it is zero
};

/// One phase of a step, in bytes live on the device.
struct PhaseSummary {
    std::string name;
    Bytes start;
    Bytes peak;
    Bytes end;
};

/// What autograd keeps at the end of the forward for the layers of one kind.
struct SavedKind {
    std::string kind;
    std::int64_t count = 0;
    Bytes bytes;  // of all `count` layers
};

struct Saved {
    std::vector<SavedKind> layers;
    Bytes outside;
    Bytes total;
};

struct GroupBytes {
    Bytes weights, gradients, optimizer, activations, logits, kv_cache, state, buffers;
};

struct Totals {
    Bytes allocated;
    Bytes reserved;
    Bytes device;
};

/// A point of the timeline: bytes live after an event of the step.
struct TimelinePoint {
    std::string label;
    std::string phase;
    Bytes live;
};

struct Device {
    std::string name;
    Bytes weights, kv_cache, state, compute, output;
};

struct Fit {
    std::string gpu;
    Bytes available;
    Bytes headroom;  // negative when it does not fit
    bool fits = false;
};

/// One change that helps: the keys to set, what the total becomes, and what it costs, in words.
struct Advice {
    std::string query;  // "checkpointing=full"
    Bytes total;
    Bytes saved;
    bool fits = false;
    std::string cost;
};

struct Answer {
    bool ok = false;
    Issues issues;
    Notes notes;
    ParameterCounts params;
    GroupBytes bytes;
    Totals totals;
    std::string peak_phase;
    Bytes peak;
    std::vector<PhaseSummary> phases;
    Saved saved;
    std::vector<Row> rows;
    std::vector<TimelinePoint> timeline;
    std::vector<Device> devices;
    Fit fit;
    std::vector<Advice> advice;
};

}  // namespace tensorledger
