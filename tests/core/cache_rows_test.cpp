// What is kept between tokens, by kind of layer: the answer's `cache`.

#include <string>

#include "core/options/parse.h"
#include "core/report/estimate.h"
#include "tests/core/catch.h"

using namespace tensorledger;

namespace {

Answer answer_to(const std::string& query) {
    const Parsed parsed = parse("task=inference&" + query);
    INFO(query << (parsed.ok() ? "" : ": " + parsed.issues.front().message));
    REQUIRE(parsed.ok());
    Answer answer = estimate(parsed.config);
    INFO(query << (answer.ok ? "" : ": " + answer.issues.front().message));
    REQUIRE(answer.ok);
    return answer;
}

}  // namespace

TEST_CASE("A cache that grows: bytes of a token, of all layers", "[cache]") {
    const Answer answer =
        answer_to("model=meta-llama/Llama-3.1-8B&prompt=512&context=1024&sequences=3");
    REQUIRE(answer.cache.size() == 1);
    const CacheRow& row = answer.cache.front();
    CHECK(row.kind == "attention+mlp");
    CHECK(row.holds == "keys and values");
    CHECK(row.layers == 32);
    CHECK(row.key_elements == 8 * 128);
    CHECK(row.value_elements == 8 * 128);
    CHECK(row.key_dtype == "bf16");
    CHECK(row.per_token == Bytes(32 * 2 * 8 * 128 * 2));
    CHECK(row.window == 0);
    CHECK(row.capped == Bytes(0));
    CHECK(row.tokens == 1024);
    CHECK(row.bytes == row.per_token * 1024 * 3);
}

TEST_CASE("Layers with a window are rows of their own, and stop at it", "[cache]") {
    const Answer answer = answer_to("model=google/gemma-2-9b&prompt=5000&context=6000");
    REQUIRE(answer.cache.size() == 2);
    const CacheRow& windowed = answer.cache.front();
    const CacheRow& full = answer.cache.back();
    CHECK(windowed.layers == 21);
    CHECK(windowed.window == 4096);
    CHECK(windowed.capped == windowed.per_token * 4096);
    CHECK(windowed.tokens == 4096);
    CHECK(full.window == 0);
    CHECK(full.per_token == windowed.per_token);
    CHECK(full.tokens == 6000);
}

TEST_CASE("A static cache has its whole length from the first forward on", "[cache]") {
    const std::string set_up = "model=meta-llama/Llama-3.2-1B&prompt=128&cache=static&context=";
    const Answer first = answer_to(set_up + "4096");
    const Answer longer = answer_to(set_up + "8192");
    CHECK(first.cache.front().tokens == 4096);
    CHECK(longer.phases[1].end - first.phases[1].end == first.cache.front().per_token * 4096);
}

TEST_CASE("An encoder–decoder keeps what it made of the encoder's tokens", "[cache]") {
    const Answer answer = answer_to("model=google-t5/t5-large&prompt=512&context=576");
    REQUIRE(answer.cache.size() == 2);
    const CacheRow& decoder = answer.cache.front();
    const CacheRow& cross = answer.cache.back();
    CHECK(decoder.tokens == 65);  // and the token that it starts with
    CHECK(cross.holds == "keys and values of the encoder");
    CHECK(cross.tokens == 512);
    CHECK(cross.per_token == Bytes(0));
    CHECK(cross.state == decoder.per_token * 512);
}

TEST_CASE("Of llama.cpp: cells that are there from the start", "[cache]") {
    const Answer answer = answer_to(
        "engine=llamacpp&model=meta-llama/"
        "Llama-3.1-8B&context=4096&kv_k=q8_0&kv_v=q8_0&weights=q4_k_m");
    REQUIRE(answer.cache.size() == 1);
    const CacheRow& row = answer.cache.front();
    CHECK(row.layers == 32);
    CHECK(row.key_dtype == "q8_0");
    CHECK(row.per_token == Bytes(32 * 2 * (1024 / 32) * 34));
    CHECK(row.tokens == 4096);
    CHECK(row.bytes == answer.bytes[static_cast<int>(Group::kv_cache)]);
}
