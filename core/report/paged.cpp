#include "core/report/paged.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/catalog/accelerators.h"
#include "core/options/messages.h"
#include "core/options/table.h"
#include "core/profiles/sglang/pools.h"
#include "core/profiles/vllm/activations.h"
#include "core/profiles/vllm/cache.h"
#include "core/profiles/vllm/ranks.h"
#include "core/report/paged_weights.h"
#include "core/run/run.h"

namespace tensorledger {

namespace {

constexpr std::int64_t kMiB = std::int64_t{1} << 20;

/// What CUDA's libraries take while a forward runs, beside PyTorch: the median of what vLLM logs on one device (10 to
/// 600 MiB were seen), and with NCCL's buffers where devices share layers. Measured, not derived.
constexpr Bytes kLibraries = Bytes(80 * kMiB);
constexpr Bytes kLibrariesAndNccl = Bytes(256 * kMiB);

/// What captured CUDA graphs take: 0.08 to 1.24 GiB were logged; this is an 8B model's. Measured, not derived.
constexpr Bytes kGraphs = Bytes(553 * kMiB);

/// What a CUDA context takes before anything is loaded, and what NCCL adds where devices share a model: measured.
constexpr Bytes kContext = Bytes(480 * kMiB);
constexpr Bytes kNccl = Bytes(1485 * kMiB);

/// The share that vLLM takes unless told otherwise.
double utilization_of(EngineVersion version) {
    return version == EngineVersion::v0_24 ? 0.92 : 0.90;
}

DType dtype_of(CacheStorage storage, DType computed) {
    switch (storage) {
        case CacheStorage::fp8: return DType::fp8;
        case CacheStorage::fp32: return DType::fp32;
        case CacheStorage::bf16: return DType::bf16;
        case CacheStorage::fp16: return DType::fp16;
        default: return computed;
    }
}

/// In what the server computes: as asked, else as the checkpoint is, and never in fp32 unless asked.
DType computed_dtype(const Config& config) {
    const DType asked = recipe_of(config.precision).compute;
    if (config.weights == WeightStorage::fp16) return DType::fp16;
    if (config.weights == WeightStorage::fp32) return DType::fp32;
    const bool by_default = config.precision == Precision::bf16;
    return by_default && config.network->dtype == DType::fp16 ? DType::fp16 : asked;
}

/// How the weights are stored: as the checkpoint says, or as `weights` has the server quantise them.
Quantisation quantisation_of(const Config& config) {
    Quantisation made;
    switch (config.weights) {
        case WeightStorage::automatic: return config.network->quantisation;
        case WeightStorage::fp8:
            made.method = QuantMethod::fp8;
            made.group = -1;
            made.scale = DType::fp32;
            break;
        case WeightStorage::awq: made.method = QuantMethod::awq; break;
        case WeightStorage::gptq: made.method = QuantMethod::gptq; break;
        case WeightStorage::mxfp4: made.method = QuantMethod::mxfp4; break;
        case WeightStorage::nvfp4: made.method = QuantMethod::nvfp4; break;
        case WeightStorage::nf4:
        case WeightStorage::nf4_double: made.method = QuantMethod::bnb_4bit; break;
        default: break;
    }
    return made;
}

/// The multiples that mxfp4's kernels want experts in: Triton's on Hopper, TensorRT-LLM's on Blackwell's data-centre
/// cards, Marlin's elsewhere.
vllm::ExpertPadding padding_of(const Accelerator* gpu) {
    if (gpu == nullptr || is_hopper(*gpu)) return {1, 64};
    const std::string_view id = gpu->id;
    const bool is_blackwell =
        id.find("b200") != std::string_view::npos || id.find("b300") != std::string_view::npos;
    return is_blackwell ? vllm::ExpertPadding{256, 256} : vllm::ExpertPadding{256, 128};
}

/// Everything that a server reckons with when it starts.
struct Start {
    Model model;  // in the dtype that it is loaded in
    Quantisation quantisation;
    vllm::Layout layout;
    vllm::Loading loading;
    vllm::CacheQuestion question;
    vllm::CachePlan cache;
    vllm::ForwardQuestion forward;
    std::int64_t context = 0;
    std::int64_t sequences = 1;
    std::int64_t shared_prefix = 0;
    bool is_sglang = false;
    std::int64_t running = 0;  // sequences that the engine takes on at most
    double fraction = 0;       // SGLang's static share
    Bytes card;
    Bytes budget;

