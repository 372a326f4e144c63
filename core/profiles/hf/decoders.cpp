// The decoders that differ from Llama in data alone: a style says how.
// Source: transformers 5.16.0.dev0, models/<type>/modeling_<type>.py of each.

#include "core/profiles/hf/decoders.h"

namespace tensorledger::hf::styles {

using enum HeadNormPlace;
using enum Rotation;

namespace {

constexpr const char* kPostAttention = "post_attention_layernorm";
constexpr const char* kPreMlp = "pre_feedforward_layernorm";
constexpr const char* kPostMlp = "post_feedforward_layernorm";

constexpr MoeStyle kDeepSeekMoe = {.router = RouterStyle::sigmoid_in_groups,
                                   .place = SharedPlace::last};
constexpr MoeStyle kQwenMoe = {.router = RouterStyle::cast, .shared = "shared_expert"};

/// The norms stand behind the blocks; queries and keys are normed over their whole width.
constexpr DecoderStyle kOlmo2 = {
    .tables = Tables::fp32,
    .norms = NormCode::rms_in_fp32,
    .attention = {.norms = full_width, .head_norm = NormCode::rms_in_fp32},
    .before_attention = nullptr,
    .after_attention = kPostAttention,
    .before_mlp = nullptr,
    .after_mlp = kPostMlp};

constexpr DecoderStyle with_local_tables(DecoderStyle style) {
    style.local_tables = true;
    return style;
}

constexpr DecoderStyle with_experts(DecoderStyle style, MoeStyle moe) {
    style.moe = moe;
    return style;
}

}  // namespace

const DecoderStyle llama = {};

/// Factors on the embeddings, on both branches and on the logits.
const DecoderStyle granite = {
    .scaled_logits = true, .multiplied_embedding = true, .branches = Branches::scaled};

const DecoderStyle starcoder2 = {
    .norms = NormCode::layer, .branches = Branches::dropped, .up = "c_fc", .down = "c_proj"};

/// Attention and MLP side by side on one LayerNorm, a part of each head rotates.
const DecoderStyle phi = {.norm = "final_layernorm",
                          .norms = NormCode::layer,
                          .attention = {.rotation = partial,
                                        .norms = transposed,
                                        .head_norm = NormCode::layer,
                                        .output = "dense",
                                        .q_norm = "q_layernorm",
                                        .k_norm = "k_layernorm"},
                          .branches = Branches::parallel_dropped,
                          .up = "fc1",
                          .down = "fc2"};

const DecoderStyle phi3 = {.attention = {.rotation = joined}, .branches = Branches::dropped};

const DecoderStyle seed_oss = {.branches = Branches::dropped};

const DecoderStyle gemma = {.norms = NormCode::rms_plus_one};

/// Norms before and behind each block.
const DecoderStyle gemma2 = {.norms = NormCode::rms_plus_one,
                             .after_attention = kPostAttention,
                             .before_mlp = kPreMlp,
                             .after_mlp = kPostMlp};

/// Norms of queries and keys, tables of their own for sliding layers.
const DecoderStyle gemma3 = {
    .source = "transformers:models/gemma3/modeling_gemma3.py",
    .local_tables = true,
    .norms = NormCode::rms_plus_one,
    .attention = {.norms = transposed, .head_norm = NormCode::rms_plus_one},
    .after_attention = kPostAttention,
    .before_mlp = kPreMlp,
    .after_mlp = kPostMlp};

const DecoderStyle glm = {.attention = {.rotation = interleaved}};

const DecoderStyle glm4 = {.attention = {.rotation = interleaved},
                           .after_attention = "post_self_attn_layernorm",
                           .after_mlp = "post_mlp_layernorm"};

/// A LayerNorm without weights, rotary tables in fp32.
const DecoderStyle olmo = {.tables = Tables::fp32, .norms = NormCode::layer_in_fp32};

const DecoderStyle olmo2 = kOlmo2;

/// The same with sliding layers, which have tables of their own.
const DecoderStyle olmo3 = with_local_tables(kOlmo2);

const DecoderStyle exaone4 = {.attention = {.norms = transposed},
                              .before_attention = nullptr,
                              .after_attention = kPostAttention,
                              .before_mlp = nullptr,
                              .after_mlp = kPostMlp};

/// Command R: attention and MLP side by side, a LayerNorm written out, a factor on the logits.
const DecoderStyle cohere = {.scaled_logits = true,
                             .norms = NormCode::layer_by_hand,
                             .attention = {.rotation = pairs_in_fp32,
                                           .norms = after_projections,
                                           .head_norm = NormCode::layer_by_hand},
                             .branches = Branches::parallel};

const DecoderStyle stablelm = {.norms = NormCode::layer,
                               .attention = {.rotation = partial,
                                             .norms = transposed,
                                             .head_norm = NormCode::layer,
                                             .q_norm = "q_layernorm",
                                             .k_norm = "k_layernorm"},
                               .branches = Branches::late};

const DecoderStyle nemotron = {.norms = NormCode::layer_plus_one,
                               .attention = {.rotation = partial}};

const DecoderStyle jais2 = {.norms = NormCode::layer};

const DecoderStyle helium = {.norms = NormCode::rms_cast, .attention = {.rotation = pairs}};

const DecoderStyle ernie = {.tables = Tables::fp32, .attention = {.rotation = pairs}};

const DecoderStyle ministral3 = {.attention = {.scales_query = true}};

const DecoderStyle apertus = {.attention = {.norms = transposed},
                              .before_attention = "attention_layernorm",
                              .before_mlp = "feedforward_layernorm"};

const DecoderStyle hunyuan = {
    .attention = {.norms = rotated, .q_norm = "query_layernorm", .k_norm = "key_layernorm"}};

const DecoderStyle bitnet = {.attention = {.norms_output = true}, .norms_mlp = true};

/// Learned positions, one head of keys and values.
const DecoderStyle gpt_bigcode = {
    .embed = "wte",
    .stack = "h",
    .norm = "ln_f",
    .places = Places::learned,
    .causal_buffer = true,
    .norms = NormCode::layer,
    .attention = {.module = "attn", .packed = "c_attn", .output = "c_proj"},
    .branches = Branches::named,
    .before_attention = "ln_1",
    .before_mlp = "ln_2",
    .up = "c_fc",
    .down = "c_proj"};

const DecoderStyle persimmon = {.norm = "final_layernorm",
                                .norms = NormCode::layer,
                                .attention = {.rotation = partial,
                                              .norms = after_projections,
                                              .head_norm = NormCode::layer,
                                              .packed = "query_key_value",
                                              .output = "dense",
                                              .q_norm = "q_layernorm",
                                              .k_norm = "k_layernorm"},
                                .up = "dense_h_to_4h",
                                .down = "dense_4h_to_h"};

/// Norms without weights, on the embeddings too; queries and keys are normed once they are rotated.
const DecoderStyle nanochat = {.normed_embedding = true,
                               .norms = NormCode::rms_bare,
                               .attention = {.norms = rotated, .head_norm = NormCode::rms_bare},
                               .up = "fc1",
                               .down = "fc2"};

// --- mixtures of experts -------------------------------------------------------------------------

const DecoderStyle qwen_moe = {.moe = kQwenMoe};

const DecoderStyle olmoe = {.attention = {.norms = full_width}, .moe = kQwenMoe};

const DecoderStyle flex_olmo = with_experts(kOlmo2, kQwenMoe);

/// A learned sink beside the scores, experts with biases and clamped gates; eager attention only.
const DecoderStyle gpt_oss = {.tables = Tables::halves,
                              .eager_only = true,
                              .norms = NormCode::rms_in_fp32,
                              .attention = {.rotation = halves},
                              .moe = {.router = RouterStyle::softmax_of_the_chosen,
                                      .gate = ExpertGate::interleaved,
                                      .router_name = "router"}};

const DecoderStyle granite_moe = {.scaled_logits = true,
                                  .multiplied_embedding = true,
                                  .branches = Branches::scaled,
                                  .moe = {.router = RouterStyle::fp32_softmax_of_the_chosen,
                                          .place = SharedPlace::packed,
                                          .module = "block_sparse_moe",
                                          .router_name = "router",
                                          .shared = "shared_mlp"}};

const DecoderStyle deepseek_v2 = {
    .tables = Tables::complex,
    .attention = {.rotation = complex},
    .moe = {.router = RouterStyle::softmax_in_groups, .place = SharedPlace::last}};

const DecoderStyle deepseek_v3 = {.attention = {.rotation = halves}, .moe = kDeepSeekMoe};

const DecoderStyle glm4_moe = {.attention = {.rotation = partial, .norms = after_projections},
                               .moe = kDeepSeekMoe};

const DecoderStyle dots1 = {.moe = kDeepSeekMoe};

const DecoderStyle minimax_m2 = {.attention = {.rotation = partial, .norms = full_width},
                                 .moe = {.router = RouterStyle::sigmoid}};

const DecoderStyle ernie_moe = {.tables = Tables::fp32,
                                .attention = {.rotation = pairs},
                                .moe = {.router = RouterStyle::corrected_softmax}};

const DecoderStyle hunyuan_moe = {
    .attention = {.norms = rotated, .q_norm = "query_layernorm", .k_norm = "key_layernorm"},
    .moe = {.router = RouterStyle::cast, .shared = "shared_mlp"}};

}  // namespace tensorledger::hf::styles
