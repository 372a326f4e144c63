#pragma once

// Which tensors does the GGUF file of a model hold? The list that llama.cpp's converter writes and its
// loader puts into buffers: names, dimensions in ggml's order (the row first) and types.
// Source: conversion/*.py and src/models/*.cpp of llama.cpp v0.5.0.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/model.h"
#include "core/quantity/bytes.h"
#include "core/quantity/dtype.h"
#include "core/quantity/issue.h"

namespace tensorledger::llamacpp {

/// One tensor of the file. Texts are static.
struct GgufTensor {
    std::string_view stem;    // within its layer: "attn_q", "ffn_down_exps", "token_embd"
    std::string_view suffix;  // ".weight", ".bias", or "" (ssm_a, ssm_d)
    std::int32_t layer = -1;  // the block that it is in; -1: outside
    std::array<std::int64_t, 4> ne{1, 1, 1, 1};
    int dims = 1;  // how many of `ne` the file states
    DType type = DType::fp16;

    /// "blk.0.attn_q.weight".
    std::string name() const;
    std::int64_t elements() const;
    /// Bytes without the padding that files and buffers put behind them.
    Bytes bytes() const;
    bool is(std::string_view wanted) const { return suffix == ".weight" && stem == wanted; }
};

/// The tensors in the order of the file: what is outside of the blocks first, then block by block.
struct GgufTensors {
    std::string_view architecture;  // general.architecture: "llama", "qwen3moe" …
    std::vector<GgufTensor> tensors;
    std::optional<Issue> issue;  // why there is no list

    std::int64_t elements() const;
    Bytes bytes() const;
    /// The same, each tensor padded to a multiple of `alignment` bytes (a file's is 32).
    Bytes padded_bytes(std::int64_t alignment) const;
    const GgufTensor* find(std::string_view stem, std::int32_t layer = -1) const;
};

/// The list as the converter writes it: matrices of `weights` (fp32, fp16, bf16, q8_0), the rest in fp32.
/// What quantise.h does to it is llama-quantize's work.
GgufTensors gguf_tensors(const Model& model, DType weights = DType::bf16);

/// llama.cpp's own name of a model's architecture, or nothing where it has none that is listed here.
std::string_view architecture_of(const Model& model);

}  // namespace tensorledger::llamacpp
