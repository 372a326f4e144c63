#include "core/report/llamacpp.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/catalog/accelerators.h"
#include "core/options/messages.h"
#include "core/profiles/llamacpp/graph.h"
#include "core/profiles/llamacpp/quantise.h"
#include "core/report/llamacpp_buffers.h"
#include "core/run/run.h"

namespace tensorledger {

namespace {

/// What a process of llama.cpp takes on a card beside its buffers: the CUDA context and its own kernels. Read off a
/// server whose other buffers were all known; other cards and drivers take more, which a note says.
constexpr Bytes kContext = Bytes(std::int64_t{153} << 20);

constexpr std::string_view kAlways = "always";

DType type_of(GgmlType type) {
    switch (type) {
        case GgmlType::f16: return DType::fp16;
        case GgmlType::f32: return DType::fp32;
        case GgmlType::bf16: return DType::bf16;
        case GgmlType::q8_0: return DType::q8_0;
        case GgmlType::q4_0: return DType::q4_0;
        case GgmlType::q4_1: return DType::q4_1;
        case GgmlType::q5_0: return DType::q5_0;
        case GgmlType::q5_1: return DType::q5_1;
        case GgmlType::iq4_nl: return DType::iq4_nl;
    }
    return DType::fp16;
}

/// The one type that `kv` names for keys and values, where it names one.
DType type_of(CacheStorage storage, DType otherwise) {
    switch (storage) {
        case CacheStorage::fp32: return DType::fp32;
        case CacheStorage::bf16: return DType::bf16;
        case CacheStorage::fp16: return DType::fp16;
        case CacheStorage::q8_0: return DType::q8_0;
        case CacheStorage::q4_0: return DType::q4_0;
        default: return otherwise;
    }
}

llamacpp::Parameters parameters_of(const Config& config) {
    llamacpp::Parameters p;
    p.sequences = config.sequences.value_or(config.batch);
    p.context = config.context.value_or(config.prompt.value_or(config.seq));
    p.batch = config.batch_tokens;
    p.ubatch = config.ubatch;
    p.gpu_layers = config.gpu_layers;
    p.gpus = config.gpus;
    p.outputs = config.outputs == Outputs::server ? p.sequences : 0;
    p.key_type = type_of(config.kv, type_of(config.kv_k));
    p.value_type = type_of(config.kv, type_of(config.kv_v));
    p.flash = config.attention != AttentionKind::eager;
    p.unified = config.kv_unified;
    p.full_window = config.swa_full;
    p.offload_cache = config.kv_offload;
    p.embeddings = config.embeddings;
    return p;
}

Row row(std::string name, Group group, Bytes bytes, std::int64_t count) {
    Row made;
    made.name = std::move(name);
    made.group = group;
    made.bytes = bytes;
    made.count = count;
    made.alive = kAlways;
    made.source = "llama.cpp";
    return made;
}

std::string product(std::initializer_list<std::int64_t> factors) {
    std::string text;
    for (const std::int64_t factor : factors) {
        if (!text.empty()) text += " × ";
        text += std::to_string(factor);
    }
    return text;
}

std::string per_block(DType type) {
    const DTypeInfo& stored = info(type);
    std::string text = " × " + std::to_string(stored.block_bytes) + " B";
    if (stored.block_elements != 1) text += " per " + std::to_string(stored.block_elements);
    return text;
}

bool same_cache(const llamacpp::CacheTensor& left, const llamacpp::CacheTensor& right) {
    return left.kind == right.kind && left.width == right.width && left.rows == right.rows &&
           left.type == right.type;
}

/// Whether two layers keep the same: `of` gives the tensors of a layer, its keys or convolution state first.
using LayerCache = std::pair<const llamacpp::CacheTensor*, const llamacpp::CacheTensor*>;
bool same_cache(const LayerCache& left, const LayerCache& right) {
    const bool both = left.second != nullptr && right.second != nullptr;
    return same_cache(*left.first, *right.first) &&
           (both ? same_cache(*left.second, *right.second) : left.second == right.second);
}

/// A layer's tensors of one sort (caches or states), which stand one after the other.
std::vector<LayerCache> layer_caches(const llamacpp::Setup& setup) {
    std::vector<LayerCache> layers;
    for (const llamacpp::CacheTensor& tensor : setup.caches) {
        const bool second = !layers.empty() && layers.back().second == nullptr &&
                            layers.back().first->layer == tensor.layer &&
                            layers.back().first->is_state() == tensor.is_state();
        if (second) {
            layers.back().second = &tensor;
        } else {
            layers.emplace_back(&tensor, nullptr);
        }
    }
    return layers;
}

CacheRow cache_row(const Model& model, const llamacpp::Setup& setup, const LayerCache& layer) {
    const llamacpp::CacheTensor& first = *layer.first;
    const llamacpp::CacheTensor* second = layer.second;
    CacheRow row;
    row.kind = model.decoder.layers[static_cast<std::uint32_t>(first.layer)].kind;
    row.key_elements = first.width;
    row.key_dtype = name(first.type);
    Bytes each = bytes_of(first.type, first.width);
    row.bytes = bytes_of(first.type, checked_product(first.width, first.rows));
    if (second != nullptr) {
        row.value_elements = second->width;
        row.value_dtype = name(second->type);
        each += bytes_of(second->type, second->width);
        row.bytes += bytes_of(second->type, checked_product(second->width, second->rows));
    }
    if (first.is_state()) {
        row.holds = "states";
        row.state = each;
        row.source = "llama.cpp:src/llama-memory-recurrent.cpp";
        return row;
    }
    row.holds = second != nullptr ? "keys and values" : "latent";
    row.tokens = first.rows / setup.streams;
    row.per_token = each;
    if (setup.window > 0 && setup.window_cells < setup.sequence_cells &&
        row.tokens == setup.window_cells) {
        row.window = row.tokens;
        row.capped = each * row.tokens;
    }
    row.source = "llama.cpp:src/llama-kv-cache.cpp";
    return row;
}

/// What is kept between tokens, by kind of layer, on all devices together.
std::vector<CacheRow> cache_rows(const Model& model, const llamacpp::Setup& setup) {
    std::vector<CacheRow> rows;
    std::vector<LayerCache> known;
    for (const LayerCache& layer : layer_caches(setup)) {
        std::uint32_t at = 0;
        while (at < known.size() && !same_cache(known[at], layer)) ++at;
        const CacheRow row = cache_row(model, setup, layer);
        if (at == known.size()) {
            known.push_back(layer);
            rows.push_back(row);
            rows.back().layers = 1;
            continue;
        }
        CacheRow& sum = rows[at];
        ++sum.layers;
        sum.per_token += row.per_token;
        sum.capped += row.capped;
        sum.state += row.state;
        sum.bytes += row.bytes;
    }
    return rows;
}

/// The answer while it is being put together: everything on one card, or on the host.
class Composer {
public:
    Composer(const Config& config, const llamacpp::Setup& setup, const llamacpp::GgufTensors& file,
             Answer& answer)
        : config_(config), setup_(setup), file_(file), answer_(answer), model_(*config.network) {}

