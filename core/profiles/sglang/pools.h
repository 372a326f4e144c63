#pragma once

// How does SGLang share a card out? A static part for weights and cache, the rest for activations and graphs; the cache
// is a pool of tokens (keys and values apart, latents once), a smaller one for sliding windows, and one of states for
// recurrent layers. Its layers are vLLM's, split in the same way. (SGLang 0.5: srt/server_args.py,
// srt/model_executor/pool_configurator.py, srt/mem_cache/kv_cache_configurator.py.)

#include <cstdint>
#include <optional>

#include "core/model/model.h"
#include "core/profiles/vllm/cache.h"
#include "core/quantity/bytes.h"

namespace tensorledger::sglang {

/// What it takes for a card of that memory unless it is told otherwise.
struct Defaults {
    std::int64_t chunk = 0;        // tokens of one forward
    std::int64_t graph_batch = 0;  // the largest batch that is captured
    double fraction = 0;           // of the free memory that weights and cache take
};
struct DefaultsQuestion {
    Bytes card;
    std::int64_t tp = 1;
    std::int64_t pp = 1;
    std::optional<std::int64_t> chunk = std::nullopt;
    bool captures = true;
    bool is_latent = false;
};
Defaults defaults_of(const DefaultsQuestion& question);

/// The pools of tokens as one group of layers: a page of each layer; of a sliding window's, the share that its pool has
/// of the full one's tokens.
vllm::CachePlan plan_pools(const Model& model, const vllm::CacheQuestion& question);

/// Tokens of the sliding windows' pool for each of the full pool's, as a fraction: 4 / 5.
constexpr std::int64_t kWindowShare = 4;
constexpr std::int64_t kFullShare = 5;

/// Tokens within the window of those layers that have one; 0: none has.
std::int64_t widest_window(const Model& model);

/// Bytes of all recurrent states of one sequence on a stage.
Bytes states_of_sequence(const Model& model, const vllm::CacheQuestion& question,
                         std::int64_t first, std::int64_t layers);

/// Sequences whose states get room: 0.9 parts in 1.9 of what weights leave.
std::int64_t state_slots(Bytes rest, Bytes states_of_one);

}  // namespace tensorledger::sglang
