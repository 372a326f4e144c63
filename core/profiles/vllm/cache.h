#pragma once

// How does vLLM lay its cache out? Blocks of equal bytes, each of so many tokens of a group of layers; layers of
// different kinds are put into groups of equally many, and every group has a block table of its own. (vLLM:
// v1/core/kv_cache_utils.py, v1/kv_cache_interface.py, platforms/interface.py.)

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model/model.h"
#include "core/quantity/bytes.h"
#include "core/quantity/dtype.h"
#include "core/quantity/issue.h"

namespace tensorledger::vllm {

enum class CacheKind : std::uint8_t { full, window, chunk, state };

/// What one layer keeps on one device.
struct LayerCache {
    CacheKind kind = CacheKind::full;
    bool is_latent = false;
    std::int64_t reach = 0;      // tokens of the window or the chunk
    std::int64_t per_token = 0;  // bytes
    std::int64_t state = 0;      // bytes for each sequence
    std::int64_t block = 0;      // tokens of one block
    std::int64_t page = 0;       // bytes of one block

    friend bool operator==(const LayerCache&, const LayerCache&) = default;
};

/// Layers that share a block table.
struct CacheGroup {
    LayerCache spec;
    std::vector<std::int64_t> layers;
};

struct CachePlan {
    std::vector<CacheGroup> groups;
    bool is_mixed_width = false;      // one group of layers whose pages differ: each has its own
    std::vector<std::int64_t> pages;  // bytes, by layer; where is_mixed_width
    std::int64_t block = 0;           // tokens of a block of attention, as the engine sets it
    std::int64_t unpadded_state =
        0;  // bytes of a recurrent layer's state before its page was padded
};

/// What decides on the layout.
struct CacheQuestion {
    std::int64_t tp = 1;
    std::int64_t block = 16;       // tokens, before a hybrid's is made larger
    DType computed = DType::bf16;  // of the activations, and of a cache that is not said otherwise
    DType stored = DType::bf16;    // of keys and values
    bool keeps_states =
        false;                 // states are kept at block boundaries for prefixes to be found again
    bool groups = true;        // false: layers with a window keep all tokens as the others do
    std::int64_t guessed = 0;  // tokens that are guessed ahead
    bool next_token = false;   // layers of multi-token prediction have a cache too
};

struct CachePlanOrIssue {
    CachePlan plan;
    std::optional<Issue> issue;
};

CachePlanOrIssue plan_cache(const Model& model, const CacheQuestion& question);

/// Blocks that one sequence of so many tokens holds at most, of all groups together; `tokens_per_forward` is what a
/// window holds beside itself while a prompt is read in pieces.
std::int64_t blocks_of_sequence(const CachePlan& plan, const CacheQuestion& question,
                                std::int64_t tokens, std::int64_t tokens_per_forward);

/// Tokens as they were logged when groups were counted instead of sequences: blocks of one group, times its tokens.
std::int64_t tokens_by_groups(const CachePlan& plan, std::int64_t blocks);

/// Blocks of a common beginning that sequences share: whole blocks of the groups that see everything.
std::int64_t shared_blocks(const CachePlan& plan, std::int64_t tokens);

/// Bytes of one block on a stage that has the layers from `first` on.
Bytes bytes_of_block(const CachePlan& plan, std::int64_t first, std::int64_t layers);

/// Bytes of a recurrent layer's state for one sequence on one device.
std::int64_t state_bytes(const Model& model, const Layer& layer, const CacheQuestion& question);

/// Bytes that an attention layer adds with each token on one device.
std::int64_t bytes_per_token(const Attention& attention, const CacheQuestion& question);

}  // namespace tensorledger::vllm