    void compose(Detail detail) {
        devices_ = llamacpp::buffers_of(model_, setup_, file_);
        for (const llamacpp::DeviceBuffers& device : devices_) {
            answer_.devices.push_back({device.name, device.weights, device.kv_cache, device.state,
                                       device.compute, device.output});
        }
        sum_up();
        judge();
        answer_.cache = cache_rows(model_, setup_);
        if (detail == Detail::ledger) list();
    }

private:
    /// The fullest card; the host where nothing is on a card.
    const llamacpp::DeviceBuffers& fullest() const {
        const llamacpp::DeviceBuffers* most = &devices_.front();
        for (const llamacpp::DeviceBuffers& device : devices_) {
            const bool counts = device.on_card == devices_.front().on_card;
            if (counts && device.together() > most->together()) most = &device;
        }
        return *most;
    }

    void sum_up() {
        const llamacpp::DeviceBuffers& device = fullest();
        const auto put = [&](Group group, Bytes bytes) {
            answer_.bytes[static_cast<std::uint8_t>(group)] += bytes;
        };
        put(Group::weights, device.weights);
        put(Group::kv_cache, device.kv_cache);
        put(Group::state, device.state);
        put(Group::activations, device.compute);
        put(Group::buffers, device.output);
        const Bytes all = device.together();
        answer_.totals.allocated = all;
        answer_.totals.reserved = all;
        answer_.totals.device = device.on_card ? all + kContext : Bytes(0);
        answer_.peak = all;
        answer_.peak_phase = "prefill";
        const Bytes cached = device.weights + device.kv_cache + device.state + device.output;
        answer_.phases = {{"load", Bytes(0), cached, cached},
                          {"prefill", all, all, all},
                          {"decode", all, all, all}};
    }

