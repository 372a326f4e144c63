#pragma once

// The one question, answered: what does this set-up take, and does it fit? Everything that a client of the
// core asks for goes through here.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/options/config.h"
#include "core/options/network.h"
#include "core/report/answer.h"

namespace tensorledger {

/// How much of an answer is wanted: `totals` leaves out rows and timeline; `verdict` is for searches: where it does not
/// fit, `reserved` and `device` are lower bounds, since the run is replayed only until that is clear; `tensors` does not
/// replay it at all: `allocated` and the phases alone are known, and `fit` says nothing.
enum class Detail : std::uint8_t { tensors, verdict, totals, ledger };

/// The answer to a set-up that parsed; what would make it fit is core/search's to add.
Answer estimate(const Config& config, Detail detail = Detail::ledger);

/// What the set-up's code allocates and frees in order, where it is listed so: training, and generation with
/// transformers.
std::optional<Program> program_of(const Config& config);

/// The answer as the JSON object of DESIGN §3.
std::string to_json(const Answer& answer);

/// What a file's weights are: parameters, bytes and tensors of a config.json, of the header of a .safetensors
/// or .gguf (the start of the file is enough), or of an index of shards. `file_size` is that of the whole file,
/// or 0 where it is not known.
std::string weights_json(std::string_view bytes, std::string_view name, std::int64_t file_size = 0);

/// The start of a file that an index names, up to the end of its header.
struct ShardStart {
    std::string name;
    std::string bytes;
    std::int64_t file_size = 0;
    bool present = false;
};

/// The files that an index of shards names; none where it cannot be read.
std::vector<std::string> shard_files(std::string_view index);

/// The answer to an index and its files together: one that is missing is named. Where none is there, the
/// answer to the index alone.
std::string shards_json(std::string_view index, const std::vector<ShardStart>& shards);

}  // namespace tensorledger