    /// SGLang's static part and the rest of what is free when it starts.
    Bytes unused() const {
        return card - kContext - (layout.tp * layout.pp > 1 ? kNccl : Bytes(0));
    }
};

/// One stage's share of the plan: all its devices take the same.
struct Share {
    vllm::Stage stage;
    paged::Held weights;
    Bytes rotary;
    Bytes adapters;
    vllm::ForwardPeak forward;
    Bytes graphs;
    Bytes libraries;
    Bytes states;            // SGLang: of one sequence
    std::int64_t slots = 0;  // SGLang: sequences whose states have room
    Bytes table;             // SGLang: which tokens a sequence has
    Bytes block;             // of the pool
    Bytes available;         // for the pool; negative where the rest alone is too much

    Bytes resident() const { return weights.blocks + rotary + adapters; }
    Bytes beside_pool() const { return resident() + table + forward.together + graphs + libraries; }
};

bool has_latents(const Model& model) {
    return std::any_of(model.decoder.layers.begin(), model.decoder.layers.end(),
                       [](const Layer& layer) { return layer.attention.latent.has_value(); });
}

/// What SGLang reckons otherwise than vLLM.
void start_sglang(const Config& config, Start& s) {
    const sglang::Defaults defaults = sglang::defaults_of({.card = s.card,
                                                           .tp = config.tp,
                                                           .pp = config.pp,
                                                           .chunk = config.max_num_batched_tokens,
                                                           .captures = !config.enforce_eager,
                                                           .is_latent = has_latents(s.model)});
    s.question.block = config.page_size.value_or(1);
    s.forward.tokens = defaults.chunk;
    s.forward.sequences = config.max_num_seqs.value_or(defaults.graph_batch);
    s.running = config.max_num_seqs.value_or(4096);
    s.forward.block = s.question.block;
    s.forward.eager = true;
    s.forward.sorts = false;
    s.fraction = config.mem_fraction_static.value_or(defaults.fraction);
    s.budget = Bytes(static_cast<std::int64_t>(
        static_cast<double>(std::max<std::int64_t>(s.unused().count(), 0)) * s.fraction));
}

Start start_of(const Config& config) {
    Start s;
    s.model = *config.network;
    s.model.dtype = computed_dtype(config);
    for (WeightTensor& part : s.model.parts) part.dtype = s.model.dtype;
    s.quantisation = quantisation_of(config);
    const bool next_token = config.speculative == Speculative::mtp;
    s.layout = {config.tp, config.pp, config.ep, next_token};
    const Accelerator* gpu = find_accelerator(config.gpu);
    s.loading.padding = padding_of(gpu);
    s.loading.expands_scales = config.engine_version != EngineVersion::v0_8;
    s.card = gpu == nullptr ? Bytes(0) : usable_bytes(*gpu);
    const bool is_large =
        s.card >= Bytes(71680 * kMiB) && config.gpu.find("a100") == std::string::npos;
    const std::int64_t longest = s.model.max_position > 0 ? s.model.max_position : config.seq;
    s.context = config.context.value_or(config.prompt.value_or(longest));
    s.sequences = config.sequences.value_or(config.batch);
    s.shared_prefix = std::min(config.shared_prefix, s.context);
    s.question.tp = config.tp;
    s.question.block = config.page_size.value_or(16);
    s.question.computed = s.model.dtype;
    s.question.stored = dtype_of(config.kv, s.model.dtype);
    s.question.keeps_states = config.shared_prefix > 0;
    s.question.guessed = config.speculative == Speculative::none ? 0 : config.speculative_tokens;
    s.question.next_token = next_token;
    s.question.groups = config.engine_version != EngineVersion::v0_8;
    const std::int64_t most = config.max_num_seqs.value_or(is_large ? 1024 : 256);
    const std::int64_t tokens =
        std::min<std::int64_t>(is_large ? 8192 : 2048, checked_product(most, s.context));
    s.forward.tokens = config.max_num_batched_tokens.value_or(tokens);
    s.forward.sequences = config.max_num_seqs ? most : std::min(most, s.forward.tokens);
    s.forward.guessed = s.question.guessed;
    s.forward.context = s.context;
    s.forward.block = s.question.block;
    s.forward.tp = config.tp;
    s.forward.ep = config.ep;
    s.forward.dtype = s.model.dtype;
    s.forward.eager = config.enforce_eager;
    s.forward.sorts = config.engine_version != EngineVersion::v0_24;
    s.running = s.forward.sequences;
    s.is_sglang = config.engine == Engine::sglang;
    if (s.is_sglang) {
        start_sglang(config, s);
        return s;
    }
    const double share =
        config.gpu_memory_utilization.value_or(utilization_of(config.engine_version));
    s.budget =
        Bytes(static_cast<std::int64_t>(std::ceil(static_cast<double>(s.card.count()) * share)));
    return s;
}

/// The static part of SGLang's memory: what weights leave of it is divided between states and tokens.
void share_sglang(const Config& config, const Start& s, Share& made) {
    made.libraries = s.card - s.unused();
    Bytes rest = s.budget - made.resident();
    made.states =
        sglang::states_of_sequence(s.model, s.question, made.stage.first, made.stage.layers);
    if (made.states > Bytes(0)) {
        made.slots = sglang::state_slots(rest, made.states);
        rest -= made.states * (made.slots + 1);
    }
    made.available = rest;
    const std::int64_t tokens = made.block > Bytes(0) ? std::max<std::int64_t>(rest.count(), 0) /
                                                            made.block.count() * s.question.block
                                                      : s.context;
    const std::int64_t wanted = checked_product(tokens / s.context, 512);
    const std::int64_t requests =
        config.max_num_seqs.value_or(std::clamp<std::int64_t>(wanted, 2048, 4096));
    made.table = bytes_of(DType::int32, checked_product(requests + 1, s.context + 4));
}

Share share_of(const Config& config, const Start& s, std::int64_t stage) {
    Share made;
    made.stage = vllm::stage_of(s.model, s.quantisation, s.layout, stage, s.loading);
    made.weights = paged::held_by(made.stage);
    const vllm::Rotary rotary = vllm::rotary_of(s.model);
    // SGLang keeps the table in fp32 on CUDA.
    const DType table = s.is_sglang ? DType::fp32 : s.model.dtype;
    made.rotary = bytes_of(table, checked_product(rotary.rows, rotary.width)) * rotary.tables;
    if (config.max_loras > 0) {
        made.adapters = paged::adapter_bytes(s.model, s.layout, made.stage, config.max_loras,
                                             config.max_lora_rank);
    }
    vllm::ForwardQuestion forward = s.forward;
    forward.first = made.stage.first;
    forward.layers = made.stage.layers;
    forward.samples = made.stage.has_head;
    made.forward = vllm::forward_peak(s.model, forward);
    made.graphs = config.enforce_eager ? Bytes(0) : kGraphs;
    made.libraries = config.tp * config.pp > 1 ? kLibrariesAndNccl : kLibraries;
    const bool has_guesser = s.layout.next_token && made.stage.has_head;
    made.block =
        vllm::bytes_of_block(s.cache, made.stage.first, made.stage.layers + (has_guesser ? 1 : 0));
    if (s.is_sglang) {
        share_sglang(config, s, made);
        return made;
    }
    // Before 0.21 the graphs were captured outside of the share.
    const bool counts_graphs = config.engine_version == EngineVersion::v0_24;
    const Bytes graphs = counts_graphs ? made.graphs : Bytes(0);
    made.available = config.kv_cache_memory_bytes
                         ? Bytes(*config.kv_cache_memory_bytes)
                         : s.budget - made.beside_pool() + made.graphs - graphs;
    return made;
}

Row row_of(std::string name, Group group, Bytes bytes, std::string_view source) {
    Row row;
    row.name = std::move(name);
    row.group = group;
    row.bytes = bytes;
    row.count = 1;
    row.shape = row.dtype = "—";
    row.alive = "always";
    row.formula = grouped(bytes.count()) + " B";
    row.source = source;
    return row;
}

void refuse_with(Answer& answer, Issue issue) {
    Answer refusal;
    refusal.query = answer.query;
    refusal.issues.push_back(std::move(issue));
    answer = std::move(refusal);
}

/// The answer while it is put together.
class Composer {
public:
    Composer(const Config& config, const Start& start, Answer& answer)
        : config_(config), s_(start), answer_(answer) {}