    void judge() {
        const Accelerator* gpu = find_accelerator(config_.gpu);
        if (gpu == nullptr) return;
        answer_.fit.gpu = std::string(gpu->id);
        answer_.fit.available = usable_bytes(*gpu);
        answer_.fit.headroom = answer_.fit.available - answer_.totals.device;
        answer_.fit.fits = answer_.fit.headroom >= Bytes(0);
    }

    void list() {
        const llamacpp::DeviceBuffers& device = fullest();
        list_device(static_cast<std::uint32_t>(&device - devices_.data()));
        for (const llamacpp::DeviceBuffers& host : devices_) {
            if (device.on_card && !host.on_card) list_host(host);
        }
        if (device.on_card) {
            Row context = row(device.name + ": CUDA context", Group::buffers, Bytes(0), 1);
            context.source = "llama.cpp";
            context.formula = "153 MiB beside the buffers";
            context.shape = "—";
            context.dtype = "—";
            context.note =
                "0 B among the buffers: it stands in the total of the device. 153 MiB was read off "
                "a "
                "server whose buffers were all known; 451 to 749 MiB were seen on other cards.";
            answer_.rows.push_back(std::move(context));
        }
        for (const std::string_view never : {"gradients", "optimizer states"}) {
            Row none = row(std::string(never),
                           never == "gradients" ? Group::gradients : Group::optimizer, Bytes(0), 0);
            none.shape = none.dtype = "—";
            none.alive = "never";
            none.formula = "0 B";
            none.note = "0 B: nothing is trained.";
            answer_.rows.push_back(std::move(none));
        }
        std::stable_sort(
            answer_.rows.begin(), answer_.rows.end(),
            [](const Row& left, const Row& right) { return left.group < right.group; });
    }

    /// What the host holds beside a card: nothing of it counts here, but a reader looks for it.
    void list_host(const llamacpp::DeviceBuffers& host) {
        const struct {
            std::string_view name;
            Group group;
            Bytes bytes;
        } parts[] = {{"weights", Group::weights, host.weights},
                     {"key/value cache", Group::kv_cache, host.kv_cache},
                     {"states", Group::state, host.state},
                     {"compute buffer", Group::activations, host.compute},
                     {"output buffer", Group::buffers, host.output}};
        for (const auto& part : parts) {
            if (part.bytes == Bytes(0)) continue;
            Row none = row(host.name + ": " + std::string(part.name), part.group, Bytes(0), 0);
            none.shape = none.dtype = "—";
            none.formula = grouped(part.bytes.count()) + " B of the host's memory";
            none.note = "0 B on the card: " + none.formula + ".";
            answer_.rows.push_back(std::move(none));
        }
    }

    void list_device(std::uint32_t index) {
        const llamacpp::DeviceBuffers& device = devices_[index];
        list_weights(device, static_cast<std::int8_t>(index));
        for (std::uint32_t i = 0; i < setup_.caches.size(); ++i) {
            if (setup_.caches[i].device == static_cast<std::int32_t>(index)) list_cache(device, i);
        }
        if (device.compute > Bytes(0)) {
            Row compute =
                row(device.name + ": compute buffer", Group::activations, device.compute, 1);
            compute.shape = "u = " + std::to_string(setup_.tokens) + " tokens";
            compute.dtype = "fp32";
            compute.formula = "highest address of the planned graph";
            compute.source = "llama.cpp:ggml/src/ggml-alloc.c";
            compute.note =
                "Every tensor of the worst-case prompt (" + std::to_string(setup_.tokens) +
                " tokens, logits of " + std::to_string(setup_.outputs) +
                "), placed in the order of the graph; one layer's memory serves all layers.";
            answer_.rows.push_back(std::move(compute));
        }
        if (device.output > Bytes(0)) {
            Row output = row(device.name + ": output buffer", Group::buffers, device.output, 1);
            output.shape = "n × v";
            output.dtype = "fp32";
            output.formula =
                product({setup_.asked.sequences,
                         model_.vocab + (setup_.asked.embeddings ? model_.hidden : 0), 4}) +
                " B";
            output.source = "llama.cpp:src/llama-context.cpp";
            output.note = "Logits handed to the caller, in the host's memory.";
            answer_.rows.push_back(std::move(output));
        }
    }

