#pragma once

// How does one written value become one typed value of a Config? Exactly, or not at all.

#include <string_view>

#include "core/formats/json.h"
#include "core/options/table.h"
#include "core/quantity/issue.h"

namespace tensorledger {

/// Reads the text of a query string (already percent-decoded) into the option's field.
void assign(const OptionRow& option, std::string_view text, Config& config, Issues& issues);

/// Reads a member of a JSON object: whole numbers have to be numbers, flags booleans, everything else strings; a
/// list may also be an array of strings.
void assign(const OptionRow& option, JsonValue value, Config& config, Issues& issues);

}  // namespace tensorledger
