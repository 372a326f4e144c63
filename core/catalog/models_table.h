#pragma once

#include <string_view>

// Every model of the catalog, one aligned row each, grouped by family.
//
// A shape is a class of config.json: its model_type, its architecture, how it spells the eight columns that every
// row fills, and the fields that all its rows share. A row states what its config.json states and the class does
// not default; a 0 in a column is a field that the file leaves out. What else matters stands in `rest`, as
// key=value; a key with a ^ belongs to the top level, beside the nested text configuration that the shape names.
//
// source: a key of the bibliography, and the place in it where the key alone is not one. Of aiconfigurator the place is
// model_configs/OWNER--NAME_config.json, of litgpt the row of that name.

namespace tensorledger {

/// The columns as most classes spell them.
constexpr std::string_view usual_fields =
    "hidden_size intermediate_size num_hidden_layers num_attention_heads num_key_value_heads "
    "head_dim vocab_size max_position_embeddings";

}  // namespace tensorledger

// clang-format off
// shape, model_type where another, architecture, nested under, spelling of the columns where another, shared fields
#define TENSORLEDGER_CONFIG_SHAPES(X) \
    X("gpt2",          "", "GPT2LMHeadModel",                    "",            "n_embd n_inner n_layer n_head - - vocab_size n_positions",                                              "") \
    X("bert",          "", "BertForMaskedLM",                    "",            "",                                                                                                      "") \
    X("distilbert",    "", "DistilBertForMaskedLM",              "",            "dim hidden_dim n_layers n_heads - - vocab_size max_position_embeddings",                                "") \
    X("modernbert",    "", "ModernBertForMaskedLM",              "",            "",                                                                                                      "") \
    X("roberta",       "", "RobertaForMaskedLM",                 "",            "",                                                                                                      "") \
    X("t5",            "", "T5ForConditionalGeneration",         "",            "d_model d_ff num_layers num_heads - d_kv vocab_size -",                                                 "") \
    X("bart",          "", "BartForConditionalGeneration",       "",            "d_model encoder_ffn_dim encoder_layers encoder_attention_heads - - vocab_size max_position_embeddings", "") \
    X("whisper",       "", "WhisperForConditionalGeneration",    "",            "d_model encoder_ffn_dim encoder_layers encoder_attention_heads - - vocab_size max_target_positions",    "") \
    X("opt",           "", "OPTForCausalLM",                     "",            "hidden_size ffn_dim num_hidden_layers num_attention_heads - - vocab_size max_position_embeddings",      "") \
    X("bloom",         "", "BloomForCausalLM",                   "",            "hidden_size - n_layer n_head - - vocab_size -",                                                         "") \
    X("gpt_neox",      "", "GPTNeoXForCausalLM",                 "",            "",                                                                                                      "") \
    X("gptj",          "", "GPTJForCausalLM",                    "",            "n_embd n_inner n_layer n_head - - vocab_size n_positions",                                              "") \
    X("llama",         "", "LlamaForCausalLM",                   "",            "",                                                                                                      "") \
    X("llama4",        "", "Llama4ForConditionalGeneration",     "text_config", "",                                                                                                      R"(^vision_config={"hidden_size":1408,"image_size":336,"intermediate_size":5632,"model_type":"llama4_vision_model","num_attention_heads":16,"num_channels":3,"num_hidden_layers":34,"patch_size":14,"pixel_shuffle_ratio":0.5,"projector_dropout":0.0,"projector_input_dim":4096,"projector_output_dim":4096,"vision_output_dim":4096} model_type=llama4_text)") \
    X("smollm3",       "", "SmolLM3ForCausalLM",                 "",            "",                                                                                                      "") \
    X("qwen2",         "", "Qwen2ForCausalLM",                   "",            "",                                                                                                      "") \
    X("qwen2_moe",     "", "Qwen2MoeForCausalLM",                "",            "",                                                                                                      "") \
    X("qwen3",         "", "Qwen3ForCausalLM",                   "",            "",                                                                                                      "") \
    X("qwen3_moe",     "", "Qwen3MoeForCausalLM",                "",            "",                                                                                                      "") \
    X("qwen3_next",    "", "Qwen3NextForCausalLM",               "",            "",                                                                                                      "") \
    X("qwen3_5",       "", "Qwen3_5ForConditionalGeneration",    "text_config", "",                                                                                                      "model_type=qwen3_5_text full_attention_interval=4 mtp_num_hidden_layers=1") \
    X("qwen3_5_moe",   "", "Qwen3_5MoeForConditionalGeneration", "text_config", "",                                                                                                      "model_type=qwen3_5_moe_text full_attention_interval=4 mtp_num_hidden_layers=1") \
    X("gemma",         "", "GemmaForCausalLM",                   "",            "",                                                                                                      "") \
    X("gemma2",        "", "Gemma2ForCausalLM",                  "",            "",                                                                                                      "") \
    X("gemma3_text",   "", "Gemma3ForCausalLM",                  "",            "",                                                                                                      "") \
    X("gemma3",        "", "Gemma3ForConditionalGeneration",     "text_config", "",                                                                                                      R"(^vision_config={"hidden_size":1152,"image_size":896,"intermediate_size":4304,"model_type":"siglip_vision_model","num_attention_heads":16,"num_channels":3,"num_hidden_layers":27,"patch_size":14,"vision_use_head":false} model_type=gemma3_text _sliding_window_pattern=6 sliding_window=1024)") \
    X("gemma4",        "", "Gemma4ForConditionalGeneration",     "text_config", "",                                                                                                      "model_type=gemma4_text final_logit_softcapping=30.0 global_head_dim=512") \
    X("mistral",       "", "MistralForCausalLM",                 "",            "",                                                                                                      "") \
    X("mistral3",      "", "Mistral3ForConditionalGeneration",   "text_config", "",                                                                                                      R"(^vision_config={"head_dim":64,"hidden_size":1024,"image_size":1540,"intermediate_size":4096,"model_type":"pixtral","num_attention_heads":16,"num_channels":3,"num_hidden_layers":24,"patch_size":14} model_type=ministral3)") \
    X("mixtral",       "", "MixtralForCausalLM",                 "",            "",                                                                                                      "") \
    X("phi",           "", "PhiForCausalLM",                     "",            "",                                                                                                      "") \
    X("phi3",          "", "Phi3ForCausalLM",                    "",            "",                                                                                                      "") \
    X("deepseek",      "", "DeepseekForCausalLM",                "",            "",                                                                                                      "") \
    X("deepseek_v2",   "", "DeepseekV2ForCausalLM",              "",            "",                                                                                                      "first_k_dense_replace=1 num_experts_per_tok=6") \
    X("deepseek_v3",   "", "DeepseekV3ForCausalLM",              "",            "",                                                                                                      R"(num_nextn_predict_layers=1 quantization_config={"quant_method":"fp8","weight_block_size":[128,128]})") \
    X("deepseek_v32",  "", "DeepseekV32ForCausalLM",             "",            "",                                                                                                      "") \
    X("kimi_k2",       "", "DeepseekV3ForCausalLM",              "",            "",                                                                                                      "") \
    X("glm",           "", "GlmForCausalLM",                     "",            "",                                                                                                      "") \
    X("glm4_moe",      "", "Glm4MoeForCausalLM",                 "",            "",                                                                                                      "") \
    X("glm4_moe_lite", "", "Glm4MoeLiteForCausalLM",             "",            "",                                                                                                      "") \
    X("glm_moe_dsa",   "", "GlmMoeDsaForCausalLM",               "",            "",                                                                                                      "") \
    X("minimax_m2",    "", "MiniMaxM2ForCausalLM",               "",            "",                                                                                                      "") \
    X("gpt_oss",       "", "GptOssForCausalLM",                  "",            "",                                                                                                      R"(quantization_config={"quant_method":"mxfp4"})") \
    X("olmo",          "", "OlmoForCausalLM",                    "",            "",                                                                                                      "") \
    X("olmo2",         "", "Olmo2ForCausalLM",                   "",            "",                                                                                                      "") \
    X("olmo3",         "", "Olmo3ForCausalLM",                   "",            "",                                                                                                      "") \
    X("olmoe",         "", "OlmoeForCausalLM",                   "",            "",                                                                                                      "") \
    X("falcon",        "", "FalconForCausalLM",                  "",            "hidden_size - num_hidden_layers num_attention_heads num_kv_heads - vocab_size max_position_embeddings", "") \
    X("mpt",           "", "MPTForCausalLM",                     "",            "d_model expansion_ratio n_layers n_heads - - vocab_size max_seq_len",                                   "") \
    X("stablelm",      "", "StableLmForCausalLM",                "",            "",                                                                                                      "") \
    X("cohere",        "", "CohereForCausalLM",                  "",            "",                                                                                                      "") \
    X("starcoder2",    "", "Starcoder2ForCausalLM",              "",            "",                                                                                                      "") \
    X("exaone4",       "", "Exaone4ForCausalLM",                 "",            "",                                                                                                      "") \
    X("mamba",         "", "MambaForCausalLM",                   "",            "",                                                                                                      "") \
    X("mamba2",        "", "Mamba2ForCausalLM",                  "",            "",                                                                                                      "") \
    X("jamba",         "", "JambaForCausalLM",                   "",            "",                                                                                                      "") \
    X("falcon_h1",     "", "FalconH1ForCausalLM",                "",            "",                                                                                                      "") \
    X("lfm2_vl",       "", "Lfm2VlForConditionalGeneration",     "text_config", "",                                                                                                      R"(^vision_config={"hidden_size":1152,"intermediate_size":4304,"model_type":"siglip2_vision_model","num_attention_heads":16,"num_channels":3,"num_hidden_layers":27,"num_patches":256,"patch_size":16,"vision_use_head":false} model_type=lfm2)") \
    X("nemotron_h",    "", "NemotronHForCausalLM",               "",            "",                                                                                                      "")

