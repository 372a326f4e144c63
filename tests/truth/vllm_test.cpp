// What vLLM logs when it starts, confronted: the weights on a device, the peak of its profiling run, the tokens that a
// cache of so many bytes has room for, and the tokens of the whole set-up on its card.
// Source: set vllm-logs (public logs and issues; each line names its own). GiB with as many digits as were printed.

#include <cmath>
#include <string>

#include "core/options/parse.h"
#include "core/report/estimate.h"
#include "tests/core/catch.h"
#include "tests/truth/errors.h"
#include "tests/truth/records.h"

using namespace tensorledger;

namespace {

std::int64_t bytes_of_gib(double gib) {
    return static_cast<std::int64_t>(std::llround(gib * 1073741824.0));
}

double number(JsonValue record, std::string_view key) {
    return record.find(key).as_number().value_or(0);
}

Parsed asked(const std::string& line) { return parse(object_text(line, "request")); }

/// One figure of a line, unless the log lacks an input that it depends on.
void compare(JsonValue record, const std::string& set, const std::string& gap, double measured,
             std::int64_t computed) {
    const std::string reason = text_of(record, gap);
    if (!reason.empty()) {
        record_gap(set, text_of(record, "id"), reason);
    } else {
        record_error(set, static_cast<std::int64_t>(measured), computed);
    }
}

}  // namespace

TEST_CASE("the weights, the profiling run and the cache are those that vLLM logs",
          "[truth][serving]") {
    each_line("serving/vllm-logs.jsonl", [](const std::string& line, JsonValue record) {
        INFO(text_of(record, "id"));
        Parsed parsed = asked(line);
        REQUIRE(parsed.ok());
        const Answer answer = estimate(parsed.config, Detail::totals);
        REQUIRE(answer.ok);
        const Device& device = answer.devices.front();
        if (const double weights = number(record, "weights"); weights > 0) {
            compare(record, "vLLM logs: weights on a device", "weights_gap",
                    static_cast<double>(bytes_of_gib(weights)), device.weights.count());
        }
        if (const double peak = number(record, "peak"); peak > 0) {
            compare(record, "vLLM logs: peak of the profiling run", "peak_gap",
                    static_cast<double>(bytes_of_gib(peak)), device.compute.count());
        }
        const double tokens = number(record, "tokens");
        const double pool = number(record, "kv");
        if (tokens > 0 && pool > 0) {
            parsed.config.kv_cache_memory_bytes = bytes_of_gib(pool);
            const Answer filled = estimate(parsed.config, Detail::totals);
            REQUIRE(filled.ok);
            compare(record, "vLLM logs: tokens of a cache of so many bytes", "tokens_gap", tokens,
                    filled.served.tokens);
            if (text_of(record, "tokens_gap").empty()) {
                // the pool is printed with two decimals: half of the last one is so much of it
                const double slack = 0.006 / pool;
                CHECK(std::abs(static_cast<double>(filled.served.tokens) / tokens - 1) < slack);
            }
        }
    });
}

TEST_CASE("the tokens on the whole card are near those that vLLM logs", "[truth][serving]") {
    each_line("serving/vllm-logs.jsonl", [](const std::string& line, JsonValue record) {
        const std::string card = text_of(record, "card");
        double tokens = number(record, "tokens");
        if (card.empty() || tokens == 0) return;
        Parsed parsed = asked(line);
        REQUIRE(parsed.ok());
        parsed.config.gpu = card;
        const double share = number(record, "share");
        if (share > 0) parsed.config.gpu_memory_utilization = share;
        const Answer answer = estimate(parsed.config, Detail::totals);
        REQUIRE(answer.ok);
        record_error("vLLM logs: tokens on the card, nothing given",
                     static_cast<std::int64_t>(tokens), answer.served.tokens);
    });
}
