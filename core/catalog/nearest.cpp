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

/// The fewest insertions, deletions, replacements and swaps of neighbours that turn `text` into some part of `name`:
/// the edit distance whose first row is zero, and whose answer is the least of the last (Sellers 1980).
int edits_to_a_part(std::string_view text, std::string_view name) {
    std::vector<int> before_last(name.size() + 1, 0);
    std::vector<int> last = before_last;
    std::vector<int> row = before_last;
    for (std::size_t t = 0; t < text.size(); ++t) {
        row[0] = static_cast<int>(t) + 1;
        for (std::size_t n = 1; n < row.size(); ++n) {
            const int replaced = last[n - 1] + (name[n - 1] == text[t] ? 0 : 1);
            row[n] = std::min({replaced, last[n] + 1, row[n - 1] + 1});
            const bool swapped =
                t > 0 && n > 1 && name[n - 1] == text[t - 1] && name[n - 2] == text[t];
            if (swapped) row[n] = std::min(row[n], before_last[n - 2] + 1);
        }
        before_last.swap(last);
        last.swap(row);
    }
    return *std::min_element(last.begin(), last.end());
}

struct Candidate {
    int edits = 0;
    std::string_view name;
};

bool is_nearer(const Candidate& a, const Candidate& b) {
    return a.edits != b.edits ? a.edits < b.edits : a.name.size() < b.name.size();
}

}  // namespace

std::vector<std::string_view> nearest(std::string_view text,
                                      const std::vector<std::string_view>& names, int most) {
    const std::string wanted = letters_and_digits(text);
    std::vector<std::string_view> found;
    if (wanted.empty()) return found;
    std::vector<Candidate> candidates;
    for (const auto name : names) {
        const int edits = edits_to_a_part(wanted, letters_and_digits(name));
        if (edits * 2 <= static_cast<int>(wanted.size())) candidates.push_back({edits, name});
    }
    // A few rounds of picking the nearest: a sort of the standard library would be the larger part of this file.
    while (!candidates.empty() && static_cast<int>(found.size()) < most) {
        const auto next = std::min_element(candidates.begin(), candidates.end(), is_nearer);
        found.push_back(next->name);
        candidates.erase(next);
    }
    return found;
}

}  // namespace tensorledger
