#pragma once

// What does a .safetensors file hold? Its header says: eight bytes of length (little endian), then JSON
// that names each tensor's type, shape and place in what follows.
// Source: github.com/huggingface/safetensors, README, "Format".

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/quantity/bytes.h"
#include "core/quantity/issue.h"

namespace tensorledger {

/// A tensor of a file. Types that have no DType keep their name: what counts is their size.
struct StoredTensor {
    std::string name;
    std::string dtype;  // as the file spells it: "BF16", "F8_E4M3", "U8" …
    std::vector<std::int64_t> shape;
    std::int64_t elements = 0;
    Bytes bytes;  // as stored
};

/// A file's tensors in the order of the header, and their sums; or why it cannot be read.
struct SafetensorsHeader {
    std::vector<StoredTensor> tensors;
    std::int64_t elements = 0;
    Bytes bytes;
    Issues issues;
};

/// How many bytes of the file its header takes, from its first eight; 0 where they are no safetensors
/// file's.
std::int64_t safetensors_header_size(std::string_view first_bytes);

/// Reads a header from the start of a file; `file_size` is the whole file's, or 0 where it is not known.
SafetensorsHeader read_safetensors_header(std::string_view start, std::int64_t file_size);

/// How many weights do these tensors hold? What is packed counts as what it unpacks to (the int32 words of
/// GPTQ, AWQ and compressed-tensors, the 4-bit bytes of bitsandbytes, mxfp4 and nvfp4); scales, zero points,
/// orders and code books count nothing.
std::int64_t stored_parameters(const std::vector<StoredTensor>& tensors);

}  // namespace tensorledger
