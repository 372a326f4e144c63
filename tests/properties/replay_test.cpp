// The replay of a run: every free finds its tensor, the sums are those of the fold, and a listing whose repeated
// layers are written once is replayed as the listing that writes out every layer.

#include <string>

#include "core/allocator/replay.h"
#include "core/catalog/models.h"
#include "core/options/parse.h"
#include "core/profiles/hf/inference.h"
#include "core/profiles/hf/training.h"
#include "core/run/run.h"
#include "tests/core/catch.h"

using namespace tensorledger;

namespace {

// clang-format off
const char* const set_ups[] = {
    "model=openai-community/gpt2",
    "model=openai-community/gpt2&attention=eager&precision=bf16-mixed&grad_accum=3",
    "model=meta-llama/Llama-3.2-1B&seq=512",
    "model=meta-llama/Llama-3.2-1B&seq=512&checkpointing=full&precision=bf16-mixed",
    "model=meta-llama/Llama-3.2-1B&method=lora&optimizer_impl=loop&precision=fp32",
    "model=facebook/bart-large-cnn&seq=256&attention=eager",
    "model=google-t5/t5-small&seq=256&batch=3",
    "model=google/gemma-2-2b&seq=256",
    "model=google-bert/bert-base-uncased&seq=512",
    "model=answerdotai/ModernBERT-base&seq=256",
    "model=Qwen/Qwen3-30B-A3B&seq=256",
    "model=EleutherAI/pythia-160m&seq=256&optimizer=sgd-momentum",
    "task=inference&model=meta-llama/Llama-3.2-1B&prompt=200&context=500",
    "task=inference&model=google/gemma-2-2b&prompt=100&context=300&sequences=3&attention=eager",
};
// clang-format on

struct Listed {
    Program program;
    std::int32_t passes = 1;
};

Listed listed(const char* query, bool unrolled) {
    const Parsed parsed = parse(query);
    INFO(query << (parsed.ok() ? "" : ": " + parsed.issues.front().message));
    REQUIRE(parsed.ok());
    Run run = run_of(parsed.config);
    run.unrolled = unrolled;
    if (run.task == Task::inference) {
        hf::GenerationOrIssue result = hf::generation(*parsed.config.network, run);
        REQUIRE(result.generation);
        return {std::move(result.generation->program), 1};
    }
    hf::TrainingStepOrIssue result = hf::training_step(*parsed.config.network, run);
    REQUIRE(result.step);
    return {std::move(result.step->program), 2};
}

}  // namespace

TEST_CASE("A step is replayed as if every layer were written out", "[property][allocator]") {
    for (const char* set_up : set_ups) {
        const Listed brief = listed(set_up, false);
        const Listed whole = listed(set_up, true);
        for (const bool expandable : {false, true}) {
            ReplaySettings settings;
            settings.passes = brief.passes;
            settings.expandable_segments = expandable;
            settings.workspace = Bytes(8'519'680);
            const Replayed left = replay(brief.program, settings);
            const Replayed right = replay(whole.program, settings);
            INFO(set_up << (expandable ? ", expandable" : ""));
            REQUIRE(left.walked);
            CHECK(left.strays == 0);
            CHECK(right.strays == 0);
            CHECK(left.requested == right.requested);
            CHECK(left.allocated == right.allocated);
            CHECK(left.reserved == right.reserved);
            CHECK(left.fragmentation == right.fragmentation);
            CHECK(left.segments == right.segments);
        }
    }
}

TEST_CASE("Every model of the catalog is replayed without a guess", "[property][allocator]") {
    int replayed = 0;
    for (const CatalogModel& model : models()) {
        const Parsed parsed =
            parse("model=" + std::string(model.id) + "&seq=64&checkpointing=full");
        if (!parsed.ok()) continue;
        Run run = run_of(parsed.config);
        const hf::TrainingStepOrIssue brief = hf::training_step(*parsed.config.network, run);
        run.unrolled = true;
        const hf::TrainingStepOrIssue whole = hf::training_step(*parsed.config.network, run);
        if (!brief.step) continue;
        ReplaySettings settings;
        settings.passes = 2;
        const Replayed left = replay(brief.step->program, settings);
        const Replayed right = replay(whole.step->program, settings);
        INFO(model.id);
        CHECK(left.strays == 0);
        CHECK(left.requested == fold(brief.step->program).peak);
        CHECK(left.allocated == right.allocated);
        CHECK(left.reserved == right.reserved);
        ++replayed;
    }
    CHECK(replayed > 50);
}

TEST_CASE("What a replay requests is what the fold counts; rounding and cache are added",
          "[property][allocator]") {
    for (const char* set_up : set_ups) {
        const Listed run = listed(set_up, false);
        ReplaySettings settings;
        settings.passes = run.passes;
        settings.workspace = Bytes(8'519'680);
        const Replayed result = replay(run.program, settings);
        INFO(set_up);
        CHECK(result.requested == fold(run.program).peak);
        CHECK(result.allocated >= result.requested);
        CHECK(result.reserved >= result.allocated);
        CHECK(result.workspaces == Bytes(8'519'680) * run.passes);
        CHECK(result.fragmentation <= result.reserved - result.allocated);

        if (run.passes == 1) continue;
        // A third step on the segments of the second changes nothing that matters: the steady state.
        settings.passes = run.passes + 1;
        const Replayed longer = replay(run.program, settings);
        CHECK(longer.reserved >= result.reserved);
        CHECK(longer.reserved.count() <= result.reserved.count() * 102 / 100);
    }
}

TEST_CASE("A capacity is never exceeded, and what fits without retries fits the same",
          "[property][allocator]") {
    for (const char* set_up : set_ups) {
        const Listed run = listed(set_up, false);
        ReplaySettings settings;
        settings.passes = run.passes;
        const Replayed free = replay(run.program, settings);
        settings.capacity = free.reserved;
        const Replayed exact = replay(run.program, settings);
        INFO(set_up);
        CHECK_FALSE(exact.out_of_memory);
        CHECK(exact.reserved == free.reserved);
        CHECK(exact.retries == 0);
        settings.capacity = free.allocated - Bytes(1 << 20);
        CHECK(replay(run.program, settings).out_of_memory);
    }
}
