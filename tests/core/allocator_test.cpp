// The caching allocator against sequences worked out by hand from its rules (c10/cuda/CUDACachingAllocator.cpp), and
// what must hold after any sequence at all.

#include <algorithm>
#include <random>
#include <vector>

#include "core/allocator/caching.h"
#include "core/allocator/replay.h"
#include "tests/core/catch.h"

using namespace tensorledger;

namespace {

constexpr std::int64_t KiB = 1024;
constexpr std::int64_t MiB = 1024 * KiB;

std::int64_t size_of(const CachingAllocator& allocator, std::int32_t block) {
    return allocator.block(block).size;
}

std::int64_t place_of(const CachingAllocator& allocator, std::int32_t block) {
    return allocator.block(block).address;
}

/// The blocks lie side by side in their segments, no two free ones touch, and the sums are those reported.
void check_invariants(const CachingAllocator& allocator) {
    std::int64_t used = 0;
    std::int64_t mapped = 0;
    std::vector<MemoryBlock> blocks;
    for (const MemoryBlock& block : allocator.blocks()) {
        if (!block.known) continue;
        REQUIRE(block.size > 0);
        used += block.used ? block.size : 0;
        mapped += block.mapped ? block.size : 0;
        if (block.next >= 0) {
            const MemoryBlock& next = allocator.block(block.next);
            CHECK(next.address == block.address + block.size);
            CHECK((block.used || next.used || block.mapped != next.mapped));
        }
        blocks.push_back(block);
    }
    std::sort(blocks.begin(), blocks.end(), [](const MemoryBlock& left, const MemoryBlock& right) {
        return left.address < right.address;
    });
    for (std::size_t index = 1; index < blocks.size(); ++index) {
        CHECK(blocks[index - 1].address + blocks[index - 1].size <= blocks[index].address);
    }
    CHECK(allocator.allocated() == used);
    CHECK(allocator.reserved() == mapped);
    CHECK(allocator.inactive_split() <= allocator.reserved() - allocator.allocated());
}

}  // namespace

TEST_CASE("A request is rounded up to 512 bytes", "[allocator]") {
    CHECK(CachingAllocator::rounded(1) == 512);
    CHECK(CachingAllocator::rounded(512) == 512);
    CHECK(CachingAllocator::rounded(513) == 1024);
    CHECK(CachingAllocator::rounded(MiB + 1) == MiB + 512);
}

TEST_CASE("Small requests share segments of 2 MiB, down to the last 512 bytes", "[allocator]") {
    CachingAllocator allocator;
    const std::int32_t first = allocator.allocate(1);
    CHECK(allocator.reserved() == 2 * MiB);
    const std::int32_t second = allocator.allocate(MiB);
    CHECK(place_of(allocator, second) == place_of(allocator, first) + 512);
    CHECK(allocator.reserved() == 2 * MiB);
    CHECK(allocator.allocated() == MiB + 512);
    allocator.allocate(MiB);  // 1 MiB - 512 B are left: a second segment
    CHECK(allocator.reserved() == 4 * MiB);
    allocator.allocate(MiB - 512);  // exactly what is left of the first
    CHECK(allocator.reserved() == 4 * MiB);
    CHECK(allocator.segments() == 2);
    check_invariants(allocator);
}

TEST_CASE("Requests between 1 and 10 MiB share segments of 20 MiB", "[allocator]") {
    CachingAllocator allocator;
    const std::int32_t first = allocator.allocate(MiB + 1);
    CHECK(size_of(allocator, first) == MiB + 512);
    CHECK(allocator.reserved() == 20 * MiB);
    const std::int32_t second = allocator.allocate(10 * MiB - 512);
    CHECK(place_of(allocator, second) == place_of(allocator, first) + MiB + 512);
    CHECK(allocator.reserved() == 20 * MiB);
    // 9 MiB are left: of a request of 8 MiB exactly 1 MiB would remain, which is not split off.
    const std::int32_t third = allocator.allocate(8 * MiB);
    CHECK(size_of(allocator, third) == 9 * MiB);
    CHECK(allocator.allocated() == 20 * MiB);
    check_invariants(allocator);
}

TEST_CASE("Requests from 10 MiB on get a segment of their own, rounded up to 2 MiB",
          "[allocator]") {
    CachingAllocator allocator;
    allocator.allocate(10 * MiB);
    CHECK(allocator.reserved() == 10 * MiB);
    allocator.allocate(11 * MiB);
    CHECK(allocator.reserved() == 22 * MiB);
    // Not more than 1 MiB is left of 12 MiB: the whole segment counts as allocated.
    CHECK(allocator.allocated() == 22 * MiB);
    const std::int32_t third = allocator.allocate(11 * MiB - 512);
    CHECK(size_of(allocator, third) == 11 * MiB - 512);  // 1 MiB + 512 B are split off
    CHECK(allocator.allocated() == 33 * MiB - 512);
    CHECK(allocator.inactive_split() == MiB + 512);
    check_invariants(allocator);
}

