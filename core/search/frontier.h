#pragma once

// Where does a row stop fitting? What takes more does not fit where less does not, so the frontier is one number, and it is
// sought outwards from a guess: with a good one two questions settle it, with a bad one about twice the logarithm of how
// wrong it was.

#include <algorithm>
#include <cstdint>

namespace tensorledger {

/// How many of the indexes [0, count) fit, the first `low` of which are known to. `fits(index)` asks; `guess` is about
/// how many do.
template <typename Fits>
std::int64_t frontier(std::int64_t low, std::int64_t count, std::int64_t guess, const Fits& fits) {
    std::int64_t high = count;  // the first known not to fit
    std::int64_t ask = guess - 1;
    std::int64_t stride = 1;
    bool one_fits = false;
    bool one_does_not = false;
    while (low < high) {
        const std::int64_t index = std::clamp(ask, low, high - 1);
        if (fits(index)) {
            low = index + 1;
            one_fits = true;
        } else {
            high = index;
            one_does_not = true;
        }
        if (one_fits && one_does_not) {
            ask = low + (high - low) / 2;
        } else {
            ask = one_fits ? index + stride : index - stride;
            stride *= 2;
        }
    }
    return low;
}

}  // namespace tensorledger
