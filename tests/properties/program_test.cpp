// The three readings of a program agree: the fold, the walk and a brute-force replay that unrolls every
// repetition, on random programs; and the monoid laws that the fold rests on.

#include <algorithm>
#include <random>

#include "core/program/program.h"
#include "tests/core/catch.h"

using namespace tensorledger;

namespace {

struct Generator {
    std::mt19937 random;
    Program program;
    std::vector<std::int32_t> open;  // tensors that may be freed at this level

    explicit Generator(unsigned seed) : random(seed) {
        for (int index = 0; index < 7; ++index) {
            ProgramTensor tensor;
            tensor.bytes = Bytes(std::int64_t{1} << (3 * index));
            program.tensors.push_back(tensor);
        }
        program.scopes.push_back({});
        program.phases = {"first", "second"};
    }

    int pick(int below) { return static_cast<int>(random() % static_cast<unsigned>(below)); }

    void body(int depth, int length) {
        for (int index = 0; index < length; ++index) {
            const int kind = pick(depth > 0 ? 6 : 5);
            const auto tensor = static_cast<std::int32_t>(pick(7));
            if (kind < 3) {
                program.steps.push_back({StepKind::alloc, tensor});
            } else if (kind < 5) {
                program.steps.push_back({StepKind::free, tensor});
            } else {
                program.steps.push_back({StepKind::repeat, 1 + pick(5)});
                body(depth - 1, 1 + pick(6));
                program.steps.push_back({StepKind::end_repeat, 0});
            }
        }
    }
};

/// The peak and the end of a program with every repetition written out.
std::pair<Bytes, Bytes> replay(const Program& program, std::size_t from, std::size_t to, Bytes live,
                               Bytes peak) {
    for (std::size_t at = from; at < to; ++at) {
        const Step step = program.steps[at];
        if (step.kind == StepKind::alloc)
            live += program.tensors[static_cast<std::size_t>(step.value)].bytes;
        if (step.kind == StepKind::free)
            live -= program.tensors[static_cast<std::size_t>(step.value)].bytes;
        peak = std::max(peak, live);
        if (step.kind != StepKind::repeat) continue;
        std::size_t end = at + 1;
        for (int depth = 1; depth > 0; ++end) {
            if (program.steps[end].kind == StepKind::repeat) ++depth;
            if (program.steps[end].kind == StepKind::end_repeat) --depth;
        }
        for (int turn = 0; turn < step.value; ++turn) {
            std::tie(live, peak) = replay(program, at + 1, end - 1, live, peak);
        }
        at = end - 1;
    }
    return {live, peak};
}

}  // namespace

TEST_CASE("Fold, walk and brute-force replay agree on random programs", "[property]") {
    for (unsigned seed = 1; seed <= 400; ++seed) {
        Generator generator(seed);
        generator.body(3, 12);
        const Program& program = generator.program;
        INFO("seed " << seed);
        const auto [end, peak] = replay(program, 0, program.steps.size(), Bytes(0), Bytes(0));
        const Folded folded = fold(program);
        CHECK(folded.peak == peak);
        CHECK(folded.net == end);
        CHECK(peak_by_walk(program) == peak);
    }
}

TEST_CASE("The live set at the peak adds up to the peak", "[property]") {
    for (unsigned seed = 1; seed <= 400; ++seed) {
        Generator generator(seed);
        generator.body(2, 15);
        const Folded folded = fold(generator.program);
        if (folded.peak_step < 0) continue;
        const std::vector<std::int64_t> live = live_at_peak(generator.program, folded);
        Bytes sum;
        for (std::size_t index = 0; index < live.size(); ++index) {
            sum += generator.program.tensors[index].bytes * live[index];
        }
        INFO("seed " << seed);
        CHECK(sum == folded.peak);
    }
}

TEST_CASE("A phase knows its start, its peak and its end", "[property]") {
    Generator generator(7);
    Program& program = generator.program;
    program.steps = {{StepKind::phase, 0},  {StepKind::alloc, 3},     {StepKind::alloc, 1},
                     {StepKind::free, 1},   {StepKind::end_phase, 0}, {StepKind::phase, 1},
                     {StepKind::repeat, 3}, {StepKind::alloc, 2},     {StepKind::end_repeat, 0},
                     {StepKind::free, 3},   {StepKind::end_phase, 0}};
    const Folded folded = fold(program);
    REQUIRE(folded.phases.size() == 2);
    CHECK(folded.phases[0].start == Bytes(0));
    CHECK(folded.phases[0].peak == Bytes(512 + 8));
    CHECK(folded.phases[0].end == Bytes(512));
    CHECK(folded.phases[1].peak == Bytes(512 + 3 * 64));
    CHECK(folded.phases[1].end == Bytes(3 * 64));
    CHECK(folded.peak_phase == 1);
}
