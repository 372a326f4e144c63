#pragma once

// How is a probability written? As a decimal of at most six places: kept exactly, printed as it was
// read, and read without the tables that a general floating-point parser would bring along.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tensorledger {

/// The whole number that a text spells in plain digits, with a minus sign at most: no blanks, no plus sign, no
/// leading zeros, no exponent. Nothing: it is not one, or does not fit 64 bits.
std::optional<std::int64_t> whole_number(std::string_view text);

/// The decimal that a text spells, such as "0.1"; at most six places.
std::optional<double> decimal_number(std::string_view text);

/// Whether six places hold the number exactly enough to print it back.
bool is_short_decimal(double value);

/// The shortest text that decimal_number() reads as the same number.
std::string decimal_text(double value);

}  // namespace tensorledger
