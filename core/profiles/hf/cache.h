#pragma once

// transformers' DynamicCache: one pair of tensors a layer, made longer by concatenation with every forward.
// Source: transformers 5.16.0.dev0, cache_utils.py.

#include <vector>

#include "core/profiles/hf/blocks.h"

namespace tensorledger::hf {

/// The cached keys and values of one listed layer.
struct CacheLayer {
    Tensor keys;
    Tensor values;
    Tensor window_tensor;  // the window's length, an int64 scalar on the device; of sliding layers
    std::int64_t window = 0;
};

struct Cache {
    std::vector<CacheLayer> layers;  // in listing order
    std::vector<Tensor> past;        // what the caller's tuple still holds of the forward before
};

/// past_key_values.update(key, value, layer): appends, and hands back all of them. Without a cache: nothing happens.
void update_cache(Context& c, Tensor& key, Tensor& value, std::int64_t window);

/// Brings every layer to `tokens` tokens, as that many forwards of one token would.
void grow_cache(Context& c, const std::vector<Stretch>& plan, Dim tokens);

}  // namespace tensorledger::hf
