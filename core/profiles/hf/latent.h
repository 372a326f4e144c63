#pragma once

// DeepSeek's multi-head latent attention: queries, keys and values go through low-rank latents, and the
// cache holds the compressed ones.
// Source: transformers 5.16.0.dev0, models/deepseek_v3/modeling_deepseek_v3.py, models/deepseek_v2.

#include "core/profiles/hf/decoder.h"

namespace tensorledger::hf {

struct LatentAttention {
    const Attention& shape;
    AttentionStyle style;
    Linear q_proj, q_a_proj, q_b_proj, kv_a_proj_with_mqa, kv_b_proj, o_proj;
    Norm q_a_layernorm, kv_a_layernorm;

    LatentAttention(Context& c, const Attention& a, const AttentionStyle& look);
    Tensor operator()(Context& c, const Tensor& x, const DecoderInputs& inputs) const;
};

}  // namespace tensorledger::hf
