#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/quantity/bytes.h"

namespace tensorledger {

// clang-format off
/// Every element type, one aligned row each: enumerator, name, elements per block, bytes per block.
/// A type is a block of so many elements in so many bytes; plain types are blocks of one element.
///   ggml types (q1_0 and below): block sizes of ggml-common.h; its ids are in ggml.h.
///   nf4, fp4, int4, mxfp4: the packed values alone are listed where their scales are tensors of their own
///   (bitsandbytes absmax, GPTQ scales); mxfp4 carries its 8-bit scale per 32 values,
///   nvfp4 one per 16; nvfp4_64 is ggml's nvfp4, four of them in a block.
#define TENSORLEDGER_DTYPES(X)          \
    X(fp64,     "fp64",       1,   8)   \
    X(fp32,     "fp32",       1,   4)   \
    X(tf32,     "tf32",       1,   4)   \
    X(bf16,     "bf16",       1,   2)   \
    X(fp16,     "fp16",       1,   2)   \
    X(fp8,      "fp8",        1,   1)   \
    X(int64,    "int64",      1,   8)   \
    X(int32,    "int32",      1,   4)   \
    X(int16,    "int16",      1,   2)   \
    X(int8,     "int8",       1,   1)   \
    X(uint8,    "uint8",      1,   1)   \
    X(boolean,  "bool",       1,   1)   \
    X(int4,     "int4",       2,   1)   \
    X(nf4,      "nf4",        2,   1)   \
    X(fp4,      "fp4",        2,   1)   \
    X(mxfp4,    "mxfp4",     32,  17)   \
    X(nvfp4,    "nvfp4",     16,   9)   \
    X(nvfp4_64, "nvfp4_64",  64,  36)   \
    X(q1_0,     "q1_0",      128,  18)  \
    X(q2_0,     "q2_0",       64,  18)  \
    X(q4_0,     "q4_0",       32,  18)  \
    X(q4_1,     "q4_1",       32,  20)  \
    X(q5_0,     "q5_0",       32,  22)  \
    X(q5_1,     "q5_1",       32,  24)  \
    X(q8_0,     "q8_0",       32,  34)  \
    X(q8_1,     "q8_1",       32,  36)  \
    X(q2_k,     "q2_k",      256,  84)  \
    X(q3_k,     "q3_k",      256, 110)  \
    X(q4_k,     "q4_k",      256, 144)  \
    X(q5_k,     "q5_k",      256, 176)  \
    X(q6_k,     "q6_k",      256, 210)  \
    X(q8_k,     "q8_k",      256, 292)  \
    X(iq1_s,    "iq1_s",     256,  50)  \
    X(iq1_m,    "iq1_m",     256,  56)  \
    X(iq2_xxs,  "iq2_xxs",   256,  66)  \
    X(iq2_xs,   "iq2_xs",    256,  74)  \
    X(iq2_s,    "iq2_s",     256,  82)  \
    X(iq3_xxs,  "iq3_xxs",   256,  98)  \
    X(iq3_s,    "iq3_s",     256, 110)  \
    X(iq4_nl,   "iq4_nl",     32,  18)  \
    X(iq4_xs,   "iq4_xs",    256, 136)  \
    X(tq1_0,    "tq1_0",     256,  54)  \
    X(tq2_0,    "tq2_0",     256,  66)
// clang-format on

enum class DType : std::uint8_t {
#define X(id, name, elements, bytes) id,
    TENSORLEDGER_DTYPES(X)
#undef X
};

/// How one element type is stored: `block_elements` elements take `block_bytes` bytes.
struct DTypeInfo {
    std::string_view name;
    std::int64_t block_elements;
    std::int64_t block_bytes;
};

/// The storage facts of a type.
const DTypeInfo& info(DType dtype);

/// The name used in set-ups and reports, such as "bf16".
inline std::string_view name(DType dtype) { return info(dtype).name; }

/// The type of that name, or nothing when there is none.
std::optional<DType> dtype_named(std::string_view name);

/// Bytes of `elements` elements of a type; a part of a block takes a whole block.
Bytes bytes_of(DType dtype, std::int64_t elements);

}  // namespace tensorledger