    /// Tensors of one name and type together.
    void list_weights(const llamacpp::DeviceBuffers& device, std::int8_t index) {
        struct Kind {
            const llamacpp::GgufTensor* tensor;
            std::int64_t count;
            Bytes bytes;
        };
        std::vector<Kind> kinds;
        llamacpp::each_weight(
            model_, setup_, file_,
            [&](std::int8_t where, const llamacpp::GgufTensor& tensor, Bytes held) {
                if (where != index) return;
                for (Kind& kind : kinds) {
                    const llamacpp::GgufTensor& known = *kind.tensor;
                    if (known.stem == tensor.stem && known.suffix == tensor.suffix &&
                        known.type == tensor.type && known.ne == tensor.ne) {
                        ++kind.count;
                        kind.bytes += held;
                        return;
                    }
                }
                kinds.push_back({&tensor, 1, held});
            });
        for (const Kind& kind : kinds) {
            const llamacpp::GgufTensor& tensor = *kind.tensor;
            std::string name = device.name + ": " + (tensor.layer >= 0 ? "blk." : "");
            name += tensor.stem;
            name += tensor.suffix;
            Row made = row(std::move(name), Group::weights, kind.bytes, kind.count);
            for (int i = 0; i < tensor.dims; ++i) {
                made.shape +=
                    (i > 0 ? " × " : "") + std::to_string(tensor.ne[static_cast<std::uint32_t>(i)]);
            }
            made.dtype = std::string(tensorledger::name(tensor.type));
            made.formula = std::to_string(kind.count) + " × " + std::to_string(tensor.elements()) +
                           per_block(tensor.type) +
                           (device.on_card ? ", padded to 128" : ", padded to 32");
            made.source = "llama.cpp:src/llama-model.cpp";
            made.note = device.on_card ? "A tensor of the GGUF file."
                                       : "A tensor of the GGUF file, mapped from it.";
            answer_.rows.push_back(std::move(made));
        }
    }

    /// The caches of one kind and size together, at the first of them.
    void list_cache(const llamacpp::DeviceBuffers& device, std::uint32_t first) {
        const llamacpp::CacheTensor& tensor = setup_.caches[first];
        std::int64_t count = 0;
        Bytes bytes;
        for (std::uint32_t i = 0; i < setup_.caches.size(); ++i) {
            const llamacpp::CacheTensor& other = setup_.caches[i];
            const bool same = other.device == tensor.device && other.kind == tensor.kind &&
                              other.width == tensor.width && other.rows == tensor.rows;
            if (!same) continue;
            if (i < first) return;
            ++count;
            bytes += llamacpp::bytes_of(other, device.on_card);
        }
        using Kind = llamacpp::CacheTensor::Kind;
        static constexpr std::string_view names[] = {"keys", "values", "convolution state",
                                                     "recurrent state"};
        const bool is_window = tensor.rows == setup_.window_cells * setup_.streams &&
                               setup_.window > 0 && setup_.window_cells < setup_.sequence_cells;
        std::string name = device.name + ": ";
        name += names[static_cast<std::uint8_t>(tensor.kind)];
        if (is_window && !tensor.is_state()) name += " of sliding windows";
        Row made =
            row(std::move(name), tensor.is_state() ? Group::state : Group::kv_cache, bytes, count);
        made.shape = tensor.is_state()          ? "n × state"
                     : tensor.kind == Kind::key ? "c × k·d"
                                                : "c × k·dv";
        made.dtype = std::string(tensorledger::name(tensor.type));
        made.formula = product({count, tensor.rows, tensor.width}) + per_block(tensor.type);
        made.source = tensor.is_state() ? "llama.cpp:src/llama-memory-recurrent.cpp"
                                        : "llama.cpp:src/llama-kv-cache.cpp";
        made.note = tensor.is_state() ? "The state of a recurrent layer, for each sequence."
                    : is_window ? "Cells of the window and of one micro-batch, in multiples of 256."
                                : "Cells of the whole context, in multiples of 256.";
        answer_.rows.push_back(std::move(made));
    }

