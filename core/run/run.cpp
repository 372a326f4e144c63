#include "core/run/run.h"

namespace tensorledger {

namespace {

DType storage_of(WeightStorage storage, DType otherwise) {
    switch (storage) {
        case WeightStorage::fp32: return DType::fp32;
        case WeightStorage::bf16: return DType::bf16;
        case WeightStorage::fp16: return DType::fp16;
        case WeightStorage::fp8: return DType::fp8;
        default: return otherwise;
    }
}

DType storage_of(CacheStorage storage, DType otherwise) {
    switch (storage) {
        case CacheStorage::fp32: return DType::fp32;
        case CacheStorage::bf16: return DType::bf16;
        case CacheStorage::fp16: return DType::fp16;
        case CacheStorage::fp8: return DType::fp8;
        default: return otherwise;
    }
}

DType storage_of(AdapterDType dtype) {
    switch (dtype) {
        case AdapterDType::fp32: return DType::fp32;
        case AdapterDType::bf16: return DType::bf16;
        case AdapterDType::fp16: return DType::fp16;
    }
    return DType::fp32;
}

Recipe pure(DType dtype) {
    return {.weight = dtype, .compute = dtype, .gradient = dtype, .state = dtype};
}

Recipe mixed(DType compute) {
    return {.weight = DType::fp32,
            .compute = compute,
            .gradient = DType::fp32,
            .state = DType::fp32,
            .autocast = true};
}

Recipe in_float8(Recipe recipe) {
    recipe.float8 = true;
    return recipe;
}

std::vector<std::string> unless_none(const std::vector<std::string>& words) {
    return words == std::vector<std::string>{"none"} ? std::vector<std::string>{} : words;
}

Adapter adapter_of(const Config& config) {
    return {.rank = config.lora_rank,
            .targets = config.lora_targets,
            .parameters = unless_none(config.lora_parameters),
            .feed_forward = config.feed_forward_targets,
            .saved_modules = unless_none(config.modules_to_save),
            .dtype = storage_of(config.lora_dtype),
            .dropout = config.lora_dropout.value_or(0),
            .virtual_tokens = config.virtual_tokens,
            .encoder_hidden = config.encoder_hidden.value_or(0),
            .prefix_projection = config.prefix_projection,
            .block_size = config.block_size.value_or(0),
            .factor = config.lokr_factor,
            .frequencies = config.frequencies,
            .bottleneck = config.bottleneck_size,
            .trained_tokens = config.trained_tokens};
}

/// bitsandbytes' formats are those that a base model of adapters is stored in too.
std::optional<Quant> bitsandbytes_of(const Quantisation& stated) {
    switch (stated.method) {
        case QuantMethod::bnb_4bit: return Quant::nf4;
        case QuantMethod::bnb_int8: return Quant::int8;
        default: return std::nullopt;
    }
}

/// How the weights are stored: as asked, or as the config states.
Quantisation stored_of(const Config& config, DType compute) {
    if (config.weights == WeightStorage::automatic) return config.network->quantisation;
    Quantisation stored;
    stored.scale = compute;
    stored.zero_points = true;
    const auto grouped = [&](QuantMethod method, std::int64_t bits, std::int64_t group) {
        stored.method = method;
        stored.bits = bits;
        stored.group = config.quant_group.value_or(group);
    };
    switch (config.weights) {
        case WeightStorage::gptq: grouped(QuantMethod::gptq, 4, 128); break;
        case WeightStorage::gptq_8bit: grouped(QuantMethod::gptq, 8, 128); break;
        case WeightStorage::gptq_3bit: grouped(QuantMethod::gptq, 3, 128); break;
        case WeightStorage::awq: grouped(QuantMethod::awq, 4, 128); break;
        case WeightStorage::hqq: grouped(QuantMethod::hqq, 4, 64); break;
        case WeightStorage::mxfp4: stored.method = QuantMethod::mxfp4; break;
        case WeightStorage::fp8:
            stored.method = QuantMethod::fp8;
            stored.bits = 8;
            stored.scale = DType::fp32;
            stored.block_rows = stored.block_columns = 128;
            break;
        default: break;
    }
    return stored;
}

/// How the linear layers are quantised, if they are.
std::optional<Quant> quant_of(const Config& config) {
    if (config.task == Task::inference) {
        switch (config.weights) {
            case WeightStorage::nf4:
            case WeightStorage::nf4_double: return Quant::nf4;
            case WeightStorage::fp4: return Quant::fp4;
            case WeightStorage::int8: return Quant::int8;
            case WeightStorage::automatic: return bitsandbytes_of(config.network->quantisation);
            default: return std::nullopt;
        }
    }
    if (config.quant != Quant::automatic) {
        return config.quant;
    }
    return config.method == Method::qlora ? std::optional(Quant::nf4) : std::nullopt;
}

Serving serving_of(const Config& config, DType compute) {
    const std::int64_t prompt = config.prompt.value_or(config.seq);
    return {.sequences = config.sequences.value_or(config.batch),
            .prompt = prompt,
            .context = config.context.value_or(prompt),
            .logits_to_keep = config.logits_to_keep,
            // of what is not packed; fp8 of Hugging Face's is a format of matrices
            .weights = config.engine == Engine::hf && config.weights == WeightStorage::fp8
                           ? compute
                           : storage_of(config.weights, compute),
            .kv = storage_of(config.kv, compute),
            .cache = config.cache,
            .cache_backend = config.cache_backend,
            .cache_bits = config.cache_bits,
            .cache_group = config.cache_group,
            .cache_residual = config.cache_residual,
            .beams = config.num_beams,
            .logits_fp32 = config.logits_fp32,
            .stored = stored_of(config, compute)};
}

/// Whose code an optimizer is where nobody says so; `automatic`: its authors' own.
OptimizerLibrary library_of(const Config& config) {
    if (config.optimizer_library != OptimizerLibrary::automatic) return config.optimizer_library;
    if (config.optimizer_paged) return OptimizerLibrary::bitsandbytes;
    switch (config.optimizer) {
        case Optimizer::adamw:
        case Optimizer::adam:
        case Optimizer::sgd:
        case Optimizer::sgd_momentum:
        case Optimizer::rmsprop:
        case Optimizer::adagrad:
        case Optimizer::badam: return OptimizerLibrary::pytorch;
        case Optimizer::adamw_8bit:
        case Optimizer::lion_8bit: return OptimizerLibrary::bitsandbytes;
        case Optimizer::adamw_4bit:
        case Optimizer::adamw_fp8: return OptimizerLibrary::torchao;
        case Optimizer::adafactor: return OptimizerLibrary::transformers;
        default: return OptimizerLibrary::automatic;
    }
}

Recipe with_master(DType dtype) {
    return {.weight = dtype,
            .compute = dtype,
            .gradient = dtype,
            .state = DType::fp32,
            .master = DType::fp32};
}

}  // namespace

Recipe recipe_of(Precision precision) {
    switch (precision) {
        case Precision::fp32: return pure(DType::fp32);
        case Precision::bf16: return pure(DType::bf16);
        case Precision::fp16: return pure(DType::fp16);
        case Precision::bf16_mixed: return mixed(DType::bf16);
        case Precision::fp16_mixed: return mixed(DType::fp16);
        case Precision::bf16_master: return with_master(DType::bf16);
        case Precision::fp16_master: return with_master(DType::fp16);
        case Precision::bf16_autocast: {
            Recipe recipe = pure(DType::bf16);
            recipe.autocast = true;
            return recipe;
        }
        case Precision::fp8: return in_float8(pure(DType::bf16));
        case Precision::fp8_mixed: return in_float8(mixed(DType::bf16));
    }
    return pure(DType::bf16);
}

Run run_of(const Config& config) {
    Run run;
    run.task = config.task;
    run.framework = config.framework;
    run.engine = config.engine;
    run.attention = config.attention;
    run.batch = config.batch;
    run.seq = config.seq;
    run.target_seq = config.target_seq.value_or(config.seq);
    run.grad_accum = config.grad_accum;
    run.recipe = recipe_of(config.precision);
    run.fp8_recipe = config.fp8_recipe;
    if (config.optimizer == Optimizer::badam) {  // steps on an fp32 copy of the active layer
        run.recipe.master = run.recipe.state = DType::fp32;
    }
    run.checkpointing = config.checkpointing;
    run.checkpoint_policy = config.checkpoint_policy;
    run.checkpoint_every = config.checkpoint_every;
    run.loss_chunks = config.loss_chunks;
    run.optimizer = config.optimizer;
    run.optimizer_impl = config.optimizer_impl;
    run.optimizer_library = library_of(config);
    run.amsgrad = config.amsgrad;
    run.optimizer_paged = config.optimizer_paged;
    run.optimizer_rank = config.optimizer_rank;
    run.preconditioner_dim = config.preconditioner_dim;
    run.grafting = config.grafting;
    run.offload = config.offload;
    run.kernels = config.kernels;
    run.torch = config.torch;
    run.compiled_loss = config.compiled_loss;
    run.zero = config.zero;
    run.reduce_bucket = config.reduce_bucket;
    run.overlap_comm = config.overlap_comm;
    run.ema = config.ema;
    run.reference_model = config.reference_model;
    run.reward_model = config.reward_model;
    run.critic = config.critic;
    run.teacher = config.teacher;
    run.teacher_network = config.teacher_network;
    run.optimizer_in_backward = config.optimizer_in_backward ||
                                config.optimizer == Optimizer::lomo ||
                                config.optimizer == Optimizer::adalomo;
    run.set_to_none = config.set_to_none;
    run.clip_grad = config.clip_grad;
    run.keep_output = config.keep_output;
    run.loss = config.loss;
    run.method = config.method;
    run.adapter = adapter_of(config);
    run.quant = quant_of(config);
    run.double_quant = config.double_quant;
    if (config.task == Task::inference) {
        run.double_quant = config.weights == WeightStorage::nf4_double ||
                           (config.weights == WeightStorage::automatic &&
                            config.network->quantisation.double_scales);
    }
    run.upcast_rest = config.upcast_rest;
    run.adapter.input_grads = config.input_grads;
    if (run.framework == Framework::deepspeed) {  // whose engine casts every weight of the module
        run.adapter.dtype = run.recipe.weight;
        run.upcast_rest = false;
    }
    run.frozen = config.frozen;
    run.frozen_layers = config.frozen_layers;
    run.dropout = config.dropout;
    run.mask = config.mask;
    run.serving = serving_of(config, run.recipe.compute);
    if (run.task == Task::train) {
        run.serving.logits_to_keep = 0;
    }
    run.gpu = config.gpu;
    run.gpus = config.gpus;
    return run;
}

Dropout dropout_of(const Run& run, const Model& model) {
    if (!run.dropout.has_value()) {
        return model.dropout;
    }
    const double p = *run.dropout;
    return {.embedding = p, .attention = p, .residual = p, .activation = p};
}

}  // namespace tensorledger
