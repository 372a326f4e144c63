#pragma once

// One tensor of a network: what is it called, what shape has it, how often does it occur?

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/quantity/bytes.h"
#include "core/quantity/dtype.h"

namespace tensorledger {

/// One dimension: its size and the field's symbol for it ("h", "a·d", "v"), a view of static storage.
struct Dim {
    std::int64_t size = 1;
    std::string_view symbol;

    friend bool operator==(const Dim&, const Dim&) = default;
};

/// A shape of at most five dimensions.
struct Shape {
    std::array<Dim, 5> dims;
    int rank = 0;

    constexpr void append(Dim dim) { dims[static_cast<std::size_t>(rank++)] = dim; }
    constexpr const Dim& operator[](int index) const {
        return dims[static_cast<std::size_t>(index)];
    }

    /// Elements of one such tensor; `Bytes::overflow().count()` when they leave 64 bits.
    constexpr std::int64_t elements() const {
        std::int64_t product = 1;
        for (int i = 0; i < rank; ++i) {
            product = checked_product(product, dims[static_cast<std::size_t>(i)].size);
        }
        return product;
    }

    friend bool operator==(const Shape&, const Shape&) = default;
};

enum class WeightRole : std::uint8_t {
    embedding,   // token table (and the head's, where they are tied)
    position,    // learned positions and token types
    head,
    attention,
    mixer,       // of a recurrent layer
    norm,
    mlp,
    router,
    expert,
    other,
};

/// Which part of a model a tensor belongs to.
enum class WeightPart : std::uint8_t { text, tower, next_token, buffer };

/// `count` tensors of one name pattern and shape. `{i}` in the name stands for the layer's index,
/// `{e}` for the expert's.
struct WeightTensor {
    std::string name;
    Shape shape;
    std::int64_t count = 1;
    DType dtype = DType::bf16;
    WeightRole role = WeightRole::other;
    WeightPart part = WeightPart::text;
    std::int64_t layers = 1;  // of `count`, how many layers carry it; the rest of the factor is experts
    std::int64_t used = 1;    // of `of`, how many a token passes through: experts_per_token of experts
    std::int64_t of = 1;

    /// Whether the model as loaded holds it as a parameter: not a multi-token-prediction layer that the
    /// usual class leaves out, not a buffer.
    bool loaded() const { return part == WeightPart::text || part == WeightPart::tower; }

    /// Elements of all `count` tensors.
    std::int64_t elements() const { return checked_product(shape.elements(), count); }

    friend bool operator==(const WeightTensor&, const WeightTensor&) = default;
};

}  // namespace tensorledger
