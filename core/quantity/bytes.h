#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace tensorledger {

/// How many bytes? A signed 64-bit count that cannot wrap: every operation that would leave the
/// range yields `Bytes::overflow()`, and everything computed from an overflow is one too.
///
/// All arithmetic on sizes goes through this type (wasm is 32-bit: a `size_t` product that is right
/// natively wraps there). A report never prints an overflow: it becomes an issue of the set-up.
class Bytes {
public:
    constexpr Bytes() = default;
    explicit constexpr Bytes(std::int64_t count) : count_(count) {}

    static constexpr Bytes overflow() { return Bytes(std::numeric_limits<std::int64_t>::max()); }

    /// The count itself; only meaningful when `!is_overflow()`.
    constexpr std::int64_t count() const { return count_; }

    constexpr bool is_overflow() const { return count_ == overflow().count_; }

    /// Whether JavaScript's numbers hold the count exactly (below 2^53).
    constexpr bool is_exact_in_json() const {
        constexpr std::int64_t limit = std::int64_t{1} << 53;
        return count_ < limit && count_ > -limit;
    }

    friend constexpr Bytes operator+(Bytes left, Bytes right) {
        std::int64_t sum = 0;
        const bool lost = left.is_overflow() || right.is_overflow() ||
                          __builtin_add_overflow(left.count_, right.count_, &sum);
        return lost ? overflow() : Bytes(sum);
    }

    friend constexpr Bytes operator-(Bytes left, Bytes right) {
        std::int64_t difference = 0;
        const bool lost = left.is_overflow() || right.is_overflow() ||
                          __builtin_sub_overflow(left.count_, right.count_, &difference);
        return lost ? overflow() : Bytes(difference);
    }

    friend constexpr Bytes operator*(Bytes size, std::int64_t times) {
        std::int64_t product = 0;
        const bool lost =
            size.is_overflow() || __builtin_mul_overflow(size.count_, times, &product);
        return lost ? overflow() : Bytes(product);
    }

    constexpr Bytes& operator+=(Bytes other) { return *this = *this + other; }
    constexpr Bytes& operator-=(Bytes other) { return *this = *this - other; }

    friend constexpr auto operator<=>(Bytes, Bytes) = default;  // NOLINT(modernize-use-nullptr)

private:
    std::int64_t count_ = 0;
};

/// Multiplies element counts; `Bytes::overflow().count()` when the product leaves 64 bits.
constexpr std::int64_t checked_product(std::int64_t left, std::int64_t right) {
    constexpr std::int64_t lost = std::numeric_limits<std::int64_t>::max();
    std::int64_t product = 0;
    if (left == lost || right == lost || __builtin_mul_overflow(left, right, &product)) {
        return lost;
    }
    return product;
}

}  // namespace tensorledger
