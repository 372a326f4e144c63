#pragma once

// Which of ggml's types is which? A GGUF file numbers them; how many elements take how many bytes is in
// dtype.h.
// Source: ggml.h (enum ggml_type) and ggml-common.h of llama.cpp v0.5.0.

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/quantity/dtype.h"

namespace tensorledger {

/// The type that a GGUF file means by a number, or nothing where ggml has none (4, 5 and 31 to 38 were
/// given up, but for the ternary 34 and 35).
std::optional<DType> ggml_type(std::int64_t id);

/// What ggml calls it: "F16", "Q4_K", "MXFP4"; the plain name of a type that ggml does not have.
std::string_view ggml_name(DType type);

/// The type that ggml calls so, in upper or lower case.
std::optional<DType> ggml_type_named(std::string_view name);

/// Whether elements come in blocks with a scale, as ggml_is_quantized answers.
inline bool is_quantised(DType type) { return info(type).block_elements > 1; }

/// Bytes of a row; rows of a tensor are whole blocks each.
inline Bytes row_bytes(DType type, std::int64_t elements) { return bytes_of(type, elements); }

}  // namespace tensorledger