// id, name where not the repository's, year, shape, hidden, ffn, layers, heads, kv heads, head size, vocabulary, positions, dtype, rest, source
#define TENSORLEDGER_MODELS(FAMILY, X) \
    FAMILY("GPT-2") \
    X("openai-community/gpt2",                         "GPT-2",                   2019, "gpt2",            768,     0,  12,  12,   0,   0,  50257,     1024, "",         "",                                                                  "mlc:gpt2") \
    X("openai-community/gpt2-medium",                  "GPT-2 medium",            2019, "gpt2",           1024,     0,  24,  16,   0,   0,  50257,     1024, "",         "",                                                                  "mlc:gpt2_medium") \
    X("openai-community/gpt2-large",                   "GPT-2 large",             2019, "gpt2",           1280,     0,  36,  20,   0,   0,  50257,     1024, "",         "",                                                                  "llm-analysis:gpt2-large") \
    X("openai-community/gpt2-xl",                      "GPT-2 XL",                2019, "gpt2",           1600,     0,  48,  25,   0,   0,  50257,     1024, "",         "",                                                                  "llm-analysis:gpt2-xl") \
    FAMILY("BERT") \
    X("google-bert/bert-base-uncased",                 "BERT base",               2018, "bert",            768,  3072,  12,  12,   0,   0,  30522,      512, "",         "",                                                                  "llm-analysis:bert-base-uncased") \
    X("google-bert/bert-large-uncased",                "BERT large",              2018, "bert",           1024,  4096,  24,  16,   0,   0,  30522,      512, "",         "",                                                                  "llm-analysis:bert-large") \
    X("distilbert/distilbert-base-uncased",            "DistilBERT base",         2019, "distilbert",      768,  3072,   6,  12,   0,   0,  30522,      512, "",         "",                                                                  "transformers:models/distilbert") \
    X("answerdotai/ModernBERT-base",                   "ModernBERT base",         2024, "modernbert",      768,  1152,  22,  12,   0,   0,  50368,     8192, "",         "",                                                                  "transformers:models/modernbert") \
    X("FacebookAI/roberta-base",                       "RoBERTa base",            2019, "roberta",         768,  3072,  12,  12,   0,   0,  50265,      514, "",         "type_vocab_size=1",                                                 "tweet-sentiment") \
    FAMILY("T5, BART, Whisper") \
    X("google-t5/t5-small",                            "T5 small",                2019, "t5",              512,  2048,   6,   8,   0,  64,  32128,        0, "",         "",                                                                  "transformers:models/t5") \
    X("google-t5/t5-base",                             "T5 base",                 2019, "t5",              768,  3072,  12,  12,   0,  64,  32128,        0, "",         "",                                                                  "raffel2020:section 3.7") \
    X("google-t5/t5-large",                            "T5 large",                2019, "t5",             1024,  4096,  24,  16,   0,  64,  32128,        0, "",         "",                                                                  "raffel2020:section 3.7") \
    X("google-t5/t5-3b",                               "T5 3B",                   2019, "t5",             1024, 16384,  24,  32,   0, 128,  32128,        0, "",         "",                                                                  "raffel2020:section 3.7") \
    X("google-t5/t5-11b",                              "T5 11B",                  2019, "t5",             1024, 65536,  24, 128,   0, 128,  32128,        0, "",         "",                                                                  "raffel2020:section 3.7") \
    X("facebook/bart-large-cnn",                       "BART large CNN",          2019, "bart",           1024,  4096,  12,  16,   0,   0,  50264,     1024, "",         "",                                                                  "onnx-diagnostic") \
    X("openai/whisper-tiny",                           "Whisper tiny",            2022, "whisper",         384,  1536,   4,   6,   0,   0,  51865,      448, "",         "",                                                                  "sherpa-onnx") \
    X("openai/whisper-base",                           "Whisper base",            2022, "whisper",         512,  2048,   6,   8,   0,   0,  51865,      448, "",         "decoder_ffn_dim=2048 decoder_layers=6 decoder_attention_heads=8",   "sherpa-onnx") \
    X("openai/whisper-small",                          "Whisper small",           2022, "whisper",         768,  3072,  12,  12,   0,   0,  51865,      448, "",         "decoder_ffn_dim=3072 decoder_layers=12 decoder_attention_heads=12", "sherpa-onnx") \
    X("openai/whisper-medium",                         "Whisper medium",          2022, "whisper",        1024,  4096,  24,  16,   0,   0,  51865,      448, "",         "decoder_ffn_dim=4096 decoder_layers=24 decoder_attention_heads=16", "sherpa-onnx") \
    X("openai/whisper-large-v2",                       "Whisper large-v2",        2022, "whisper",        1280,  5120,  32,  20,   0,   0,  51865,      448, "",         "decoder_ffn_dim=5120 decoder_layers=32 decoder_attention_heads=20", "sherpa-onnx") \
    FAMILY("OPT") \
    X("facebook/opt-125m",                             "OPT 125M",                2022, "opt",             768,  3072,  12,  12,   0,   0,  50272,     2048, "",         "",                                                                  "llm-analysis:facebook_opt-125m") \
    X("facebook/opt-1.3b",                             "OPT 1.3B",                2022, "opt",            2048,  8192,  24,  32,   0,   0,  50272,     2048, "",         "",                                                                  "llm-analysis:facebook_opt-1.3b") \
    X("facebook/opt-6.7b",                             "OPT 6.7B",                2022, "opt",            4096, 16384,  32,  32,   0,   0,  50272,     2048, "",         "",                                                                  "llm-analysis:facebook_opt-6.7b") \
    X("facebook/opt-13b",                              "OPT 13B",                 2022, "opt",            5120, 20480,  40,  40,   0,   0,  50272,     2048, "",         "",                                                                  "llm-analysis:facebook_opt-13b") \
    X("facebook/opt-66b",                              "OPT 66B",                 2022, "opt",            9216, 36864,  64,  72,   0,   0,  50272,     2048, "",         "",                                                                  "llm-analysis:facebook_opt-66b") \
    FAMILY("BLOOM") \
    X("bigscience/bloom-560m",                         "BLOOM 560M",              2022, "bloom",          1024,     0,  24,  16,   0,   0, 250880,        0, "",         "",                                                                  "llm-analysis:bigscience_bloom-560m") \
    X("bigscience/bloom-7b1",                          "BLOOM 7.1B",              2022, "bloom",          4096,     0,  30,  32,   0,   0, 250880,        0, "",         "",                                                                  "llm-analysis:bigscience_bloom-7b1") \
    X("bigscience/bloom",                              "BLOOM 176B",              2022, "bloom",         14336,     0,  70, 112,   0,   0, 250880,        0, "",         "",                                                                  "bloom") \
    FAMILY("EleutherAI") \
    X("EleutherAI/pythia-160m",                        "Pythia 160M",             2023, "gpt_neox",        768,  3072,  12,  12,   0,   0,  50304,     2048, "",         "",                                                                  "litgpt") \
    X("EleutherAI/pythia-410m",                        "Pythia 410M",             2023, "gpt_neox",       1024,  4096,  24,  16,   0,   0,  50304,     2048, "",         "",                                                                  "litgpt") \
    X("EleutherAI/pythia-1.4b",                        "Pythia 1.4B",             2023, "gpt_neox",       2048,  8192,  24,  16,   0,   0,  50304,     2048, "",         "",                                                                  "litgpt") \
    X("EleutherAI/pythia-2.8b",                        "Pythia 2.8B",             2023, "gpt_neox",       2560, 10240,  32,  32,   0,   0,  50304,     2048, "",         "",                                                                  "litgpt") \
    X("EleutherAI/pythia-6.9b",                        "Pythia 6.9B",             2023, "gpt_neox",       4096, 16384,  32,  32,   0,   0,  50432,     2048, "",         "",                                                                  "litgpt") \
    X("EleutherAI/pythia-12b",                         "Pythia 12B",              2023, "gpt_neox",       5120, 20480,  36,  40,   0,   0,  50688,     2048, "",         "",                                                                  "litgpt") \
    X("EleutherAI/gpt-neox-20b",                       "GPT-NeoX 20B",            2022, "gpt_neox",       6144, 24576,  44,  64,   0,   0,  50432,     2048, "",         "",                                                                  "transformers:models/gpt_neox") \
    X("EleutherAI/gpt-j-6b",                           "GPT-J 6B",                2021, "gptj",           4096,     0,  28,  16,   0,   0,  50400,     2048, "",         "",                                                                  "mlc:gpt_j") \
    FAMILY("Llama") \
    X("meta-llama/Llama-2-7b-hf",                      "Llama 2 7B",              2023, "llama",          4096, 11008,  32,  32,  32,   0,  32000,     2048, "float16",  "",                                                                  "mlc:llama2_7b") \
    X("meta-llama/Llama-2-13b-hf",                     "Llama 2 13B",             2023, "llama",          5120, 13824,  40,  40,  40,   0,  32000,     2048, "float16",  "",                                                                  "mlc:llama2_13b") \
    X("meta-llama/Llama-2-70b-hf",                     "Llama 2 70B",             2023, "llama",          8192, 28672,  80,  64,   8,   0,  32000,     2048, "float16",  "",                                                                  "mlc:llama2_70b") \
    X("meta-llama/Meta-Llama-3-8B",                    "Llama 3 8B",              2024, "llama",          4096, 14336,  32,  32,   8,   0, 128256,     8192, "bfloat16", "",                                                                  "litgpt") \
    X("meta-llama/Meta-Llama-3-70B",                   "Llama 3 70B",             2024, "llama",          8192, 28672,  80,  64,   8,   0, 128256,     8192, "bfloat16", "",                                                                  "litgpt") \
    X("meta-llama/Llama-3.1-8B",                       "",                        2024, "llama",          4096, 14336,  32,  32,   8,   0, 128256,   131072, "bfloat16", R"(rope_scaling={"rope_type":"llama3"})",                            "aiconfigurator:meta-llama--Meta-Llama-3.1-8B") \
    X("meta-llama/Llama-3.1-70B",                      "",                        2024, "llama",          8192, 28672,  80,  64,   8,   0, 128256,   131072, "bfloat16", R"(rope_scaling={"rope_type":"llama3"})",                            "aiconfigurator:meta-llama--Meta-Llama-3.1-70B") \
    X("meta-llama/Llama-3.1-405B",                     "",                        2024, "llama",         16384, 53248, 126, 128,   8,   0, 128256,   131072, "bfloat16", R"(rope_scaling={"rope_type":"llama3"})",                            "aiconfigurator:meta-llama--Meta-Llama-3.1-405B") \
    X("meta-llama/Llama-3.2-1B",                       "",                        2024, "llama",          2048,  8192,  16,  32,   8,  64, 128256,   131072, "bfloat16", R"(rope_scaling={"rope_type":"llama3"} tie_word_embeddings=true)",   "mlc:llama3_2_1b") \
    X("meta-llama/Llama-3.2-3B",                       "",                        2024, "llama",          3072,  8192,  28,  24,   8, 128, 128256,   131072, "bfloat16", R"(rope_scaling={"rope_type":"llama3"} tie_word_embeddings=true)",   "mlc:llama3_2_3b") \
    X("meta-llama/Llama-3.3-70B-Instruct",             "Llama 3.3 70B",           2024, "llama",          8192, 28672,  80,  64,   8,   0, 128256,   131072, "bfloat16", R"(rope_scaling={"rope_type":"llama3"})",                            "litgpt") \
    X("meta-llama/Llama-4-Scout-17B-16E-Instruct",     "Llama 4 Scout",           2025, "llama4",         5120,  8192,  48,  40,   8, 128, 202048, 10485760, "bfloat16", R"(rope_scaling={"rope_type":"llama3"})",                            "aiconfigurator; inference-sim:llama-4-scout-17b-16e-instruct-fp8-dynamic") \
    X("meta-llama/Llama-4-Maverick-17B-128E-Instruct", "Llama 4 Maverick",        2025, "llama4",         5120,  8192,  48,  40,   8, 128, 202048,  1048576, "bfloat16", "interleave_moe_layer_step=2 num_local_experts=128 use_qk_norm=false", "aiconfigurator; inference-sim:llama-4-scout-17b-16e-instruct-fp8-dynamic") \
    FAMILY("Llama kin") \
    X("TinyLlama/TinyLlama-1.1B-Chat-v1.0",            "TinyLlama 1.1B",          2023, "llama",          2048,  5632,  22,  32,   4,   0,  32000,     2048, "bfloat16", "",                                                                  "mlc:tinyllama_1b_chat_v1.0") \
    X("codellama/CodeLlama-34b-hf",                    "CodeLlama 34B",           2023, "llama",          8192, 22016,  48,  64,   8,   0,  32016,    16384, "bfloat16", "",                                                                  "mlc:codellama_34b") \
    X("01-ai/Yi-34B",                                  "Yi 34B",                  2023, "llama",          7168, 20480,  60,  56,   8,   0,  64000,     4096, "bfloat16", "",                                                                  "inference-sim:yi-34b") \
    X("HuggingFaceTB/SmolLM2-135M",                    "",                        2024, "llama",           576,  1536,  30,   9,   3,   0,  49152,     8192, "bfloat16", "tie_word_embeddings=true",                                          "mlc:smollm2_135m") \
    X("HuggingFaceTB/SmolLM2-360M",                    "",                        2024, "llama",           960,  2560,  32,  15,   5,   0,  49152,     8192, "bfloat16", "tie_word_embeddings=true",                                          "mlc:smollm2_360m") \
    X("HuggingFaceTB/SmolLM2-1.7B",                    "",                        2024, "llama",          2048,  8192,  24,  32,  32,   0,  49152,     8192, "bfloat16", "tie_word_embeddings=true",                                          "litgpt") \
    X("HuggingFaceTB/SmolLM3-3B",                      "",                        2025, "smollm3",        2048, 11008,  36,  16,   4,   0, 128256,    32768, "",         "",                                                                  "transformers:models/smollm3") \
    FAMILY("Qwen 2") \
    X("Qwen/Qwen2-0.5B-Instruct",                      "Qwen2 0.5B",              2024, "qwen2",           896,  4864,  24,  14,   2,   0, 151936,    32768, "bfloat16", "tie_word_embeddings=true",                                          "mlc:qwen2_0_5b") \
    X("Qwen/Qwen2-1.5B-Instruct",                      "Qwen2 1.5B",              2024, "qwen2",          1536,  8960,  28,  12,   2,   0, 151936,    32768, "bfloat16", "tie_word_embeddings=true",                                          "mlc:qwen2_1_5b") \
    X("Qwen/Qwen2-7B-Instruct",                        "Qwen2 7B",                2024, "qwen2",          3584, 18944,  28,  28,   4,   0, 152064,    32768, "bfloat16", "",                                                                  "mlc:qwen2_7b") \
    X("Qwen/Qwen2-72B-Instruct",                       "Qwen2 72B",               2024, "qwen2",          8192, 29568,  80,  64,   8,   0, 152064,    32768, "bfloat16", "",                                                                  "sophgo:Qwen2/compile/files/Qwen2-72B-Instruct/config.json") \
    X("Qwen/Qwen1.5-MoE-A2.7B",                        "",                        2024, "qwen2_moe",      2048,  5632,  24,  16,  16,   0, 151936,    32768, "bfloat16", "",                                                                  "mlc:qwen2moe") \
    FAMILY("Qwen 2.5") \
    X("Qwen/Qwen2.5-0.5B",                             "",                        2024, "qwen2",           896,  4864,  24,  14,   2,   0, 151936,    32768, "bfloat16", "tie_word_embeddings=true",                                          "litgpt; mlc:qwen2_0_5b") \
    X("Qwen/Qwen2.5-1.5B",                             "",                        2024, "qwen2",          1536,  8960,  28,  12,   2,   0, 151936,   131072, "bfloat16", "tie_word_embeddings=true",                                          "litgpt; mlc:qwen2_1_5b") \
    X("Qwen/Qwen2.5-3B",                               "",                        2024, "qwen2",          2048, 11008,  36,  16,   2,   0, 151936,    32768, "bfloat16", "tie_word_embeddings=true",                                          "litgpt; mlc:qwen2.5_3b") \
    X("Qwen/Qwen2.5-7B",                               "",                        2024, "qwen2",          3584, 18944,  28,  28,   4,   0, 152064,   131072, "bfloat16", "",                                                                  "litgpt") \
    X("Qwen/Qwen2.5-14B",                              "",                        2024, "qwen2",          5120, 13824,  48,  40,   8,   0, 152064,   131072, "bfloat16", "",                                                                  "litgpt") \
    X("Qwen/Qwen2.5-32B",                              "",                        2024, "qwen2",          5120, 27648,  64,  40,   8,   0, 152064,   131072, "bfloat16", "",                                                                  "litgpt") \
    X("Qwen/Qwen2.5-72B",                              "",                        2024, "qwen2",          8192, 29568,  80,  64,   8,   0, 152064,   131072, "bfloat16", "",                                                                  "litgpt") \
    FAMILY("Qwen 3") \
    X("Qwen/Qwen3-0.6B",                               "",                        2025, "qwen3",          1024,  3072,  28,  16,   8, 128, 151936,    40960, "bfloat16", "tie_word_embeddings=true",                                          "aiconfigurator") \
    X("Qwen/Qwen3-1.7B",                               "",                        2025, "qwen3",          2048,  6144,  28,  16,   8, 128, 151936,    40960, "bfloat16", "tie_word_embeddings=true",                                          "aiconfigurator") \
    X("Qwen/Qwen3-4B",                                 "",                        2025, "qwen3",          2560,  9728,  36,  32,   8, 128, 151936,    40960, "bfloat16", "tie_word_embeddings=true",                                          "sophgo:Qwen3/config/config.json") \
    X("Qwen/Qwen3-8B",                                 "",                        2025, "qwen3",          4096, 12288,  36,  32,   8, 128, 151936,    40960, "bfloat16", "",                                                                  "aiconfigurator") \
    X("Qwen/Qwen3-14B",                                "",                        2025, "qwen3",          5120, 17408,  40,  40,   8, 128, 151936,    40960, "bfloat16", "",                                                                  "inference-sim:qwen3-14b") \
    X("Qwen/Qwen3-32B",                                "",                        2025, "qwen3",          5120, 25600,  64,  64,   8, 128, 151936,    40960, "bfloat16", "",                                                                  "aiconfigurator") \
    X("Qwen/Qwen3-30B-A3B",                            "",                        2025, "qwen3_moe",      2048,  6144,  48,  32,   4, 128, 151936,    40960, "bfloat16", "",                                                                  "aiconfigurator") \
    X("Qwen/Qwen3-235B-A22B",                          "",                        2025, "qwen3_moe",      4096, 12288,  94,  64,   4, 128, 151936,    40960, "bfloat16", "moe_intermediate_size=1536",                                        "aiconfigurator") \
    X("Qwen/Qwen3-Coder-480B-A35B-Instruct",           "Qwen3 Coder 480B A35B",   2025, "qwen3_moe",      6144,  8192,  62,  96,   8, 128, 151936,   262144, "bfloat16", "moe_intermediate_size=2560 num_experts=160",                        "aiconfigurator") \
    X("Qwen/Qwen3-Next-80B-A3B-Instruct",              "Qwen3 Next 80B A3B",      2025, "qwen3_next",     2048,  5120,  48,  16,   2, 256, 151936,   262144, "bfloat16", "full_attention_interval=4 partial_rotary_factor=0.25",              "maxtext:qwen3_next_80b_a3b_dict") \
    FAMILY("Qwen 3.5") \
    X("Qwen/Qwen3.5-9B",                               "",                        2026, "qwen3_5",        4096, 12288,  32,  16,   4, 256, 248320,   262144, "bfloat16", R"(^vision_config={"depth":27,"hidden_size":1152,"in_channels":3,"intermediate_size":4304,"model_type":"qwen3_5","num_heads":16,"num_position_embeddings":2304,"out_hidden_size":4096,"patch_size":16,"spatial_merge_size":2,"temporal_patch_size":2})", "tt-metal:Qwen3.5-9B@5c3465ac") \
    X("Qwen/Qwen3.5-27B",                              "",                        2026, "qwen3_5",        5120, 17408,  64,  24,   4, 256, 248320,   262144, "bfloat16", R"(^vision_config={"depth":27,"hidden_size":1152,"in_channels":3,"intermediate_size":4304,"model_type":"qwen3_5","num_heads":16,"num_position_embeddings":2304,"out_hidden_size":5120,"patch_size":16,"spatial_merge_size":2,"temporal_patch_size":2} linear_num_value_heads=48)", "aiconfigurator") \
    X("Qwen/Qwen3.5-35B-A3B",                          "",                        2026, "qwen3_5_moe",    2048,     0,  40,  16,   2, 256, 248320,   262144, "bfloat16", R"(^vision_config={"depth":27,"hidden_size":1152,"in_channels":3,"intermediate_size":4304,"model_type":"qwen3_5_moe","num_heads":16,"num_position_embeddings":2304,"out_hidden_size":2048,"patch_size":16,"spatial_merge_size":2,"temporal_patch_size":2})", "aiconfigurator") \
    X("Qwen/Qwen3.5-122B-A10B",                        "",                        2026, "qwen3_5_moe",    3072,     0,  48,  32,   2, 256, 248320,   262144, "bfloat16", R"(^vision_config={"depth":27,"hidden_size":1152,"in_channels":3,"intermediate_size":4304,"model_type":"qwen3_5_moe","num_heads":16,"num_position_embeddings":2304,"out_hidden_size":3072,"patch_size":16,"spatial_merge_size":2,"temporal_patch_size":2} linear_num_value_heads=64 moe_intermediate_size=1024 shared_expert_intermediate_size=1024)", "aiconfigurator") \
    X("Qwen/Qwen3.5-397B-A17B",                        "",                        2026, "qwen3_5_moe",    4096,     0,  60,  32,   2, 256, 248320,   262144, "bfloat16", R"(^vision_config={"depth":27,"hidden_size":1152,"in_channels":3,"intermediate_size":4304,"model_type":"qwen3_5_moe","num_heads":16,"num_position_embeddings":2304,"out_hidden_size":4096,"patch_size":16,"spatial_merge_size":2,"temporal_patch_size":2} linear_num_value_heads=64 moe_intermediate_size=1024 num_experts=512 num_experts_per_tok=10 shared_expert_intermediate_size=1024)", "aiconfigurator") \
    FAMILY("Gemma") \
    X("google/gemma-2b",                               "Gemma 2B",                2024, "gemma",          2048, 16384,  18,   8,   1, 256, 256000,     4096, "bfloat16", "",                                                                  "litgpt") \
    X("google/gemma-7b",                               "Gemma 7B",                2024, "gemma",          3072, 24576,  28,  16,   0, 256, 256000,     4096, "bfloat16", "",                                                                  "litgpt") \
    X("google/gemma-2-2b",                             "Gemma 2 2B",              2024, "gemma2",         2304,  9216,  26,   8,   4, 256, 256000,     8192, "bfloat16", "",                                                                  "mlc:gemma2_2b") \
    X("google/gemma-2-9b",                             "Gemma 2 9B",              2024, "gemma2",         3584, 14336,  42,  16,   8, 256, 256000,     8192, "bfloat16", "",                                                                  "mlc:gemma2_9b") \
    X("google/gemma-2-27b",                            "Gemma 2 27B",             2024, "gemma2",         4608, 36864,  46,  32,  16, 128, 256000,     8192, "bfloat16", "",                                                                  "mlc:gemma2_27b") \
    X("google/gemma-3-1b-it",                          "Gemma 3 1B",              2025, "gemma3_text",    1152,  6912,  26,   4,   1, 256, 262144,    32768, "bfloat16", "sliding_window=512 sliding_window_pattern=6",                       "mlc:gemma3_1b_it") \
    X("google/gemma-3-4b-it",                          "Gemma 3 4B",              2025, "gemma3",         2560, 10240,  34,   8,   4, 256, 262208,   131072, "bfloat16", "",                                                                  "maxtext:gemma3_4b_config") \
    X("google/gemma-3-12b-it",                         "Gemma 3 12B",             2025, "gemma3",         3840, 15360,  48,  16,   8, 256, 262208,   131072, "bfloat16", "",                                                                  "maxtext:gemma3_12b_config") \
    X("google/gemma-3-27b-it",                         "Gemma 3 27B",             2025, "gemma3",         5376, 21504,  62,  32,  16, 128, 262208,   131072, "bfloat16", "",                                                                  "neuronx") \
    X("google/gemma-4-E2B-it",                         "Gemma 4 E2B",             2026, "gemma4",         1536,  6144,  35,   8,   1, 256, 262144,   131072, "bfloat16", R"(^audio_config={"attention_chunk_size":12,"model_type":"gemma4_audio"} ^vision_config={"model_type":"gemma4_vision","use_clipped_linears":true} layer_types=["sliding_attention","sliding_attention","sliding_attention","sliding_attention","full_attention","sliding_attention","sliding_attention","sliding_attention","sliding_attention","full_attention","sliding_attention","sliding_attention","sliding_attention","sliding_attention","full_attention","sliding_attention","sliding_attention","sliding_attention","sliding_attention","full_attention","sliding_attention","sliding_attention","sliding_attention","sliding_attention","full_attention","sliding_attention","sliding_attention","sliding_attention","sliding_attention","full_attention","sliding_attention","sliding_attention","sliding_attention","sliding_attention","full_attention"] num_kv_shared_layers=20 use_double_wide_mlp=true)", "sophgo:Gemma4/config/config.json") \
    X("google/gemma-4-26B-A4B",                        "Gemma 4 26B A4B",         2026, "gemma4",         2816,  2112,  30,  16,   8, 256, 262144,   262144, "bfloat16", R"(^vision_config={"global_head_dim":72,"head_dim":72,"hidden_size":1152,"intermediate_size":4304,"model_type":"gemma4_vision","num_attention_heads":16,"num_hidden_layers":27,"num_key_value_heads":16,"standardize":true} attention_k_eq_v=true enable_moe_block=true hidden_size_per_layer_input=0 moe_intermediate_size=704 num_experts=128 num_global_key_value_heads=2 sliding_window=1024 top_k_experts=8)", "aiconfigurator") \
    X("google/gemma-4-31B",                            "Gemma 4 31B",             2026, "gemma4",         5376, 21504,  60,  32,  16, 256, 262144,   262144, "bfloat16", R"(^vision_config={"global_head_dim":72,"head_dim":72,"hidden_size":1152,"intermediate_size":4304,"model_type":"gemma4_vision","num_attention_heads":16,"num_hidden_layers":27,"num_key_value_heads":16,"standardize":true} attention_k_eq_v=true moe_intermediate_size=704 hidden_size_per_layer_input=0 num_global_key_value_heads=4 sliding_window=1024)", "maxtext:gemma4_31b_dict") \
    FAMILY("Mistral") \
    X("mistralai/Mistral-7B-v0.1",                     "",                        2023, "mistral",        4096, 14336,  32,  32,   8,   0,  32000,    32768, "bfloat16", "",                                                                  "jiang2023:table 1") \
    X("mistralai/Mistral-7B-v0.3",                     "",                        2024, "mistral",        4096, 14336,  32,  32,   8,   0,  32768,    32768, "bfloat16", "sliding_window=null",                                               "mlc:mistral_7b_v03") \
    X("mistralai/Mistral-Nemo-Base-2407",              "Mistral Nemo 12B",        2024, "mistral",        5120, 14336,  40,  32,   8, 128, 131072,   128000, "bfloat16", "sliding_window=null",                                               "inference-sim:mistral-nemo-instruct-2407") \
    X("mistralai/Devstral-Small-2-24B-Instruct-2512",  "Devstral Small 2 24B",    2025, "mistral3",       5120, 32768,  40,  32,   8, 128, 131072,   393216, "bfloat16", R"(^tie_word_embeddings=false ^quantization_config={"quant_method":"fp8","weight_block_size":null} sliding_window=null)", "tt-metal:Devstral-Small-2-24B-Instruct@b106eff0") \
    X("mistralai/Mixtral-8x7B-v0.1",                   "",                        2023, "mixtral",        4096, 14336,  32,  32,   8,   0,  32000,    32768, "bfloat16", "",                                                                  "aiconfigurator") \
    X("mistralai/Mixtral-8x22B-v0.1",                  "",                        2024, "mixtral",        6144, 16384,  56,  48,   8,   0,  32000,    65536, "bfloat16", "",                                                                  "aiconfigurator") \
    FAMILY("Phi") \
    X("microsoft/phi-2",                               "Phi-2",                   2023, "phi",            2560, 10240,  32,  32,   0,   0,  51200,     2048, "float16",  "partial_rotary_factor=0.4",                                         "litgpt") \
    X("microsoft/Phi-3-mini-4k-instruct",              "Phi-3 mini 4k",           2024, "phi3",           3072,  8192,  32,  32,   0,   0,  32064,     4096, "bfloat16", "",                                                                  "litgpt") \
    X("microsoft/Phi-3.5-mini-instruct",               "Phi-3.5 mini",            2024, "phi3",           3072,  8192,  32,  32,  32,   0,  32064,   131072, "bfloat16", R"(rope_scaling={"type":"longrope"} sliding_window=262144)",         "mlc:phi-3_5") \
    X("microsoft/phi-4",                               "Phi-4",                   2024, "phi3",           5120, 17920,  40,  40,  10,   0, 100352,    16384, "bfloat16", "",                                                                  "litgpt") \
    X("microsoft/Phi-4-mini-instruct",                 "Phi-4 mini",              2025, "phi3",           3072,  8192,  32,  24,   8,   0, 200064,   131072, "bfloat16", R"(partial_rotary_factor=0.75 rope_scaling={"type":"longrope"} sliding_window=262144 tie_word_embeddings=true)", "mlc:phi-4") \
    FAMILY("DeepSeek") \
    X("deepseek-ai/deepseek-moe-16b-chat",             "DeepSeek MoE 16B",        2024, "deepseek",       2048, 10944,  28,  16,  16,   0, 102400,     4096, "bfloat16", "first_k_dense_replace=1 hidden_act=silu moe_intermediate_size=1408 n_routed_experts=64 n_shared_experts=2 num_experts_per_tok=6", "mlc:deepseek") \
    X("deepseek-ai/DeepSeek-V2-Lite",                  "",                        2024, "deepseek_v2",    2048, 10944,  27,  16,  16,   0, 102400,   163840, "bfloat16", "moe_intermediate_size=1408 q_lora_rank=null",                       "inference-sim:deepseek-v2-lite") \
    X("deepseek-ai/DeepSeek-V2",                       "",                        2024, "deepseek_v2",    5120, 12288,  60, 128, 128,   0, 102400,   163840, "bfloat16", "moe_intermediate_size=1536 n_routed_experts=160",                   "veomni:DeepseekV2_236B.json") \
    X("deepseek-ai/DeepSeek-V3",                       "",                        2024, "deepseek_v3",    7168, 18432,  61, 128, 128,   0, 129280,   163840, "bfloat16", "",                                                                  "aiconfigurator") \
    X("deepseek-ai/DeepSeek-R1",                       "",                        2025, "deepseek_v3",    7168, 18432,  61, 128, 128,   0, 129280,   163840, "bfloat16", "",                                                                  "aiconfigurator") \
    X("deepseek-ai/DeepSeek-V3.2",                     "",                        2025, "deepseek_v32",   7168, 18432,  61, 128, 128,   0, 129280,   163840, "bfloat16", R"(num_nextn_predict_layers=1 quantization_config={"quant_method":"fp8","weight_block_size":[128,128]})", "aiconfigurator") \
    FAMILY("Moonshot, GLM, MiniMax") \
    X("moonshotai/Kimi-K2-Instruct",                   "Kimi K2",                 2025, "kimi_k2",        7168, 18432,  61,  64,  64,   0, 163840,   131072, "bfloat16", R"(first_k_dense_replace=1 hidden_act=silu kv_lora_rank=512 moe_intermediate_size=2048 n_routed_experts=384 n_shared_experts=1 num_experts_per_tok=8 num_nextn_predict_layers=0 q_lora_rank=1536 qk_nope_head_dim=128 qk_rope_head_dim=64 quantization_config={"quant_method":"fp8","weight_block_size":[128,128]} v_head_dim=128)", "aiconfigurator") \
    X("zai-org/glm-4-9b-chat-hf",                      "GLM-4 9B",                2024, "glm",            4096, 13696,  40,  32,   2, 128, 151552,   131072, "",         "",                                                                  "transformers:models/glm") \
    X("zai-org/GLM-4.5",                               "GLM-4.5",                 2025, "glm4_moe",       5120, 12288,  92,  96,   8, 128, 151552,   131072, "bfloat16", "attention_bias=true partial_rotary_factor=0.5 moe_intermediate_size=1536 n_routed_experts=160 first_k_dense_replace=3 num_nextn_predict_layers=1 use_qk_norm=true", "rtp-llm") \
    X("zai-org/GLM-4.7-Flash",                         "GLM-4.7 Flash",           2026, "glm4_moe_lite",  2048, 10240,  47,  20,  20,   0, 154880,   202752, "",         "",                                                                  "transformers:models/glm4_moe_lite") \
    X("zai-org/GLM-5",                                 "GLM-5",                   2026, "glm_moe_dsa",    6144, 12288,  78,  64,  64,  64, 154880,   202752, "bfloat16", "num_nextn_predict_layers=1",                                        "aiconfigurator") \
    X("MiniMaxAI/MiniMax-M2.7",                        "MiniMax M2.7",            2026, "minimax_m2",     3072,  1536,  62,  48,   8, 128, 200064,   204800, "bfloat16", R"(quantization_config={"quant_method":"fp8","weight_block_size":[128,128]} rotary_dim=64)", "aiconfigurator") \
    FAMILY("OpenAI") \
    X("openai/gpt-oss-20b",                            "gpt-oss 20B",             2025, "gpt_oss",        2880,  2880,  24,  64,   8,  64, 201088,   131072, "",         "num_local_experts=32",                                              "aiconfigurator") \
    X("openai/gpt-oss-120b",                           "gpt-oss 120B",            2025, "gpt_oss",        2880,  2880,  36,  64,   8,  64, 201088,   131072, "",         "",                                                                  "aiconfigurator") \
    FAMILY("OLMo") \
    X("allenai/OLMo-7B-hf",                            "OLMo 7B",                 2024, "olmo",           4096, 11008,  32,  32,  32,   0,  50304,     2048, "",         "",                                                                  "transformers:models/olmo") \
    X("allenai/OLMo-2-1124-7B",                        "OLMo 2 7B",               2024, "olmo2",          4096, 11008,  32,  32,  32,   0, 100352,     4096, "float32",  "",                                                                  "mlc:olmo2_7b") \
    X("allenai/OLMo-2-1124-13B",                       "OLMo 2 13B",              2024, "olmo2",          5120, 13824,  40,  40,  40,   0, 100352,     4096, "float32",  "",                                                                  "mlc:olmo2_13b") \
    X("allenai/OLMo-2-0325-32B",                       "OLMo 2 32B",              2025, "olmo2",          5120, 27648,  64,  40,   8,   0, 100352,     4096, "float32",  "",                                                                  "mlc:olmo2_32b") \
    X("allenai/Olmo-3.1-32B-Instruct",                 "OLMo 3.1 32B",            2025, "olmo3",          5120, 27648,  64,  40,   8,   0, 100278,    65536, "bfloat16", "",                                                                  "tt-metal:Olmo-3.1-32B-Instruct@7699a9ee") \
    X("allenai/OLMoE-1B-7B-0924",                      "OLMoE 1B-7B",             2024, "olmoe",          2048,  1024,  16,  16,  16,   0,  50304,     4096, "bfloat16", "",                                                                  "megatron-bridge:olmoe/test_olmoe_bridge.py") \
    FAMILY("Falcon, MPT, others") \
    X("tiiuae/falcon-7b",                              "Falcon 7B",               2023, "falcon",         4544,     0,  32,  71,   0,   0,  65024,     2048, "",         "",                                                                  "transformers:models/falcon") \
    X("tiiuae/falcon-40b",                             "Falcon 40B",              2023, "falcon",         8192,     0,  60, 128,   8,   0,  65024,        0, "",         "new_decoder_architecture=true",                                     "vllm-arch; litgpt") \
    X("mosaicml/mpt-7b",                               "MPT 7B",                  2023, "mpt",            4096,     4,  32,  32,   0,   0,  50432,        0, "",         "",                                                                  "vllm-arch") \
    X("stabilityai/stablelm-2-zephyr-1_6b",            "StableLM 2 1.6B",         2024, "stablelm",       2048,  5632,  24,  32,  32,   0, 100352,     4096, "float16",  "partial_rotary_factor=0.25 use_qkv_bias=true",                      "mlc:stablelm-2-zephyr-1_6b") \
    X("CohereForAI/aya-23-8B",                         "Aya 23 8B",               2024, "cohere",         4096, 14336,  32,  32,   8,   0, 256000,     8192, "float16",  "",                                                                  "mlc:aya-23") \
    X("CohereForAI/c4ai-command-r-v01",                "Command R 35B",           2024, "cohere",         8192, 22528,  40,  64,   0,   0, 256000,     8192, "",         "",                                                                  "transformers:models/cohere") \
    X("bigcode/starcoder2-7b",                         "StarCoder2 7B",           2024, "starcoder2",     4608, 18432,  32,  36,   4,   0,  49152,    16384, "bfloat16", "attention_dropout=0.1 residual_dropout=0.1 embedding_dropout=0.1 sliding_window=4096", "mlc:starcoder2") \
    X("LGAI-EXAONE/EXAONE-4.0-32B",                    "",                        2025, "exaone4",        5120, 27392,  64,  40,   8, 128, 102400,   131072, "bfloat16", "sliding_window_pattern=LLLG",                                       "tt-metal:EXAONE-4.0-32B@0a91bdf4") \
    FAMILY("State space and hybrid") \
    X("state-spaces/mamba-130m-hf",                    "Mamba 130M",              2023, "mamba",           768,     0,  24,   0,   0,   0,  50280,        0, "",         "",                                                                  "vllm-arch") \
    X("mistralai/Mamba-Codestral-7B-v0.1",             "Mamba Codestral 7B",      2024, "mamba2",         4096,     0,  64,   0,   0,   0,  32768,        0, "",         "",                                                                  "vllm-arch") \
    X("ai21labs/AI21-Jamba-1.5-Mini",                  "Jamba 1.5 Mini",          2024, "jamba",          4096, 14336,  32,  32,   8,   0,  65536,   262144, "bfloat16", "mamba_dt_rank=256",                                                 "hf:ai21labs/AI21-Jamba-1.5-Mini") \
    X("tiiuae/Falcon-H1-0.5B-Base",                    "Falcon-H1 0.5B",          2025, "falcon_h1",      1024,  2048,  36,   8,   2,  64,  32784,    16384, "bfloat16", "mamba_d_head=64 mamba_d_state=128 mamba_n_heads=24",                "megatron-bridge:falcon_h1/test_falcon_h1_bridge.py") \
    X("LiquidAI/LFM2.5-VL-1.6B",                       "LFM2.5-VL 1.6B",          2026, "lfm2_vl",        2048, 12288,  16,  32,   8,   0,  65536,   128000, "bfloat16", R"(^projector_hidden_size=2048 ^projector_use_layernorm=false block_ff_dim=12288 layer_types=["conv","conv","full_attention","conv","conv","full_attention","conv","conv","full_attention","conv","full_attention","conv","full_attention","conv","full_attention","conv"])", "tt-metal:LFM2.5-VL-1.6B@c7502768") \
    X("nvidia/Nemotron-H-56B-Base-8K",                 "Nemotron-H 56B",          2025, "nemotron_h",     8192, 32768, 118,  64,   8,   0, 131072,     8192, "bfloat16", "attention_head_dim=128 hybrid_override_pattern=M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M- mamba_num_heads=256 ssm_state_size=256", "aiconfigurator") \
    X("nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16",    "Nemotron 3 Nano 30B A3B", 2025, "nemotron_h",     2688,  1856,  52,  32,   2, 128, 131072,   262144, "bfloat16", "hybrid_override_pattern=MEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEMEM*EMEMEMEME mamba_num_heads=64 moe_intermediate_size=1856 moe_shared_expert_intermediate_size=3712 n_routed_experts=128 num_experts_per_tok=6", "aiconfigurator")

