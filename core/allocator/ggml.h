#pragma once

// What does ggml's graph allocator reserve for a graph? One compute buffer for each backend, planned before
// anything runs: the scheduler gives every operation a backend and cuts the graph where it changes, what
// crosses a cut is copied, and then each tensor is placed, in the order of the graph, into the best-fitting hole
// of its backend's buffer; it is freed after its last reader. Some operations write over their operand. The
// buffer's size is the highest address in use. (ggml: ggml-backend.cpp, ggml-alloc.c, at llama.cpp v0.5.0.)

#include <array>
#include <cstdint>
#include <vector>

#include "core/quantity/bytes.h"
#include "core/quantity/dtype.h"

namespace tensorledger::ggml {

/// What a graph's node is to the allocator and to the scheduler.
enum class Op : std::uint8_t {
    none,        // a leaf: a weight, a cache, an input
    view,        // reshape, permute, transpose, view: the memory of another tensor
    in_place,    // may write over an operand of the same layout: add, mul, scale, softmax, RMS norm …
    rope,        // likewise
    plain,       // needs memory of its own
    get_rows,    // likewise
    mul_mat,     // likewise
    mul_mat_id,  // likewise
    attention,   // likewise: the fused attention kernel
    write,       // writes into its first operand's memory, which is elsewhere (set_rows, cpy)
};

using Extents = std::array<std::int64_t, 4>;

/// Index of a tensor in its graph.
using Id = std::int32_t;
inline constexpr Id kNone = -1;

struct Tensor {
    Extents ne{1, 1, 1, 1};  // elements
    Extents nb{};            // strides in bytes
    std::int64_t bytes = 0;
    std::int64_t scratch = 0;  // bytes that a GPU needs behind it
    std::array<Id, 7> src{kNone, kNone, kNone, kNone, kNone, kNone, kNone};
    Id view_of = kNone;  // whose memory this is, never itself a view
    DType type = DType::fp32;
    Op op = Op::none;
    std::int8_t home = -1;  // backend whose memory holds it before the graph runs; -1: the plan's business
    std::int8_t wish = -1;  // backend that the graph's author chose for the operation
    bool weight = false;
    bool input = false;
    bool output = false;
    bool has_offset = false;  // a view that does not begin at its tensor's first byte
    bool visited = false;
};

/// `tensor` must live until `until` has been computed: a fused kernel reads it there.
struct Keep {
    Id tensor = kNone;
    Id until = kNone;
};

/// A graph as its author builds it: tensors first, then the order in which `expand` meets them.
struct Graph {
    std::vector<Tensor> tensors;
    std::vector<Id> nodes;   // in the order of computation
    std::vector<Id> leafs;   // that the plan allocates: inputs
    std::vector<Keep> keeps;  // honoured on GPUs

    const Tensor& operator[](Id id) const { return tensors[static_cast<std::uint32_t>(id)]; }
    Tensor& operator[](Id id) { return tensors[static_cast<std::uint32_t>(id)]; }

    /// A contiguous tensor.
    Id make(Op op, DType type, const Extents& ne, std::initializer_list<Id> sources = {});

    /// The same memory with other extents and strides (of dimensions 1 to 3), `offset` bytes in.
    Id view(Id of, const Extents& ne, const Extents& nb, bool offset);

    /// A contiguous tensor with other extents.
    Id reshape(Id of, const Extents& ne);

    /// Dimension i of `of` becomes dimension `to[i]`.
    Id permute(Id of, const std::array<int, 4>& to);

    /// Appends what computes `id`, operands first, and then `id`.
    void expand(Id id);
};

/// A place that computes. The last one of a machine is the CPU.
struct Backend {
    std::int64_t alignment = 32;
    bool gpu = false;
};

struct Machine {
    std::vector<Backend> backends;
    bool offload_operations = true;  // a GPU takes over big products with weights in the host's memory
    std::int32_t copies = 1;         // of each input that crosses a cut (pipeline parallelism: 4)
};

/// Bytes that a tensor takes in a backend's memory before its alignment: quantised rows are padded on a GPU.
std::int64_t allocated_bytes(const Tensor& tensor, const Backend& backend);

/// The size of each backend's compute buffer. Changes the operands of the graph where they are copied.
std::vector<Bytes> plan(Graph& graph, const Machine& machine);

}  // namespace tensorledger::ggml
