#pragma once

// Linear layers that multiply in fp8: torchao's Float8Linear, by which `convert_to_float8_training` replaces nn.Linear.
//
// Weights stay as they are, and what autograd keeps is the input and the weight in their own types. Each product casts
// its operands: a scale from the largest magnitude, the tensor in fp32, scaled, limited, then in 8 bits. The second
// operand has to lie column by column: the backward's products copy it so. Nothing of it outlives the product.
// Source: torchao at 36027d82, torchao/float8.

#include "core/profiles/hf/blocks.h"

namespace tensorledger::hf {

/// Is this module one of those that are replaced? All but the head (torchao's own example), under autocast all but the
/// first and the last (Hugging Face's accelerate); both leave sizes that 16 does not divide.
bool multiplies_in_float8(const Context& c, const Linear& module);

/// Why a product cannot be: put into Context::not_listed_with.
inline constexpr const char* kUnalignedTokens = "tokens that 16 does not divide";

/// The module's product, with its bias.
Tensor float8_product(Context& c, const Linear& module, const Tensor& x);

}  // namespace tensorledger::hf
