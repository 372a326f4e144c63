// The set-up, the answer and the functions of tensorledger. Generated from its option table by
// `tensorledger generate typescript`: edit the table, not this file.

export type Task =
  | "train"
  | "inference";

export type Framework =
  | "hf"
  | "megatron"
  | "fsdp2"
  | "deepspeed"
  | "pytorch";

export type TorchVersion =
  | "current"
  | "2.0"
  | "1.10";

export type Engine =
  | "hf"
  | "llamacpp"
  | "vllm"
  | "sglang";

export type AttentionKind =
  | "eager"
  | "sdpa"
  | "flash";

export type Precision =
  | "fp32"
  | "bf16"
  | "fp16"
  | "bf16-mixed"
  | "fp16-mixed"
  | "bf16-master"
  | "fp16-master"
  | "bf16-autocast"
  | "fp8"
  | "fp8-mixed";

export type Fp8Recipe =
  | "tensorwise"
  | "rowwise"
  | "rowwise-gw-hp"
  | "te-delayed";

export type Optimizer =
  | "adamw"
  | "adam"
  | "adamw-8bit"
  | "adamw-4bit"
  | "adamw-fp8"
  | "adafactor"
  | "sgd"
  | "sgd-momentum"
  | "rmsprop"
  | "adagrad"
  | "lion"
  | "lion-8bit"
  | "muon"
  | "soap"
  | "shampoo"
  | "galore"
  | "apollo"
  | "lomo"
  | "adalomo"
  | "badam";

export type OptimizerImpl =
  | "foreach"
  | "fused"
  | "loop";

export type Kernels =
  | "pytorch"
  | "liger";

export type OptimizerLibrary =
  | "auto"
  | "pytorch"
  | "bitsandbytes"
  | "torchao"
  | "transformers";

export type Checkpointing =
  | "none"
  | "selective"
  | "full";

export type CheckpointPolicy =
  | "attention"
  | "ops";

export type Loss =
  | "logits"
  | "shifted"
  | "chunked"
  | "fused";

export type Method =
  | "full"
  | "lora"
  | "qlora"
  | "dora"
  | "adalora"
  | "vera"
  | "randlora"
  | "loha"
  | "lokr"
  | "oft"
  | "boft"
  | "miss"
  | "fourierft"
  | "ia3"
  | "bottleneck"
  | "prompt"
  | "ptuning"
  | "prefix"
  | "tokens"
  | "bitfit"
  | "lntuning"
  | "freeze";

export type AdapterDType =
  | "fp32"
  | "bf16"
  | "fp16";

export type Quant =
  | "auto"
  | "nf4"
  | "fp4"
  | "int8"
  | "gptq";

export type FrozenPart =
  | "embeddings"
  | "lowest-layers"
  | "all-but-last-layer";

export type Offload =
  | "none"
  | "optimizer"
  | "all";

export type WeightStorage =
  | "auto"
  | "fp32"
  | "bf16"
  | "fp16"
  | "fp8"
  | "int8"
  | "nf4"
  | "nf4-double"
  | "fp4"
  | "awq"
  | "gptq"
  | "gptq-8bit"
  | "gptq-3bit"
  | "hqq"
  | "mxfp4"
  | "nvfp4"
  | "iq1_s"
  | "iq1_m"
  | "tq1_0"
  | "tq2_0"
  | "iq2_xxs"
  | "iq2_xs"
  | "iq2_s"
  | "iq2_m"
  | "q2_k_s"
  | "q2_k"
  | "iq3_xxs"
  | "iq3_xs"
  | "iq3_s"
  | "iq3_m"
  | "q3_k_s"
  | "q3_k_m"
  | "q3_k_l"
  | "iq4_xs"
  | "iq4_nl"
  | "q4_0"
  | "q4_1"
  | "q4_k_s"
  | "q4_k_m"
  | "q5_0"
  | "q5_1"
  | "q5_k_s"
  | "q5_k_m"
  | "q6_k"
  | "q8_0"
  | "q1_0"
  | "q2_0";

export type CacheStorage =
  | "auto"
  | "fp32"
  | "bf16"
  | "fp16"
  | "fp8"
  | "q8_0"
  | "q4_0";

export type CacheKind =
  | "dynamic"
  | "tuple"
  | "static"
  | "quantised"
  | "offloaded";

export type CacheBackend =
  | "quanto"
  | "hqq";

export type Outputs =
  | "server"
  | "all";

export type GgmlType =
  | "f16"
  | "f32"
  | "bf16"
  | "q8_0"
  | "q4_0"
  | "q4_1"
  | "q5_0"
  | "q5_1"
  | "iq4_nl";

export type EngineVersion =
  | "0.24"
  | "0.11"
  | "0.8";

export type Speculative =
  | "none"
  | "ngram"
  | "mtp";

