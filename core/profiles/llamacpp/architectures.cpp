#include "core/profiles/llamacpp/architectures.h"

namespace tensorledger::llamacpp {

namespace {

constexpr std::array<std::string_view, 4> sandwich = {"attn_norm", "post_attention_norm",
                                                      "ffn_norm", "post_ffw_norm"};
constexpr std::array<std::string_view, 4> post_named = {"attn_norm", "post_attention_norm", "", ""};

// clang-format off
constexpr Architecture rows[] = {
    {.name = "llama",    .model_types = "llama mistral mixtral yi megrez smollm aquila"},
    {.name = "qwen2",    .model_types = "qwen2"},
    {.name = "qwen3",    .model_types = "qwen3"},
    {.name = "qwen3moe", .model_types = "qwen3_moe"},
    {.name = "gemma",    .model_types = "gemma"},
    {.name = "gemma2",   .model_types = "gemma2", .norms = sandwich},
    {.name = "gemma3",   .model_types = "gemma3 gemma3_text", .norms = sandwich},
    {.name = "phi3",     .model_types = "phi3"},
    {.name = "gpt-oss",  .model_types = "gpt_oss", .norms = post_named},
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

}  // namespace

const Architecture* architecture_row(const Model& model) {
    for (const Architecture& row : rows) {
        if (has_word(row.model_types, model.model_type)) {
            return &row;
        }
    }
    return nullptr;
}

}  // namespace tensorledger::llamacpp
