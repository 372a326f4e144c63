#pragma once

// Every work that a row cites: key, authors or organisation, year, title, where to find it.

// clang-format off
#define TENSORLEDGER_BIBLIOGRAPHY(X) \
    X("aiconfigurator", "NVIDIA",        "2026", "ai-dynamo/aiconfigurator: model_configs and systems", "https://github.com/ai-dynamo/aiconfigurator/tree/095f58a51c4ca8e61b66ec108d86f223f8d559ce/aic-core/src/aiconfigurator_core") \
    X("litgpt",         "Lightning AI",  "2025", "LitGPT: configurations", "https://github.com/Lightning-AI/litgpt/blob/26857050fe3ff627cd714fe92f5838f51a3d5efa/litgpt/config.py") \
    X("mlc",            "MLC",           "2025", "MLC LLM: model presets", "https://github.com/mlc-ai/mlc-llm/blob/79d603f085f50500e9509fa01785ffa7ecfaaa93/python/mlc_llm/model/model_preset.py") \
    X("transformers",   "Hugging Face",  "2026", "Transformers 5.16.0.dev0", "https://github.com/huggingface/transformers/blob/decba1d2ea4ed3cbf0495d1828abad4b2dba1846/src/transformers")
// clang-format on
