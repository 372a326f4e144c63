#pragma once

// What is said when an option is refused? Full sentences that name what was written and what is accepted.

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "core/options/table.h"
#include "core/quantity/issue.h"

namespace tensorledger {

/// The pattern with each {} replaced by the next part.
std::string filled(std::string_view pattern, std::initializer_list<std::string_view> parts);

/// Adds an issue whose sentence is filled in.
void refuse(Issues& issues, std::string_view field, std::string_view code, std::string_view pattern,
            std::initializer_list<std::string_view> parts);

/// What the reader wrote, in typographic quotes: shortened, and without characters that no terminal shows.
std::string quoted(std::string_view written);

/// 1048576 as "1,048,576".
std::string grouped(std::int64_t value);

/// What an option takes: "a whole number from 1 to 1,048,576, in plain digits".
std::string accepted_by(const OptionRow& option);

/// "optimizer is adamw and task is train": a condition in words; each clause with all of its values.
std::string in_words(Condition condition);

/// Refuses a value that an option cannot read or hold.
void refuse_value(Issues& issues, const OptionRow& option, std::string_view code,
                  std::string_view written);

/// Refuses a key that is in no row; names what may have been meant.
void refuse_key(Issues& issues, std::string_view key);

/// " Did you mean a, b or c?" for a list of suggestions, or nothing for an empty one.
std::string suggestion(const std::vector<std::string_view>& names);

}  // namespace tensorledger
