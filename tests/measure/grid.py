"""Which runs are measured? The grid, as requests of tensorledger itself: what `estimate --batch` is asked is
what the run is built from, so that a record needs no translation to be compared.

Every model is run at a plain set-up, then with one thing changed at a time (attention, precision, checkpointing,
optimizer, adapters, padding), then over batch and sequence length, then generating. Standard library alone.
"""

# Sizes of published models (dimensions only; the weights are random). Smallest first.
MODELS = {
    "llama-10m": dict(architectures=["LlamaForCausalLM"], model_type="llama", hidden_size=256, intermediate_size=704,
                      num_hidden_layers=6, num_attention_heads=8, num_key_value_heads=4, vocab_size=8192,
                      max_position_embeddings=4096, tie_word_embeddings=True),
    "gpt2": dict(architectures=["GPT2LMHeadModel"], model_type="gpt2", n_embd=768, n_layer=12, n_head=12,
                 n_positions=1024, vocab_size=50257, attn_pdrop=0.0, embd_pdrop=0.0, resid_pdrop=0.0),
    "bert-base": dict(architectures=["BertForMaskedLM"], model_type="bert", hidden_size=768, num_hidden_layers=12,
                      num_attention_heads=12, intermediate_size=3072, vocab_size=30522, max_position_embeddings=512,
                      hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1),
    "opt-350m": dict(architectures=["OPTForCausalLM"], model_type="opt", hidden_size=1024, num_hidden_layers=24,
                     num_attention_heads=16, ffn_dim=4096, vocab_size=50272, word_embed_proj_dim=512,
                     do_layer_norm_before=False, max_position_embeddings=2048, dropout=0.0),
    "qwen3-0.6b": dict(architectures=["Qwen3ForCausalLM"], model_type="qwen3", hidden_size=1024,
                       intermediate_size=3072, num_hidden_layers=28, num_attention_heads=16, num_key_value_heads=8,
                       head_dim=128, vocab_size=151936, max_position_embeddings=40960, tie_word_embeddings=True),
    "pythia-1b": dict(architectures=["GPTNeoXForCausalLM"], model_type="gpt_neox", hidden_size=2048,
                      intermediate_size=8192, num_hidden_layers=16, num_attention_heads=8, vocab_size=50304,
                      max_position_embeddings=2048, rotary_pct=0.25),
    "llama-1b": dict(architectures=["LlamaForCausalLM"], model_type="llama", hidden_size=2048,
                     intermediate_size=8192, num_hidden_layers=16, num_attention_heads=32, num_key_value_heads=8,
                     head_dim=64, vocab_size=128256, max_position_embeddings=131072, tie_word_embeddings=True),
    "gemma2-2b": dict(architectures=["Gemma2ForCausalLM"], model_type="gemma2", hidden_size=2304,
                      intermediate_size=9216, num_hidden_layers=26, num_attention_heads=8, num_key_value_heads=4,
                      head_dim=256, vocab_size=256000, max_position_embeddings=8192, sliding_window=4096,
                      attention_dropout=0.0),
    "llama-3b": dict(architectures=["LlamaForCausalLM"], model_type="llama", hidden_size=3072,
                     intermediate_size=8192, num_hidden_layers=28, num_attention_heads=24, num_key_value_heads=8,
                     head_dim=128, vocab_size=128256, max_position_embeddings=131072, tie_word_embeddings=True),
    "llama-8b": dict(architectures=["LlamaForCausalLM"], model_type="llama", hidden_size=4096,
                     intermediate_size=14336, num_hidden_layers=32, num_attention_heads=32, num_key_value_heads=8,
                     vocab_size=128256, max_position_embeddings=8192),
}

# The plain set-up of each model: batch, sequence length.
PLAIN = {"llama-10m": (4, 512), "gpt2": (4, 1024), "bert-base": (8, 512), "opt-350m": (2, 1024),
         "qwen3-0.6b": (2, 1024), "pythia-1b": (2, 1024), "llama-1b": (2, 1024), "gemma2-2b": (1, 1024),
         "llama-3b": (1, 1024), "llama-8b": (1, 1024)}