TEST_CASE("The smallest free block that is large enough is taken, of equal ones the first",
          "[allocator]") {
    CachingAllocator allocator;
    std::vector<std::int32_t> blocks;
    for (const std::int64_t size : {40, 20, 30, 20, 24}) {
        blocks.push_back(allocator.allocate(size * MiB));
    }
    std::vector<std::int64_t> places;
    for (const std::int32_t block : blocks) places.push_back(place_of(allocator, block));
    for (const std::int32_t block : blocks) allocator.free(block);
    CHECK(allocator.allocated() == 0);
    CHECK(allocator.reserved() == 134 * MiB);
    CHECK(place_of(allocator, allocator.allocate(20 * MiB)) == places[1]);
    CHECK(place_of(allocator, allocator.allocate(20 * MiB)) == places[3]);
    CHECK(place_of(allocator, allocator.allocate(20 * MiB)) == places[4]);
    CHECK(place_of(allocator, allocator.allocate(31 * MiB)) == places[0]);
    CHECK(place_of(allocator, allocator.allocate(9 * MiB)) == places[0] + 31 * MiB);
    CHECK(place_of(allocator, allocator.allocate(4 * MiB)) == places[4] + 20 * MiB);
    CHECK(allocator.reserved() == 134 * MiB);
    check_invariants(allocator);
}

TEST_CASE("Freed neighbours melt together", "[allocator]") {
    CachingAllocator allocator;
    const std::int32_t whole = allocator.allocate(60 * MiB);
    allocator.free(whole);
    std::vector<std::int32_t> thirds;
    for (int index = 0; index < 3; ++index) thirds.push_back(allocator.allocate(20 * MiB));
    CHECK(allocator.reserved() == 60 * MiB);
    allocator.free(thirds[0]);
    allocator.free(thirds[2]);
    CHECK(allocator.inactive_split() == 40 * MiB);
    allocator.allocate(30 * MiB);  // 40 MiB are free, but not side by side
    CHECK(allocator.reserved() == 90 * MiB);
    allocator.free(thirds[1]);
    CHECK(allocator.inactive_split() == 0);
    allocator.allocate(60 * MiB);
    CHECK(allocator.reserved() == 90 * MiB);
    check_invariants(allocator);
}

TEST_CASE("Where the driver has no more, free segments are given back before it is given up",
          "[allocator]") {
    CachingAllocator allocator(100 * MiB);
    const std::int32_t first = allocator.allocate(40 * MiB);
    const std::int32_t second = allocator.allocate(50 * MiB);
    allocator.free(first);
    CHECK(allocator.allocate(50 * MiB) >= 0);
    CHECK(allocator.retries() == 1);
    CHECK(allocator.reserved() == 100 * MiB);
    CHECK(allocator.allocate(10 * MiB) < 0);
    allocator.free(second);
    CHECK(allocator.allocate(10 * MiB) >= 0);  // split off the free 50 MiB
    // A segment that is in use in part cannot be given back.
    CHECK(allocator.allocate(45 * MiB) < 0);
    check_invariants(allocator);
}

TEST_CASE("An expandable segment grows by pages of 20 MiB and leaves no slivers", "[allocator]") {
    CachingAllocator allocator(CachingAllocator::kUnbounded, true);
    const std::int32_t first = allocator.allocate(15 * MiB);
    CHECK(allocator.reserved() == 20 * MiB);
    const std::int32_t second = allocator.allocate(15 * MiB);
    CHECK(allocator.reserved() == 40 * MiB);
    CHECK(place_of(allocator, second) == place_of(allocator, first) + 15 * MiB);
    allocator.allocate(10 * MiB - 512);
    CHECK(allocator.reserved() == 40 * MiB);
    CHECK(allocator.allocated() == 40 * MiB - 512);
    allocator.free(first);
    // The last block counts as large as it can grow, so the hole of 15 MiB is taken.
    const std::int32_t third = allocator.allocate(512 + MiB);
    CHECK(place_of(allocator, third) == 0);
    allocator.allocate(1);
    CHECK(allocator.reserved() == 42 * MiB);  // the small pool's own, by 2 MiB
    CHECK(allocator.segments() == 2);
    check_invariants(allocator);
}