    void compose(Detail detail) {
        for (std::int64_t stage = 0; stage < s_.layout.pp; ++stage) {
            shares_.push_back(share_of(config_, s_, stage));
        }
        per_sequence_ = blocks_of(s_.context);
        const std::int64_t shared =
            std::min(vllm::shared_blocks(s_.cache, s_.shared_prefix), per_sequence_);
        needed_ =
            (Bytes(per_sequence_) + Bytes(per_sequence_ - shared) * (s_.sequences - 1)).count();
        size_pool();
        sum_up();
        add_notes();
        if (detail == Detail::ledger) {
            list_cache();
            list();
        }
    }

private:
    std::int64_t blocks_of(std::int64_t tokens) const {
        return vllm::blocks_of_sequence(s_.cache, s_.question, tokens, s_.forward.tokens);
    }

    bool has_cache() const { return per_sequence_ > 0; }

    /// Every stage gets as many blocks as the one with the least room has.
    void size_pool() {
        blocks_ = has_cache() ? std::int64_t{1} << 52 : 0;
        for (const Share& share : shares_) {
            if (share.block <= Bytes(0)) continue;
            const std::int64_t room = std::max<std::int64_t>(share.available.count(), 0);
            blocks_ = std::min(blocks_, room / share.block.count());
        }
        worst_ = 0;
        for (std::uint32_t i = 1; i < shares_.size(); ++i) {
            if (headroom(shares_[i]) < headroom(shares_[worst_])) worst_ = i;
        }
    }

