#include "core/cli/table.h"

#include <algorithm>
#include <cstdio>

namespace tensorledger {

namespace {

constexpr std::string_view kGap = "  ";

void append_padding(std::string& line, std::int64_t characters, char fill = ' ') {
    if (characters > 0) line.append(static_cast<std::string::size_type>(characters), fill);
}

void append_cell(std::string& line, const std::string& cell, std::int64_t width, Align align) {
    const std::int64_t padding = width - shown_width(cell);
    if (align == Align::right) append_padding(line, padding);
    line += cell;
    if (align == Align::left) append_padding(line, padding);
}

void trim_end(std::string& line) { line.erase(line.find_last_not_of(' ') + 1); }

}  // namespace

std::string TextTable::text() const {
    std::vector<std::int64_t> widths;
    for (const Column& column : columns_) widths.push_back(shown_width(column.heading));
    for (const auto& cells : rows_) {
        for (std::vector<std::string>::size_type i = 0; i < cells.size(); ++i) {
            widths[i] = std::max(widths[i], shown_width(cells[i]));
        }
    }
    std::vector<std::string> headings;
    for (const Column& column : columns_) headings.push_back(column.heading);
    std::vector<std::vector<std::string>> lines{headings, {}};
    lines.insert(lines.end(), rows_.begin(), rows_.end());

    std::string text;
    for (const auto& cells : lines) {
        std::string line;
        for (std::vector<Column>::size_type i = 0; i < columns_.size(); ++i) {
            if (i > 0) line += kGap;
            if (cells.empty()) {
                append_padding(line, widths[i], '-');
            } else if (i < cells.size()) {
                append_cell(line, cells[i], widths[i], columns_[i].align);
            }
        }
        trim_end(line);
        text += line + "\n";
    }
    return text;
}

std::int64_t shown_width(std::string_view text) {
    return std::count_if(text.begin(), text.end(),
                         [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

std::string in_gib(Bytes size) {
    constexpr double gib = 1024.0 * 1024.0 * 1024.0;
    const double value = static_cast<double>(size.count()) / gib;
    char buffer[40];
    std::snprintf(buffer, sizeof buffer, "%.2f", value);
    std::string text = buffer;
    if (size.count() != 0 && (text == "0.00" || text == "-0.00")) {
        return value < 0 ? "> -0.01" : "< 0.01";
    }
    return text;
}

}  // namespace tensorledger
