#include "tests/truth/errors.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <vector>

namespace {

// Relative errors of each set: positive where the tool says more than was measured.
std::map<std::string, std::vector<double>>& sets() {
    static std::map<std::string, std::vector<double>> all;
    return all;
}

std::string percent(double share) {
    if (share == 0) {
        return "0";
    }
    char text[32];
    std::snprintf(text, sizeof text, "%.2f %%", share * 100);
    return text;
}

}  // namespace

void record_error(const std::string& set, std::int64_t measured, std::int64_t computed) {
    const double scale = measured == 0 ? 1.0 : static_cast<double>(measured);
    sets()[set].push_back(static_cast<double>(computed - measured) / scale);
}

std::string error_table() {
    std::string table =
        "| measured | figures | exact | median error | 95th percentile | worst | under-estimated "
        "|\n"
        "|---|--:|--:|--:|--:|--:|--:|\n";
    for (const auto& [set, errors] : sets()) {
        std::vector<double> sizes;
        std::int64_t exact = 0;
        std::int64_t under = 0;
        for (const double error : errors) {
            sizes.push_back(std::fabs(error));
            exact += error == 0 ? 1 : 0;
            under += error < 0 ? 1 : 0;
        }
        std::sort(sizes.begin(), sizes.end());
        const auto rank = [&](double share) {
            const double place = std::ceil(share * static_cast<double>(sizes.size()));
            return sizes[static_cast<std::size_t>(std::max(place, 1.0)) - 1];
        };
        const auto count = static_cast<std::int64_t>(errors.size());
        table += "| " + set + " | " + std::to_string(count) + " | " + std::to_string(exact) +
                 " | " + percent(rank(0.5)) + " | " + percent(rank(0.95)) + " | " +
                 percent(sizes.back()) + " | " +
                 percent(static_cast<double>(under) / static_cast<double>(count)) + " |\n";
    }
    return table;
}