/** A set-up: only what differs from the defaults has to be said. */
export interface SetUp {
  /**
   * Model.
   * A model of the catalog, by its Hugging Face name; or hand over a config.json.
   * Default: meta-llama/Llama-3.1-8B.
   */
  model?: string;
  /**
   * Layers, in layers.
   * Changes the depth of the model.
   * Default: as the model states.
   */
  layers?: number | "auto";
  /**
   * Hidden size, in elements.
   * Changes the width of the residual stream.
   * Default: as the model states.
   */
  hidden?: number | "auto";
  /**
   * Attention heads, in heads.
   * Changes the number of query heads.
   * Default: as the model states.
   */
  heads?: number | "auto";
  /**
   * Key and value heads, in heads.
   * Changes the number of heads that keys and values have; fewer than the query heads: grouped-query attention.
   * Default: as the model states.
   */
  kv_heads?: number | "auto";
  /**
   * Head size, in elements.
   * Changes the elements of one head.
   * Default: as the model states.
   */
  head_dim?: number | "auto";
  /**
   * Feed-forward size, in elements.
   * Changes the inner width of the dense feed-forward.
   * Default: as the model states.
   */
  ffn?: number | "auto";
  /**
   * Vocabulary, in tokens.
   * Changes the number of tokens that the model knows.
   * Default: as the model states.
   */
  vocab?: number | "auto";
  /**
   * Task.
   * Train the model, or run it?
   * Default: train.
   */
  task?: Task;
  /**
   * Framework.
   * Whose code trains: each allocates differently.
   * Default: hf.
   */
  framework?: Framework;
  /**
   * PyTorch.
   * What older versions of PyTorch allocate otherwise.
   * Default: current.
   */
  torch?: TorchVersion;
  /**
   * Engine.
   * Whose code runs the model: each allocates differently.
   * Default: hf.
   */
  engine?: Engine;
  /**
   * Attention.
   * How the attention of a layer is computed. SDPA is what transformers takes unless told otherwise.
   * Default: sdpa.
   */
  attention?: AttentionKind;
  /**
   * Micro-batch, in sequences.
   * Sequences that one device works on at once.
   * Default: 1.
   */
  batch?: number;
  /**
   * Sequence length, in tokens.
   * Tokens in each sequence. Not given, it is 2048, or what the model's position table holds if that is less.
   * Default: 2048.
   */
  seq?: number;
  /**
   * Target length, in tokens.
   * Decoder tokens of an encoder–decoder.
   * Default: the same as seq.
   */
  target_seq?: number | "auto";
  /**
   * Gradient accumulation, in micro-batches.
   * Micro-batches whose gradients are added up before one optimizer step.
   * Default: 1.
   */
  grad_accum?: number;
  /**
   * Precision.
   * The number formats of weights, computation, gradients and optimizer.
   * Default: bf16.
   */
  precision?: Precision;
  /**
   * fp8 recipe.
   * How much of a tensor shares a scale when it is cast to 8 bits.
   * Default: tensorwise.
   */
  fp8_recipe?: Fp8Recipe;
  /**
   * Optimizer.
   * What turns gradients into new weights, and what it remembers.
   * Default: adamw.
   */
  optimizer?: Optimizer;
  /**
   * Optimizer implementation.
   * PyTorch has three ways to run the same step; they differ in temporaries.
   * Default: foreach.
   */
  optimizer_impl?: OptimizerImpl;
  /**
   * Kernels.
   * Whose kernels compute the norms, the rotation of queries and keys and the gate of the feed-forward.
   * Default: pytorch.
   */
  kernels?: Kernels;
  /**
   * Optimizer library.
   * Whose code the optimizer is: the same name takes different memory in different libraries.
   * Default: auto.
   */
  optimizer_library?: OptimizerLibrary;
  /**
   * AMSGrad.
   * Adam also remembers the largest second moment so far: a third state.
   * Default: false.
   */
  amsgrad?: boolean;
  /**
   * Paged optimizer states.
   * bitsandbytes keeps the states of large weights in memory that the driver moves between host and device as room allows (PagedAdamW).
   * Default: false.
   */
  optimizer_paged?: boolean;
  /**
   * Optimizer rank.
   * Inner width of the projection that GaLore and APOLLO make of a gradient; APOLLO-Mini is rank 1.
   * Default: 128.
   */
  optimizer_rank?: number;
  /**
   * Longest side, in elements.
   * Shampoo cuts a weight into blocks whose sides are no longer than this (max_preconditioner_dim).
   * Default: 1024.
   */
  preconditioner_dim?: number;
  /**
   * Grafting.
   * The length of each step is taken from Adam, whose second moment is then a state as well (AdamPreconditionerConfig).
   * Default: false.
   */
  grafting?: boolean;
  /**
   * Moving average of the weights.
   * A second copy of all weights follows the trained ones (EMA, PyTorch's AveragedModel).
   * Default: false.
   */
  ema?: boolean;
  /**
   * Reference model.
   * A frozen copy of the model reads every batch as well, without a graph (DPO). `batch` counts sequences: a pair of chosen and rejected is two.
   * Default: false.
   */
  reference_model?: boolean;
  /**
   * Reward model.
   * A frozen model of the same architecture with a head of one output stays on the device (PPO).
   * Default: false.
   */
  reward_model?: boolean;
  /**
   * Critic.
   * A value model of the same architecture is trained beside the policy, in the same step (PPO).
   * Default: false.
   */
  critic?: boolean;
  /**
   * Teacher.
   * A frozen model reads every batch as well, and the trained one imitates its logits (distillation).
   * Default: false.
   */
  teacher?: boolean;
  /**
   * Teacher's model.
   * A model of the catalog with the same vocabulary, in the format of its checkpoint; `same`: the trained model as it was.
   * Default: same.
   */
  teacher_model?: string;
  /**
   * Optimizer inside the backward.
   * Each gradient is used and freed as soon as it exists.
   * Default: false.
   */
  optimizer_in_backward?: boolean;
  /**
   * Free gradients.
   * zero_grad() frees the gradients (PyTorch's default) instead of filling them with zeros.
   * Default: true.
   */
  set_to_none?: boolean;
  /**
   * Clip gradients.
   * The norm of all gradients is taken, and scaled down, before the step.
   * Default: false.
   */
  clip_grad?: boolean;
  /**
   * Keep the output.
   * The loop holds on to the model's output, and so to the logits, through the backward.
   * Default: false.
   */
  keep_output?: boolean;
  /**
   * Activation checkpointing.
   * Forget activations in the forward and compute them again in the backward.
   * Default: none.
   */
  checkpointing?: Checkpointing;
  /**
   * What is run again.
   * Which part of a layer selective checkpointing computes twice.
   * Default: attention.
   */
  checkpoint_policy?: CheckpointPolicy;
  /**
   * Checkpointed layers, in layers.
   * Only every so many-th layer is checkpointed: 2 leaves every other one as it is.
   * Default: 1.
   */
  checkpoint_every?: number;
  /**
   * Loss.
   * How the scores over the vocabulary become a loss.
   * Default: logits.
   */
  loss?: Loss;
  /**
   * Compiled loss.
   * torch.compile runs upcast and loss as one: the fp32 logits and their log-probabilities live inside kernels alone, as with torchtune's `compile: True`.
   * Default: false.
   */
  compiled_loss?: boolean;
  /**
   * Chunks of the loss, in chunks.
   * Pieces that the sequence is cut into; torchtune takes 8.
   * Default: 8.
   */
  loss_chunks?: number;
  /**
   * What is trained.
   * All parameters, or a small part.
   * Default: full.
   */
  method?: Method;
  /**
   * Rank.
   * Inner width of the adapter matrices; of OFT, the number of blocks. Its scale (lora_alpha, rsLoRA) takes no memory.
   * Default: 8.
   */
  lora_rank?: number;
  /**
   * Target modules.
   * Names of the modules that get an adapter, such as `q_proj,v_proj` or `mlp.c_proj`; `all-linear`: every projection but the head; `default`: those that PEFT takes when none is named; `none`: only what `lora_parameters` names.
   * Default: all-linear.
   */
  lora_targets?: string | string[];
  /**
   * Target parameters.
   * Fused weights of experts that get LoRA matrices for every expert (target_parameters), such as `mlp.experts.gate_up_proj,mlp.experts.down_proj`.
   * Default: none.
   */
  lora_parameters?: string | string[];
  /**
   * Feed-forward targets.
   * The target modules whose input IA³ scales, instead of their output.
   * Default: default.
   */
  feed_forward_targets?: string | string[];
  /**
   * Modules trained whole.
   * Names of modules that are trained in a copy beside the frozen original, such as `embed_tokens,lm_head`.
   * Default: none.
   */
  modules_to_save?: string | string[];
  /**
   * Adapter precision.
   * How the adapter's parameters are stored.
   * Default: fp32.
   */
  lora_dtype?: AdapterDType;
  /**
   * Adapter dropout.
   * Probability with which an adapter's input is dropped.
   * Default: no dropout.
   */
  lora_dropout?: number | "auto";
  /**
   * Bottleneck, in elements.
   * The narrow width of a bottleneck adapter.
   * Default: 64.
   */
  bottleneck_size?: number;
  /**
   * Block, in elements.
   * Elements of the input that one block rotates (oft_block_size, boft_block_size); not given, OFT has lora_rank blocks and BOFT blocks of 4.
   * Default: as the method has it.
   */
  block_size?: number | "auto";
  /**
   * Factor.
   * The smaller matrix of the Kronecker product has this many rows and columns (decompose_factor); -1: as near to the square root as divides.
   * Default: -1.
   */
  lokr_factor?: number;
  /**
   * Frequencies.
   * Trained numbers of each module.
   * Default: 1000.
   */
  frequencies?: number;
  /**
   * Input gradients.
   * The embeddings' output is made to require a gradient (enable_input_require_grads) without checkpointing too, where PEFT does not do it by itself.
   * Default: false.
   */
  input_grads?: boolean;
  /**
   * Virtual tokens, in tokens.
   * How many trained tokens stand before the given ones.
   * Default: 20.
   */
  virtual_tokens?: number;
  /**
   * Encoder width, in elements.
   * The inner width of the network that gives the virtual tokens (encoder_hidden_size).
   * Default: as wide as what it gives.
   */
  encoder_hidden?: number | "auto";
  /**
   * Prefix projection.
   * The prefix comes out of a two-layer network instead of a table.
   * Default: false.
   */
  prefix_projection?: boolean;
  /**
   * Trained tokens, in tokens.
   * How many rows of the token table are trained.
   * Default: 1.
   */
  trained_tokens?: number;
  /**
   * Base model stored as.
   * How the frozen linear layers are quantised; the head stays as it is.
   * Default: auto.
   */
  quant?: Quant;
  /**
   * Double quantisation.
   * The scales of 4-bit weights are themselves stored in 8 bits, as QLoRA's recipes have it.
   * Default: true.
   */
  double_quant?: boolean;
  /**
   * Rest in fp32.
   * What is not quantised (norms, embeddings, head) is cast to fp32, as prepare_model_for_kbit_training does.
   * Default: true.
   */
  upcast_rest?: boolean;
  /**
   * Frozen part.
   * Which parameters are not trained.
   * Default: embeddings.
   */
  frozen?: FrozenPart;
  /**
   * Frozen layers, in layers.
   * How many layers, from the input on, are not trained; an encoder's come before its decoder's.
   * Default: 1.
   */
  frozen_layers?: number;
  /**
   * Data parallel, in replicas.
   * Replicas that work on different sequences.
   * Default: 1.
   */
  dp?: number;
  /**
   * Tensor parallel, in devices.
   * Devices that share every layer.
   * Default: 1.
   */
  tp?: number;
  /**
   * Pipeline parallel, in stages.
   * Stages of consecutive layers, one after the other.
   * Default: 1.
   */
  pp?: number;
  /**
   * Context parallel, in devices.
   * Devices that share one sequence.
   * Default: 1.
   */
  cp?: number;
  /**
   * Expert parallel, in devices.
   * Devices that share the experts of a mixture.
   * Default: 1.
   */
  ep?: number;
  /**
   * Virtual pipeline, in chunks.
   * Chunks of layers that each stage interleaves.
   * Default: 1.
   */
  vpp?: number;
  /**
   * ZeRO stage.
   * What the replicas share out: 1 optimizer states, 2 also gradients, 3 also parameters. One device has the buffers of a stage too.
   * Default: 2.
   */
  zero?: number;
  /**
   * Reduce bucket, in elements.
   * Gradients are collected in a buffer of so many elements before they are reduced (reduce_bucket_size).
   * Default: 500000000.
   */
  reduce_bucket?: number;
  /**
   * Overlap communication.
   * Gradients are reduced on a stream of their own while the backward goes on, which takes a second bucket.
   * Default: false.
   */
  overlap_comm?: boolean;
  /**
   * Sequence parallel.
   * What tensor parallelism leaves whole is split along the sequence.
   * Default: false.
   */
  sequence_parallel?: boolean;
  /**
   * Reshard after forward.
   * Gathered parameters are dropped after the forward and gathered again for the backward.
   * Default: true.
   */
  reshard?: boolean;
  /**
   * Expandable segments.
   * PyTorch's allocator lets its segments grow instead of making new ones, which leaves fewer gaps (PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True).
   * Default: false.
   */
  expandable_segments?: boolean;
  /**
   * Offload.
   * What waits in the host's memory.
   * Default: none.
   */
  offload?: Offload;
  /**
   * Weights stored as.
   * How each weight is stored on the device.
   * Default: auto.
   */
  weights?: WeightStorage;
  /**
   * Cache stored as.
   * How the keys and values of past tokens are stored.
   * Default: auto.
   */
  kv?: CacheStorage;
  /**
   * Kind of cache.
   * Whether the cache grows with the text or is there from the start.
   * Default: dynamic.
   */
  cache?: CacheKind;
  /**
   * Cache quantised by.
   * Whose code quantises the cache.
   * Default: quanto.
   */
  cache_backend?: CacheBackend;
  /**
   * Bits of the cache, in bits.
   * Of each number of a quantised cache (nbits).
   * Default: 4.
   */
  cache_bits?: number;
  /**
   * Group of the cache, in elements.
   * Numbers that share a scale and a zero point (q_group_size).
   * Default: 64.
   */
  cache_group?: number;
  /**
   * Residual of the cache, in tokens.
   * The last tokens, fewer than this many, stay as they are (residual_length).
   * Default: 128.
   */
  cache_residual?: number;
  /**
   * Beams, in beams.
   * Continuations that beam search follows for each sequence; each has a cache of its own.
   * Default: 1.
   */
  num_beams?: number;
  /**
   * Logits in fp32.
   * transformers before 4.45 copied the scores of all tokens to fp32, also while generating.
   * Default: false.
   */
  logits_fp32?: boolean;
  /**
   * Group of the weights, in elements.
   * Inputs that share a scale where `weights` is gptq, awq or hqq; 0: all of a row.
   * Default: as the format has it.
   */
  quant_group?: number | "auto";
  /**
   * Context, in tokens.
   * Tokens that the cache holds in the end, prompt and answer: of one sequence; for llama.cpp of all sequences together, as its -c counts. vLLM and SGLang take the model's own limit unless it is given.
   * Default: the prompt.
   */
  context?: number | "auto";
  /**
   * Sequences, in sequences.
   * Sequences that are served at the same time.
   * Default: the same as batch.
   */
  sequences?: number | "auto";
  /**
   * Prompt, in tokens.
   * Tokens that are read at once before the first new one.
   * Default: the same as seq.
   */
  prompt?: number | "auto";
  /**
   * Logits kept, in tokens.
   * Last tokens of the prompt whose scores are computed; 0 computes all. generate() asks for 1.
   * Default: 1.
   */
  logits_to_keep?: number;
  /**
   * Tokens per forward, in tokens.
   * A longer prompt is read in pieces of this many tokens.
   * Default: 512.
   */
  ubatch?: number;
  /**
   * Layers on the GPU, in layers.
   * The last so many layers, the output first (-ngl); -1 puts all of them there.
   * Default: -1.
   */
  gpu_layers?: number;
  /**
   * Cache on the GPU.
   * Off, the cache stays in the host's memory (--no-kv-offload).
   * Default: true.
   */
  kv_offload?: boolean;
  /**
   * One cache for all sequences.
   * The sequences share one cache instead of having a part each.
   * Default: false.
   */
  kv_unified?: boolean;
  /**
   * Full cache for sliding windows.
   * Layers with a sliding window keep the whole context nevertheless.
   * Default: false.
   */
  swa_full?: boolean;
  /**
   * Rows that get logits.
   * The server asks for one row of a sequence; other callers for all.
   * Default: server.
   */
  outputs?: Outputs;
  /**
   * Keys stored as.
   * The type of the cached keys (-ctk).
   * Default: f16.
   */
  kv_k?: GgmlType;
  /**
   * Values stored as.
   * The type of the cached values (-ctv).
   * Default: f16.
   */
  kv_v?: GgmlType;
  /**
   * Importance matrix.
   * Whether the file was quantised with one: some tensors then get another type.
   * Default: false.
   */
  imatrix?: boolean;
  /**
   * Logical batch, in tokens.
   * Tokens that are handed over at once (-b).
   * Default: 2048.
   */
  batch_tokens?: number;
  /**
   * Embeddings.
   * The hidden states are handed out beside the scores (--embedding).
   * Default: false.
   */
  embeddings?: boolean;
  /**
   * Share of the card.
   * How much of the card's memory vLLM takes; what weights and activations leave of it becomes cache (gpu_memory_utilization).
   * Default: 0.92; 0.90 before 0.24.
   */
  gpu_memory_utilization?: number | "auto";
  /**
   * Static share of the card.
   * How much of the free memory weights and cache take together; the rest is left for activations and graphs (mem_fraction_static).
   * Default: as SGLang reckons for the card.
   */
  mem_fraction_static?: number | "auto";
  /**
   * Bytes of the cache, in bytes.
   * The cache of one device, in place of what is left of its share (kv_cache_memory_bytes).
   * Default: what the share leaves.
   */
  kv_cache_memory_bytes?: number | "auto";
  /**
   * Most sequences, in sequences.
   * Sequences of one forward at most (vLLM's max_num_seqs, SGLang's max_running_requests).
   * Default: as the engine takes for the card.
   */
  max_num_seqs?: number | "auto";
  /**
   * Tokens per forward, in tokens.
   * Tokens of one forward at most; a longer prompt is read in pieces (vLLM's max_num_batched_tokens, SGLang's chunked_prefill_size).
   * Default: as the engine takes for the card.
   */
  max_num_batched_tokens?: number | "auto";
  /**
   * Tokens in a block, in tokens.
   * The cache is handed out in blocks of this many tokens (vLLM's block_size, SGLang's page_size).
   * Default: 16 (vLLM), 1 (SGLang).
   */
  page_size?: number | "auto";
  /**
   * Without CUDA graphs.
   * No graphs are captured (vLLM's enforce_eager, SGLang's disable_cuda_graph).
   * Default: false.
   */
  enforce_eager?: boolean;
  /**
   * Version.
   * As which release of vLLM starts: what it takes of the card, how it samples, and what it counts before the cache.
   * Default: 0.24.
   */
  engine_version?: EngineVersion;
  /**
   * LoRA adapters, in adapters.
   * Adapters that are on the device at once, beside the weights; 0: LoRA is not enabled.
   * Default: 0.
   */
  max_loras?: number;
  /**
   * Largest LoRA rank.
   * Room for this rank is kept in every adapter's place.
   * Default: 16.
   */
  max_lora_rank?: number;
  /**
   * Speculative decoding.
   * Who guesses tokens that the model then checks in one forward.
   * Default: none.
   */
  speculative?: Speculative;
  /**
   * Guessed tokens, in tokens.
   * Tokens that are guessed ahead in each step (num_speculative_tokens).
   * Default: 1.
   */
  speculative_tokens?: number;
  /**
   * Shared prefix, in tokens.
   * Leading tokens that all sequences have in common: full blocks of them are in the cache once.
   * Default: 0.
   */
  shared_prefix?: number;
  /**
   * Dropout, in probability.
   * Overrides every dropout probability of the model; 0 switches dropout off.
   * Default: as the config states.
   */
  dropout?: number | "auto";
  /**
   * Padding mask.
   * Whether a mask for padded sequences is handed to the model.
   * Default: false.
   */
  mask?: boolean;
  /**
   * Device.
   * The accelerator that it has to fit on.
   * Default: h100-80gb.
   */
  gpu?: string;
  /**
   * Devices, in devices.
   * How many of them; 0: none, everything on the CPU (llama.cpp).
   * Default: 1.
   */
  gpus?: number;
  /** The parsed config.json of a network; in place of `model`. */
  config?: Record<string, unknown>;
  /** Repeated in the answer. */
  id?: string | number;
}

