#pragma once

// PyTorch's caching allocator, simulated: which blocks of which segments hold the tensors, and how much of
// the device does the process therefore hold?
//
// The rules are those of c10/cuda/CUDACachingAllocator.cpp (PyTorch 2.6), settings at their default:
//   - a request is rounded up to 512 B; up to 1 MiB it goes to the small pool, above to the large one;
//   - it takes the smallest free block of its pool that is large enough, the lowest address among equals;
//   - what is left of that block is split off: from 512 B on in the small pool, above 1 MiB in the large one;
//   - where no block is found a segment is asked of the driver: 2 MiB for the small pool; 20 MiB for
//     requests below 10 MiB; above, the request rounded up to 2 MiB;
//   - each stream has pools of its own; here there are two, of which most runs use one;
//   - a freed block melts with its free neighbours in the segment; segments are kept;
//   - where the driver has nothing left, segments that are wholly free are given back, then it is asked once more.
// With `expandable_segments` a pool is one range of addresses that grows by pages (2 MiB, 20 MiB) instead.
// Segments get rising addresses here; a driver may place them otherwise, which matters between equal blocks alone.

#include <array>
#include <cstdint>
#include <vector>

#include "core/quantity/bytes.h"

namespace tensorledger {

/// A piece of a segment: in use, or free and known to its pool.
struct MemoryBlock {
    std::int64_t address = 0;
    std::int64_t size = 0;
    std::int32_t previous = -1;  // its neighbours in the segment
    std::int32_t next = -1;
    std::int32_t pool = 0;  // of CachingAllocator's four
    bool used = false;
    bool mapped =
        true;           // false: addresses without memory, the growing end of an expandable segment
    bool known = true;  // false: its place in the list stands empty
};

/// The free blocks of one pool by size, then address. Finding, adding and removing one costs a search among
/// the blocks of about its size.
class FreeBlocks {
public:
    struct Entry {
        std::int64_t size;
        std::int64_t address;
        std::int32_t block;
    };

    void add(const Entry& entry);
    void remove(std::int64_t size, std::int64_t address);
    /// The smallest block of at least `size`, of those the one of the lowest address; -1: none.
    std::int32_t best(std::int64_t size) const;
    /// Every free block, smallest first.
    std::vector<Entry> all() const;

private:
    static constexpr int kBins = 192;  // four for each doubling from 512 B on
    static int bin_of(std::int64_t size);
    int next_bin(int from) const;

    std::array<std::vector<Entry>, kBins> bins_;  // each with its smallest block last
    std::array<std::uint64_t, kBins / 64> filled_{};
};

class CachingAllocator {
public:
    static constexpr std::int64_t kUnbounded = std::int64_t{1} << 53;

    explicit CachingAllocator(std::int64_t capacity = kUnbounded, bool expandable_segments = false);

    /// The block that holds a request of so many bytes, or -1: out of memory. No memory is asked for an empty
    /// tensor; the caller makes no request of 0 bytes.
    std::int32_t allocate(std::int64_t bytes, bool side_stream = false);
    void free(std::int32_t block);

    /// Bytes of the blocks in use (PyTorch's memory_allocated), now and at the highest.
    std::int64_t allocated() const { return allocated_; }
    std::int64_t peak_allocated() const { return peak_allocated_; }
    /// Bytes of all segments (memory_reserved), now and at the highest.
    std::int64_t reserved() const { return reserved_; }
    std::int64_t peak_reserved() const { return peak_reserved_; }
    /// Free bytes of segments that are in use elsewhere (PyTorch's inactive_split_bytes): now, and when most was
    /// allocated. Of expandable segments all that is free: here they count, in PyTorch they do not.
    std::int64_t inactive_split() const { return inactive_split_; }
    std::int64_t inactive_split_at_peak() const { return inactive_split_at_peak_; }
    std::int32_t segments() const { return segments_; }
    /// How often the driver was asked again after segments had been given back.
    std::int32_t retries() const { return retries_; }
    /// Forgets what was allocated at the highest, as torch.cuda.reset_peak_memory_stats() does.
    void reset_allocated_peak();

    const MemoryBlock& block(std::int32_t index) const { return blocks_[at(index)]; }
    /// Every block that exists, for those who check the invariants.
    const std::vector<MemoryBlock>& blocks() const { return blocks_; }

    /// What a request of so many bytes takes when it is rounded.
    static std::int64_t rounded(std::int64_t bytes);

private:
    static std::uint32_t at(std::int32_t index) { return static_cast<std::uint32_t>(index); }
    /// Small and large of the first stream, small and large of the second.
    static constexpr std::int32_t kPools = 4;
    static bool is_small(std::int32_t pool) { return pool % 2 == 0; }

    std::int32_t new_block(std::int64_t address, std::int64_t size, std::int32_t pool);
    void forget(std::int32_t block);
    void add_free(std::int32_t block);
    void remove_free(std::int32_t block);
    void melt(std::int32_t block, std::int32_t neighbour);
    std::int32_t cut(std::int32_t block, std::int64_t size);
    std::int32_t find(std::int64_t size, std::int32_t pool);
    std::int32_t new_segment(std::int64_t size, std::int32_t pool);
    std::int32_t grow(std::int64_t size, std::int32_t pool);
    bool map(std::int32_t block, std::int64_t size);
    void add_unmapped(std::int32_t block);
    void release_cached();
    void unmap(std::int32_t block);

    std::vector<MemoryBlock> blocks_;
    std::vector<std::int32_t> empty_places_;
    std::array<FreeBlocks, kPools> pools_;
    std::array<std::vector<std::int32_t>, kPools> unmapped_;  // of expandable segments, by address
    std::int64_t capacity_;
    bool expandable_;
    std::int64_t next_address_ = 0;
    std::int64_t allocated_ = 0;
    std::int64_t peak_allocated_ = 0;
    std::int64_t reserved_ = 0;
    std::int64_t peak_reserved_ = 0;
    std::int64_t inactive_split_ = 0;
    std::int64_t inactive_split_at_peak_ = 0;
    std::int32_t segments_ = 0;
    std::int32_t retries_ = 0;
};

}  // namespace tensorledger
