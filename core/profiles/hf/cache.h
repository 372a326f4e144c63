#pragma once

// The caches of transformers. DynamicCache: one pair of tensors a layer, made longer by concatenation with every
// forward. StaticCache: tensors of the whole length from the first forward on, written in place. QuantizedCache: in a
// few bits, but for the last tokens, and made whole in every forward (optimum-quanto 0.2.7, hqq 0.2.8). An offloaded
// cache: in the host's memory, brought over one layer ahead.
// Source: transformers 5.16.0.dev0, cache_utils.py.

#include <vector>

#include "core/model/cache.h"
#include "core/profiles/hf/blocks.h"

namespace tensorledger::hf {

/// Keys or values in a few bits.
struct PackedStates {
    Tensor codes;
    Tensor scales;
    Tensor zeros;
};

/// The cached keys and values of one listed layer. Of a quantised cache: the last tokens, which are not.
struct CacheLayer {
    Tensor keys;
    Tensor values;
    Tensor counter;     // an int64 scalar on the device: a window's length, a static layer's tokens
    Tensor cross_keys;  // of the encoder's tokens
    Tensor cross_values;
    PackedStates packed_keys, packed_values;
    std::int64_t key_elements = 0;  // of a token
    std::int64_t value_elements = 0;
    DType dtype = DType::bf16;
    Tensor convolution;  // of a recurrent layer: the last inputs of its convolution
    Tensor recurrent;    // and its state
    std::int64_t window = 0;
    std::int64_t tokens = 0;  // that the memory of keys and values holds
    std::int64_t number = 0;  // of the layer in its model, an encoder's layers before
    Stretch stretch;          // that it stands in
};

struct Cache {
    std::vector<CacheLayer> layers;  // in listing order
    std::vector<Tensor> past;        // what the caller's tuple still holds of the forward before
    Tensor next_keys;                // offloaded: of the layer whose turn comes next
    Tensor next_values;
    std::int64_t first_tokens = 0;  // after the prefill
};

/// In how many steps does a quantised cache quantise its last tokens once?
std::int64_t quantising_period(const Run& run);

/// Tokens that a layer of a static cache has room for.
Dim static_room(const Context& c, std::int64_t window);

/// past_key_values.update(key, value, layer): appends, and hands back all of them. Without a cache: nothing happens.
void update_cache(Context& c, Tensor& key, Tensor& value, std::int64_t window);

/// The same for attention to the encoder's tokens, whose keys and values are kept as they are.
void keep_cross(Context& c, Tensor& key, Tensor& value);
/// Hands them back: false in the first forward, which has to make them.
bool kept_cross(const Context& c, Tensor& key, Tensor& value);

/// Whether the running layer has states of a forward before.
bool has_states(const Context& c);
/// update_conv_state, update_recurrent_state in the first forward: a copy of the last `kernel` inputs [b, channels,
/// kernel], a copy of the state. Without a cache: nothing happens.
void keep_convolution(Context& c, const Tensor& inputs, Dim kernel);
void keep_state(Context& c, const Tensor& state);
/// The running layer's cache.
const CacheLayer& cached_layer(const Context& c);

/// Brings every layer to `tokens` tokens, as that many forwards of one token would.
void grow_cache(Context& c, Dim tokens);

/// reorder_cache: the sequences that beam search goes on with are selected, one tensor after the other.
void reorder_cache(Context& c);

/// What the cache holds now, by kind of layer.
std::vector<CacheRow> rows_of_cache(const Context& c);

}  // namespace tensorledger::hf