TEST_CASE("Free pages of an expandable segment go back to the driver", "[allocator]") {
    CachingAllocator allocator(100 * MiB, true);
    const std::int32_t first = allocator.allocate(50 * MiB);
    const std::int32_t second = allocator.allocate(20 * MiB);
    CHECK(allocator.reserved() == 80 * MiB);
    allocator.free(first);
    // 50 MiB at the front: two pages of 20 MiB are wholly free there.
    const std::int32_t third = allocator.allocate(60 * MiB);
    CHECK(third >= 0);
    CHECK(allocator.retries() == 1);
    CHECK(allocator.reserved() <= 100 * MiB);
    check_invariants(allocator);
    allocator.free(second);
    allocator.free(third);
    check_invariants(allocator);
}

TEST_CASE("Any sequence leaves the blocks side by side", "[allocator][property]") {
    for (unsigned seed = 1; seed <= 60; ++seed) {
        std::mt19937 random(seed);
        const bool expandable = seed % 2 == 0;
        const std::int64_t capacity = seed % 3 == 0 ? 600 * MiB : CachingAllocator::kUnbounded;
        CachingAllocator allocator(capacity, expandable);
        std::vector<std::int32_t> live;
        for (int step = 0; step < 600; ++step) {
            if (live.empty() || random() % 5 < 3) {
                const std::int64_t bytes = std::int64_t{1} + random() % (1u << (random() % 26));
                const std::int32_t block = allocator.allocate(bytes);
                if (block < 0) {
                    CHECK(capacity == 600 * MiB);
                    continue;
                }
                CHECK(size_of(allocator, block) >= bytes);
                live.push_back(block);
            } else {
                const std::size_t index = random() % live.size();
                allocator.free(live[index]);
                live.erase(live.begin() + static_cast<std::ptrdiff_t>(index));
            }
            CHECK(allocator.reserved() >= allocator.allocated());
            CHECK(allocator.reserved() <= capacity);
        }
        INFO("seed " << seed);
        check_invariants(allocator);
        for (const std::int32_t block : live) allocator.free(block);
        CHECK(allocator.allocated() == 0);
        check_invariants(allocator);
    }
}

TEST_CASE("A program is replayed with the tensors of each turn kept apart", "[allocator]") {
    // Three layers: each keeps 4 MiB and hands on 30 MiB, which the next one frees; the backward goes the other way.
    Program program;
    program.scopes.push_back({});
    program.phases = {"forward", "backward"};
    for (const std::int64_t size : {4 * MiB, 30 * MiB}) {
        ProgramTensor tensor;
        tensor.bytes = Bytes(size);
        program.tensors.push_back(tensor);
    }
    program.steps = {
        {StepKind::phase, 0},      {StepKind::alloc, 1, 0},  // the embedding
        {StepKind::repeat, 3, 0},                            // the stretch, forward
        {StepKind::alloc, 0, 1},                             // kept
        {StepKind::alloc, 1, 2},                             // handed on
        {StepKind::free, 1, 0},                              // what the layer before handed on
        {StepKind::end_repeat, 0}, {StepKind::free, 1, 2},    {StepKind::end_phase, 0},
        {StepKind::phase, 1},      {StepKind::repeat, 3, 1},  // the stretch, last layer first
        {StepKind::free, 0, 1},    {StepKind::end_repeat, 0}, {StepKind::end_phase, 0}};
    const Replayed once = replay(program, {.passes = 1});
    CHECK(once.walked);
    CHECK(once.strays == 0);
    CHECK(once.requested == Bytes((2 * 30 + 3 * 4) * MiB));
    CHECK(once.requested == fold(program).peak);
    // Two segments of 30 MiB in turn, and 12 MiB in one of 20.
    CHECK(once.reserved == Bytes((30 + 30 + 20) * MiB));
    const Replayed twice = replay(program, {.passes = 2});
    CHECK(twice.reserved == once.reserved);
    CHECK(replay(program, {.passes = 1, .capacity = Bytes(79 * MiB)}).out_of_memory);
    CHECK_FALSE(replay(program, {.passes = 1, .capacity = Bytes(80 * MiB)}).out_of_memory);
}

TEST_CASE("A program without end is not walked", "[allocator]") {
    Program program;
    program.tensors.emplace_back();
    program.steps = {{StepKind::repeat, 1 << 30}, {StepKind::repeat, 1 << 30},
                     {StepKind::repeat, 1 << 30}, {StepKind::alloc, 0},
                     {StepKind::end_repeat, 0},   {StepKind::end_repeat, 0},
                     {StepKind::end_repeat, 0}};
    CHECK_FALSE(replay(program, {}).walked);
}
