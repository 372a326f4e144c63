#pragma once

// How is a table set in a terminal? Columns as wide as their widest cell, numbers flush right.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/quantity/bytes.h"

namespace tensorledger {

enum class Align : std::uint8_t { left, right };

struct Column {
    std::string heading;
    Align align = Align::left;
};

/// A table that prints itself; a row without cells is a hairline.
class TextTable {
public:
    explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

    void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    void line() { rows_.emplace_back(); }

    std::string text() const;

private:
    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

/// Characters that a text shows on a line (not its bytes).
std::int64_t shown_width(std::string_view text);

/// Bytes as GiB with two places: "14.96"; a size that is not zero is never shown as one.
std::string in_gib(Bytes size);

}  // namespace tensorledger
