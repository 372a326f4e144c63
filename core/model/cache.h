#pragma once

// What does a network keep between tokens? Elements, not bytes: how they are stored is the run's business.

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/model/model.h"

namespace tensorledger {

/// Layers that look back at most `window` tokens hold this many elements a token, for at most that many.
struct CacheWindow {
    std::int64_t window = 0;
    std::int64_t per_token = 0;

    friend bool operator==(const CacheWindow&, const CacheWindow&) = default;
};

/// The cache of a whole network, per sequence.
struct CacheGeometry {
    std::int64_t full_per_token = 0;   // of the layers that see everything
    std::vector<CacheWindow> windows;  // by window, ascending
    std::int64_t state = 0;            // constant per sequence: recurrent and convolution states
    std::int64_t cross_per_token = 0;  // per encoder (or vision) token, of cross-attention
    std::int64_t expanded_per_token =
        0;  // latent attention when keys and values are cached instead

    friend bool operator==(const CacheGeometry&, const CacheGeometry&) = default;
};

/// What the layers of one kind keep between tokens, as an engine stores it.
struct CacheRow {
    std::string_view kind;          // of layer: "attention+mlp"
    std::string_view holds;         // "keys and values", "states", "keys and values of the encoder"
    std::int64_t layers = 0;        // on the device that the totals are of
    std::int64_t key_elements = 0;  // one layer's, of a token; a state's, of a sequence
    std::int64_t value_elements = 0;  // likewise; 0: none, or the keys hold both
    std::string_view key_dtype = "";  // as stored
    std::string_view value_dtype = "";
    // Of one sequence, all these layers together:
    Bytes per_token;          // with each token, until the window is full
    std::int64_t window = 0;  // tokens after which they grow no more; 0: they grow on
    Bytes capped;             // what they come to then
    Bytes state;              // whatever the length
    // In this set-up:
    std::int64_t tokens = 0;  // that each sequence has room for
    Bytes bytes;              // of all sequences and layers
    std::string_view source;  // bibliography key and file
};

/// Elements that one layer's attention adds to the cache with each token: keys and values, or a latent
/// and the rotary part of the key, and the key of a sparse-attention indexer.
std::int64_t cache_elements_per_token(const Attention& attention);

/// Elements of a recurrent layer's state and of its convolution's, per sequence.
std::int64_t state_elements(MixerKind mixer, const Recurrent& recurrent);

CacheGeometry cache_geometry(const Model& model);

}  // namespace tensorledger