/** Why was a set-up or a file refused? A full sentence, the key it is about, and a stable code. */
export interface Issue {
  field: string;
  code: string;
  message: string;
}

/** What should a reader know beside the figures? */
export interface Note {
  code: string;
  message: string;
}

/** The components of the memory; all sizes are exact whole numbers of bytes. */
export type Component =
  | "weights"
  | "gradients"
  | "optimizer"
  | "activations"
  | "logits"
  | "kv_cache"
  | "state"
  | "buffers";

/** Parameters; tied weights once. `active`: used for one token. */
export interface ParameterCounts {
  total: number;
  active: number;
  trainable: number;
  embedding: number;
}

/** Bytes: what tensors take, what the allocator holds, what nvidia-smi shows. */
export interface Totals {
  allocated: number;
  reserved: number;
  device: number;
}

/**
 * What PyTorch's caching allocator makes of the tensors, in bytes: their blocks and the library workspaces at the highest
 * (max_memory_allocated), all segments (max_memory_reserved), what is free inside segments in use when most is
 * allocated; how many segments there are, and how often the card was full and free ones were given back.
 */
export interface Allocator {
  allocated: number;
  reserved: number;
  fragmentation: number;
  segments: number;
  retries: number;
}

/**
 * What lies between two totals: allocated plus every row within "reserved" is reserved; that plus every row within
 * "device" is device. A row of 0 bytes says in its note why it is 0.
 */
