// What must hold of every family of decoders: the laws of estimate_test, for a small network of each that
// tests/data/activations/families.jsonl describes, in the set-ups that the shared blocks cover.

#include <string>
#include <vector>

#include "core/allocator/replay.h"
#include "core/options/parse.h"
#include "core/profiles/hf/inference.h"
#include "core/profiles/hf/training.h"
#include "tests/core/catch.h"
#include "tests/truth/records.h"

using namespace tensorledger;

namespace {

/// The requests of the file in fp32, one a network.
std::vector<std::string> networks() {
    std::vector<std::string> requests;
    each_line("activations/families.jsonl", [&](const std::string& line, JsonValue) {
        if (line.find(R"("precision":"fp32")") != std::string::npos) {
            requests.push_back(object_text(line, "request"));
        }
    });
    REQUIRE(requests.size() > 30);
    return requests;
}

std::string replaced(std::string text, const std::string& old, const std::string& with) {
    const std::size_t at = text.find(old);
    REQUIRE(at != std::string::npos);
    return text.replace(at, old.size(), with);
}

Parsed parsed(const std::string& request) {
    Parsed result = parse_json(request);
    INFO(request << (result.ok() ? "" : result.issues.front().message));
    REQUIRE(result.ok());
    return result;
}

/// The same request with other options.
std::string with(const std::string& request, const std::string& precision,
                 const std::string& attention, const std::string& more = "") {
    std::string text =
        replaced(request, R"("precision":"fp32")", "\"precision\":\"" + precision + "\"");
    text = replaced(text, R"("attention":"eager")", "\"attention\":\"" + attention + "\"");
    return replaced(text, R"("task":"train")", R"("task":"train")" + more);
}

void check_rows(const Answer& answer) {
    Bytes rows;
    for (const Row& row : answer.rows) {
        rows += row.bytes;
    }
    CHECK(rows == answer.peak);
    Bytes saved = answer.saved.outside;
    for (const SavedKind& kind : answer.saved.layers) saved += kind.bytes;
    CHECK(saved == answer.saved.total);
}

}  // namespace

TEST_CASE("A family's step: fold, walk and replay agree, and its rows add up", "[property]") {
    for (const std::string& network : networks()) {
        for (const std::string& request :
             {with(network, "fp32", "eager"),
              with(network, "bf16-mixed", "sdpa", R"(,"mask":true)"),
              with(network, "bf16", "sdpa", R"(,"checkpointing":"full","dropout":0.1)")}) {
            INFO(request);
            const Config config = parsed(request).config;
            const Answer answer = estimate(config);
            INFO((answer.ok ? "" : answer.issues.front().message));
            REQUIRE(answer.ok);
            check_rows(answer);
            const auto result = hf::training_step(*config.network, run_of(config));
            REQUIRE(result.step);
            const Program& program = result.step->program;
            CHECK(fold(program).peak == peak_by_walk(program));
            ReplaySettings settings;
            settings.passes = 2;
            const Replayed played = replay(program, settings);
            CHECK(played.strays == 0);
            CHECK(played.requested == fold(program).peak);
        }
    }
}

TEST_CASE("A family's step trains the weights that its model has", "[property]") {
    for (const std::string& network : networks()) {
        INFO(network);
        const Answer answer = estimate(parsed(network).config, Detail::totals);
        REQUIRE(answer.ok);
        const bool frozen_bias = network.find("ernie4_5_moe") != std::string::npos;
        if (!frozen_bias) {  // its correction of the router is a parameter that no step trains
            CHECK(answer.params.trainable == answer.params.total);
        }
    }
}

TEST_CASE("A family's memory grows with the work", "[property]") {
    for (const std::string& network : networks()) {
        INFO(network);
        const auto total = [&](const std::string& batch, const std::string& seq) {
            std::string text = replaced(network, R"("batch":2)", "\"batch\":" + batch);
            text = replaced(text, R"("seq":8)", "\"seq\":" + seq);
            const Answer answer = estimate(parsed(text).config, Detail::totals);
            REQUIRE(answer.ok);
            return answer.totals.allocated;
        };
        const Bytes small = total("2", "8");
        CHECK(total("3", "8") > small);
        CHECK(total("2", "12") > small);
    }
}

TEST_CASE("A family's generation: fold and walk agree, memory never falls with the context",
          "[property]") {
    for (const std::string& network : networks()) {
        const auto generated = [&](const std::string& context) {
            std::string text =
                replaced(network, R"("task":"train","framework":"hf","batch":2,"seq":8)",
                         R"("task":"inference","engine":"hf","prompt":8,"context":)" + context);
            text = replaced(text, R"(,"precision":"fp32")", "");
            const Config config = parsed(text).config;
            const auto result = hf::generation(*config.network, run_of(config));
            INFO(text << (result.issue ? result.issue->message : ""));
            REQUIRE(result.generation);
            const Program& program = result.generation->program;
            CHECK(fold(program).peak == peak_by_walk(program));
            const Answer answer = estimate(config);
            REQUIRE(answer.ok);
            check_rows(answer);
            return answer.totals.allocated;
        };
        CHECK(generated("40") >= generated("9"));
    }
}
