// What is called enough is asked again: every advice that fits does fit when its keys are set, takes what it says, and
// is the least of its kind.

#include "core/search/advice.h"

#include <string>

#include "core/options/parse.h"
#include "core/report/estimate.h"
#include "core/search/answer.h"
#include "core/search/changes.h"
#include "tests/core/catch.h"

using namespace tensorledger;

namespace {

Config config_of(const std::string& query) {
    const Parsed parsed = parse_query(query);
    INFO(query << (parsed.ok() ? "" : ": " + parsed.issues.front().message));
    REQUIRE(parsed.ok());
    return parsed.config;
}

/// A query with the keys of a change set in it.
std::string with(const std::string& query, const std::string& change) {
    std::string kept;
    for (std::string::size_type from = 0; from < query.size();) {
        const auto end = std::min(query.find('&', from), query.size());
        const std::string pair = query.substr(from, end - from);
        const std::string key = pair.substr(0, pair.find('=') + 1);
        if (("&" + change).find("&" + key) == std::string::npos) kept += pair + "&";
        from = end + 1;
    }
    return kept + change;
}

// clang-format off
const std::vector<std::string> misfits = {
    "model=meta-llama/Llama-3.1-8B&gpu=rtx-4090-24gb",
    "model=meta-llama/Llama-3.1-8B&method=lora&seq=1024&gpu=rtx-4090-24gb",
    "model=meta-llama/Llama-3.1-8B&batch=8&attention=eager&precision=bf16-mixed",
    "model=meta-llama/Llama-3.1-70B",
    "model=openai-community/gpt2&attention=eager&batch=64&gpu=rtx-4090-24gb&optimizer_impl=fused&amsgrad=true",
    "model=google-bert/bert-base-uncased&batch=512&seq=512&gpu=rtx-4090-24gb&grad_accum=2",
    "task=inference&model=meta-llama/Llama-3.1-8B&sequences=16&context=16384&gpu=rtx-4090-24gb",
    "task=inference&model=meta-llama/Llama-3.1-8B&precision=fp32&logits_to_keep=0&gpu=rtx-4090-24gb",
    "task=inference&engine=llamacpp&model=meta-llama/Llama-3.1-8B&gpu=rtx-4090-24gb&context=131072&attention=eager",
    "task=inference&engine=llamacpp&model=openai/gpt-oss-20b&gpu=rtx-4090-24gb&swa_full=true&context=131072",
};
// clang-format on

}  // namespace

TEST_CASE("Every advice that fits does fit, and takes what it says", "[properties]") {
    for (const std::string& query : misfits) {
        INFO(query);
        const Answer answer = answer_to(config_of(query));
        REQUIRE(answer.ok);
        REQUIRE_FALSE(answer.fit.fits);
        CHECK_FALSE(answer.advice.empty());
        bool fitting = true;
        for (const Advice& advice : answer.advice) {
            INFO(advice.query());
            const Answer then = estimate(config_of(with(query, advice.query())), Detail::totals);
            REQUIRE(then.ok);
            CHECK(then.fit.fits == advice.fits);
            CHECK(then.totals.device == advice.totals.device);
            CHECK(then.totals.reserved == advice.totals.reserved);
            CHECK(then.totals.allocated == advice.totals.allocated);
            CHECK((advice.fits || advice.saved > Bytes(0)));
            CHECK((fitting || !advice.fits));  // those that fit come first
            fitting = advice.fits;
            CHECK(advice.parts.size() <= 3);
            for (const Advice::Part& part : advice.parts) CHECK_FALSE(part.cost.empty());
        }
    }
}

TEST_CASE("Of a combination that fits no part would do alone", "[properties]") {
    for (const std::string& query : misfits) {
        for (const Advice& advice : answer_to(config_of(query)).advice) {
            if (!advice.fits || advice.parts.size() < 2) continue;
            for (std::size_t left_out = 0; left_out < advice.parts.size(); ++left_out) {
                std::string others;
                for (std::size_t index = 0; index < advice.parts.size(); ++index) {
                    if (index == left_out) continue;
                    others += (others.empty() ? "" : "&") + advice.parts[index].query;
                }
                const Parsed parsed = parse_query(with(query, others));
                if (!parsed.ok()) continue;
                INFO(query << ": " << others << " of " << advice.query());
                const Answer answer = estimate(parsed.config, Detail::totals);
                CHECK_FALSE((answer.ok && answer.fit.fits));
            }
        }
    }
}

TEST_CASE("Advice is in the order of what it costs", "[properties]") {
    for (const std::string& query : misfits) {
        CostKind before = CostKind::free;
        for (const Advice& advice : answer_to(config_of(query)).advice) {
            if (!advice.fits) break;
            CHECK(advice.kind() >= before);
            before = advice.kind();
        }
    }
}

TEST_CASE("A smaller micro-batch keeps the sequences of a step", "[properties]") {
    const std::string query = "model=openai-community/gpt2&batch=96&grad_accum=2&gpu=rtx-4090-24gb";
    bool found = false;
    for (const Advice& advice : answer_to(config_of(query)).advice) {
        if (advice.query().find("batch=") != 0) continue;
        found = true;
        const Config then = config_of(with(query, advice.query()));
        CHECK(then.batch * then.grad_accum == 192);
        // The next larger divisor does not fit.
        for (std::int64_t batch = then.batch + 1; batch < 96; ++batch) {
            if (192 % batch != 0) continue;
            CHECK_FALSE(
                estimate(config_of(with(query, "batch=" + std::to_string(batch) +
                                                   "&grad_accum=" + std::to_string(192 / batch))),
                         Detail::totals)
                    .fit.fits);
            break;
        }
    }
    CHECK(found);
}

TEST_CASE("The most layers that fit are put on the card", "[properties]") {
    const std::string query =
        "task=inference&engine=llamacpp&model=meta-llama/Llama-3.1-70B&gpu=rtx-4090-24gb";
    const Answer answer = answer_to(config_of(query));
    REQUIRE_FALSE(answer.advice.empty());
    const std::string first = answer.advice.front().query();
    REQUIRE(first.find("gpu_layers=") == 0);
    const int layers = std::stoi(first.substr(11));
    const auto fits = [&](int count) {
        return estimate(config_of(query + "&gpu_layers=" + std::to_string(count)), Detail::totals)
            .fit.fits;
    };
    CHECK(fits(layers));
    CHECK_FALSE(fits(layers + 1));
}

TEST_CASE("A change returns to their defaults what means nothing any more", "[properties]") {
    const Config config =
        config_of("model=openai-community/gpt2&amsgrad=true&optimizer_impl=fused");
    Change change{CostKind::quality, "optimizer=adamw-8bit", "."};
    const std::optional<Config> made = changed(config, change);
    REQUIRE(made);
    CHECK_FALSE(made->amsgrad);
    CHECK(change.query == "optimizer=adamw-8bit&optimizer_impl=foreach&amsgrad=false");
    Change nothing{CostKind::free, "optimizer_impl=fused", "."};
    CHECK_FALSE(changed(config, nothing));
}
