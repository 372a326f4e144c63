#pragma once

// One tensor of a network: what is it called, what shape has it, how often does it occur?

#include <cstdint>
#include <string>
#include <string_view>

#include "core/quantity/bytes.h"
#include "core/quantity/dtype.h"
#include "core/quantity/shape.h"

namespace tensorledger {

enum class WeightRole : std::uint8_t {
    embedding,  // token table (and the head's, where they are tied)
    position,   // learned positions and token types
    head,
    attention,
    mixer,  // of a recurrent layer
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
    std::int64_t layers =
        1;  // of `count`, how many layers carry it; the rest of the factor is experts
    std::int64_t used =
        1;  // of `of`, how many a token passes through: experts_per_token of experts
    std::int64_t of = 1;

    /// Whether the model as loaded holds it as a parameter: not a multi-token-prediction layer that the
    /// usual class leaves out, not a buffer.
    bool loaded() const { return part == WeightPart::text || part == WeightPart::tower; }

    /// Elements of all `count` tensors.
    std::int64_t elements() const { return checked_product(shape.elements(), count); }

    friend bool operator==(const WeightTensor&, const WeightTensor&) = default;
};

}  // namespace tensorledger
