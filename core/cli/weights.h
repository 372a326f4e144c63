#pragma once

// How does a person read what a file's weights are? The answer of weights_json as a table.

#include <string>

#include "core/formats/json.h"

namespace tensorledger {

/// Parameters, bytes and every tensor.
std::string weights_text(JsonValue answer);

/// The issues of a JSON answer as lines for standard error.
std::string issues_text(JsonValue issues);

}  // namespace tensorledger
