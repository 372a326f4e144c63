#pragma once

// What does ggml's graph allocator reserve for a graph? One compute buffer for each backend, planned before
// anything runs: the scheduler gives every operation a backend and cuts the graph where it changes, what
// crosses a cut is copied, and then each tensor is placed, in the order of the graph, into the best-fitting hole
// of its backend's buffer; it is freed after its last reader. Some operations write over their operand. The
// buffer's size is the highest address in use. (ggml: ggml-backend.cpp, ggml-alloc.c, at llama.cpp v0.5.0.)

#include <cstdint>
#include <vector>

#include "core/program/ggml_graph.h"
#include "core/quantity/bytes.h"

namespace tensorledger::ggml {

struct Machine {
    std::vector<Backend> backends;
    bool offload_operations =
        true;                 // a GPU takes over big products with weights in the host's memory
    std::int32_t copies = 1;  // of each input that crosses a cut (pipeline parallelism: 4)
};

/// The size of each backend's compute buffer. Changes the operands of the graph where they are copied.
std::vector<Bytes> plan(Graph& graph, const Machine& machine);

}  // namespace tensorledger::ggml
