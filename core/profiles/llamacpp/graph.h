#pragma once

// Which operations does llama.cpp reserve memory for? The worst-case prompt of a model: a whole micro-batch
// with the cache full, as src/models/*.cpp and src/llama-graph.cpp of llama.cpp v0.5.0 build it.

#include "core/profiles/llamacpp/setup.h"
#include "core/profiles/llamacpp/tensors.h"
#include "core/program/ggml_graph.h"

namespace tensorledger::llamacpp {

/// Whether the graph of a model's family is listed here.
bool has_graph(const Model& model);

/// The worst-case graph. What of `file` lies in the host's memory may be copied to a GPU for an operation.
ggml::Graph prompt_graph(const Model& model, const Setup& setup, const GgufTensors& file);

}  // namespace tensorledger::llamacpp
