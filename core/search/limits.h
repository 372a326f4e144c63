#pragma once

// The inverse questions: how far can a set-up grow until the card is full, how must its weights be stored, on
// which card would it fit, and on how many? Each is answered by the same estimate that answers the set-up itself.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalog/accelerators.h"
#include "core/options/config.h"
#include "core/options/table.h"
#include "core/quantity/bytes.h"

namespace tensorledger {

/// What keeps a quantity from growing further?
enum class Bound : std::uint8_t {
    card,    // one more does not fit
    model,   // the network's position table ends
    range,   // the option's own range ends
    engine,  // one more is refused, whatever the card has
};

/// How far one whole number of the set-up can go, everything else left as it is.
struct Reach {
    std::string_view key;       // the option
    std::string_view unit;      // "sequences", "tokens"
    std::int64_t now = 0;       // its value in the set-up
    std::int64_t most = 0;      // the largest that fits; 0: not even 1 does
    Bound bound = Bound::card;  // why not more
    Bytes device;               // what the set-up takes on the device at `most`
};

/// One way to store the weights or the cache, and what the set-up then takes.
struct Storage {
    std::string_view key;    // "weights", "kv"
    std::string_view value;  // "q4_k_m"
    Bytes device;
    bool fits = false;
};

/// A card that the set-up would fit on.
struct Card {
    const Accelerator* accelerator = nullptr;
    Bytes headroom;
};

struct Limits {
    std::vector<Reach> reaches;    // micro-batch and sequence length; sequences and context
    std::vector<Storage> storage;  // inference: every way that can be answered, the largest first
    std::vector<Card> cards;       // the smallest of each class, the smallest first
    std::int64_t fewest_gpus = 0;  // of the set-up's card; 0: not known, or no number of them
};

/// The smallest card of each class that has room for a set-up that takes so much, the smallest first.
std::vector<Card> smallest_cards(const Config& config, Bytes device);

/// How many of its cards the set-up needs at least; 0: not known, or no number of them is enough.
std::int64_t fewest_gpus(const Config& config);

/// The largest value from 1 on that fits, and what it takes then; 0: not even 1 does.
struct Most {
    std::int64_t value = 0;
    Bytes device;
};
Most most_that_fits(const Config& config, const OptionRow& option, std::int64_t now,
                    std::int64_t end);

/// The limits of a set-up that parsed and can be estimated.
Limits limits_of(const Config& config);

/// Parses a set-up and answers with its limits as JSON: {"ok", "version", "issues", "query", "reaches": [{"key",
/// "unit", "now", "most", "bound", "device"}], "storage": [{"key", "value", "device", "fits"}], "cards": [{"id",
/// "headroom"}], "fewest_gpus"}.
std::string limits_json(std::string_view set_up);

}  // namespace tensorledger
