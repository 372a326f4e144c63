#pragma once

// What does the reader ask for? Text to Config. Two spellings of the same flat list of keys: a query string
// (`model=gpt2&batch=8`) and a JSON object (`{"model": "gpt2", "batch": 8}`), where `config` may stand for the
// model. Nothing is coerced: what cannot be read as what it should be is an issue, and then there is no Config.

#include <string>
#include <string_view>

#include "core/options/config.h"
#include "core/quantity/issue.h"

namespace tensorledger {

class NetworkCache;

/// The Config that a text asks for; to be used only when there are no issues.
struct Parsed {
    Config config;
    Issues issues;
    std::string
        id;  // the JSON object's `id` as it was written, for an answer to repeat; empty: none

    bool ok() const { return issues.empty(); }
};

/// Reads a query string; a leading "?" is allowed. The cache, where there is one, remembers networks
/// from one call to the next.
Parsed parse_query(std::string_view query, NetworkCache* cache = nullptr);

/// Reads a JSON object.
Parsed parse_json(std::string_view object, NetworkCache* cache = nullptr);

/// Reads whichever of the two it is: a text whose first character is "{" is JSON.
Parsed parse(std::string_view text, NetworkCache* cache = nullptr);

/// The shortest query that asks for the same: the keys that differ from their defaults, in table order. A network
/// that was given as a config.json is not in it.
std::string query_of(const Config& config);

/// A value as a query string spells it.
std::string percent_encoded(std::string_view text);

}  // namespace tensorledger
