#pragma once

// Which network is asked about? The catalog's model or the reader's own config.json, with the fields that
// `layers`, `hidden`, `heads` … override.

#include <cstdint>
#include <string>
#include <vector>

#include "core/formats/json.h"
#include "core/options/config.h"
#include "core/quantity/issue.h"

namespace tensorledger {

/// A network, or why there is none.
struct Network {
    SharedModel model;
    Issues issues;
};

/// Remembers the networks of catalog models, so that a program that answers many questions about few models reads
/// each configuration once. Holds up to a fixed number of them and forgets the oldest.
class NetworkCache {
public:
    SharedModel find(const std::string& key) const;
    void remember(std::string key, SharedModel model);

private:
    struct Entry {
        std::string key;
        SharedModel model;
    };
    std::vector<Entry> entries_;
    std::vector<Entry>::size_type oldest_ = 0;
};

/// The catalog's model that `config.model` names, with the overrides; `config.model` becomes the catalog's own
/// spelling of the id.
Network network_of_catalog(Config& config, NetworkCache* cache);

/// The network that a config.json's object describes, with the overrides.
/// The network of `teacher_model`, which is not `same`.
Network network_of_teacher(Config& config, NetworkCache* cache);

Network network_of_object(JsonValue object, const Config& config);

}  // namespace tensorledger
