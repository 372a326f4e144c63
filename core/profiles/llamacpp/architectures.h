#pragma once

// How does llama.cpp name what a family of models consists of? One row an architecture.

#include <array>
#include <cstdint>
#include <string_view>

#include "core/model/model.h"

namespace tensorledger::llamacpp {

/// One row: general.architecture, the model types that are converted to it, and how its converter differs.
struct Architecture {
    std::string_view name;
    std::string_view model_types;  // config.json's, separated by blanks
    std::array<std::string_view, 4> norms = {"attn_norm", "ffn_norm", "", ""};  // as Names::norm
    bool fused_qkv = false;  // q, k and v become one matrix even where the checkpoint has three
    bool split_qkv = false;  // and three where it has one
    std::string_view qk_norm = "attn_q_norm attn_k_norm";
};

/// The row that a model is converted to, or null.
const Architecture* architecture_row(const Model& model);

}  // namespace tensorledger::llamacpp
