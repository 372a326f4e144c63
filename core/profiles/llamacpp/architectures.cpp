#include "core/profiles/llamacpp/architectures.h"

#include <algorithm>

namespace tensorledger::llamacpp {

namespace {

using NormNames = std::array<std::string_view, 4>;

constexpr NormNames sandwich = {"attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm"};
constexpr NormNames second_is_post = {"attn_norm", "post_attention_norm", "", ""};
constexpr NormNames both_post = {"post_attention_norm", "post_ffw_norm", "", ""};
constexpr NormNames of_bert = {"attn_output_norm", "layer_output_norm", "", ""};

// clang-format off
constexpr Architecture rows[] = {
    {.name = "llama",         .model_types = "llama mistral mixtral yi megrez smollm aquila internlm3 helium", .layers_70b = 80},
    {.name = "llama4",        .model_types = "llama4 llama4_text"},
    {.name = "mistral3",      .model_types = "mistral3 ministral3"},
    {.name = "arcee",         .model_types = "arcee"},
    {.name = "smollm3",       .model_types = "smollm3"},
    {.name = "seed_oss",      .model_types = "seed_oss", .norms = second_is_post},
    {.name = "ernie4_5",      .model_types = "ernie4_5"},
    {.name = "ernie4_5-moe",  .model_types = "ernie4_5_moe"},
    {.name = "hunyuan-dense", .model_types = "hunyuan_v1_dense"},
    {.name = "hunyuan-moe",   .model_types = "hunyuan_v1_moe hunyuan"},
    {.name = "granite",       .model_types = "granite"},
    {.name = "granitemoe",    .model_types = "granitemoe granitemoeshared"},
    {.name = "granitehybrid", .model_types = "granitemoehybrid", .kv_heads_listed = true},
    {.name = "minicpm",       .model_types = "minicpm"},
    {.name = "minicpm3",      .model_types = "minicpm3", .latent_split = false},
    {.name = "internlm2",     .model_types = "internlm2", .qkv = Qkv::split},
    {.name = "baichuan",      .model_types = "baichuan", .qkv = Qkv::split},
    {.name = "orion",         .model_types = "orion"},
    {.name = "nemotron",      .model_types = "nemotron"},
    {.name = "stablelm",      .model_types = "stablelm"},
    {.name = "starcoder",     .model_types = "gpt_bigcode"},
    {.name = "starcoder2",    .model_types = "starcoder2"},
    {.name = "qwen",          .model_types = "qwen"},
    {.name = "qwen2",         .model_types = "qwen2", .layers_70b = 80},
    {.name = "qwen2vl",       .model_types = "qwen2_vl qwen2_5_vl"},
    {.name = "qwen2moe",      .model_types = "qwen2_moe"},
    {.name = "qwen3",         .model_types = "qwen3"},
    {.name = "qwen3moe",      .model_types = "qwen3_moe"},
    {.name = "qwen3vl",       .model_types = "qwen3_vl qwen3_vl_text"},
    {.name = "qwen3vlmoe",    .model_types = "qwen3_vl_moe qwen3_vl_moe_text"},
    {.name = "qwen3next",     .model_types = "qwen3_next", .norms = second_is_post},
    {.name = "qwen35",        .model_types = "qwen3_5 qwen3_5_text", .norms = second_is_post},
    {.name = "qwen35moe",     .model_types = "qwen3_5_moe qwen3_5_moe_text", .norms = second_is_post},
    {.name = "gemma",         .model_types = "gemma"},
    {.name = "gemma2",        .model_types = "gemma2", .norms = sandwich},
    {.name = "gemma3",        .model_types = "gemma3 gemma3_text", .norms = sandwich},
    {.name = "phi2",          .model_types = "phi phi-msft"},
    {.name = "phi3",          .model_types = "phi3"},
    {.name = "phimoe",        .model_types = "phimoe"},
    {.name = "gpt-oss",       .model_types = "gpt_oss", .norms = second_is_post},
    {.name = "gpt2",          .model_types = "gpt2 gpt-sw3"},
    {.name = "gptneox",       .model_types = "gpt_neox"},
    {.name = "bloom",         .model_types = "bloom"},
    {.name = "mpt",           .model_types = "mpt"},
    {.name = "falcon",        .model_types = "falcon RefinedWeb RefinedWebModel", .norms = {"attn_norm", "attn_norm_2", "", ""}, .own_head = true},
    {.name = "command-r",     .model_types = "cohere"},
    {.name = "cohere2",       .model_types = "cohere2"},
    {.name = "dbrx",          .model_types = "dbrx", .norms = {"attn_norm", "attn_output_norm", "", ""}},
    {.name = "olmo",          .model_types = "olmo", .layers_70b = 80},
    {.name = "olmo2",         .model_types = "olmo2 olmo3", .norms = both_post},
    {.name = "olmoe",         .model_types = "olmoe"},
    {.name = "exaone4",       .model_types = "exaone4", .norms = both_post},
    {.name = "deepseek",      .model_types = "deepseek"},
    {.name = "deepseek2",     .model_types = "deepseek_v2 deepseek_v3 kimi_k2 youtu glm4_moe_lite"},
    {.name = "deepseek32",    .model_types = "deepseek_v32"},
    {.name = "dots1",         .model_types = "dots1"},
    {.name = "minimax-m2",    .model_types = "minimax_m2"},
    {.name = "chatglm",       .model_types = "chatglm glm"},
    {.name = "glm4",          .model_types = "glm4", .norms = sandwich},
    {.name = "glm4moe",       .model_types = "glm4_moe", .norms = second_is_post},
    {.name = "mamba",         .model_types = "mamba falcon_mamba"},
    {.name = "mamba2",        .model_types = "mamba2"},
    {.name = "jamba",         .model_types = "jamba", .kv_heads_listed = true},
    {.name = "falcon-h1",     .model_types = "falcon_h1"},
    {.name = "nemotron_h_moe", .model_types = "nemotron_h", .experts = true, .kv_heads_listed = true},
    {.name = "nemotron_h",    .model_types = "nemotron_h", .kv_heads_listed = true},
    {.name = "lfm2",          .model_types = "lfm2", .final_norm = "token_embd_norm", .kv_heads_listed = true},
    {.name = "lfm2moe",       .model_types = "lfm2_moe", .final_norm = "token_embd_norm", .kv_heads_listed = true},
    {.name = "bert",          .model_types = "bert", .norms = of_bert},
};
// clang-format on

bool has_word(std::string_view words, std::string_view wanted) {
    while (!words.empty()) {
        const std::size_t end = std::min(words.find(' '), words.size());
        if (words.substr(0, end) == wanted) {
            return true;
        }
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    return false;
}

bool mixes_experts(const Model& model) {
    return std::any_of(model.decoder.layers.begin(), model.decoder.layers.end(),
                       [](const Layer& layer) { return layer.feed_forward.experts > 0; });
}

}  // namespace

const Architecture* architecture_row(const Model& model) {
    for (const Architecture& row : rows) {
        if (has_word(row.model_types, model.model_type) && (!row.experts || mixes_experts(model))) {
            return &row;
        }
    }
    return nullptr;
}

}  // namespace tensorledger::llamacpp
