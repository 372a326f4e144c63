#pragma once

// What does the reader get? The answer of DESIGN §3 as plain values; `answer_json.h` prints it.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/allocator/replay.h"
#include "core/article/article.h"
#include "core/model/cache.h"
#include "core/model/weights.h"
#include "core/program/program.h"
#include "core/quantity/bytes.h"
#include "core/quantity/issue.h"

namespace tensorledger {

/// One line of the ledger: a named tensor (or `count` equal ones), with what it takes at the peak.
struct Row {
    std::string name;  // "layers.attention.q"
    Group group = Group::buffers;
    Bytes bytes;  // all `count` of them together, at the peak
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

/// What autograd keeps at the end of the forward in the layers of one kind.
struct SavedKind {
    std::string kind;
    std::int64_t count = 0;
    Bytes bytes;                    // of all `count` layers
    std::vector<Row> tensors = {};  // of one of them, one by one; in a ledger only
};

struct Saved {
    std::vector<SavedKind> layers;
    Bytes outside;  // outside of the layers, or shared by them (rotary tables)
    std::vector<Row> outside_tensors;
    Bytes total;  // inputs, weights and autocast's copies of weights apart
};

/// Bytes by component, in the order of Group.
using GroupBytes = std::array<Bytes, kGroups>;

struct Totals {
    Bytes allocated;
    Bytes reserved;
    Bytes device;
};

/// What PyTorch's caching allocator makes of the tensors.
struct AllocatorFigures {
    Bytes allocated;      // their blocks and the workspaces at the highest: max_memory_allocated
    Bytes reserved;       // all segments: max_memory_reserved
    Bytes fragmentation;  // free inside segments that are in use, when most was allocated
    std::int32_t segments = 0;
    std::int32_t retries = 0;  // how often the card was full and free segments were given back
};

/// What lies between two totals: a part of `reserved` or of `device` that no tensor of the ledger takes.
struct Beside {
    std::string_view name;
    Bytes bytes;
    std::string_view within;  // the total that it is the first to belong to
    std::string_view source;
    std::string note;
};

/// A point of the timeline: bytes live at a moment of the step, by component and together.
struct TimelinePoint {
    std::string label;
    std::string phase;
    Bytes live;
    GroupBytes parts;
    WalkPoint at;
    Bytes reserved = Bytes(0);
};

/// One turn of what a step repeats, event by event: a layer's forward, a layer's backward.
struct Stretch {
    std::string label;  // "layers"
    std::string phase;
    std::int64_t turns = 0;
    std::vector<TimelinePoint> points;  // each named after the tensor that is made, or freed
    std::vector<Bytes> changes;         // of each point: what was made; negative: freed
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

/// What a server that pages its cache makes of the card, per device: as it logs it when it starts.
struct Served {
    Bytes budget;                // what it takes of the card in all
    Bytes pool;                  // the cache as allocated
    std::int64_t blocks = 0;     // 0: no server that pages its cache
    std::int64_t tokens = 0;     // that the pool holds
    std::int64_t page_size = 0;  // tokens in a block
    std::int64_t context = 0;    // the longest sequence it was started for
    double concurrency = 0;      // sequences of that length at once
    std::int64_t longest = 0;    // sequence for which there is room
};

/// What does a change cost whoever makes it? From nothing to something else being done.
enum class CostKind : std::uint8_t { free, speed, quality, task, hardware };

/// "free", "speed", "quality", "task", "hardware".
std::string_view name(CostKind kind);

/// What helps: one change or a few together, what the totals become, and what it costs, in words.
struct Advice {
    struct Part {
        std::string query;  // "checkpointing=full"
        CostKind kind = CostKind::free;
        std::string_view cost;
    };
    std::vector<Part> parts = {};
    Totals totals = {};
    Bytes saved;  // on the device
    bool fits = false;

    std::string query() const;  // of all parts together
    CostKind kind() const;      // of the part that costs most
    std::string cost() const;
};

struct Answer {
    bool ok = false;
    std::string query;  // the shortest that asks for the same
    Issues issues;
    Notes notes;
    ParameterCounts params;
    GroupBytes bytes;
    Totals totals;
    AllocatorFigures allocator;
    std::vector<Beside> beside;
    std::string peak_phase;
    Bytes peak;
    std::vector<PhaseSummary> phases;
    std::string
        first_peak_phase;  // training, with a ledger: where the very first step peaks, whose
    Bytes first_peak;      // optimizer has no states before it steps
    Saved saved;
    std::vector<Row> rows;
    std::vector<TimelinePoint> timeline;
    std::vector<Stretch> stretches;  // those of the timeline that are repeated
    std::vector<Device> devices;
    Served served;
    std::string launch;           // the command that starts the engine so
    std::vector<CacheRow> cache;  // inference: what is kept between tokens, by kind of layer
    Fit fit;
    std::vector<Advice> advice;
    std::optional<Article> article;
    std::string article_variable;  // the option that the article's S is: "seq", "context"
};

}  // namespace tensorledger
