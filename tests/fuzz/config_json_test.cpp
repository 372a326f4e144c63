// Real configurations, broken at random in a way that every run repeats: whatever comes is an answer or
// a refusal that names a field, never a crash, never a negative size.

#include <random>

#include "core/formats/config_json.h"
#include "core/model/cache.h"
#include "core/model/weights.h"
#include "tests/core/catch.h"

using namespace tensorledger;

namespace {

constexpr const char* odd_values[] = {
    "null", "-1",      "1e308",   "0",         "\"x\"",    "[]", "{}", "true", "9007199254740992",
    "0.5",  "[1,2,3]", "1000000", "{\"a\":1}", "Infinity", "3",
};

std::string broken(std::string text, std::mt19937& random) {
    const auto below = [&](std::size_t limit) { return random() % limit; };
    for (std::size_t times = 1 + below(4); times > 0 && !text.empty(); --times) {
        const std::size_t at = below(text.size());
        const std::size_t colon = text.find(':', at);
        switch (below(4)) {
            case 0: text[at] = static_cast<char>(below(256)); break;
            case 1: text.erase(at, 1 + below(20)); break;
            default:
                if (colon == std::string::npos) break;
                const std::size_t end = text.find_first_of(",}\n", colon);
                if (end == std::string::npos) break;
                text.replace(colon + 1, end - colon - 1, odd_values[below(std::size(odd_values))]);
        }
    }
    return text;
}

}  // namespace

TEST_CASE("a broken config.json is answered or refused") {
    const JsonDocument index = JsonDocument::parse(read_test_data("weights/index.json"));
    std::mt19937 random(20240607);
    for (std::int64_t i = 0; i < index.root().size(); ++i) {
        const std::string file(*index.root().at(i).find("file").as_string());
        const std::string whole = read_test_data("weights/configs/" + file);
        for (int variant = 0; variant < 10; ++variant) {
            const std::string text = broken(whole, random);
            const ModelOrIssues read = read_config_json(std::string_view(text));
            INFO(file << "\n" << text);
            if (!read.model) {
                REQUIRE_FALSE(read.issues.empty());
                REQUIRE_FALSE(read.issues.front().message.empty());
                continue;
            }
            REQUIRE(count_parameters(*read.model).total >= 0);
            REQUIRE(cache_geometry(*read.model).full_per_token >= 0);
        }
    }
}
