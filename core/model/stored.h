#pragma once

// How are the weights stored when they are quantised? Each matrix of a Linear module becomes packed values with
// scales (and zero points, an order, code books) beside them; what a quantiser leaves alone stays.

#include <cstdint>
#include <string>
#include <vector>

#include "core/model/model.h"

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

/// One stored tensor of a name pattern and a shape, `count` of them. Dimensions are numbers alone.
struct StoredWeight {
    std::string name;
    std::string dtype;
    std::vector<std::int64_t> shape;
    std::int64_t count = 1;
    Bytes bytes;               // of one
    std::int64_t weights = 0;  // parameters that one holds; 0 for what stands beside
    bool loaded = true;
};

/// Whether a pattern fits the name of a module.
bool fits(const std::string& pattern, const std::string& module);

/// Every tensor of the checkpoint. Without quantisation the tensors are those of weight_tensors.
std::vector<StoredWeight> stored_weights(const Model& model, const Quantisation& quantisation);

}  // namespace tensorledger
