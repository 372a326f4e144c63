#pragma once

// Linear layers as Transformer Engine's te.Linear with DelayedScaling, by which accelerate's `convert_model` replaces
// every nn.Linear whose sizes 16 divides, the head too.
//
// Operands are cast to fp8 with a scale that earlier steps set, once by rows and once transposed: before compute
// capability 10 fp8 products read one layout only. What the backward gets is the input transposed and the weight both
// ways, each in fp8; the layer's input in its own type is not kept. transformers' models call their modules without
// `is_first_microbatch`, so that no weight in fp8 is cached: every forward casts it, and it dies with its backward.
// Source: Transformer Engine 2.20.0.dev0 at d0067d0d, transformer_engine/pytorch.

#include <optional>

#include "core/profiles/hf/blocks.h"
#include "core/quantity/issue.h"

namespace tensorledger::hf {

/// Is Transformer Engine asked for?
bool asks_for_te(const Run& run);

/// What stands against it on the card that is named; null: nothing.
std::optional<Issue> te_issue_of_card(const Run& run);

/// What a module that becomes te.Linear has besides its weights: the largest magnitudes of 1024 steps and the scales
/// of five tensors.
void make_te_state(Context& c, const Linear& module);

/// Where the conversion cannot be followed: full sentences for Context::te_refusal.
inline constexpr const char* kTeTied =
    "accelerate's conversion to Transformer Engine gives a head that shares the embedding's weight "
    "a weight of its own, which the optimizer does not train; what a loop then does with its "
    "gradient is not described.";
inline constexpr const char* kTeLayerNorm =
    "accelerate's conversion replaces every nn.LayerNorm by Transformer Engine's, whose tensors "
    "are not described.";
inline constexpr const char* kTeUnaligned =
    "This model has a linear layer with a size that 16 does not divide: accelerate's conversion "
    "to Transformer Engine stops there and leaves its neighbours as they are, which is not "
    "described.";
inline constexpr const char* kTeUnalignedTokens =
    "A product of Transformer Engine in fp8 takes sizes that 16 divides, and so a number of tokens "
    "that 16 divides.";

/// Does this module become a te.Linear?
bool becomes_te_linear(const Context& c, const Linear& module);

/// The module's product, with its bias.
Tensor te_product(Context& c, const Linear& module, const Tensor& x);

/// The largest magnitudes of all modules in one tensor, from which the scales are set when the forward (3 tensors a
/// module) or the backward (2) has ended.
void update_te_scales(Context& c, std::int64_t tensors);

}  // namespace tensorledger::hf
