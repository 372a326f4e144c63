#include "core/catalog/nearest.h"

#include <algorithm>
#include <string>

namespace tensorledger {

namespace {

std::string letters_and_digits(std::string_view text) {
    std::string kept;
    for (const char c : text) {
        if (c >= 'A' && c <= 'Z') kept += static_cast<char>(c + 32);
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) kept += c;
    }
    return kept;
}

/// The fewest insertions, deletions and replacements that turn `text` into some part of `name` (Sellers 1980:
/// the edit distance whose first row is zero, and whose answer is the least of the last).
int edits_to_a_part(std::string_view text, std::string_view name) {
    std::vector<int> row(name.size() + 1, 0);
    int depth = 0;
    for (const char wanted : text) {
        int diagonal = row[0];
        row[0] = ++depth;
        for (std::size_t i = 1; i < row.size(); ++i) {
            const int replaced = diagonal + (name[i - 1] == wanted ? 0 : 1);
            diagonal = row[i];
            row[i] = std::min({replaced, row[i] + 1, row[i - 1] + 1});
        }
    }
    return *std::min_element(row.begin(), row.end());
}

struct Candidate {
    int edits;
    std::string_view name;
};

}  // namespace

std::vector<std::string_view> nearest(std::string_view text,
                                      const std::vector<std::string_view>& names, int most) {
    const std::string wanted = letters_and_digits(text);
    std::vector<std::string_view> found;
    if (wanted.empty()) return found;
    std::vector<Candidate> candidates;
    for (const auto name : names) {
        const int edits = edits_to_a_part(wanted, letters_and_digits(name));
        if (edits * 3 <= static_cast<int>(wanted.size())) candidates.push_back({edits, name});
    }
    std::stable_sort(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) {
        return a.edits != b.edits ? a.edits < b.edits : a.name.size() < b.name.size();
    });
    for (const auto& candidate : candidates) {
        if (static_cast<int>(found.size()) == most) break;
        found.push_back(candidate.name);
    }
    return found;
}

}  // namespace tensorledger
