#pragma once

// A catalog is one constant text: a row a line, a column a tab. Its rows are written as an aligned table of
// X(…) lines and joined by the compiler, which costs a download a third of what structures would.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tensorledger {

/// Takes the text before the first `separator` off `rest`, and the separator with it.
constexpr std::string_view take_until(std::string_view& rest, char separator) {
    const auto end = rest.find(separator);
    const std::string_view head = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return head;
}

/// The columns of one row; columns that the row lacks are empty.
template <std::size_t n>
constexpr std::array<std::string_view, n> columns(std::string_view row) {
    std::array<std::string_view, n> cells{};
    for (auto& cell : cells) cell = take_until(row, '\t');
    return cells;
}

/// A whole number without sign, 0 for an empty cell. Tables hold nothing else, so nothing is reported.
constexpr std::int64_t whole(std::string_view digits) {
    std::int64_t value = 0;
    for (const char digit : digits) value = value * 10 + (digit - '0');
    return value;
}

/// Equality that does not see the case of ASCII letters: ids are typed by people.
constexpr bool same_letters(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (lower(a[i]) != lower(b[i])) return false;
    }
    return true;
}

}  // namespace tensorledger
