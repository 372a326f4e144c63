#pragma once

// What does the allocator make of a run? A program walked event by event, every repetition unrolled, against
// the simulated caching allocator.
//
// A program names kinds of tensors, and a layer that stands for many is written once. So the replay first finds out
// which block each `free` means (`Binding`): inside a stretch of equal layers each turn has its own instance; a
// backward meets the layers last first; and what a layer gets from the one before it (the hidden states, their
// gradient) is one tensor before the stretch and another in each turn.
//
// A training loop is replayed as it runs: weights one by one, then a first step, at whose end the optimizer makes
// its states (one tensor for each weight), then further ones in the steady state, on the segments that the first left.

#include <cstdint>
#include <vector>

#include "core/program/program.h"
#include "core/quantity/bytes.h"

namespace tensorledger {

/// A moment of the walk: right after a step, in a turn of the repetition around it.
struct WalkPoint {
    std::int32_t step = 0;
    std::int32_t turn = 0;
};

struct ReplaySettings {
    std::int32_t passes = 1;  // how often the phases are run one after another
    Bytes capacity = Bytes(std::int64_t{1} << 53);  // what the allocator can get of the driver
    bool expandable_segments = false;
    Bytes workspace = Bytes(0);  // cuBLAS's, of each thread that multiplies matrices
    /// How large a block is asked for, and freed again, before the weights are loaded into what it leaves
    /// (transformers' caching_allocator_warmup): all weights, at most this; 0: nothing of the kind is done.
    Bytes warm_up = Bytes(0);
    /// Whose reserved bytes are asked for, in the order of the walk.
    std::vector<WalkPoint> points = {};
};

struct Replayed {
    bool walked = false;  // false: more events than are walked in bounded time
    bool out_of_memory = false;
    Bytes requested;      // by the tensors, at the highest, in the last pass
    Bytes allocated;      // in their blocks and the workspaces at the highest, in the last pass
    Bytes reserved;       // in segments, at the highest
    Bytes fragmentation;  // free inside segments that are in use, when most was allocated
    Bytes workspaces;
    std::int32_t segments = 0;
    std::int32_t retries = 0;
    std::int64_t strays = 0;  // frees whose tensor had to be guessed by its kind, or was not found
    std::vector<Bytes> reserved_at;  // of each point asked for, in the last pass
};

/// More events than this are not walked: some hundredths of a second natively.
inline constexpr std::int64_t kMostEvents = 800'000;

Replayed replay(const Program& program, const ReplaySettings& settings);

}  // namespace tensorledger