export interface Beside {
  name: string;
  bytes: number;
  within: "reserved" | "device";
  source: string;
  note: string;
}

/** One phase of a step, in bytes live on the device. */
export interface Phase {
  name: string;
  start: number;
  peak: number;
  end: number;
}

/**
 * What autograd keeps at the end of the forward, in bytes; `bytes` of all `count` layers of a kind,
 * `tensors` those of one such layer, `outside_tensors` those that no layer alone keeps.
 */
export interface Saved {
  layers: { kind: string; count: number; bytes: number; tensors?: Row[] }[];
  outside: number;
  outside_tensors?: Row[];
  total: number;
}

/** One line of the ledger; `bytes` is what all `count` tensors take at the peak. */
export interface Row {
  name: string;
  group: Component;
  bytes: number;
  count: number;
  shape: string;
  dtype: string;
  alive: string;
  formula: string;
  source: string;
  note: string;
}

/** Bytes live after an event of the step; `parts` by component, in the order of Component. */
export interface TimelinePoint {
  label: string;
  phase: string;
  live: number;
  /** What the allocator holds of the device at that moment. */
  reserved?: number;
  parts?: number[];
}

/**
 * One turn of a repeated part of the step (a layer's forward, a layer's backward), the middle one of `turns`: each point
 * is a tensor made or freed, with the bytes live after it.
 */
