#pragma once

// How does llama.cpp name what a family of models consists of? One row an architecture.
// Source: src/llama-arch.cpp, src/models/*.cpp and conversion/*.py of llama.cpp v0.5.0.

#include <array>
#include <cstdint>
#include <string_view>

#include "core/model/model.h"

namespace tensorledger::llamacpp {

/// What a converter does to the projections that others leave alone.
enum class Qkv : std::uint8_t { as_stored, split };

/// One row: general.architecture, the model types that are converted to it, and how it differs from Llama.
struct Architecture {
    std::string_view name;
    std::string_view model_types;  // config.json's, separated by blanks
    std::array<std::string_view, 4> norms = {"attn_norm", "ffn_norm", "", ""};  // as Names::norm
    std::string_view final_norm = "output_norm";
    Qkv qkv = Qkv::as_stored;
    bool latent_split = true;      // kv_b is stored as two stacks of matrices, one a head
    std::int32_t layers_70b = 0;   // with so many layers llama-quantize takes it for a 70B model
    bool own_head = false;         // published checkpoints hold a head, whatever their config ties
    bool experts = false;          // only models that have some
    bool kv_heads_listed = false;  // head_count_kv is a list, 0 where a layer does not attend
};

/// The row that a model is converted to, or null.
const Architecture* architecture_row(const Model& model);

}  // namespace tensorledger::llamacpp
