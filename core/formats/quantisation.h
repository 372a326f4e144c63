#pragma once

// How does a config.json say that its checkpoint is quantised?

#include <optional>

#include "core/formats/json.h"
#include "core/model/stored.h"
#include "core/quantity/issue.h"

namespace tensorledger {

struct QuantisationOrIssues {
    Quantisation quantisation;  // method none: the file does not say that it is quantised
    std::optional<DType>
        rest;  // of what is not quantised, where the file states no dtype: the loader's choice
    Notes notes;
    Issues issues;  // a method that is not described here
};

/// Reads `quantization_config` (or `compression_config`) of the object that a config.json holds.
QuantisationOrIssues read_quantisation(JsonValue config, DType computed);

}  // namespace tensorledger
