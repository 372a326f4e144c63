#include "core/profiles/llamacpp/setup.h"

#include <algorithm>

#include "core/program/ggml_graph.h"

namespace tensorledger::llamacpp {

namespace {

constexpr std::int64_t kCellPadding = 256;
constexpr std::int64_t kMostSequences = 256;  // LLAMA_MAX_SEQ
constexpr std::int64_t kMostDevices = 16;     // LLAMA_MAX_DEVICES
constexpr std::int64_t kMostNodes = 1 << 20;  // of a graph that is planned here
constexpr std::int64_t kLargest = std::int64_t{1} << 53;

std::int64_t padded(std::int64_t size, std::int64_t multiple) {
    return (size + multiple - 1) / multiple * multiple;
}

bool attends(const Layer& layer) {
    return layer.mixer == MixerKind::attention || layer.has_parallel_attention;
}

bool is_quantised(DType type) { return info(type).block_elements > 1; }

void refuse(Issues& issues, std::string field, std::string message) {
    issues.push_back({std::move(field), "impossible", std::move(message)});
}

void check(const Model& model, const Parameters& asked, Issues& issues) {
    if (asked.sequences > kMostSequences) {
        refuse(issues, "sequences", "llama.cpp serves at most 256 sequences at once.");
    }
    if (asked.gpus > kMostDevices) {
        refuse(issues, "gpus", "llama.cpp drives at most 16 devices.");
    }
    if (is_quantised(asked.value_type) && !asked.flash) {
        refuse(issues, "kv_v",
               "llama.cpp stores quantised values only with flash attention: without it they are "
               "kept transposed, and a block would cross tokens.");
    }
    for (const Layer& layer : model.decoder.layers) {
        if (!attends(layer) || !layer.stores_kv) continue;
        const Attention& attention = layer.attention;
        if (attention.latent && asked.key_type != asked.value_type) {
            refuse(issues, "kv_v",
                   "This model caches one latent vector for keys and values, so llama.cpp refuses "
                   "different types for them.");
            return;
        }
        if (!asked.flash) continue;
        if (key_width(attention) % info(asked.key_type).block_elements != 0 ||
            attention.head_dim % info(asked.key_type).block_elements != 0) {
            refuse(issues, "kv_k",
                   "The head size of this model is not a multiple of the block of this type, so "
                   "llama.cpp refuses it for the keys.");
            return;
        }
        if (!attention.latent &&
            attention.value_head_dim % info(asked.value_type).block_elements != 0) {
            refuse(issues, "kv_v",
                   "The head size of this model is not a multiple of the block of this type, so "
                   "llama.cpp refuses it for the values.");
            return;
        }
    }
}

void size_context(const Model& model, Setup& setup) {
    const Parameters& asked = setup.asked;
    const bool causal = model.decoder.is_decoder;
    const std::int64_t batch = causal ? std::min(asked.context, asked.batch) : asked.batch;
    const std::int64_t ubatch = std::min(batch, asked.ubatch);
    setup.context = padded(asked.context, kCellPadding);
    setup.sequence_cells =
        asked.unified ? setup.context : padded(setup.context / asked.sequences, kCellPadding);
    if (!asked.unified) setup.context = setup.sequence_cells * asked.sequences;
    setup.streams = asked.unified ? 1 : asked.sequences;
    setup.tokens = std::min(setup.context, ubatch);
    const std::int64_t most = asked.outputs > 0 && causal ? asked.outputs : batch;
    setup.outputs = std::min(setup.tokens, most);
    setup.tokens = padded(setup.tokens, asked.sequences);
    for (const Layer& layer : model.decoder.layers) {
        if (has_window(model, layer)) setup.window = layer.attention.window;
    }
    const std::int64_t reach = setup.window * (asked.unified ? asked.sequences : 1) + ubatch;
    setup.window_cells = asked.full_window
                             ? setup.sequence_cells
                             : padded(std::min(setup.sequence_cells, reach), kCellPadding);
}

/// Whether a graph has more nodes, or a tensor more bytes, than can be planned: nonsense is refused, not counted.
bool is_too_large(const Model& model, const Setup& setup) {
    const auto layers = static_cast<std::int64_t>(model.decoder.layers.size());
    std::int64_t nodes = checked_product(layers, 64);
    std::int64_t widest = std::max(model.vocab, model.hidden);
    for (const Layer& layer : model.decoder.layers) {
        const FeedForward& f = layer.feed_forward;
        const Recurrent& r = layer.recurrent;
        nodes += checked_product(2, f.experts_per_token);
        if (nodes > kMostNodes) return true;
        const std::int64_t cells = checked_product(setup.sequence_cells, layer.attention.heads);
        const std::int64_t routed =
            checked_product(f.experts_per_token, std::max(f.expert_width, model.hidden));
        for (const std::int64_t width :
             {cells, routed, f.width, f.shared_width, f.experts, r.inner, r.conv_channels,
              checked_product(r.inner, r.state), key_width(layer.attention),
              checked_product(layer.attention.heads, layer.attention.head_dim)}) {
            widest = std::max(widest, width);
        }
    }
    return checked_product(checked_product(setup.tokens, widest), 64) > kLargest ||
           checked_product(checked_product(setup.context, widest), 64) > kLargest;
}

/// Layers go to the devices in order, as many to each as to the others; the output to the last.
void place_layers(const Model& model, Setup& setup) {
    const Parameters& asked = setup.asked;
    const auto layers = static_cast<std::int64_t>(model.decoder.layers.size());
    setup.devices = static_cast<std::int32_t>(asked.gpus);
    const std::int64_t wanted = asked.gpu_layers < 0 ? layers + 1 : asked.gpu_layers;
    const std::int64_t first = std::max<std::int64_t>(layers + 1 - wanted, 0);
    const std::int64_t active = std::min(wanted, layers + 1);
    for (std::int64_t i = 0; i <= layers; ++i) {
        const bool on_gpu = asked.gpus > 0 && i >= first && active > 0;
        setup.layer_device.push_back(
            on_gpu ? static_cast<std::int8_t>((i - first) * asked.gpus / active) : setup.cpu());
    }
    setup.all_on_gpu = asked.gpus > 0 && wanted > layers;
    setup.pipelined = asked.gpus > 1 && setup.all_on_gpu && asked.offload_cache;
}

void add(Setup& setup, CacheTensor::Kind kind, std::int32_t layer, std::int64_t width,
         std::int64_t rows, DType type) {
    const std::int8_t device = setup.asked.offload_cache ? setup.device_of(layer) : setup.cpu();
    setup.caches.push_back({layer, device, width, rows, type, kind});
}

void list_caches(const Model& model, Setup& setup) {
    if (!model.decoder.is_decoder) return;
    const Parameters& asked = setup.asked;
    std::int64_t widest = 0;
    for (const Layer& layer : model.decoder.layers) {
        if (attends(layer)) widest = std::max(widest, value_width(layer.attention));
    }
    std::int32_t index = -1;
    for (const Layer& layer : model.decoder.layers) {
        ++index;
        if (attends(layer) && layer.stores_kv) {
            const std::int64_t cells =
                (has_window(model, layer) ? setup.window_cells : setup.sequence_cells) *
                setup.streams;
            add(setup, CacheTensor::Kind::key, index, key_width(layer.attention), cells,
                asked.key_type);
            if (!layer.attention.latent) {
                add(setup, CacheTensor::Kind::value, index,
                    asked.flash ? value_width(layer.attention) : widest, cells, asked.value_type);
            }
        }
        const Recurrent& r = layer.recurrent;
        std::int64_t convolution = checked_product(r.conv_kernel - 1, r.conv_channels);
        std::int64_t state = 0;
        switch (layer.mixer) {
            case MixerKind::mamba1: state = checked_product(r.inner, r.state); break;
            case MixerKind::mamba2:
            case MixerKind::gated_delta_net:
            case MixerKind::kimi_delta:
                state = checked_product(checked_product(r.heads, r.head_dim), r.state);
                break;
            case MixerKind::short_conv: break;
            default: continue;
        }
        add(setup, CacheTensor::Kind::convolution, index, convolution, asked.sequences,
            DType::fp32);
        add(setup, CacheTensor::Kind::recurrent, index, state, asked.sequences, DType::fp32);
    }
}

}  // namespace

bool has_window(const Model& model, const Layer& layer) {
    if (!attends(layer) || layer.attention.window <= 0) return false;
    for (const std::string_view type : {"gemma2", "gemma3_text", "gpt_oss", "cohere2", "olmo3",
                                        "exaone4", "gemma3n_text", "gemma4_text"}) {
        if (model.model_type == type) return true;
    }
    return false;
}

std::int64_t key_width(const Attention& attention) {
    if (attention.latent) return attention.latent->kv_rank + attention.latent->rope_head_dim;
    return checked_product(attention.kv_heads, attention.head_dim);
}

std::int64_t value_width(const Attention& attention) {
    if (attention.latent) return attention.latent->kv_rank;
    return checked_product(attention.kv_heads, attention.value_head_dim);
}

Setup setup_of(const Model& model, const Parameters& asked, Issues& issues) {
    Setup setup;
    setup.asked = asked;
    if (setup.asked.context == 0) setup.asked.context = model.max_position;
    check(model, setup.asked, issues);
    if (!issues.empty()) return setup;
    size_context(model, setup);
    if (is_too_large(model, setup)) {
        issues.push_back({"", "too-large",
                          "The sizes of this set-up leave what can be counted exactly "
                          "(2^53 bytes, 8 PiB)."});
        return setup;
    }
    place_layers(model, setup);
    list_caches(model, setup);
    return setup;
}

Bytes bytes_of(const CacheTensor& tensor, bool on_gpu) {
    ggml::Tensor t;
    t.type = tensor.type;
    t.ne[0] = tensor.width;
    t.bytes = (bytes_of(tensor.type, tensor.width) * tensor.rows).count();
    const ggml::Backend backend{on_gpu ? ggml::kGpuAlignment : ggml::kHostAlignment, on_gpu};
    return Bytes(padded(ggml::allocated_bytes(t, backend), backend.alignment));
}

}  // namespace tensorledger::llamacpp