export interface Stretch {
  label: string;
  phase: string;
  turns: number;
  points: { label: string; change: number; live: number; parts: number[] }[];
}

/** What an engine plans on one device, in bytes. */
export interface Device {
  name: string;
  weights: number;
  kv_cache: number;
  state: number;
  compute: number;
  output: number;
}

/** Bytes of one sequence, all layers together, and in `bytes` of this set-up. */
export interface CacheBytes {
  /** With each token, as long as the layers are not full. */
  per_token: number;
  /** What layers with a window come to when it is full. */
  capped: number;
  /** Whatever the length: recurrent states, cross-attention's keys and values. */
  state: number;
  bytes: number;
}

/** What the layers of one kind keep between tokens. `window` 0: they grow on; `tokens`: that a sequence has room for now. */
export interface CacheKindRow extends CacheBytes {
  kind: string;
  holds: string;
  layers: number;
  key_elements: number;
  value_elements: number;
  key_dtype: string;
  value_dtype: string;
  window: number;
  tokens: number;
  source: string;
}

/** Everything about a cache. `per_token` counts the layers without a window. */
export interface Cache extends CacheBytes {
  kinds: CacheKindRow[];
}

/** Does it fit? `headroom` is negative when it does not. */
export interface Fit {
  gpu: string;
  available: number;
  headroom: number;
  fits: boolean;
}

