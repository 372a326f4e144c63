#pragma once

// What is written in a text, one name and value at a time: the words of a command line, the fields of a JSON
// object, the lines of a simple YAML. Nothing of what they mean; foreign.cpp translates them.

#include <string>
#include <string_view>
#include <vector>

#include "core/formats/json.h"

namespace tensorledger {

/// One name with its value. A nested name is its path: "zero_optimization.stage"; a list is joined with commas.
struct Written {
    std::string name;
    std::string value;
    std::string text;  // as the reader wrote it
};

using Listing = std::vector<Written>;

/// Every member of an object that is no object itself.
Listing json_listing(JsonValue object);

/// `key: value` by indentation, and lists of words; what is neither is passed over.
Listing yaml_listing(std::string_view text);

/// Words as a shell splits them: quotes group, a backslash at the end of a line joins it with the next.
std::vector<std::string> words_of(std::string_view text);

/// Without the white space around it.
std::string_view trimmed(std::string_view text);

/// Takes what stands before the separator off the front of `rest`, and the separator with it.
std::string_view next_part(std::string_view& rest, std::string_view separator);

}  // namespace tensorledger
