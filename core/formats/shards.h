#pragma once

// Which files do the weights of a model lie in, and are they all there? An index (model.safetensors.index.json)
// says for each tensor which file has it.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/formats/json.h"
#include "core/formats/safetensors.h"
#include "core/quantity/bytes.h"
#include "core/quantity/issue.h"

namespace tensorledger {

/// No index is larger: one of 200,000 tensors is 24 MB.
constexpr std::int64_t max_index = std::int64_t{64} << 20;

struct ShardIndex {
    /// A tensor of the index and the number of the file that has it.
    struct Place {
        std::string name;
        std::int64_t file = 0;
    };
    std::vector<std::string> files;  // in alphabetical order
    std::vector<Place> places;       // by the tensor's name
    Bytes bytes;                     // metadata.total_size, or 0 where the index does not state it
    Notes notes;
    Issues issues;
};

/// Reads an index. Files that are numbered "00001-of-00005" have to be all there.
ShardIndex read_shard_index(JsonValue index);

/// What is wrong between an index and the header of one of its files, whose place in `files` this is; empty
/// where nothing is.
Issues compare_shard(const ShardIndex& index, std::int64_t file, const SafetensorsHeader& header);

}  // namespace tensorledger