/**
 * What a server that pages its cache makes of each device: what it takes in all, the pool of its cache in bytes, blocks
 * and tokens, and how many sequences of `context` tokens that is. `longest` is the longest one for which there is room.
 */
export interface Served {
  budget: number;
  pool: number;
  blocks: number;
  tokens: number;
  page_size: number;
  context: number;
  concurrency: number;
  longest: number;
}

/** What a change costs whoever makes it: nothing, time, accuracy, another task, another card. */
export type CostKind = "free" | "speed" | "quality" | "task" | "hardware";

/**
 * What helps, one change or a few together: the keys to set (`query`, all of them; `changes`, one by one, each with what
 * it costs), the bytes that the set-up then takes (`total` is that of the device) and saves there, and whether it fits. In
 * order: what fits before what only helps, then by `cost_kind` (of the costliest change) in the order of the type, then
 * by the number of changes.
 */
export interface Advice {
  query: string;
  total: number;
  saved: number;
  fits: boolean;
  cost: string;
  cost_kind: CostKind;
  changes: { query: string; cost: string; cost_kind: CostKind }[];
  totals: Totals;
}

/**
 * What the formula of 2022 gives for the same model and sequences, in bytes, beside what the ledger has to compare with
 * it. `variable` is the option that its S is, `value` what S is here.
 */
