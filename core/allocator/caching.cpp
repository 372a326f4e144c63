#include "core/allocator/caching.h"

#include <algorithm>
#include <bit>

namespace tensorledger {

namespace {

constexpr std::int64_t kSmallestBlock = 512;
constexpr std::int64_t kSmallRequest = std::int64_t{1} << 20;
constexpr std::int64_t kSmallSegment = std::int64_t{2} << 20;
constexpr std::int64_t kSharedSegment = std::int64_t{20} << 20;
constexpr std::int64_t kOwnSegment = std::int64_t{10} << 20;  // requests from here on
constexpr std::int64_t kSegmentStep = std::int64_t{2} << 20;

std::int64_t round_up(std::int64_t value, std::int64_t step) {
    return (value + step - 1) / step * step;
}

std::int64_t segment_for(std::int64_t size) {
    if (size <= kSmallRequest) {
        return kSmallSegment;
    }
    return size < kOwnSegment ? kSharedSegment : round_up(size, kSegmentStep);
}

/// The pages by which an expandable segment of the pool grows.
std::int64_t page(bool small) { return small ? kSmallSegment : kSharedSegment; }

bool is_split(const MemoryBlock& block) { return block.previous >= 0 || block.next >= 0; }

/// Larger blocks first; of equal ones the higher address.
bool before(const FreeBlocks::Entry& left, const FreeBlocks::Entry& right) {
    return left.size != right.size ? left.size > right.size : left.address > right.address;
}

}  // namespace

// --- free blocks ---------------------------------------------------------------------------------

int FreeBlocks::bin_of(std::int64_t size) {
    const auto units = static_cast<std::uint64_t>(size / kSmallestBlock);
    if (units < 4) {
        return static_cast<int>(units);
    }
    const int doubling = static_cast<int>(std::bit_width(units)) - 1;
    return 4 * (doubling - 1) + static_cast<int>((units >> (doubling - 2)) & 3u);
}

int FreeBlocks::next_bin(int from) const {
    for (auto word = static_cast<std::uint32_t>(from / 64); word < filled_.size(); ++word) {
        std::uint64_t bits = filled_[word];
        if (static_cast<int>(word) == from / 64) {
            bits &= ~std::uint64_t{0} << (from % 64);
        }
        if (bits != 0) {
            return static_cast<int>(word) * 64 + std::countr_zero(bits);
        }
    }
    return -1;
}

void FreeBlocks::add(const Entry& entry) {
    const int bin = bin_of(entry.size);
    std::vector<Entry>& list = bins_[static_cast<std::uint32_t>(bin)];
    if (list.empty()) {
        filled_[static_cast<std::uint32_t>(bin / 64)] |= std::uint64_t{1} << (bin % 64);
    }
    if (list.empty() || before(list.back(), entry)) {
        list.push_back(entry);
        return;
    }
    list.insert(std::lower_bound(list.begin(), list.end(), entry, before), entry);
}

void FreeBlocks::remove(std::int64_t size, std::int64_t address) {
    const int bin = bin_of(size);
    std::vector<Entry>& list = bins_[static_cast<std::uint32_t>(bin)];
    if (list.back().size == size && list.back().address == address) {
        list.pop_back();
    } else {
        list.erase(std::lower_bound(list.begin(), list.end(), Entry{size, address, -1}, before));
    }
    if (list.empty()) {
        filled_[static_cast<std::uint32_t>(bin / 64)] &= ~(std::uint64_t{1} << (bin % 64));
    }
}

std::int32_t FreeBlocks::best(std::int64_t size) const {
    int bin = next_bin(bin_of(size));
    if (bin < 0) {
        return -1;
    }
    const std::vector<Entry>& list = bins_[static_cast<std::uint32_t>(bin)];
    if (list.back().size >= size) {
        return list.back().block;
    }
    // The last one that is not too small: those behind it are.
    const auto too_small = std::partition_point(
        list.begin(), list.end(), [size](const Entry& entry) { return entry.size >= size; });
    if (too_small != list.begin()) {
        return (too_small - 1)->block;
    }
    bin = bin + 1 < kBins ? next_bin(bin + 1) : -1;
    return bin < 0 ? -1 : bins_[static_cast<std::uint32_t>(bin)].back().block;
}

std::vector<FreeBlocks::Entry> FreeBlocks::all() const {
    std::vector<Entry> entries;
    for (const std::vector<Entry>& list : bins_) {
        entries.insert(entries.end(), list.rbegin(), list.rend());
    }
    return entries;
}

// --- blocks --------------------------------------------------------------------------------------

CachingAllocator::CachingAllocator(std::int64_t capacity, bool expandable_segments)
    : capacity_(std::min(capacity, kUnbounded)), expandable_(expandable_segments) {}

std::int64_t CachingAllocator::rounded(std::int64_t bytes) {
    return bytes < kSmallestBlock ? kSmallestBlock : round_up(bytes, kSmallestBlock);
}

std::int32_t CachingAllocator::new_block(std::int64_t address, std::int64_t size,
                                         std::int32_t pool) {
    MemoryBlock block;
    block.address = address;
    block.size = size;
    block.pool = pool;
    if (empty_places_.empty()) {
        blocks_.push_back(block);
        return static_cast<std::int32_t>(blocks_.size()) - 1;
    }
    const std::int32_t place = empty_places_.back();
    empty_places_.pop_back();
    blocks_[at(place)] = block;
    return place;
}

void CachingAllocator::forget(std::int32_t block) {
    blocks_[at(block)].known = false;
    empty_places_.push_back(block);
}

void CachingAllocator::add_free(std::int32_t block) {
    const MemoryBlock& entry = blocks_[at(block)];
    pools_[at(entry.pool)].add({entry.size, entry.address, block});
    inactive_split_ += is_split(entry) ? entry.size : 0;
}

void CachingAllocator::remove_free(std::int32_t block) {
    const MemoryBlock& entry = blocks_[at(block)];
    if (entry.mapped) {
        pools_[at(entry.pool)].remove(entry.size, entry.address);
        inactive_split_ -= is_split(entry) ? entry.size : 0;
        return;
    }
    std::vector<std::int32_t>& list = unmapped_[at(entry.pool)];
    list.erase(std::find(list.begin(), list.end(), block));
}

/// `block`, which is in no list, takes in a free neighbour of its kind; else nothing happens.
void CachingAllocator::melt(std::int32_t block, std::int32_t neighbour) {
    if (neighbour < 0 || blocks_[at(neighbour)].used ||
        blocks_[at(neighbour)].mapped != blocks_[at(block)].mapped) {
        return;
    }
    remove_free(neighbour);
    MemoryBlock& whole = blocks_[at(block)];
    const MemoryBlock& part = blocks_[at(neighbour)];
    whole.size += part.size;
    if (whole.previous == neighbour) {
        whole.address = part.address;
        whole.previous = part.previous;
        if (part.previous >= 0) {
            blocks_[at(part.previous)].next = block;
        }
    } else {
        whole.next = part.next;
        if (part.next >= 0) {
            blocks_[at(part.next)].previous = block;
        }
    }
    forget(neighbour);
}

/// Shortens a block, which is in no list, to `size`; returns the block of what is left behind it.
std::int32_t CachingAllocator::cut(std::int32_t block, std::int64_t size) {
    const MemoryBlock whole = blocks_[at(block)];
    const std::int32_t rest = new_block(whole.address + size, whole.size - size, whole.pool);
    blocks_[at(rest)].mapped = whole.mapped;
    blocks_[at(rest)].previous = block;
    blocks_[at(rest)].next = whole.next;
    if (whole.next >= 0) {
        blocks_[at(whole.next)].previous = rest;
    }
    blocks_[at(block)].next = rest;
    blocks_[at(block)].size = size;
    return rest;
}

// --- requests ------------------------------------------------------------------------------------

/// The free block that a request takes, out of its list; -1: none. Of an expandable segment's last block counts what it can grow to, so
/// another one that is large enough goes before it.
std::int32_t CachingAllocator::find(std::int64_t size, std::int32_t pool) {
    std::int32_t found = pools_[at(pool)].best(size);
    const auto grows = [&](std::int32_t block) {
        const std::int32_t next = blocks_[at(block)].next;
        return next >= 0 && !blocks_[at(next)].mapped;
    };
    while (expandable_ && found >= 0 && grows(found)) {
        const MemoryBlock& entry = blocks_[at(found)];
        remove_free(found);
        const std::int32_t other = pools_[at(pool)].best(entry.size);
        add_free(found);
        const auto room = [&](std::int32_t block) {
            const MemoryBlock& each = blocks_[at(block)];
            return each.size + (grows(block) ? blocks_[at(each.next)].size : 0);
        };
        if (other < 0 || room(other) >= room(found)) {
            break;
        }
        found = other;
    }
    if (found >= 0) {
        remove_free(found);
    }
    return found;
}

std::int32_t CachingAllocator::new_segment(std::int64_t size, std::int32_t pool) {
    if (expandable_) {
        return grow(size, pool);
    }
    const std::int64_t whole = segment_for(size);
    if (reserved_ + whole > capacity_) {
        return -1;
    }
    const std::int32_t block = new_block(next_address_, whole, pool);
    next_address_ += whole;
    reserved_ += whole;
    ++segments_;
    return block;
}

std::int32_t CachingAllocator::allocate(std::int64_t bytes, bool side_stream) {
    const std::int64_t size = rounded(bytes);
    const bool small = size <= kSmallRequest;
    const std::int32_t pool = (side_stream ? 2 : 0) + (small ? 0 : 1);
    std::int32_t block = find(size, pool);
    if (block < 0) {
        block = new_segment(size, pool);
    }
    if (block < 0) {
        release_cached();
        ++retries_;
        block = new_segment(size, pool);
    }
    if (block < 0) {
        return -1;
    }
    const std::int64_t left = blocks_[at(block)].size - size;
    if (small || expandable_ ? left >= kSmallestBlock : left > kSmallRequest) {
        add_free(cut(block, size));
    }
    blocks_[at(block)].used = true;
    allocated_ += blocks_[at(block)].size;
    if (allocated_ > peak_allocated_) {
        peak_allocated_ = allocated_;
        inactive_split_at_peak_ = inactive_split_;
    }
    peak_reserved_ = std::max(peak_reserved_, reserved_);
    return block;
}

void CachingAllocator::free(std::int32_t block) {
    blocks_[at(block)].used = false;
    allocated_ -= blocks_[at(block)].size;
    melt(block, blocks_[at(block)].previous);
    melt(block, blocks_[at(block)].next);
    add_free(block);
}

/// Every segment that is wholly free goes back to the driver; of an expandable one its free pages.
void CachingAllocator::release_cached() {
    for (const std::uint32_t pool : {1U, 0U, 3U, 2U}) {
        for (const FreeBlocks::Entry& entry : pools_[pool].all()) {
            const MemoryBlock& block = blocks_[at(entry.block)];
            if (expandable_) {
                unmap(entry.block);
            } else if (block.previous < 0 && block.next < 0) {
                remove_free(entry.block);
                reserved_ -= block.size;
                --segments_;
                forget(entry.block);
            }
        }
    }
}

// --- expandable segments -------------------------------------------------------------------------

/// Gives memory to so many bytes from the start of a block without any, in whole pages. The block melts with free
/// memory beside it and is in no list then.
bool CachingAllocator::map(std::int32_t block, std::int64_t size) {
    const bool small = is_small(blocks_[at(block)].pool);
    const std::int64_t end = round_up(blocks_[at(block)].address + size, page(small));
    const std::int64_t mapped = std::min(end - blocks_[at(block)].address, blocks_[at(block)].size);
    if (reserved_ + mapped > capacity_) {
        return false;
    }
    remove_free(block);
    if (mapped < blocks_[at(block)].size) {
        add_unmapped(cut(block, mapped));
    }
    blocks_[at(block)].mapped = true;
    melt(block, blocks_[at(block)].previous);
    melt(block, blocks_[at(block)].next);
    reserved_ += mapped;
    return true;
}

void CachingAllocator::add_unmapped(std::int32_t block) {
    std::vector<std::int32_t>& list = unmapped_[at(blocks_[at(block)].pool)];
    const auto lower = [&](std::int32_t left, std::int32_t right) {
        return blocks_[at(left)].address < blocks_[at(right)].address;
    };
    list.insert(std::upper_bound(list.begin(), list.end(), block, lower), block);
}

/// The block at the lowest addresses that can hold a request once they have memory, in no list.
std::int32_t CachingAllocator::grow(std::int64_t size, std::int32_t pool) {
    const auto room_from = [&](std::int32_t block) {
        std::int64_t room = 0;
        for (; block >= 0 && room < size && !blocks_[at(block)].used;
             block = blocks_[at(block)].next) {
            room += blocks_[at(block)].size;
        }
        return room;
    };
    std::int32_t block = -1;
    for (const std::int32_t hole : unmapped_[at(pool)]) {
        const std::int32_t before_it = blocks_[at(hole)].previous;
        block = before_it >= 0 && !blocks_[at(before_it)].used ? before_it : hole;
        if (room_from(block) >= size) {
            break;
        }
        block = -1;
    }
    if (block < 0) {
        block = new_block(next_address_, kUnbounded, pool);
        next_address_ += kUnbounded;
        blocks_[at(block)].mapped = false;
        add_unmapped(block);
        ++segments_;
    }
    if (blocks_[at(block)].mapped) {
        remove_free(block);
    } else if (!map(block, std::min(blocks_[at(block)].size, size))) {
        return -1;
    }
    while (blocks_[at(block)].size < size) {
        const std::int32_t next = blocks_[at(block)].next;
        const std::int64_t missing = size - blocks_[at(block)].size;
        add_free(block);  // so that the next one finds it and melts with it
        if (!map(next, std::min(missing, blocks_[at(next)].size))) {
            return -1;
        }
        block = next;
    }
    return block;
}

/// The whole pages of a free block lose their memory.
void CachingAllocator::unmap(std::int32_t block) {
    const bool small = is_small(blocks_[at(block)].pool);
    const std::int64_t from = round_up(blocks_[at(block)].address, page(small));
    const std::int64_t to =
        (blocks_[at(block)].address + blocks_[at(block)].size) / page(small) * page(small);
    if (to <= from) {
        return;
    }
    remove_free(block);
    if (from > blocks_[at(block)].address) {
        const std::int32_t rest = cut(block, from - blocks_[at(block)].address);
        add_free(block);
        block = rest;
    }
    if (to < blocks_[at(block)].address + blocks_[at(block)].size) {
        add_free(cut(block, to - blocks_[at(block)].address));
    }
    reserved_ -= blocks_[at(block)].size;
    blocks_[at(block)].mapped = false;
    melt(block, blocks_[at(block)].previous);
    melt(block, blocks_[at(block)].next);
    add_unmapped(block);
}

void CachingAllocator::reset_allocated_peak() {
    peak_allocated_ = allocated_;
    inactive_split_at_peak_ = inactive_split_;
}

}  // namespace tensorledger
