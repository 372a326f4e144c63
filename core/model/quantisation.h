#pragma once

// How does a checkpoint say that it is quantised? `stored.h` lists the tensors that this makes of the weights.

#include <cstdint>
#include <string>
#include <vector>

#include "core/quantity/dtype.h"

namespace tensorledger {

enum class QuantMethod : std::uint8_t {
    none,
    gptq,
    awq,
    awq_gemv,
    bnb_int8,
    bnb_4bit,
    fp8,
    mxfp4,  // of experts alone, as gpt-oss has it
    nvfp4,
    packed,  // int32 words of compressed-tensors
    int8,    // one byte a weight, of compressed-tensors
    hqq,
};

/// What a config.json's quantization_config says. Patterns of module names that stay: a plain one fits the
/// beginning or the end of a name, one with * as a file name does, one that starts with "re:" is a regular
/// expression.
struct Quantisation {
    QuantMethod method = QuantMethod::none;
    std::int64_t bits = 4;
    std::int64_t group = 128;  // inputs that share a scale; 0: all of a row, -1: the whole matrix
    std::int64_t block_rows = 0;  // of fp8 block scales; 0: `group` says it
    std::int64_t block_columns = 0;
    bool zero_points = false;
    bool ordered = false;         // act-order: each input's group is stored
    bool double_scales = false;   // bitsandbytes: the scales are quantised too
    bool input_scale = false;     // a static scale of the module's input
    bool global_scale = false;    // nvfp4
    bool quantises_head = false;  // unless a pattern keeps it
    DType scale = DType::fp16;
    std::vector<std::string> kept;
};

}  // namespace tensorledger
