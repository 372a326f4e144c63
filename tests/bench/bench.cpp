// Microseconds for one training estimate, natively: the totals alone and the whole ledger as JSON.
// Reads lines "family layers query" and writes "family layers totals ledger"; run by tests/bench/run.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "core/search/answer.h"

namespace {

using Clock = std::chrono::steady_clock;

/// The best of some samples of the mean time of one call, in microseconds: what else runs only adds.
template <typename Call>
double microseconds(const Call& call) {
    constexpr int samples = 21;
    int calls = 1;
    const auto time = [&] {
        const auto start = Clock::now();
        for (int index = 0; index < calls; ++index) {
            call();
        }
        return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
    };
    while (time() < 10'000) {
        calls *= 2;
    }
    std::vector<double> times;
    for (int sample = 0; sample < samples; ++sample) {
        times.push_back(time() / calls);
    }
    return *std::min_element(times.begin(), times.end());
}

}  // namespace

int main() {
    std::string family;
    std::string layers;
    std::string query;
    std::size_t written = 0;  // so that no call can be left out
    while (std::cin >> family >> layers >> query) {
        const std::string first = tensorledger::estimate_json(query);
        if (first.find("\"ok\":true") == std::string::npos) {
            std::fprintf(stderr, "%s\n%s\n", query.c_str(), first.c_str());
            return 1;
        }
        const double totals =
            microseconds([&] { written += tensorledger::totals_json(query).size(); });
        const double ledger =
            microseconds([&] { written += tensorledger::estimate_json(query).size(); });
        std::printf("%s %s %.2f %.2f\n", family.c_str(), layers.c_str(), totals, ledger);
    }
    return written == 0 ? 1 : 0;
}
