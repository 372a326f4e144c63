// A critic that is trained beside the policy, and a teacher that is imitated: what they add, worked out by hand.

#include "core/options/parse.h"
#include "core/report/estimate.h"
#include "tests/core/catch.h"

using namespace tensorledger;

namespace {

Answer answer_to(const std::string& query) {
    const Parsed parsed = parse(query);
    INFO(query);
    REQUIRE(parsed.ok());
    Answer answer = estimate(parsed.config);
    INFO((answer.ok ? "" : answer.issues.front().message));
    REQUIRE(answer.ok);
    return answer;
}

Issue refusal_of(const std::string& query) {
    const Parsed parsed = parse(query);
    if (!parsed.ok()) return parsed.issues.front();
    const Answer answer = estimate(parsed.config);
    return answer.ok ? Issue{} : answer.issues.front();
}

std::int64_t start_of(const Answer& answer) { return answer.phases.front().start.count(); }

constexpr const char* llama = "model=meta-llama/Llama-3.2-1B&seq=512&batch=2";

}  // namespace

TEST_CASE("A teacher is a frozen copy that reads the batch without a graph") {
    const Answer plain = answer_to(llama);
    const Answer taught = answer_to(std::string(llama) + "&teacher=true");
    // Weights in the checkpoint's bf16; inv_freq and its original, 32 fp32 numbers each.
    CHECK(start_of(taught) - start_of(plain) == 2 * plain.params.total + 2 * 32 * 4);
    CHECK(taught.params.trainable == plain.params.trainable);
    // Both logits, each divided by the temperature, log-softmax of both, and the two weighted ones side by side, are
    // there when the mixture is made: 8 tensors of b·s·v bf16 (of b·(s−1)·v but the logits).
    const std::int64_t logits = 2LL * 512 * 128256 * 2;
    const std::int64_t shifted = 2LL * 511 * 128256 * 2;
    CHECK(taught.phases[0].peak.count() > start_of(taught) + 2 * logits + 6 * shifted);
}

TEST_CASE("A teacher of its own is larger, and has the student's vocabulary") {
    const Answer plain = answer_to(llama);
    const Answer taught =
        answer_to(std::string(llama) + "&teacher=true&teacher_model=meta-llama/Llama-3.1-8B");
    CHECK(start_of(taught) - start_of(plain) == 2 * 8030261248 + 2 * 64 * 4);
    const std::string query = std::string(llama) + "&teacher=true&teacher_model=";
    CHECK(refusal_of(query + "openai-community/gpt2").field == "teacher_model");
    CHECK(refusal_of(query + "openai-community/gpt2").code == "impossible");
    CHECK(refusal_of(query + "nobody/nothing").code == "unknown-model");
    CHECK(refusal_of("teacher_model=meta-llama/Llama-3.1-8B").code == "does-not-apply");
    CHECK(refusal_of("teacher=true&loss=fused").code == "does-not-apply");
    CHECK(refusal_of("teacher=true&model=google-t5/t5-small&seq=64").code == "not-listed");
}

TEST_CASE("A teacher teaches an adapter as well") {
    const std::string query = std::string(llama) + "&method=lora";
    const Answer plain = answer_to(query);
    const Answer taught = answer_to(query + "&teacher=true");
    CHECK(start_of(taught) - start_of(plain) == 2 * plain.params.total + 2 * 32 * 4);
    CHECK(taught.params.trainable == plain.params.trainable);
}

TEST_CASE("A critic is trained: weights, gradients and states of a body with one output") {
    const Answer plain = answer_to(llama);
    const Answer both = answer_to(std::string(llama) + "&critic=true");
    // The head is tied: the body has all weights, and the score one row more.
    const std::int64_t value = plain.params.total + 2048;
    CHECK(both.params.trainable == plain.params.trainable + value);
    CHECK(start_of(both) - start_of(plain) == 3 * 2 * value + 2 * 32 * 4);
    const PhaseSummary& backward = both.phases[1];
    CHECK((backward.end - plain.phases[1].end).count() >= 4 * 2 * value);
}

TEST_CASE("A critic's layers are not checkpointed, and hidden states are handed out") {
    const std::string query = std::string(llama) + "&critic=true&checkpointing=full";
    const Answer plain = answer_to(std::string(llama) + "&checkpointing=full");
    const Answer both = answer_to(query);
    const Answer alone = answer_to(llama);
    // The policy keeps what a checkpointed model keeps besides its loss, the value model all of its layers.
    Bytes layers;
    for (const SavedKind& kind : alone.saved.layers) layers += kind.bytes;
    CHECK(both.saved.total > layers);
    CHECK(both.saved.total < layers + plain.saved.total + plain.saved.total);
    CHECK(refusal_of("critic=true&model=openai-community/gpt2&seq=64").code == "not-listed");
    CHECK(refusal_of("critic=true&method=lora").code == "does-not-apply");
    CHECK(refusal_of("critic=true&teacher=true").code == "does-not-apply");
    CHECK(refusal_of(std::string(llama) + "&critic=true").code.empty());
}

TEST_CASE("Updates with a critic fold as they walk") {
    for (const char* more : {"&seq=64", "&seq=64&grad_accum=3", "&seq=64&precision=fp32",
                             "&seq=64&precision=bf16-mixed", "&seq=64&checkpointing=full",
                             "&seq=64&optimizer=lomo", "&seq=1"}) {
        const Answer answer =
            answer_to("model=meta-llama/Llama-3.2-1B&critic=true" + std::string(more));
        CHECK(answer.phases.back().end <= answer.peak);
        CHECK(answer.phases.back().end == answer.phases.front().start);
    }
}