# One thing changed at a time.
CHANGES = {
    "plain": {},
    "eager": {"attention": "eager"},
    "flash": {"attention": "flash"},
    "padded": {"mask": True},
    "fp32": {"precision": "fp32"},
    "bf16-mixed": {"precision": "bf16-mixed"},
    "checkpointed": {"checkpointing": "full"},
    "checkpointed-mixed": {"checkpointing": "full", "precision": "bf16-mixed"},
    "fused": {"optimizer_impl": "fused"},
    "loop": {"optimizer_impl": "loop"},
    "sgd": {"optimizer": "sgd"},
    "momentum": {"optimizer": "sgd-momentum"},
    "adafactor": {"optimizer": "adafactor"},
    "8-bit": {"optimizer": "adamw-8bit"},
    "clipped": {"clip_grad": True},
    "accumulated": {"grad_accum": 2},
    "lora": {"method": "lora", "lora_rank": 16, "lora_targets": "all-linear"},
    "lora-checkpointed": {"method": "lora", "lora_rank": 16, "lora_targets": "all-linear", "checkpointing": "full"},
}

# Batch and sequence length, for two models over a wide range and for the largest ones where memory ends.
SHAPES = {
    "gpt2": [(b, s) for b in (1, 2, 8, 16) for s in (128, 512, 1024)],
    "llama-1b": [(b, s) for b in (1, 4, 8) for s in (512, 2048, 4096)],
    "llama-8b": [(1, 2048), (1, 4096), (2, 4096), (4, 4096), (1, 8192)],
}
SHAPES_WITH = {"llama-8b": {"method": "lora", "lora_rank": 16, "lora_targets": "all-linear", "checkpointing": "full"}}

# Generation: batch, prompt, context.
GENERATION = [(1, 512, 640), (4, 512, 640), (1, 4096, 4224)]

TINY = {
    "tiny-llama": dict(MODELS["llama-10m"], hidden_size=64, intermediate_size=128, num_hidden_layers=2,
                       vocab_size=256),
    "tiny-gpt2": dict(MODELS["gpt2"], n_embd=64, n_layer=2, n_head=4, vocab_size=256),
    "tiny-bert": dict(MODELS["bert-base"], hidden_size=64, num_hidden_layers=2, num_attention_heads=4,
                      intermediate_size=128, vocab_size=256),
}


def training(name, config, batch, seq, **changes):
    request = {"config": config, "task": "train", "batch": batch, "seq": seq, "attention": "sdpa",
               "precision": "bf16", **changes}
    return {"id": name, "request": request}


def generating(name, config, batch, prompt, context):
    request = {"config": config, "task": "inference", "engine": "hf", "batch": batch, "prompt": prompt,
               "context": context, "attention": "sdpa", "precision": "bf16"}
    return {"id": name, "request": request}


def applies(model, change):
    """Whether the change can be made to this model: BERT has no flash attention with its dropout."""
    return not (MODELS[model]["model_type"] == "bert" and change == "flash")


def grid():
    """Every case, smallest model first."""
    cases = []
    for model, config in MODELS.items():
        batch, seq = PLAIN[model]
        for change, keys in CHANGES.items():
            if applies(model, change):
                cases.append(training(f"{model}/{change}", config, batch, seq, **keys))
        for batch, seq in SHAPES.get(model, []):
            cases.append(training(f"{model}/b{batch}-s{seq}", config, batch, seq, **SHAPES_WITH.get(model, {})))
        if config["model_type"] != "bert":
            for batch, prompt, context in GENERATION:
                if context <= config.get("max_position_embeddings", config.get("n_positions")):
                    cases.append(generating(f"{model}/generate-b{batch}-s{prompt}", config, batch, prompt, context))
    return cases


def smoke():
    """Small enough for any processor: the same code paths, nothing worth recording."""
    cases = []
    for model, config in TINY.items():
        for change in ("plain", "eager", "padded", "fp32", "bf16-mixed", "checkpointed", "loop", "sgd", "clipped",
                       "accumulated", "lora"):
            cases.append(training(f"{model}/{change}", config, 2, 16, **CHANGES[change]))
        if config["model_type"] != "bert":
            cases.append(generating(f"{model}/generate", config, 2, 8, 12))
    return cases