    Bytes headroom(const Share& share) const { return share.available - share.block * needed_; }

    void sum_up() {
        const Share& share = shares_[worst_];
        const auto put = [&](Group group, Bytes bytes) {
            answer_.bytes[static_cast<std::uint8_t>(group)] += bytes;
        };
        put(Group::weights, share.weights.blocks + share.adapters);
        put(Group::buffers, share.rotary);
        Bytes states;
        for (const vllm::CacheGroup& group : s_.cache.groups) {
            if (group.spec.kind == vllm::CacheKind::state) states += bytes_of_group(group, share);
        }
        states += share.states * s_.sequences;
        put(Group::state, states);
        put(Group::buffers, share.table);
        put(Group::kv_cache, share.block * needed_ - states + share.states * s_.sequences);
        put(share.forward.in_sampler ? Group::logits : Group::activations, share.forward.together);
        Bytes tensors;
        for (const Bytes part : answer_.bytes) tensors += part;
        answer_.totals.allocated = answer_.peak = tensors;
        answer_.totals.reserved = tensors + share.graphs;
        answer_.totals.device = answer_.totals.reserved + share.libraries;
        answer_.peak_phase = "prefill";
        const Bytes held = tensors - share.forward.together;
        answer_.phases = {{"load", Bytes(0), held, held},
                          {"prefill", held, tensors, held},
                          {"decode", held, tensors, held}};
        const std::string_view engine = s_.is_sglang ? "sglang" : "vllm";
        answer_.beside = {{"CUDA graphs", share.graphs, "reserved", engine,
                           "Measured, not derived: 0.08 to 1.44 GiB were logged, this is an 8B "
                           "model's. 0 B with `enforce_eager`."},
                          {"CUDA libraries", share.libraries, "device", engine,
                           "Measured, not derived: what the context, kernels, cuBLAS and NCCL "
                           "take beside PyTorch. vLLM logs 10 to 600 MiB on one device, its "
                           "context not among them."}};
        judge(share);
        serve();
        for (std::uint32_t i = 0; i < shares_.size(); ++i) {
            const Share& each = shares_[i];
            std::string name = "GPU";
            if (s_.layout.pp > 1) name = "stage " + std::to_string(i);
            if (s_.layout.tp > 1) name += ", each of " + std::to_string(s_.layout.tp);
            answer_.devices.push_back({std::move(name), each.resident(), each.block * blocks_,
                                       Bytes(0), each.forward.together,
                                       each.graphs + each.libraries});
        }
    }

