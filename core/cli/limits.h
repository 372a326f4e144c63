#pragma once

// The limits of a set-up as a person reads them in a terminal.

#include <string>

#include "core/formats/json.h"

namespace tensorledger {

/// `limits` is the object that limits_json() answers with, and has `ok` true.
std::string limits_text(JsonValue limits);

}  // namespace tensorledger
