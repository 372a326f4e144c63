// How Hugging Face stores weights and caches that are not simply in the type of the computation.

#include <string>

#include "core/options/parse.h"
#include "core/report/estimate.h"
#include "tests/core/catch.h"

using namespace tensorledger;

namespace {

Answer answer_to(const std::string& query) {
    const Parsed parsed =
        parse("task=inference&model=meta-llama/Llama-3.1-8B&prompt=1024&context=1400&" + query);
    INFO(query);
    REQUIRE(parsed.ok());
    Answer answer = estimate(parsed.config);
    INFO((answer.ok ? "" : answer.issues.front().message));
    REQUIRE(answer.ok);
    return answer;
}

std::int64_t weights_of(const Answer& answer) {
    return answer.bytes[static_cast<int>(Group::weights)].count();
}

constexpr std::int64_t kLinear = 6'979'321'856;          // elements of the layers' matrices
constexpr std::int64_t kRest = 8'030'261'248 - kLinear;  // embeddings, head, norms

}  // namespace

TEST_CASE("Packed weights lie beside what no quantiser touches", "[serving]") {
    const std::int64_t groups = kLinear / 128;
    // 4 bits, an fp16 scale and a 4-bit zero point for each group
    CHECK(weights_of(answer_to("weights=awq")) ==
          kLinear / 2 + groups * 2 + groups / 2 + kRest * 2);
    CHECK(weights_of(answer_to("weights=fp8")) == kLinear + kLinear / (128 * 128) * 4 + kRest * 2);
}

TEST_CASE("A quantised cache: codes, a scale and a zero point for 64 numbers", "[serving]") {
    const Answer answer = answer_to("cache=quantised");
    REQUIRE(answer.cache.size() == 1);
    CHECK(answer.cache.front().key_dtype == "int4");
    CHECK(answer.cache.front().per_token == Bytes(32 * (2048 / 2 + 2048 / 64 * 4)));
}

TEST_CASE("Every beam has a cache; a cache on the host leaves a layer on the card", "[serving]") {
    const Bytes one = answer_to("num_beams=1").cache.front().bytes;
    CHECK(answer_to("num_beams=4").cache.front().bytes == one * 4);
    CHECK(answer_to("cache=offloaded").cache.front().bytes * 32 == one);
}
