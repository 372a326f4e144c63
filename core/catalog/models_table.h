#pragma once

#include <string_view>

// Every model of the catalog, one aligned row each, grouped by family.
//
// A shape is a class of config.json: its model_type, its architecture, and how it spells the eight columns that
// every row fills. A row states what its config.json states and the class does not default; a 0 in a column is
// a field that the file leaves out. What else matters stands in `rest`, as key=value; a key with a ^ belongs to the
// top level, beside the nested text configuration that the shape names.

namespace tensorledger {

/// The columns as most classes spell them.
constexpr std::string_view usual_fields =
    "hidden_size intermediate_size num_hidden_layers num_attention_heads num_key_value_heads head_dim vocab_size "
    "max_position_embeddings";

}  // namespace tensorledger

// clang-format off
// shape, model_type where another, architecture, nested under, spelling of the columns where another, fields of all rows
#define TENSORLEDGER_CONFIG_SHAPES(X) \
    X("gpt2",    "", "GPT2LMHeadModel",    "", "n_embd n_inner n_layer n_head - - vocab_size n_positions", "attn_pdrop=0.1 embd_pdrop=0.1 resid_pdrop=0.1 activation_function=gelu_new") \
    X("llama",   "", "LlamaForCausalLM",   "", "", "") \
    X("mistral", "", "MistralForCausalLM", "", "", "") \
    X("mixtral", "", "MixtralForCausalLM", "", "", "num_local_experts=8 num_experts_per_tok=2") \
    X("qwen2",   "", "Qwen2ForCausalLM",   "", "", "") \
    X("qwen3",   "", "Qwen3ForCausalLM",   "", "", "")

// id, name where not the repository's, year, shape, hidden, ffn, layers, heads, kv heads, head size, vocabulary, positions, dtype, rest, source
#define TENSORLEDGER_MODELS(FAMILY, X) \
    FAMILY("GPT-2") \
    X("openai-community/gpt2",            "GPT-2",     2019, "gpt2",     768,     0, 12,  12, 0,   0,  50257,   1024, "",         "",                         "mlc:gpt2") \
    FAMILY("Llama") \
    X("meta-llama/Llama-3.1-8B",          "",          2024, "llama",   4096, 14336, 32,  32, 8,   0, 128256, 131072, "bfloat16", "",                         "aiconfigurator:meta-llama--Meta-Llama-3.1-8B_config.json") \
    X("meta-llama/Llama-3.1-70B",         "",          2024, "llama",   8192, 28672, 80,  64, 8,   0, 128256, 131072, "bfloat16", "",                         "aiconfigurator:meta-llama--Meta-Llama-3.1-70B_config.json") \
    X("meta-llama/Llama-3.1-405B",        "",          2024, "llama",  16384, 53248, 126, 128, 8,  0, 128256, 131072, "bfloat16", "",                         "aiconfigurator:meta-llama--Meta-Llama-3.1-405B_config.json") \
    X("meta-llama/Llama-3.2-1B",          "",          2024, "llama",   2048,  8192, 16,  32, 8,  64, 128256, 131072, "bfloat16", "tie_word_embeddings=true", "mlc:llama3_2_1b") \
    FAMILY("Mistral") \
    X("mistralai/Mistral-7B-v0.3",        "",          2024, "mistral", 4096, 14336, 32,  32, 8,   0,  32768,  32768, "bfloat16", "sliding_window=null",      "mlc:mistral_7b_v03") \
    X("mistralai/Mixtral-8x7B-v0.1",      "",          2023, "mixtral", 4096, 14336, 32,  32, 8,   0,  32000,  32768, "bfloat16", "sliding_window=null",      "aiconfigurator") \
    FAMILY("Qwen 2.5") \
    X("Qwen/Qwen2.5-0.5B",                "",          2024, "qwen2",    896,  4864, 24,  14, 2,   0, 151936,  32768, "bfloat16", "tie_word_embeddings=true", "mlc:qwen2_0_5b") \
    X("Qwen/Qwen2.5-7B",                  "",          2024, "qwen2",   3584, 18944, 28,  28, 4,   0, 152064, 131072, "bfloat16", "",                         "litgpt") \
    FAMILY("Qwen 3") \
    X("Qwen/Qwen3-8B",                    "",          2025, "qwen3",   4096, 12288, 36,  32, 8, 128, 151936,  40960, "bfloat16", "",                         "aiconfigurator")

/// Former ids, and ids of siblings whose configuration is the same.
#define TENSORLEDGER_MODEL_ALIASES(X) \
    X("meta-llama/Meta-Llama-3.1-8B",   "meta-llama/Llama-3.1-8B")   \
    X("meta-llama/Meta-Llama-3.1-70B",  "meta-llama/Llama-3.1-70B")  \
    X("meta-llama/Meta-Llama-3.1-405B", "meta-llama/Llama-3.1-405B")
// clang-format on
