#pragma once

// Which type does llama-quantize give each tensor? A file type names a mixture: sensitive tensors get more
// bits, depending on the layer, the number of heads and experts, and whether an importance matrix is given;
// a row that a type's blocks do not divide falls back to another.
// Source: src/llama-quant.cpp of llama.cpp v0.5.0.

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/model/model.h"
#include "core/options/config.h"
#include "core/profiles/llamacpp/tensors.h"

namespace tensorledger::llamacpp {

// clang-format off
/// Every file type: enumerator (that of WeightStorage), the name that llama-quantize takes, the number in the file, the type of most tensors.
#define TENSORLEDGER_FILE_TYPES(X)                    \
    X(fp32,      "F32",        0, fp32)               \
    X(fp16,      "F16",        1, fp16)               \
    X(q4_0,      "Q4_0",       2, q4_0)               \
    X(q4_1,      "Q4_1",       3, q4_1)               \
    X(q8_0,      "Q8_0",       7, q8_0)               \
    X(q5_0,      "Q5_0",       8, q5_0)               \
    X(q5_1,      "Q5_1",       9, q5_1)               \
    X(q2_k,      "Q2_K",      10, q2_k)               \
    X(q3_k_s,    "Q3_K_S",    11, q3_k)               \
    X(q3_k_m,    "Q3_K_M",    12, q3_k)               \
    X(q3_k_l,    "Q3_K_L",    13, q3_k)               \
    X(q4_k_s,    "Q4_K_S",    14, q4_k)               \
    X(q4_k_m,    "Q4_K_M",    15, q4_k)               \
    X(q5_k_s,    "Q5_K_S",    16, q5_k)               \
    X(q5_k_m,    "Q5_K_M",    17, q5_k)               \
    X(q6_k,      "Q6_K",      18, q6_k)               \
    X(iq2_xxs,   "IQ2_XXS",   19, iq2_xxs)            \
    X(iq2_xs,    "IQ2_XS",    20, iq2_xs)             \
    X(q2_k_s,    "Q2_K_S",    21, q2_k)               \
    X(iq3_xs,    "IQ3_XS",    22, iq3_s)              \
    X(iq3_xxs,   "IQ3_XXS",   23, iq3_xxs)            \
    X(iq1_s,     "IQ1_S",     24, iq1_s)              \
    X(iq4_nl,    "IQ4_NL",    25, iq4_nl)             \
    X(iq3_s,     "IQ3_S",     26, iq3_s)              \
    X(iq3_m,     "IQ3_M",     27, iq3_s)              \
    X(iq2_s,     "IQ2_S",     28, iq2_xs)             \
    X(iq2_m,     "IQ2_M",     29, iq2_s)              \
    X(iq4_xs,    "IQ4_XS",    30, iq4_xs)             \
    X(iq1_m,     "IQ1_M",     31, iq1_m)              \
    X(bf16,      "BF16",      32, bf16)               \
    X(tq1_0,     "TQ1_0",     36, tq1_0)              \
    X(tq2_0,     "TQ2_0",     37, tq2_0)              \
    X(mxfp4,     "MXFP4_MOE", 38, mxfp4)              \
    X(q1_0,      "Q1_0",      40, q1_0)               \
    X(q2_0,      "Q2_0",      41, q2_0)
// clang-format on

enum class FileType : std::uint8_t {
#define X(id, name, number, type) id,
    TENSORLEDGER_FILE_TYPES(X)
#undef X
};

/// "Q4_K_M".
std::string_view name(FileType type);

/// The type that llama-quantize calls so, in upper or lower case: "q4_k_m"; "mxfp4" is MXFP4_MOE.
std::optional<FileType> file_type_named(std::string_view name);

/// The type of that number in a file's general.file_type.
std::optional<FileType> file_type_numbered(std::int64_t number);

/// The file that a choice of `weights` asks for, where it is one that llama.cpp reads; `automatic` is what
/// the converter writes of a checkpoint in `computed`.
std::optional<FileType> file_type_of(WeightStorage storage, DType computed);

/// The type that most tensors get.
DType default_type(FileType type);

/// The file of a model in that type: what the converter writes, quantised. `imatrix`: whether an importance
/// matrix was given. There is no list where llama-quantize would refuse.
GgufTensors quantised(const Model& model, FileType type, bool imatrix = false);

}  // namespace tensorledger::llamacpp
