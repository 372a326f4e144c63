#pragma once

// Which operations does llama.cpp reserve memory for? The worst-case prompt of a model: a whole micro-batch
// with the cache full, as src/models/*.cpp and src/llama-graph.cpp of llama.cpp v0.5.0 build it.

#include <string_view>

#include "core/allocator/ggml.h"
#include "core/profiles/llamacpp/setup.h"

namespace tensorledger::llamacpp {

/// Asks for a weight that an operation reads: its type and extents matter where it is copied to another device.
/// `layer` is -1 for what is outside of the layers.
using FindWeight = bool (*)(const void* weights, std::string_view stem, std::int64_t layer,
                            DType& type, ggml::Extents& ne);

/// Whether the graph of a model's family is listed here.
bool has_graph(const Model& model);

/// The worst-case graph. `find` may be null where no weight is ever copied.
ggml::Graph prompt_graph(const Model& model, const Setup& setup, FindWeight find,
                         const void* weights);

/// Bytes of each device's compute buffer, the host's last.
std::vector<Bytes> compute_buffers(const Model& model, const Setup& setup, FindWeight find,
                                   const void* weights);

}  // namespace tensorledger::llamacpp
