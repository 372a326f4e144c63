#pragma once

// Which weights does one device hold? vLLM's layers (SGLang's are the same ones) split a matrix by its rows
// (ColumnParallelLinear: q, k, v, gate, up), by its columns (RowParallelLinear: o, down), or not at all (norms,
// routers, the down projections of latent attention). (vLLM: model_executor/layers/linear.py,
// vocab_parallel_embedding.py, distributed/utils.py.)

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model/model.h"
#include "core/model/stored.h"
#include "core/quantity/issue.h"

namespace tensorledger::vllm {

/// How the devices share the model.
struct Layout {
    std::int64_t tp = 1;
    std::int64_t pp = 1;
    std::int64_t ep = 1;      // 1: each device has a slice of every expert; tp: whole experts
    bool next_token = false;  // the layers of multi-token prediction are loaded too
};

/// How kernels want the experts of mxfp4: sizes are rounded up to multiples.
struct ExpertPadding {
    std::int64_t hidden = 1;
    std::int64_t width = 1;
};

/// What becomes of stored weights when they are read.
struct Loading {
    ExpertPadding padding;
    bool expands_scales = true;  // scales that are quantised themselves are made fp32
};

/// Tensors of one name and size: in `layers` layers, or outside of them.
struct RankTensor {
    StoredWeight stored;  // `count` in one layer: more than one of experts
    std::int64_t layers = 1;
    bool in_layer = false;
    bool is_expert = false;
    bool is_whole = true;  // every device of the stage has all of it
};

/// The weights of one device of a stage.
struct Stage {
    std::int64_t first = 0;  // layer
    std::int64_t layers = 0;
    bool has_embedding = false;
    bool has_head = false;
    std::vector<RankTensor> tensors;
};

/// What stands against the split, as vLLM says it when it starts.
std::optional<Issue> check_layout(const Model& model, const Layout& layout);

/// Key and value heads that one device holds: split, or replicated where there are fewer than devices.
std::int64_t kv_heads(const Attention& attention, std::int64_t tp);

/// Rows of the token table with their padding to 64.
std::int64_t padded_vocab(const Model& model);

/// The layers of each stage: the rest of an uneven division goes to the ones before the last.
std::vector<std::int64_t> layers_of_stages(std::int64_t layers, std::int64_t stages);

/// The weights that each device of one stage holds.
Stage stage_of(const Model& model, const Quantisation& quantisation, const Layout& layout,
               std::int64_t stage, const Loading& loading);

/// The tensors of some layers as one device holds them, not quantised.
std::vector<WeightTensor> split_layers(const Model& model, const Layout& layout, std::int64_t first,
                                       std::int64_t layers);

/// Rows of the rotary tables (cosine and sine side by side), and how many tables the stage's layers need.
struct Rotary {
    std::int64_t rows = 0;
    std::int64_t width = 0;
    std::int64_t tables = 0;
};
Rotary rotary_of(const Model& model);

}  // namespace tensorledger::vllm
