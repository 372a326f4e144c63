// The inverse questions against the direct one: what is called the largest fits, and one more does not.

#include "core/search/limits.h"

#include "core/formats/json.h"
#include "core/options/parse.h"
#include "core/report/estimate.h"
#include "tests/core/catch.h"

using namespace tensorledger;

namespace {

bool fits(const std::string& query) {
    const Parsed parsed = parse_query(query);
    if (!parsed.ok()) return false;
    const Answer answer = estimate(parsed.config, Detail::totals);
    return answer.ok && answer.fit.fits;
}

Limits limits(const std::string& query) {
    const Parsed parsed = parse_query(query);
    REQUIRE(parsed.ok());
    return limits_of(parsed.config);
}

}  // namespace

TEST_CASE("The largest value fits, and one more does not", "[properties]") {
    for (const std::string query :
         {"model=openai-community/gpt2&gpu=rtx-4090-24gb",
          "model=meta-llama/Llama-3.1-8B&method=lora",
          "model=meta-llama/Llama-3.1-8B&task=inference&gpu=rtx-4090-24gb"}) {
        for (const Reach& reach : limits(query).reaches) {
            const std::string key(reach.key);
            INFO(query << ": " << key << " up to " << reach.most);
            REQUIRE(reach.most >= 1);
            CHECK(fits(query + "&" + key + "=" + std::to_string(reach.most)));
            CHECK(!fits(query + "&" + key + "=" + std::to_string(reach.most + 1)));
            if (reach.bound == Bound::model) CHECK(reach.most == 1024);
        }
    }
}

TEST_CASE("What an engine refuses is not blamed on the card", "[properties]") {
    const Limits found = limits(
        "model=meta-llama/"
        "Llama-3.1-8B&task=inference&engine=llamacpp&weights=q4_k_m&context=16384");
    REQUIRE(!found.reaches.empty());
    const Reach& sequences = found.reaches.front();
    CHECK(sequences.key == "sequences");
    CHECK(sequences.most == 256);
    CHECK(sequences.bound == Bound::engine);
}

TEST_CASE("What fits on no card has no limits, and says so", "[properties]") {
    const Limits found = limits("model=meta-llama/Llama-3.1-405B");
    for (const Reach& reach : found.reaches) CHECK(reach.most == 0);
    CHECK(found.cards.empty());
}

TEST_CASE("The cards that are named hold the set-up, one of a class", "[properties]") {
    const std::string query = "model=meta-llama/Llama-3.1-8B&method=lora&seq=512";
    const Limits found = limits(query);
    REQUIRE(found.cards.size() >= 2);
    for (const Card& card : found.cards) {
        CHECK(fits(query + "&gpu=" + std::string(card.accelerator->id)));
        CHECK(card.headroom >= Bytes(0));
    }
}

TEST_CASE("Limits of a set-up that is refused are its issues", "[properties]") {
    const std::string json = limits_json("model=no/such-model");
    const JsonDocument document = JsonDocument::parse(json);
    CHECK(document.root().find("ok").as_boolean() == false);
    CHECK(document.root().find("issues").size() == 1);
}