/// Former ids, and ids of siblings whose configuration has the same sizes.
#define TENSORLEDGER_MODEL_ALIASES(X) \
    X("meta-llama/Meta-Llama-3.1-8B",            "meta-llama/Llama-3.1-8B")                       \
    X("meta-llama/Llama-3.1-8B-Instruct",        "meta-llama/Llama-3.1-8B")                       \
    X("meta-llama/Meta-Llama-3.1-8B-Instruct",   "meta-llama/Llama-3.1-8B")                       \
    X("meta-llama/Meta-Llama-3.1-70B",           "meta-llama/Llama-3.1-70B")                      \
    X("meta-llama/Llama-3.1-70B-Instruct",       "meta-llama/Llama-3.1-70B")                      \
    X("meta-llama/Meta-Llama-3.1-70B-Instruct",  "meta-llama/Llama-3.1-70B")                      \
    X("meta-llama/Meta-Llama-3.1-405B",          "meta-llama/Llama-3.1-405B")                     \
    X("meta-llama/Llama-3.1-405B-Instruct",      "meta-llama/Llama-3.1-405B")                     \
    X("meta-llama/Meta-Llama-3.1-405B-Instruct", "meta-llama/Llama-3.1-405B")                     \
    X("meta-llama/Meta-Llama-3-8B-Instruct",     "meta-llama/Meta-Llama-3-8B")                    \
    X("meta-llama/Llama-3-8B",                   "meta-llama/Meta-Llama-3-8B")                    \
    X("meta-llama/Meta-Llama-3-70B-Instruct",    "meta-llama/Meta-Llama-3-70B")                   \
    X("meta-llama/Llama-3-70B",                  "meta-llama/Meta-Llama-3-70B")                   \
    X("meta-llama/Llama-3.2-1B-Instruct",        "meta-llama/Llama-3.2-1B")                       \
    X("meta-llama/Llama-3.2-3B-Instruct",        "meta-llama/Llama-3.2-3B")                       \
    X("meta-llama/Llama-2-7b",                   "meta-llama/Llama-2-7b-hf")                      \
    X("meta-llama/Llama-2-7b-chat-hf",           "meta-llama/Llama-2-7b-hf")                      \
    X("meta-llama/Llama-2-13b",                  "meta-llama/Llama-2-13b-hf")                     \
    X("meta-llama/Llama-2-13b-chat-hf",          "meta-llama/Llama-2-13b-hf")                     \
    X("meta-llama/Llama-2-70b",                  "meta-llama/Llama-2-70b-hf")                     \
    X("meta-llama/Llama-2-70b-chat-hf",          "meta-llama/Llama-2-70b-hf")                     \
    X("meta-llama/Llama-3.3-70B",                "meta-llama/Llama-3.3-70B-Instruct")             \
    X("meta-llama/Llama-4-Scout-17B-16E",        "meta-llama/Llama-4-Scout-17B-16E-Instruct")     \
    X("meta-llama/Llama-4-Maverick-17B-128E",    "meta-llama/Llama-4-Maverick-17B-128E-Instruct") \
    X("Qwen/Qwen2-0.5B",                         "Qwen/Qwen2-0.5B-Instruct")                      \
    X("Qwen/Qwen2-1.5B",                         "Qwen/Qwen2-1.5B-Instruct")                      \
    X("Qwen/Qwen2-7B",                           "Qwen/Qwen2-7B-Instruct")                        \
    X("Qwen/Qwen2-72B",                          "Qwen/Qwen2-72B-Instruct")                       \
    X("Qwen/Qwen2.5-0.5B-Instruct",              "Qwen/Qwen2.5-0.5B")                             \
    X("Qwen/Qwen2.5-1.5B-Instruct",              "Qwen/Qwen2.5-1.5B")                             \
    X("Qwen/Qwen2.5-3B-Instruct",                "Qwen/Qwen2.5-3B")                               \
    X("Qwen/Qwen2.5-7B-Instruct",                "Qwen/Qwen2.5-7B")                               \
    X("Qwen/Qwen2.5-14B-Instruct",               "Qwen/Qwen2.5-14B")                              \
    X("Qwen/Qwen2.5-32B-Instruct",               "Qwen/Qwen2.5-32B")                              \
    X("Qwen/Qwen2.5-72B-Instruct",               "Qwen/Qwen2.5-72B")                              \
    X("google/gemma-2-2b-it",                    "google/gemma-2-2b")                             \
    X("google/gemma-2-9b-it",                    "google/gemma-2-9b")                             \
    X("google/gemma-2-27b-it",                   "google/gemma-2-27b")                            \
    X("google/gemma-3-1b-pt",                    "google/gemma-3-1b-it")                          \
    X("google/gemma-3-4b-pt",                    "google/gemma-3-4b-it")                          \
    X("google/gemma-3-12b-pt",                   "google/gemma-3-12b-it")                         \
    X("google/gemma-3-27b-pt",                   "google/gemma-3-27b-it")                         \
    X("google/gemma-4-31B-it",                   "google/gemma-4-31B")                            \
    X("google/gemma-4-26B-A4B-it",               "google/gemma-4-26B-A4B")                        \
    X("google/gemma-4-E2B",                      "google/gemma-4-E2B-it")                         \
    X("mistralai/Mistral-7B-Instruct-v0.1",      "mistralai/Mistral-7B-v0.1")                     \
    X("mistralai/Mistral-7B-Instruct-v0.3",      "mistralai/Mistral-7B-v0.3")                     \
    X("mistralai/Mistral-Nemo-Instruct-2407",    "mistralai/Mistral-Nemo-Base-2407")              \
    X("mistralai/Mixtral-8x7B-Instruct-v0.1",    "mistralai/Mixtral-8x7B-v0.1")                   \
    X("mistralai/Mixtral-8x22B-Instruct-v0.1",   "mistralai/Mixtral-8x22B-v0.1")                  \
    X("HuggingFaceTB/SmolLM2-1.7B-Instruct",     "HuggingFaceTB/SmolLM2-1.7B")                    \
    X("Qwen/Qwen3-Next-80B-A3B",                 "Qwen/Qwen3-Next-80B-A3B-Instruct")              \
    X("THUDM/glm-4-9b-chat-hf",                  "zai-org/glm-4-9b-chat-hf")                      \
    X("google/gemma-2b-it",                      "google/gemma-2b")                               \
    X("google/gemma-7b-it",                      "google/gemma-7b")                               \
    X("CohereLabs/c4ai-command-r-v01",           "CohereForAI/c4ai-command-r-v01")
// clang-format on
