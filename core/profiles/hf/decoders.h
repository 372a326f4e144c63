#pragma once

// Which decoders differ from Llama in data alone?

#include "core/profiles/hf/decoder.h"

namespace tensorledger::hf::styles {

extern const DecoderStyle llama, granite, starcoder2, seed_oss, phi, phi3, gemma, gemma2, gemma3,
    glm, glm4, olmo, olmo2, olmo3, exaone4, cohere, stablelm, nemotron, jais2, helium, ernie,
    ministral3, apertus, hunyuan, bitnet, gpt_bigcode, persimmon, nanochat, qwen_moe, olmoe,
    flex_olmo, gpt_oss, granite_moe, deepseek_v2, deepseek_v3, glm4_moe, dots1, minimax_m2,
    ernie_moe, hunyuan_moe;

}  // namespace tensorledger::hf::styles
