#pragma once

// The size of a tensor and the formula that the ledger prints for it come from the same thing: dimensions
// that know both their number and the field's symbol.

#include <array>
#include <cstdint>
#include <string_view>

#include "core/quantity/bytes.h"

namespace tensorledger {

/// One dimension: its size and the field's symbol for it ("h", "a·d", "v"), a view of text that outlives it.
struct Dim {
    std::int64_t size = 1;
    std::string_view symbol = "1";

    friend bool operator==(const Dim&, const Dim&) = default;
};

/// A shape of at most six dimensions.
struct Shape {
    std::array<Dim, 6> dims{};
    int rank = 0;

    constexpr void append(Dim dim) { dims[static_cast<std::uint8_t>(rank++)] = dim; }
    constexpr const Dim& operator[](int index) const {
        return dims[static_cast<std::uint8_t>(index)];
    }

    /// Elements of one such tensor; `Bytes::overflow().count()` when they leave 64 bits.
    constexpr std::int64_t elements() const {
        std::int64_t product = 1;
        for (int axis = 0; axis < rank; ++axis) {
            product = checked_product(product, dims[static_cast<std::uint8_t>(axis)].size);
        }
        return product;
    }

    friend bool operator==(const Shape&, const Shape&) = default;
};

}  // namespace tensorledger