    void judge(const Share& share) {
        answer_.fit.gpu = config_.gpu;
        if (const Accelerator* gpu = find_accelerator(config_.gpu)) answer_.fit.gpu = gpu->id;
        // What is left of the pool, and never more than what is left of the card.
        const Bytes of_card = s_.card - answer_.totals.device;
        answer_.fit.headroom =
            has_cache() ? std::min(headroom(share), of_card) : std::min(share.available, of_card);
        answer_.fit.available = answer_.totals.device + answer_.fit.headroom;
        const bool is_enough = needed_ <= blocks_ || !has_cache();
        const bool has_slots = share.states == Bytes(0) || s_.sequences <= share.slots;
        const bool is_served = s_.sequences <= s_.running && has_slots;
        answer_.fit.fits = answer_.fit.headroom >= Bytes(0) && is_enough && is_served &&
                           share.available >= Bytes(0);
    }

    void serve() {
        Served& served = answer_.served;
        const Share& share = shares_[worst_];
        served.budget = config_.kv_cache_memory_bytes
                            ? share.beside_pool() + Bytes(*config_.kv_cache_memory_bytes)
                            : s_.budget;
        served.pool = share.block * blocks_;
        served.blocks = blocks_;
        served.page_size = s_.cache.block;
        if (s_.is_sglang) served.budget = s_.budget;
        served.context = s_.context;
        if (!has_cache()) return;
        served.concurrency = static_cast<double>(blocks_) / static_cast<double>(per_sequence_);
        served.tokens = blocks_ / per_sequence_ * s_.context +
                        checked_product(blocks_ % per_sequence_, s_.context) / per_sequence_;
        if (!s_.is_sglang && config_.engine_version != EngineVersion::v0_24) {
            served.tokens = vllm::tokens_by_groups(s_.cache, blocks_);
        }
        served.longest = longest();
    }

    /// The longest sequence that the pool holds, up to what the model was made for.
    std::int64_t longest() const {
        std::int64_t fits = 0;
        std::int64_t first = std::max(s_.context, s_.model.max_position) + 1;
        while (first - fits > 1) {
            const std::int64_t middle = fits + (first - fits) / 2;
            (blocks_of(middle) <= blocks_ ? fits : first) = middle;
        }
        return fits;
    }

    /// Everything about the cache, by kind of layer.
    void list_cache() {
        const Share& share = shares_[worst_];
        const std::string_view source = s_.is_sglang
                                            ? "sglang:python/sglang/srt/mem_cache/memory_pool.py"
                                            : "vllm:vllm/v1/kv_cache_interface.py";
        const std::int64_t end = share.stage.first + share.stage.layers;
        for (std::int64_t i = share.stage.first; i < end; ++i) {
            const Layer& layer = s_.model.decoder.layers[static_cast<std::uint32_t>(i)];
            const bool attends =
                layer.mixer == MixerKind::attention || layer.has_parallel_attention;
            if (attends && layer.stores_kv) add_kind(attention_row(layer, source));
            const std::int64_t state = vllm::state_bytes(s_.model, layer, s_.question);
            if (state > 0) add_kind(state_row(layer, Bytes(state), source));
        }
    }

    void add_kind(const CacheRow& made) {
        for (CacheRow& known : answer_.cache) {
            if (known.kind != made.kind || known.holds != made.holds ||
                known.window != made.window || known.key_elements != made.key_elements) {
                continue;
            }
            known.layers += 1;
            known.per_token += made.per_token;
            known.capped += made.capped;
            known.state += made.state;
            known.bytes += made.bytes;
            return;
        }
        answer_.cache.push_back(made);
    }

    CacheRow attention_row(const Layer& layer, std::string_view source) const {
        const Attention& a = layer.attention;
        CacheRow row;
        row.kind = layer.kind;
        row.holds = a.latent ? "latents" : "keys and values";
        row.layers = 1;
        const std::int64_t heads = vllm::kv_heads(a, s_.layout.tp);
        row.key_elements = a.latent ? cache_elements_per_token(a) : heads * a.head_dim;
        row.value_elements = a.latent ? 0 : heads * a.value_head_dim;
        row.key_dtype = name(s_.question.stored);
        if (!a.latent) row.value_dtype = row.key_dtype;
        row.per_token = Bytes(vllm::bytes_per_token(a, s_.question));
        row.window = a.window > 0 ? a.window : a.chunk;
        row.capped = row.window > 0 ? row.per_token * row.window : Bytes(0);
        row.tokens = row.window > 0 ? std::min(row.window, s_.context) : s_.context;
        row.bytes = row.per_token * row.tokens * s_.sequences;
        row.source = source;
        return row;
    }

