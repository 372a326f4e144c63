#pragma once

// What is done with a model? The reader's Config with every recipe spelled out: which dtype each kind of
// tensor has, how many sequences of how many tokens, what the optimizer keeps. Profiles read a Model and a Run.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model/quantisation.h"
#include "core/options/config.h"
#include "core/quantity/dtype.h"

namespace tensorledger {

/// Which dtype does each kind of tensor have in a training step?
struct Recipe {
    DType weight = DType::bf16;    // parameters on the device
    DType compute = DType::bf16;   // matrix products and the activations that they write
    DType gradient = DType::bf16;  // of the parameters
    DType state = DType::bf16;     // each running average of the optimizer
    std::optional<DType> master =
        std::nullopt;       // the optimizer's own copy of the parameters, where it keeps one
    bool autocast = false;  // torch.autocast casts the weights to `compute` where they are used
    bool float8 = false;    // linear layers multiply in fp8
};

/// What is trained beside, or of, the frozen model (every method but full and freeze).
struct Adapter {
    std::int64_t rank = 0;
    std::vector<std::string> targets;
    std::vector<std::string> parameters;     // fused weights of experts
    std::vector<std::string> feed_forward;   // IA³: the targets whose input is scaled
    std::vector<std::string> saved_modules;  // trained whole, in a copy
    DType dtype = DType::fp32;
    double dropout = 0;
    std::int64_t virtual_tokens = 0;
    std::int64_t encoder_hidden = 0;  // 0: the model's width
    bool prefix_projection = false;
    std::int64_t block_size = 0;  // OFT, BOFT; 0: as the rank says, or the method's own
    std::int64_t factor = -1;     // LoKr
    std::int64_t frequencies = 0;
    std::int64_t bottleneck = 0;
    std::int64_t trained_tokens = 0;
    bool input_grads =
        false;  // the embeddings' output requires a gradient without checkpointing too
};

/// What is asked of the model at once when it runs.
struct Serving {
    std::int64_t sequences = 1;  // at the same time
    std::int64_t prompt = 0;     // tokens read at once
    std::int64_t context = 0;    // tokens in the cache in the end, for each sequence; >= prompt
    std::int64_t logits_to_keep = 1;  // last tokens whose logits are computed; 0: all
    DType weights = DType::bf16;
    DType kv = DType::bf16;
    CacheKind cache = CacheKind::dynamic;
    CacheBackend cache_backend = CacheBackend::quanto;  // of a quantised one
    std::int64_t cache_bits = 4;
    std::int64_t cache_group = 64;
    std::int64_t cache_residual = 128;
    std::int64_t beams = 1;    // of each sequence
    bool logits_fp32 = false;  // the model hands them out so
    Quantisation stored;       // how the weights are stored; bitsandbytes' are Run::quant
};

struct Run {
    Task task = Task::train;
    Framework framework = Framework::hf;  // of training
    Engine engine = Engine::hf;           // of inference
    AttentionKind attention = AttentionKind::sdpa;
    std::int64_t batch = 1;       // sequences on one device
    std::int64_t seq = 1;         // tokens of each
    std::int64_t target_seq = 1;  // decoder tokens of an encoder–decoder
    std::int64_t grad_accum = 1;  // micro-batches of one optimizer step
    Recipe recipe;
    Fp8Recipe fp8_recipe = Fp8Recipe::tensorwise;
    Checkpointing checkpointing = Checkpointing::none;
    CheckpointPolicy checkpoint_policy = CheckpointPolicy::attention;
    std::int64_t checkpoint_every = 1;
    std::int64_t loss_chunks = 8;
    Optimizer optimizer = Optimizer::adamw;
    OptimizerImpl optimizer_impl = OptimizerImpl::foreach;
    OptimizerLibrary optimizer_library = OptimizerLibrary::automatic;  // whose code it is
    bool amsgrad = false;
    bool optimizer_paged = false;
    std::int64_t optimizer_rank = 0;         // of GaLore's and APOLLO's projections
    std::int64_t preconditioner_dim = 1024;  // longest side of Shampoo's blocks
    bool grafting = false;
    Offload offload = Offload::none;
    Kernels kernels = Kernels::pytorch;
    TorchVersion torch = TorchVersion::current;
    bool compiled_loss = false;
    std::int64_t zero = 2;           // DeepSpeed's stage
    std::int64_t reduce_bucket = 0;  // DeepSpeed: elements of the buffer that gradients meet in
    bool overlap_comm = false;       // DeepSpeed: they are reduced on a stream of their own
    bool ema = false;
    bool reference_model = false;
    bool reward_model = false;
    bool critic = false;
    bool teacher = false;
    SharedModel teacher_network;  // empty: the trained model's
    bool optimizer_in_backward = false;
    bool set_to_none = true;
    bool clip_grad = false;
    bool keep_output = false;
    Loss loss = Loss::logits;
    /// Whether a GradScaler scales the loss, as half precision under autocast needs.
    bool loss_scaling() const { return recipe.autocast && recipe.compute == DType::fp16; }
    Method method = Method::full;
    FrozenPart frozen = FrozenPart::embeddings;  // method = freeze
    std::int64_t frozen_layers = 0;              // frozen = lowest-layers
    Adapter adapter;
    std::optional<Quant> quant;     // of the frozen weights, or of all when the model runs
    bool double_quant = false;      // the scales are quantised too
    bool upcast_rest = false;       // what is not quantised is cast to fp32
    std::optional<double> dropout;  // overrides every probability of the model
    bool mask = false;
    Serving serving;
    bool unrolled =
        false;  // every layer listed by itself: for tests, which compare the short listing with it
    std::string gpu;
    std::int64_t gpus = 1;
};

/// Spells a named precision out: bf16-mixed is fp32 weights, gradients and states with autocast products.
Recipe recipe_of(Precision precision);

/// What does this Config ask to be done?
Run run_of(const Config& config);

/// The dropout probabilities that the modelling code applies, where it has the place for one.
Dropout dropout_of(const Run& run, const Model& model);

}  // namespace tensorledger