export interface Article {
  formula: string;
  bytes: number;
  long_formula: string;
  long_bytes: number;
  exact: number;
  ratio: number;
  variable: keyof SetUp;
  value: number;
}

/** The answer to a set-up that was understood. */
export interface Answered {
  ok: true;
  version: string;
  id?: string | number;
  query: string;
  issues: Issue[];
  notes: Note[];
  params: ParameterCounts;
  bytes: Record<Component, number>;
  totals: Totals;
  allocator?: Allocator;
  beside?: Beside[];
  peak: { phase: string; bytes: number };
  phases: Phase[];
  saved: Saved;
  rows: Row[];
  timeline: TimelinePoint[];
  /** One turn each of what the step repeats, event by event. */
  stretches?: Stretch[];
  devices: Device[];
  served?: Served;
  /** The command that starts the engine so; of servers, with a ledger. */
  launch?: string;
  cache?: Cache;
  fit: Fit;
  advice: Advice[];
  article?: Article;
}

/** What stands against a set-up that was refused; there are no figures. */
export interface Refused {
  ok: false;
  version: string;
  id?: string | number;
  issues: Issue[];
  notes: Note[];
}

export type Answer = Answered | Refused;

/**
 * How far a set-up can go, everything else left as it is: the largest value of a whole number that still fits (0: none
 * does) and what keeps it from growing further; every way to store the weights or the cache; the smallest cards that
 * would hold it; how many of its cards it needs at least (0: not known). Memory in bytes, on the device.
 */
export interface Limits {
  ok: true;
  version: string;
  issues: Issue[];
  query: string;
  reaches: {
    key: keyof SetUp;
    unit: string;
    now: number;
    most: number;
    bound: "card" | "model" | "range" | "engine";
    device: number;
  }[];
  storage: { key: keyof SetUp; value: string; device: number; fits: boolean }[];
  cards: { id: string; headroom: number }[];
  fewest_gpus: number;
}

/**
 * What a file holds: tensors (those that differ only in their numbers in one line), their bytes as stored. A GGUF also
 * says which network it is of (`config`, as a config.json) and what an engine would be asked (`query`); an index which
 * `files` have the tensors.
 */
export interface Weights {
  ok: true;
  version: string;
  kind: "config.json" | "gguf" | "safetensors" | "index.json";
  model_type: string;
  issues: Issue[];
  notes: Note[];
  params: ParameterCounts;
  tensors: { name: string; shape: string; count: number; dtype: string; bytes: number; loaded: boolean }[];
  bytes: number;
  header_bytes?: number;
  file_bytes?: number;
  config?: Record<string, unknown>;
  query?: string;
  files?: string[];
}