    CacheRow state_row(const Layer& layer, Bytes state, std::string_view source) const {
        CacheRow row;
        row.kind = layer.kind;
        row.holds = "states";
        row.layers = 1;
        row.key_elements = state_elements(layer.mixer, layer.recurrent);
        row.key_dtype = name(s_.question.computed);
        row.state = state;
        row.bytes = state * s_.sequences;
        row.source = source;
        return row;
    }

    void note(std::string code, std::string message) {
        answer_.notes.push_back({std::move(code), std::move(message)});
    }

    std::string text_of_version() const {
        return value_text(*find_option("engine_version"), config_);
    }

    void add_notes() {
        if (s_.is_sglang) {
            note("engine-version",
                 "As SGLang 0.5 starts, with " + std::to_string(s_.fraction).substr(0, 5) +
                     " of the free memory for weights and cache (mem_fraction_static); "
                     "activations and graphs have the rest.");
        } else
            note(
                "engine-version",
                config_.engine_version == EngineVersion::v0_24
                    ? "As vLLM 0.24 starts: 0.92 of the card by default, CUDA graphs counted "
                      "before "
                      "the cache, FlashInfer's sampler. `engine_version` has the older behaviour."
                    : "As vLLM " + text_of_version() +
                          " starts: 0.90 of the card by default, CUDA graphs on top of it, and all "
                          "scores sorted by PyTorch to sample.");
        note("pool", "The totals are what " + grouped(s_.sequences) + " sequence" +
                         (s_.sequences == 1 ? "" : "s") + " of " + grouped(s_.context) +
                         " tokens need. The server takes its whole share of the card: `served` and "
                         "`devices` have the cache that it makes of the rest.");
        const Served& served = answer_.served;
        if (has_cache() && per_sequence_ > blocks_) {
            note("refuses-to-start",
                 std::string(s_.is_sglang ? "No request of that length is taken"
                                          : "vLLM refuses to start so") +
                     ": the cache would have room for sequences of at most " +
                     grouped(served.longest) +
                     " tokens. Give a shorter `context` or a larger share of the card.");
        } else if (s_.sequences > s_.running) {
            note("waiting", "Only `max_num_seqs` = " + grouped(s_.running) +
                                " sequences run at once; the others wait.");
        }
        if (s_.layout.pp > 1) {
            note("fullest-card",
                 "Totals and verdict are those of the stage with the least room; `devices` has "
                 "all.");
        }
        if (s_.context > s_.model.max_position && s_.model.max_position > 0) {
            note("beyond-training",
                 "The context is longer than the " + grouped(s_.model.max_position) +
                     " tokens that the configuration states; it is taken only where a rope "
                     "scaling allows it.");
        }
        if (s_.cache.unpadded_state > 0 && s_.cache.block > s_.question.block) {
            note("blocks", "Blocks have " + grouped(s_.cache.block) +
                               " tokens, so that a recurrent layer's state of " +
                               grouped(s_.cache.unpadded_state) + " bytes fits into one.");
        }
        for (const WeightTensor& part : s_.model.parts) {
            if (part.part != WeightPart::tower) continue;
            note("partial",
                 "The encoder of images or sound is counted with its weights; its own forward, and "
                 "what "
                 "it keeps for later prompts, are not listed.");
            break;
        }
    }

    Bytes bytes_of_group(const vllm::CacheGroup& group, const Share& share) const {
        vllm::CachePlan one = s_.cache;
        one.groups.assign(1, group);
        const std::int64_t blocks =
            vllm::blocks_of_sequence(one, s_.question, s_.context, s_.forward.tokens);
        const std::int64_t shared = std::min(vllm::shared_blocks(one, s_.shared_prefix), blocks);
        return share.block * (Bytes(blocks) + Bytes(blocks - shared) * (s_.sequences - 1)).count();
    }