    const Config& config_;
    const llamacpp::Setup& setup_;
    const llamacpp::GgufTensors& file_;
    Answer& answer_;
    const Model& model_;
    std::vector<llamacpp::DeviceBuffers> devices_;
};

void refuse_with(Answer& answer, Issue issue) {
    answer.ok = false;
    answer.issues.push_back(std::move(issue));
}

void add_notes(const Config& config, const llamacpp::Setup& setup, Answer& answer) {
    const auto note = [&](std::string code, std::string message) {
        answer.notes.push_back({std::move(code), std::move(message)});
    };
    note(
        "planned",
        "These are the buffers that llama.cpp v0.5.0 plans for a CUDA build; what CUDA's own pools "
        "and cuBLAS add while it runs is not among them. `context` is llama.cpp's -c: all "
        "sequences "
        "share it.");
    if (config.gpus == 0) {
        note("on-the-cpu", "Everything is in the host's memory, which is not judged.");
    } else if (config.gpus > 1) {
        note("fullest-card",
             "Totals and verdict are those of the fullest card; `devices` has all.");
    }
    if (setup.pipelined) {
        note("pipeline",
             "Layers on several cards with nothing left on the host: llama.cpp works on four "
             "micro-batches at once, so what crosses cards is there four times.");
    }
    if (setup.asked.context > config.network->max_position && config.network->max_position > 0) {
        note("beyond-training",
             "The context is longer than the " + grouped(config.network->max_position) +
                 " tokens that the model was trained for; llama.cpp warns and goes on.");
    }
}

}  // namespace

void answer_llamacpp(const Config& config, Detail detail, Answer& answer) {
    const Model& model = *config.network;
    const DType computed = recipe_of(config.precision).compute;
    const auto type = llamacpp::file_type_of(config.weights, computed);
    if (!type) {
        refuse_with(answer, {"weights", "impossible", "llama.cpp reads no file of this type."});
        return;
    }
    if (config.kv != CacheStorage::automatic &&
        (config.kv_k != GgmlType::f16 || config.kv_v != GgmlType::f16)) {
        refuse_with(answer, {"kv", "impossible",
                             "`kv` names one type for keys and values, `kv_k` and `kv_v` one for "
                             "each: give one or the other."});
        return;
    }
    Issues issues;
    const llamacpp::Setup setup = llamacpp::setup_of(model, parameters_of(config), issues);
    if (!issues.empty()) {
        for (Issue& issue : issues) refuse_with(answer, std::move(issue));
        return;
    }
    llamacpp::GgufTensors file = llamacpp::quantised(model, *type, config.imatrix);
    if (file.issue) {
        refuse_with(answer, *std::move(file.issue));
        return;
    }
    if (!llamacpp::has_graph(model)) {
        refuse_with(answer, {"model", "not-listed",
                             "The graph that llama.cpp builds for a model of type " +
                                 quoted(model.model_type) + " is not listed yet."});
        return;
    }
    answer.ok = true;
    answer.params = count_parameters(model);
    answer.params.trainable = 0;
    add_notes(config, setup, answer);
    Composer(config, setup, file, answer).compose(detail);
    for (const Device& device : answer.devices) {
        const Bytes all = device.weights + device.kv_cache + device.state + device.compute;
        if (all.is_exact_in_json()) continue;
        Answer refusal;
        refusal.query = std::move(answer.query);
        answer = std::move(refusal);
        refuse_with(answer, {"", "too-large",
                             "The sizes of this set-up leave what can be counted exactly (2^53 "
                             "bytes, 8 PiB)."});
        return;
    }
}

}  // namespace tensorledger
