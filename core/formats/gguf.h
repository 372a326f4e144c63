#pragma once

// What does a .gguf file hold? Its header says: metadata (a key and a value of some type each), then for each
// tensor its name, dimensions (the row first), type and place in what follows. Only the header is read, from
// the start of the file or a slice of it; nothing is stored that the bytes given do not hold.
// Source: docs/gguf.md and src/gguf.cpp of ggml, versions 2 and 3.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/formats/config_json.h"
#include "core/formats/safetensors.h"
#include "core/quantity/bytes.h"
#include "core/quantity/issue.h"

namespace tensorledger {

/// A key of the metadata and its value. The text points into the bytes that were read.
struct GgufValue {
    enum class Kind : std::uint8_t { integer, real, boolean, text, list };
    std::string_view key;
    Kind kind = Kind::integer;
    std::int64_t integer = 0;  // of a boolean 0 or 1; an unsigned one above 2^63 - 1 is that
    double real = 0;
    std::string_view text;
    std::int64_t size = 0;    // of a list
    Kind of = Kind::integer;  // what a list holds
    std::vector<std::int64_t>
        integers;  // a list's first elements, where they are whole numbers or booleans
};

/// A header, or why it cannot be read.
struct GgufHeader {
    std::int64_t version = 0;
    std::vector<GgufValue> metadata;
    std::vector<StoredTensor> tensors;  // in the order of the file; shapes in ggml's order
    std::int64_t header_bytes = 0;      // before the first tensor's data, alignment included
    std::int64_t elements = 0;
    Bytes bytes;       // of the tensors, without padding
    Bytes file_bytes;  // of the whole file, padding included
    Issues issues;

    const GgufValue* find(std::string_view key) const;
    std::optional<std::int64_t> integer(std::string_view key) const;
    std::string_view text(std::string_view key) const;
};

/// Reads a header from the start of a file; `file_size` is the whole file's, or 0 where it is not known.
GgufHeader read_gguf_header(std::string_view start, std::int64_t file_size);

/// The network that the metadata describe, as the text of a config.json; empty where its architecture is
/// not one that is known here.
std::string gguf_config(const GgufHeader& header);

/// The network that the metadata describe.
ModelOrIssues gguf_model(const GgufHeader& header);

}  // namespace tensorledger