    void list() {
        const Share& share = shares_[worst_];
        answer_.rows = paged::weight_rows(share.stage, s_.layout);
        const Bytes slack = share.weights.blocks - share.weights.tensors;
        if (slack > Bytes(0)) {
            Row row = row_of("allocator's rounding", Group::weights, slack,
                             "pytorch:c10/cuda/CUDACachingAllocator.cpp");
            row.note = "Blocks of the allocator that are a little larger than the tensors in them.";
            answer_.rows.push_back(std::move(row));
        }
        if (share.adapters > Bytes(0)) {
            Row row = row_of("places of LoRA adapters", Group::weights, share.adapters,
                             "vllm:vllm/lora/layers");
            row.count = config_.max_loras;
            row.shape = "r × (in + out)";
            row.note = "Room for `max_loras` adapters of `max_lora_rank` beside every matrix.";
            answer_.rows.push_back(std::move(row));
        }
        list_rotary(share);
        for (const vllm::CacheGroup& group : s_.cache.groups) list_group(group, share);
        list_sglang(share);
        const Group kind = share.forward.in_sampler ? Group::logits : Group::activations;
        for (const vllm::Alive& alive : share.forward.alive) {
            Row row =
                row_of(alive.name, kind, alive.bytes, "vllm:vllm/v1/worker/gpu_model_runner.py");
            row.shape = alive.shape;
            row.dtype = alive.dtype;
            row.alive = s_.is_sglang ? "prefill" : "profiling run";
            row.formula = alive.formula;
            row.note = alive.note;
            answer_.rows.push_back(std::move(row));
        }
        for (const std::string_view never : {"gradients", "optimizer states"}) {
            Row row = row_of(std::string(never),
                             never == "gradients" ? Group::gradients : Group::optimizer, Bytes(0),
                             "vllm");
            row.count = 0;
            row.alive = "never";
            row.note = "0 B: nothing is trained.";
            answer_.rows.push_back(std::move(row));
        }
        std::stable_sort(
            answer_.rows.begin(), answer_.rows.end(),
            [](const Row& left, const Row& right) { return left.group < right.group; });
    }

    /// What only SGLang has: states in a pool of their own, and the table of each sequence's tokens.
    void list_sglang(const Share& share) {
        if (share.states > Bytes(0)) {
            Row row = row_of("recurrent states", Group::state, share.states * s_.sequences,
                             "sglang:python/sglang/srt/mem_cache/memory_pool.py");
            row.count = s_.sequences;
            row.shape = "state";
            row.formula = grouped(s_.sequences) + " × " + grouped(share.states.count()) + " B";
            row.note = "The pool has room for " + grouped(share.slots) + " sequences.";
            answer_.rows.push_back(std::move(row));
        }
        if (share.table > Bytes(0)) {
            Row row = row_of("tokens of each request", Group::buffers, share.table,
                             "sglang:python/sglang/srt/mem_cache/memory_pool.py");
            row.shape = "requests × c";
            row.dtype = "int32";
            row.note = "req_to_token: the place of every token of every request that may run.";
            answer_.rows.push_back(std::move(row));
        }
    }

    void list_rotary(const Share& share) {
        if (share.rotary == Bytes(0)) return;
        const vllm::Rotary rotary = vllm::rotary_of(s_.model);
        Row row = row_of("rotary table", Group::buffers, share.rotary,
                         "vllm:vllm/model_executor/layers/rotary_embedding/base.py");
        row.count = rotary.tables;
        row.shape = "p × d_rope";
        const DType table = s_.is_sglang ? DType::fp32 : s_.model.dtype;
        row.dtype = std::string(name(table));
        row.formula = std::to_string(rotary.tables) + " × " + std::to_string(rotary.rows) + " × " +
                      std::to_string(rotary.width) + " × " +
                      std::to_string(info(table).block_bytes) + " B";
        row.note =
            "Cosines and sines of every position that the configuration states, for all layers.";
        answer_.rows.push_back(std::move(row));
    }

