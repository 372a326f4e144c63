// What DeepSpeed's engine holds around a step of ZeRO stage 2 on one device: hand arithmetic on the lists of
// stage_1_and_2.py, P being what is trained.

#include <algorithm>
#include <string>

#include "core/allocator/caching.h"
#include "core/options/parse.h"
#include "core/report/estimate.h"
#include "tests/core/catch.h"

using namespace tensorledger;

namespace {

constexpr std::int64_t kMiB = std::int64_t{1} << 20;

Answer answer_of(const std::string& query) {
    const Parsed parsed = parse(
        "model=openai-community/gpt2&framework=deepspeed&precision=bf16-master&seq=64&" + query);
    REQUIRE(parsed.ok());
    return estimate(parsed.config);
}

std::string refusal_of(const std::string& query) {
    const Parsed parsed = parse("model=openai-community/gpt2&framework=deepspeed&" + query);
    return parsed.ok() ? "" : parsed.issues.front().code;
}

const Row* row_named(const Answer& answer, std::string_view part) {
    for (const Row& row : answer.rows) {
        if (std::string_view(row.name).find(part) != std::string_view::npos) return &row;
    }
    return nullptr;
}

}  // namespace

TEST_CASE("DeepSpeed's stage 2 peaks in its step: 22 bytes for each trained weight") {
    const Answer answer = answer_of("reduce_bucket=1000000");
    REQUIRE(answer.ok);
    const std::int64_t trained = answer.params.trainable;
    CHECK(answer.peak_phase == "optimizer");
    // bf16 weight 2, fp32 copy 4, two moments 8, gradients 2, the same flattened 2, in fp32 4.
    const std::int64_t outside = answer.totals.allocated.count() - 22 * trained;
    CHECK(outside >= 0);
    CHECK(outside < 20 * kMiB);  // inputs, and the buffers of the model
    for (const char* state : {"fp32 partition", "exp_avg_sq", "gradients in fp32"}) {
        INFO(state);
        const Row* row = row_named(answer, state);
        REQUIRE(row != nullptr);
        CHECK(row->bytes.count() == 4 * trained);
        CHECK(row->count == 1);
    }
}

TEST_CASE("A second bucket of DeepSpeed's is there where communication overlaps") {
    const auto backward = [](const std::string& query) {
        for (const PhaseSummary& phase : answer_of(query).phases) {
            if (phase.name == "backward") return phase.peak.count();
        }
        return std::int64_t{0};
    };
    const std::int64_t one = backward("reduce_bucket=400000000");
    CHECK(backward("reduce_bucket=400000000&overlap_comm=true") - one == 2 * 400000000);
    CHECK(backward("reduce_bucket=500000000") - one == 2 * 100000000);
    // Gradients of a second micro-batch are collected beside those of the first.
    CHECK(backward("reduce_bucket=400000000&grad_accum=4") > one);
}

TEST_CASE(
    "DeepSpeed trains an adapter in the type that it computes in, with fp32 copies of it alone") {
    const Answer answer = answer_of("method=lora&lora_targets=c_attn&lora_rank=8");
    REQUIRE(answer.ok);
    const Row* row = row_named(answer, "fp32 partition");
    REQUIRE(row != nullptr);
    CHECK(row->bytes.count() == 4 * answer.params.trainable);
    CHECK(answer.params.trainable == 12 * 8 * (768 + 3 * 768));
}

TEST_CASE("In DeepSpeed's stage 1 gradients stay with their weights until the last micro-batch") {
    const Answer one = answer_of("zero=1&reduce_bucket=1000000&grad_accum=4");
    const Answer two = answer_of("zero=2&reduce_bucket=1000000&grad_accum=4");
    REQUIRE(one.ok);
    const std::int64_t trained = one.params.trainable;
    std::int64_t backward = 0;
    for (const PhaseSummary& phase : one.phases) {
        if (phase.name == "backward") backward = std::max(backward, phase.peak.count());
    }
    // Weights, fp32 copy and moments, gradients by weight and flat; then the step, the same in both.
    CHECK(backward >= (2 + 12 + 2 + 2) * trained);
    CHECK(one.totals.allocated == two.totals.allocated);
    CHECK(answer_of("zero=1&overlap_comm=true&grad_accum=4").ok);
}

TEST_CASE("What is not listed of DeepSpeed is refused") {
    CHECK(refusal_of("precision=bf16-master&zero=3") == "not-yet");
    CHECK(refusal_of("precision=bf16-master&zero=0") == "not-yet");
    CHECK(refusal_of("precision=bf16-master&optimizer=lion") == "not-yet");
    CHECK(refusal_of("precision=bf16-master&set_to_none=false") == "impossible");
    CHECK(refusal_of("precision=bf16") == "impossible");
}

TEST_CASE("What a second stream frees is no use to the first", "[allocator]") {
    CachingAllocator allocator;
    allocator.free(allocator.allocate(12 * kMiB, true));
    CHECK(allocator.reserved() == 12 * kMiB);
    const std::int32_t first = allocator.allocate(12 * kMiB);
    CHECK(allocator.reserved() == 24 * kMiB);
    allocator.free(first);
    allocator.allocate(12 * kMiB, true);
    allocator.allocate(12 * kMiB);
    CHECK(allocator.reserved() == 24 * kMiB);
}

TEST_CASE("A full card gets the free segments of both streams back", "[allocator]") {
    CachingAllocator allocator(24 * kMiB);
    allocator.free(allocator.allocate(12 * kMiB, true));
    CHECK(allocator.allocate(24 * kMiB) >= 0);
    CHECK(allocator.retries() == 1);
    CHECK(allocator.reserved() == 24 * kMiB);
}
