#pragma once

// A computation as ggml holds it before it runs: tensors with their extents and strides, what each is made from,
// and the order in which they are computed. (ggml.h of llama.cpp v0.5.0.)

#include <array>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "core/quantity/bytes.h"
#include "core/quantity/dtype.h"

namespace tensorledger::ggml {

/// What a graph's node is to the allocator and to the scheduler.
enum class Op : std::uint8_t {
    none,      // a leaf: a weight, a cache, an input
    view,      // reshape, permute, transpose, view: the memory of another tensor
    in_place,  // may write over an operand of the same layout: add, mul, scale, softmax, RMS norm …
    rope,      // likewise
    plain,     // needs memory of its own
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
    std::int8_t home =
        -1;  // backend whose memory holds it before the graph runs; -1: the plan's business
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
    std::vector<Id> nodes;    // in the order of computation
    std::vector<Id> leafs;    // that the plan allocates: inputs
    std::vector<Keep> keeps;  // honoured on GPUs

    const Tensor& operator[](Id id) const { return tensors[static_cast<std::uint32_t>(id)]; }
    Tensor& operator[](Id id) { return tensors[static_cast<std::uint32_t>(id)]; }

    /// A contiguous tensor.
    Id make(Op op, DType type, Extents ne, std::initializer_list<Id> sources = {});

    /// The same memory with other extents and strides (of dimensions 1 to 3), `offset` bytes in.
    Id view(Id of, Extents ne, Extents nb, bool offset);

    /// A contiguous tensor with other extents.
    Id reshape(Id of, Extents ne);

    /// Dimension i of `of` becomes dimension `to[i]`.
    Id permute(Id of, const std::array<int, 4>& to);

    /// Appends what computes `id`, operands first, and then `id`.
    void expand(Id id);
};

/// What addresses are multiples of in a CUDA device's buffers, and in the CPU's.
inline constexpr std::int64_t kGpuAlignment = 128;
inline constexpr std::int64_t kHostAlignment = 32;

/// A place that computes. The last one of a machine is the CPU.
struct Backend {
    std::int64_t alignment = kHostAlignment;
    bool gpu = false;
};

/// Bytes from a tensor's first to behind its last, with what its strides leave out.
std::int64_t bytes_spanned(const Tensor& tensor);

/// Bytes that a tensor takes in a backend's memory before its alignment: quantised rows are padded on a GPU.
std::int64_t allocated_bytes(const Tensor& tensor, const Backend& backend);

}  // namespace tensorledger::ggml
