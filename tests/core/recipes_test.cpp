// What a recipe changes of a step: older versions of PyTorch and of transformers, a compiled loss, Liger's kernels.
// Small cases by hand: b sequences of s tokens, h hidden, f feed-forward, v vocabulary, a heads.

#include <string>

#include "core/options/parse.h"
#include "core/report/estimate.h"
#include "tests/core/catch.h"

using namespace tensorledger;

namespace {

constexpr std::int64_t kLlama = 32000;  // words of Llama 2

Answer answer_of(const std::string& query) {
    const Parsed parsed = parse(query);
    INFO(query);
    REQUIRE(parsed.ok());
    return estimate(parsed.config);
}

Answer llama(const std::string& query) {
    return answer_of("model=meta-llama/Llama-2-7b-hf&layers=2&seq=256&" + query);
}

std::int64_t saved(const Answer& answer) { return answer.saved.total.count(); }

std::int64_t peak_of(const Answer& answer, std::string_view name) {
    for (const PhaseSummary& phase : answer.phases) {
        if (phase.name == name) return phase.peak.count();
    }
    return 0;
}

}  // namespace

TEST_CASE("A softmax of PyTorch 1.10 keeps what it was given") {
    const std::string query =
        "model=google-bert/"
        "bert-base-uncased&layers=2&batch=2&seq=128&attention=eager&precision=fp32";
    const Answer now = answer_of(query);
    const Answer then = answer_of(query + "&torch=1.10");
    REQUIRE(then.ok);
    // The scores of two layers of 12 heads, and the logits beside their log-probabilities.
    const std::int64_t scores = 2 * (2 * 12 * 128 * 128) * 4;
    const std::int64_t logits = 2 * 128 * std::int64_t{30522} * 4;
    CHECK(saved(then) - saved(now) == scores + logits);
    CHECK(saved(answer_of(query + "&torch=2.0")) == saved(now));
}

TEST_CASE("The shifted loss holds a second copy of the logits in fp32") {
    const Answer plain = llama("batch=2");
    const Answer shifted = llama("batch=2&loss=shifted");
    REQUIRE(shifted.ok);
    // Logits, copy and log-probabilities in fp32, where the plain one has logits in bf16 beside two of fp32.
    const std::int64_t tokens = 2 * 256;
    const std::int64_t more = peak_of(shifted, "forward") - peak_of(plain, "forward");
    const std::int64_t expected = tokens * kLlama * (4 + 4 + 4 - (2 + 4 + 4));
    CHECK(more <= expected);
    CHECK(more >= expected - 2 * 2 * kLlama * 4 - 16384);  // of one token less a sequence
    // One sequence without its last token is still one piece of memory: no copy.
    const Answer one = llama("batch=1&loss=shifted");
    CHECK(peak_of(one, "forward") < peak_of(llama("batch=1"), "forward"));
    CHECK_FALSE(answer_of("model=openai-community/gpt2&loss=shifted").ok);
}

TEST_CASE("A compiled loss keeps the logits as they came, and two numbers a token") {
    for (const char* loss : {"logits", "chunked"}) {
        INFO(loss);
        const std::string query = "batch=2&loss=" + std::string(loss);
        const Answer plain = llama(query);
        const Answer compiled = llama(query + "&compiled_loss=true");
        REQUIRE(compiled.ok);
        const std::int64_t tokens = 2 * 256;
        const std::int64_t less = saved(plain) - saved(compiled);
        // fp32 log-probabilities, for bf16 logits and the rows' largest and sum.
        const std::int64_t expected = tokens * (kLlama * (4 - 2) - 2 * 4);
        // The plain one keeps the shifted labels as well.
        CHECK(std::abs(less - expected) <= 8 * tokens + 64);
        CHECK(peak_of(compiled, "forward") < peak_of(plain, "forward"));
    }
    CHECK_FALSE(answer_of("model=google-bert/bert-base-uncased&compiled_loss=true&seq=128").ok);
}

TEST_CASE("Liger's kernels keep the inputs of a norm, a rotation and a gate, and nothing else") {
    const Answer plain = llama("batch=1");
    const Answer liger = llama("batch=1&kernels=liger");
    REQUIRE(liger.ok);
    const std::int64_t tokens = 256;
    const std::int64_t h = 4096;
    const std::int64_t f = 11008;
    // One layer. Each norm: fp32 input, its square's mean root, normalised in fp32 and bf16, for the input itself
    // and one number a token. The gate: silu's result, which up's product keeps.
    REQUIRE(liger.saved.layers.size() == 1);
    const std::int64_t less =
        (plain.saved.layers.front().bytes - liger.saved.layers.front().bytes).count() / 2;
    CHECK(less > 2 * f * tokens);
    CHECK(less < 2 * f * tokens + 2 * tokens * h * (4 + 2));
    CHECK(peak_of(liger, "forward") < peak_of(plain, "forward"));
    CHECK_FALSE(answer_of("model=openai-community/gpt2&kernels=liger").ok);
    // Checkpointed, a layer runs again with the same kernels.
    const Answer again = llama("batch=1&kernels=liger&checkpointing=full");
    REQUIRE(again.ok);
    CHECK(peak_of(again, "backward") <= peak_of(llama("batch=1&checkpointing=full"), "backward"));
}
