#include "tests/truth/errors.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <vector>

namespace {

/// What one set came to.
struct Set {
    std::vector<double> errors;  // relative; positive where the tool says more than was measured
    std::int64_t gaps = 0;       // figures that were not compared
    std::string lines;           // of the published figures, in Markdown
};

std::map<std::string, Set>& sets() {
    static std::map<std::string, Set> all;
    return all;
}

struct Summary {
    std::int64_t figures = 0;
    std::int64_t exact = 0;
    double median = 0;
    double p95 = 0;
    double worst = 0;
    double under = 0;  // share of the figures that were under-estimated
};

Summary summary_of(const std::vector<double>& errors) {
    Summary summary;
    summary.figures = static_cast<std::int64_t>(errors.size());
    if (errors.empty()) {
        return summary;
    }
    std::vector<double> sizes;
    std::int64_t under = 0;
    for (const double error : errors) {
        sizes.push_back(std::fabs(error));
        summary.exact += error == 0 ? 1 : 0;
        under += error < 0 ? 1 : 0;
    }
    std::sort(sizes.begin(), sizes.end());
    const auto rank = [&](double share) {
        const double place = std::ceil(share * static_cast<double>(sizes.size()));
        return sizes[static_cast<std::size_t>(std::max(place, 1.0)) - 1];
    };
    summary.median = rank(0.5);
    summary.p95 = rank(0.95);
    summary.worst = sizes.back();
    summary.under = static_cast<double>(under) / static_cast<double>(summary.figures);
    return summary;
}

std::string formatted(const char* format, double value) {
    char text[64];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

std::string percent(double share) { return share == 0 ? "0" : formatted("%.2f %%", share * 100); }

double relative(std::int64_t measured, std::int64_t computed) {
    const double scale = measured == 0 ? 1.0 : static_cast<double>(measured);
    return static_cast<double>(computed - measured) / scale;
}

std::string gib(std::int64_t bytes) {
    return formatted("%.2f", static_cast<double>(bytes) / 1073741824.0);
}

}  // namespace

void record_error(const std::string& set, std::int64_t measured, std::int64_t computed) {
    sets()[set].errors.push_back(relative(measured, computed));
}

void record_published(const PublishedFigure& figure) {
    record_error(figure.set, figure.measured, figure.computed);
    sets()[figure.set].lines +=
        "| " + figure.id + " | " + figure.printed + " | " + gib(figure.measured) + " | " +
        gib(figure.computed) + " | " +
        formatted("%+.1f %%", relative(figure.measured, figure.computed) * 100) + " | " +
        figure.assumed + " |\n";
}

void record_gap(const std::string& set, const std::string& id, const std::string& reason) {
    ++sets()[set].gaps;
    sets()[set].lines += "| " + id + " | | | | not compared | " + reason + " |\n";
}

void record_refused(const std::string& set, std::int64_t figures) { sets()[set].gaps += figures; }

std::string error_table() {
    std::string table =
        "| measured | figures | exact | median error | 95th percentile | worst | under-estimated "
        "| not compared |\n"
        "|---|--:|--:|--:|--:|--:|--:|--:|\n";
    for (const auto& [name, set] : sets()) {
        const Summary summary = summary_of(set.errors);
        table += "| " + name + " | " + std::to_string(summary.figures) + " | ";
        table += summary.figures == 0
                     ? std::string("— | — | — | — | — | ")
                     : std::to_string(summary.exact) + " | " + percent(summary.median) + " | " +
                           percent(summary.p95) + " | " + percent(summary.worst) + " | " +
                           percent(summary.under) + " | ";
        table += std::to_string(set.gaps) + " |\n";
    }
    return table;
}

std::string error_json() {
    std::string text;
    for (const auto& [name, set] : sets()) {
        const Summary summary = summary_of(set.errors);
        const auto member = [&](const char* key, const std::string& value, const char* end) {
            text += "    \"" + std::string(key) + "\": " + value + end + "\n";
        };
        const auto number = [](double value) { return formatted("%.6f", value); };
        text += text.empty() ? "[\n  {\n" : ",\n  {\n";
        member("measured", "\"" + name + "\"", ",");
        member("figures", std::to_string(summary.figures), ",");
        member("exact", std::to_string(summary.exact), ",");
        member("median", number(summary.median), ",");
        member("p95", number(summary.p95), ",");
        member("worst", number(summary.worst), ",");
        member("underestimated", number(summary.under), ",");
        member("notCompared", std::to_string(set.gaps), "");
        text += "  }";
    }
    return text.empty() ? "[]\n" : text + "\n]\n";
}

std::string figure_table() {
    std::string text =
        "# Every published figure\n\n"
        "What others measured, what the tool says, and what was assumed where the source lacks an "
        "input. Written by the tests.\n";
    for (const auto& [name, set] : sets()) {
        if (set.lines.empty()) {
            continue;
        }
        text += "\n## " + name +
                "\n\n"
                "| record | printed | measured, GiB | tensorledger, GiB | error | assumed |\n"
                "|---|--:|--:|--:|--:|---|\n" +
                set.lines;
    }
    return text;
}