/** The values of one whole number: first, first + step, …; `count` of them. */
export interface MapAxis {
  key: keyof SetUp;
  unit: string;
  first: number;
  step: number;
  count: number;
}

/** What fits: of each row (so many sequences), how many of the columns (so many tokens), from the first on. */
export interface FitMap {
  ok: true;
  version: string;
  issues: Issue[];
  query: string;
  rows: MapAxis;
  columns: MapAxis;
  fits: number[];
}

/**
 * When an option or a value has a meaning: "key=value,value&key=value", every clause of which must hold; empty:
 * always.
 */
export type Condition = string;

export interface DescribedChoice {
  value: string;
  label: string;
  help: string;
  applies: Condition;
  status: "ready" | "not_yet";
}

/** One row of the option table. A null default stands for what `auto` says in words. */
export interface DescribedOption {
  key: keyof SetUp;
  type: "choice" | "integer" | "real" | "flag" | "text" | "list";
  default: string | number | boolean | null;
  auto?: string;
  min?: number;
  max?: number;
  unit?: string;
  group: string;
  applies: Condition;
  level: "basic" | "advanced";
  status: "ready" | "not_yet";
  label: string;
  hint: string;
  source?: string;
  list?: "models" | "accelerators";
  choices?: DescribedChoice[];
}

export interface Description {
  version: string;
  groups: { id: string; label: string; help: string }[];
  options: DescribedOption[];
}

export interface CatalogModel {
  id: string;
  name: string;
  family: string;
  year: number;
  source: string;
}

export interface Accelerator {
  id: string;
  name: string;
  vendor: string;
  class: "datacenter" | "workstation" | "consumer" | "unified";
  marketed_gb: number;
  usable_mib: number;
}

export interface Reference {
  key: string;
  authors: string;
  year: string;
  title: string;
  url: string;
}

/** A set-up that was written for another tool. */
export interface Imported {
  ok: true;
  version: string;
  /** "llamacpp", "vllm", "sglang", "trainer", "deepspeed", "accelerate" or "peft". */
  kind: string;
  title: string;
  /** The options that it sets; what is not said keeps its default. */
  query: string;
  /** A model that it names and the catalog does not have. */
  model?: string;
  /** What was not understood, or cannot be had, and why. */
  unread: { text: string; reason: string }[];
  /** What was understood, and takes no memory. */
  neutral: string[];
}

export interface Tensorledger {
  readonly version: string;
  /** The option table. */
  describe(): Description;
  models(): CatalogModel[];
  accelerators(): Accelerator[];
  /** The works that sources cite; read from a file beside the module when first asked for. */
  bibliography(): Promise<Reference[]>;
  /** The whole answer to a set-up: a query string, or an object of the same keys. */
  estimate(setUp: string | SetUp): Answer;
  /** The same question, answered sooner: `rows`, `timeline` and `advice` are left empty. */
  totals(setUp: string | SetUp): Answer;
  /** How far the set-up can grow, how it can be stored, and which cards would hold it. */
  limits(setUp: string | SetUp): Limits | Refused;
  /** What fits around the set-up: how many sequences, and how long. */
  map(setUp: string | SetUp): FitMap | Refused;
  /** What a command line of llama.cpp, vLLM, SGLang or torchrun, or a DeepSpeed, Accelerate, PEFT or trainer file asks for. */
  imported(text: string): Imported | Refused;
  /**
   * What a config.json, an index of shards, a .safetensors or a .gguf file holds. Of the latter two the start is enough,
   * up to the end of the header; `size` is then that of the whole file, in bytes.
   */
  weights(file: string | Uint8Array | ArrayBuffer, name?: string, size?: number): Weights | Refused;
  /** What an index of shards and the files that it names hold, of each file its start and its whole size. */
  shards(index: string, files: { name: string; start: Uint8Array; size: number }[]): Weights | Refused;
}

type Binary = ArrayBuffer | Uint8Array | Response | WebAssembly.Module;
type Text = string | Uint8Array | Response;

/** The files beside the module, where they are fetched another way. */
export interface Files {
  wasmBinary?: Binary | Promise<Binary>;
  restBinary?: Binary | Promise<Binary>;
  catalog?: Text | Promise<Text>;
  restCatalog?: Text | Promise<Text>;
  bibliography?: Text | Promise<Text>;
}

/** Starts the module, all of it. Without arguments it reads the files beside it. */
export function load(files?: Files): Promise<Tensorledger>;

/** What the smaller part of the module offers; `describe()` is without labels, hints and helps. */
export interface Beginning
  extends Pick<Tensorledger, "version" | "describe" | "models" | "accelerators" | "bibliography"> {
  /** The totals of any set-up; the other part of the module is loaded for them where they need it. */
  totals(setUp: string | SetUp): Promise<Answer>;
  /** All of the module. */
  complete(): Promise<Tensorledger>;
}

/** Starts with the smaller part of the module, which gives the totals of most set-ups of training. */
export function begin(files?: Files): Promise<Beginning>;
