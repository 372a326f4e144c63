#pragma once

// A run as a memory program: what it allocates and frees, in order.
//
// The program is a small tree (sequence, repetition, phase) written in preorder as a flat list of
// steps. Its fold is a monoid, so a step of 126 equal layers costs as much as a step of one:
//
//     (net1, peak1) . (net2, peak2)  =  (net1 + net2,  max(peak1, net1 + peak2))
//     (net, peak)^n                  =  (n net,        max(peak, (n - 1) net + peak))
//
// `fold` reads the peak, `live_at_peak` the live set there, `walk` every event one by one. They are
// three readings of one description; tests/properties compares them on random programs.

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "core/quantity/bytes.h"
#include "core/quantity/dtype.h"
#include "core/quantity/shape.h"

namespace tensorledger {

/// The component that a tensor belongs to: one word, one colour everywhere.
enum class Group : std::uint8_t {
    weights,
    gradients,
    optimizer,
    activations,
    logits,
    kv_cache,
    state,
    buffers,
};
inline constexpr int kGroups = 8;

/// "weights", "gradients", … as in the answer's JSON.
std::string_view name(Group group);

/// A kind of tensor that a program allocates: every instance has the same name, shape and type.
struct ProgramTensor {
    std::int32_t scope = 0;   // index into Program::scopes
    const char* name = "";    // within the scope
    const char* prefix = "";  // "grad of " and the like
    Group group = Group::activations;
    Shape shape;
    DType dtype = DType::fp32;
    std::int32_t line = 0;  // of the scope's source file; 0: not known
    Bytes bytes;
    const char* kept_for = nullptr;  // which backward formula keeps it; null: nobody
    bool resident = false;           // there before the step, and after it
    bool trained = false;            // a weight that gets a gradient
    bool flat = false;               // one block, though it holds something of every weight
    bool side_stream = false;  // made on a second stream: its memory is no use to the first one
};

/// Where in the network a tensor is made: "layers" › "self_attn" › "q_proj".
struct Scope {
    std::int32_t parent = -1;
    const char* name = "";
    const char* source = "";  // bibliography key and file
};

enum class StepKind : std::uint8_t { alloc, free, repeat, end_repeat, phase, end_phase, layer };

/// One step: `value` is a tensor (alloc, free), a count (repeat), or an index of Program::phases.
/// `which` tells equal tensors apart for the replay: of alloc and free the tensor that is meant (each turn of a
/// repetition has its own), of repeat the stretch of layers, twice its number, plus one when the
/// layers are walked last first; -1: not known.
struct Step {
    StepKind kind;
    std::int32_t value = 0;
    std::int32_t which = -1;
};

struct Program {
    std::vector<ProgramTensor> tensors;
    std::vector<Scope> scopes;
    std::vector<const char*> phases;
    std::vector<Step> steps;
    std::deque<std::string> symbols;  // products of dimensions that the run itself formed: "b·a"
};

/// The memory of one phase, in bytes live: at its start, at its highest, at its end.
struct PhaseBytes {
    const char* name = "";
    Bytes start;
    Bytes peak;
    Bytes end;
};

/// What a fold finds: the highest number of bytes live, where, and every phase's own figures.
struct Folded {
    Bytes net;
    Bytes peak;
    std::int32_t peak_step = -1;   // index of the step that reaches the peak first; -1: none
    std::int32_t peak_phase = -1;  // index into `phases`
    std::vector<PhaseBytes> phases;
};

/// Folds a program that starts with `before` bytes live.
Folded fold(const Program& program, Bytes before = Bytes(0));

/// Live instances of every tensor kind when the fold's peak is reached (index: tensor).
std::vector<std::int64_t> live_at_peak(const Program& program, const Folded& folded);

/// The same by brute force: the peak over every event, each repetition unrolled.
Bytes peak_by_walk(const Program& program, Bytes before = Bytes(0));

/// Called for each event of the walk with the step's index and the bytes live after it.
using WalkVisitor = void (*)(void* context, std::int32_t step, Bytes live);

/// Visits every event with each repetition unrolled; at most `limit` events, false when cut.
bool walk(const Program& program, Bytes before, WalkVisitor visit, void* context,
          std::int64_t limit);

/// "layers.self_attn.q_proj": the full name of a tensor.
std::string full_name(const Program& program, const ProgramTensor& tensor);

}  // namespace tensorledger
