#pragma once

// The norms of transformers' decoders, by how their code goes about it.
// Source: transformers 5.16.0.dev0, models/llama/modeling_llama.py and the models named below.

#include "core/profiles/hf/blocks.h"

namespace tensorledger::hf {

/// How a norm's code goes about it.
enum class NormCode : std::uint8_t {
    rms,             // LlamaRMSNorm: statistics in fp32, the weight in the model's type
    rms_in_fp32,     // the weight applied in fp32 too (gpt-oss, OLMo 2)
    rms_cast,        // the same with the weight cast first (Helium)
    rms_plus_one,    // scaled by 1 + weight, all of it in fp32 (Gemma)
    rms_bare,        // no weight (Llama 4's queries and keys)
    layer,           // nn.LayerNorm
    layer_in_fp32,   // the kernel on the input in fp32, no weight (OLMo)
    layer_plus_one,  // the kernel with 1 + weight (Nemotron)
    layer_by_hand,   // mean and variance term by term in fp32, no bias (Cohere)
};

struct Norm {
    const char* name = nullptr;  // null: there is none, and its input is passed on
    NormCode code = NormCode::rms;
    Parameter weight;
    Parameter bias;

    Norm() = default;
    Norm(Context& c, NormCode how, const char* module, std::initializer_list<Dim> width,
         bool has_bias = true);
    Tensor operator()(Context& c, const Tensor& x) const;
};

}  // namespace tensorledger::hf