    void list_group(const vllm::CacheGroup& group, const Share& share) {
        using vllm::CacheKind;
        const vllm::LayerCache& spec = group.spec;
        const bool is_state = spec.kind == CacheKind::state;
        std::string name = is_state                         ? "recurrent states"
                           : spec.is_latent                 ? "latents"
                           : spec.kind == CacheKind::window ? "keys and values of sliding windows"
                           : spec.kind == CacheKind::chunk  ? "keys and values of chunks"
                                                            : "keys and values";
        const Bytes bytes = bytes_of_group(group, share);
        for (Row& known : answer_.rows) {
            if (known.name != name || known.group == Group::weights) continue;
            known.bytes += bytes;
            known.count += static_cast<std::int64_t>(group.layers.size());
            known.formula = grouped((known.bytes.count())) + " B = blocks × " +
                            grouped(share.block.count()) + " B";
            return;
        }
        Row row = row_of(std::move(name), is_state ? Group::state : Group::kv_cache, bytes,
                         s_.is_sglang ? "sglang:python/sglang/srt/mem_cache/memory_pool.py"
                                      : "vllm:vllm/v1/core/kv_cache_utils.py");
        row.count = static_cast<std::int64_t>(group.layers.size());
        row.shape = is_state ? "blocks × state" : "blocks × block × per token";
        row.dtype =
            std::string(tensorledger::name(is_state ? s_.question.computed : s_.question.stored));
        row.formula = grouped(bytes.count() / std::max<std::int64_t>(share.block.count(), 1)) +
                      " blocks × " + grouped(share.block.count()) + " B";
        row.note = is_state ? "A block for each sequence in each group of recurrent layers, as "
                              "large as the others."
                   : spec.reach > 0
                       ? "Tokens within reach and those of one forward; blocks of " +
                             grouped(spec.block) + " tokens, one table for each group of layers."
                       : "Blocks of " + grouped(spec.block) + " tokens, for all layers of a group.";
        answer_.rows.push_back(std::move(row));
    }

    const Config& config_;
    const Start& s_;
    Answer& answer_;
    std::vector<Share> shares_;
    std::uint32_t worst_ = 0;
    std::int64_t per_sequence_ = 0;  // blocks
    std::int64_t needed_ = 0;        // blocks of all sequences
    std::int64_t blocks_ = 0;        // of the pool
};

/// What vLLM refuses, or what is not described of it.
std::optional<Issue> refusal(const Config& config, const Start& s) {
    const auto cannot = [](std::string_view field, std::string message) {
        return Issue{std::string(field), "impossible", std::move(message)};
    };
    const Model& model = s.model;
    if (model.encoder || !model.decoder.is_decoder) {
        return Issue{"model", "not-listed",
                     "How this engine runs an encoder, or an encoder–decoder, is not listed yet."};
    }
    if (config.weights == WeightStorage::automatic && !model.quantisation_issue.empty()) {
        return Issue{"model", "not-listed", model.quantisation_issue};
    }
    if (std::optional<Issue> issue = vllm::check_layout(model, s.layout)) return issue;
    const std::int64_t block = s.question.block;
    if (!s.is_sglang && block % 16 != 0) {
        return cannot("page_size",
                      "vLLM's attention kernels take blocks of a multiple of 16 tokens; " +
                          std::to_string(block) + " is none.");
    }
    if (!s.is_sglang && s.forward.tokens < s.forward.sequences) {
        return cannot("max_num_batched_tokens",
                      "max_num_batched_tokens (" + std::to_string(s.forward.tokens) +
                          ") must be greater than or equal to max_num_seqs (" +
                          std::to_string(s.forward.sequences) + ").");
    }
    if (s.layout.next_token && model.next_token_layers.empty()) {
        return cannot("speculative", "This model states no layers for multi-token prediction.");
    }
    if (model.positions > 0 && s.context > model.max_position && model.max_position > 0) {
        return cannot("context", "This model learned " + grouped(model.max_position) +
                                     " positions; a longer context is refused.");
    }
    return std::nullopt;
}

}  // namespace

void answer_paged(const Config& config, Detail detail, Answer& answer) {
    Start start = start_of(config);
    if (std::optional<Issue> issue = refusal(config, start)) {
        refuse_with(answer, *std::move(issue));
        return;
    }
    vllm::CachePlanOrIssue cache = vllm::plan_cache(start.model, start.question);
    // Pages of one size are vLLM's concern alone.
    if (cache.issue && !(start.is_sglang && cache.issue->code == "impossible")) {
        refuse_with(answer, *std::move(cache.issue));
        return;
    }
    start.cache =
        start.is_sglang ? sglang::plan_pools(start.model, start.question) : std::move(cache.plan);
    answer.ok = true;
    answer.params = count_parameters(start.model);
    answer.params.trainable = 0;
    Composer(config, start, answer).compose(detail);
    if (!answer.totals.device.is_exact_in_json()) {
        refuse_with(answer, {"", "too-large",
                             "The sizes of this set-up leave what can be counted exactly (2^53 "
                             "bytes, 8 PiB)."});
    }
}

}  // namespace tensorledger
