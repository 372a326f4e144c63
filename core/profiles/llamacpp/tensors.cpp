#include "core/profiles/llamacpp/tensors.h"

#include <algorithm>

#include "core/profiles/llamacpp/architectures.h"
#include "core/quantity/ggml.h"

namespace tensorledger::llamacpp {

namespace {

constexpr std::string_view weight = ".weight";
constexpr std::string_view bias = ".bias";

using Extents = std::initializer_list<std::int64_t>;

/// Writes the tensors of a model in the order of the file.
class Lister {
public:
    Lister(const Model& model, const Architecture& row, DType weights, std::vector<GgufTensor>& out)
        : model_(model), row_(row), weights_(weights), out_(out) {}

    void outside();
    void layer(const Layer& layer, std::int32_t index);

private:
    void add(std::string_view stem, std::string_view suffix, Extents ne, bool kept);
    void matrix(std::string_view stem, Extents ne, bool with_bias = false);
    void kept(std::string_view stem, Extents ne) { add(stem, weight, ne, true); }
    void norm(std::string_view stem, std::int64_t width, NormKind kind);
    void attention(const Attention& a);
    void qk_norms(const Attention& a);
    void feed_forward(const FeedForward& f);
    void experts(const FeedForward& f);
    void latent_attention(const Attention& a);
    void recurrent(MixerKind kind, const Recurrent& r);
    void mamba(MixerKind kind, const Recurrent& r);
    void delta(const Recurrent& r);
    /// A parameter that is no module's weight: "ssm_a".
    void bare(std::string_view stem, Extents ne) { add(stem, "", ne, true); }

    const Model& model_;
    const Architecture& row_;
    DType weights_;
    std::vector<GgufTensor>& out_;
    std::int32_t layer_ = -1;
};

/// Vectors, norms and what is `kept` stay in fp32; a row that is no whole number of blocks becomes fp16.
void Lister::add(std::string_view stem, std::string_view suffix, Extents ne, bool kept) {
    GgufTensor& made = out_.emplace_back();
    made.stem = stem;
    made.suffix = suffix;
    made.layer = layer_;
    made.dims = static_cast<int>(ne.size());
    std::copy(ne.begin(), ne.end(), made.ne.begin());
    const bool whole = made.ne[0] % info(weights_).block_elements == 0;
    made.type = kept || ne.size() < 2 ? DType::fp32 : whole ? weights_ : DType::fp16;
}

void Lister::matrix(std::string_view stem, Extents ne, bool with_bias) {
    add(stem, weight, ne, false);
    if (with_bias) {
        const std::int64_t outputs = ne.begin()[1];
        if (ne.size() > 2) {
            add(stem, bias, {outputs, ne.begin()[2]}, true);
        } else {
            add(stem, bias, {outputs}, true);
        }
    }
}

void Lister::norm(std::string_view stem, std::int64_t width, NormKind kind) {
    if (kind == NormKind::none || kind == NormKind::layer_without_weight ||
        kind == NormKind::rms_without_weight) {
        return;
    }
    add(stem, weight, {width}, true);
    if (kind == NormKind::layer) {
        add(stem, bias, {width}, true);
    }
}

void Lister::outside() {
    if (model_.rope_scaling != RopeScaling::none && !model_.decoder.layers.empty()) {
        const std::int64_t pairs = model_.decoder.layers.front().attention.rotary_dim / 2;
        if (model_.rope_scaling == RopeScaling::llama3) {
            kept("rope_freqs", {pairs});
        } else {
            kept("rope_factors_long", {pairs});
            kept("rope_factors_short", {pairs});
        }
    }
    if ((!model_.tied_head || row_.own_head) && model_.has_head) {
        matrix("output", {model_.embedding_width, model_.vocab}, model_.head_bias);
    }
    norm(row_.final_norm, model_.hidden, model_.final_norm);
    if (model_.positions > 0) {
        kept("position_embd", {model_.position_width, model_.positions});
    }
    matrix("token_embd", {model_.embedding_width, model_.vocab});
    if (model_.embedding_norm) {
        norm("token_embd_norm", model_.embedding_width, model_.embedding_norm_kind);
    }
    if (model_.token_types > 0) {
        kept("token_types", {model_.embedding_width, model_.token_types});
    }
}

void Lister::qk_norms(const Attention& a) {
    const std::int64_t query = a.heads * a.head_dim;
    const std::int64_t key = a.kv_heads * a.head_dim;
    switch (a.qk_norm) {
        case QkNorm::per_head:
            kept("attn_q_norm", {a.head_dim});
            kept("attn_k_norm", {a.head_dim});
            break;
        case QkNorm::full_width:
            kept("attn_q_norm", {query});
            kept("attn_k_norm", {key});
            break;
        case QkNorm::layer_norm_of_every_head:
            kept("attn_q_norm", {a.head_dim, a.heads});
            kept("attn_k_norm", {a.head_dim, a.kv_heads});
            break;
        case QkNorm::full_width_layer_norm:
            norm("attn_q_norm", query, NormKind::layer);
            norm("attn_k_norm", key, NormKind::layer);
            break;
        default: break;
    }
}

void Lister::latent_attention(const Attention& a) {
    const Latent& latent = *a.latent;
    if (latent.query_rank > 0) {
        matrix("attn_q_a", {model_.hidden, latent.query_rank}, latent.bias);
        kept("attn_q_a_norm", {latent.query_rank});
        matrix("attn_q_b", {latent.query_rank, a.heads * a.head_dim});
    } else {
        matrix("attn_q", {model_.hidden, a.heads * a.head_dim});
    }
    matrix("attn_kv_a_mqa", {model_.hidden, latent.kv_rank + latent.rope_head_dim}, latent.bias);
    kept("attn_kv_a_norm", {latent.kv_rank});
    if (row_.latent_split) {
        matrix("attn_k_b", {latent.nope_head_dim, latent.kv_rank, a.heads});
        matrix("attn_v_b", {latent.kv_rank, a.value_head_dim, a.heads});
    } else {
        matrix("attn_kv_b", {latent.kv_rank, a.heads * (latent.nope_head_dim + a.value_head_dim)});
    }
    matrix("attn_output", {a.heads * a.value_head_dim, model_.hidden}, a.output_bias);
    if (latent.index_heads > 0) {
        matrix("indexer.attn_q_b", {latent.query_rank, latent.index_heads * latent.index_head_dim});
        matrix("indexer.attn_k", {model_.hidden, latent.index_head_dim});
        norm("indexer.k_norm", latent.index_head_dim, NormKind::layer);
        kept("indexer.proj", {model_.hidden, latent.index_heads});
    }
}

void Lister::attention(const Attention& a) {
    if (a.latent) {
        latent_attention(a);
        return;
    }
    const std::int64_t input = a.input_width > 0 ? a.input_width : model_.hidden;
    const std::int64_t query = a.heads * a.head_dim * (a.output_gate ? 2 : 1);
    const std::int64_t key = a.kv_heads * a.head_dim;
    const std::int64_t value = a.kv_heads * a.value_head_dim;
    if (a.packed_qkv && row_.qkv != Qkv::split) {
        matrix("attn_qkv", {input, query + key + value}, a.query_bias);
    } else {
        matrix("attn_q", {input, query}, a.query_bias);
        if (!a.borrows_kv) {
            matrix("attn_k", {input, key}, a.key_bias);
            matrix("attn_v", {input, value}, a.value_bias);
        }
    }
    matrix("attn_output", {a.heads * a.value_head_dim, model_.hidden}, a.output_bias);
    qk_norms(a);
    if (a.sinks) {
        kept("attn_sinks", {a.heads});
    }
}

void Lister::mamba(MixerKind kind, const Recurrent& r) {
    const bool first = kind == MixerKind::mamba1;
    const std::int64_t channels = first ? r.inner : r.conv_channels;
    matrix("ssm_in", {model_.hidden, first ? 2 * r.inner : r.inner + channels + r.heads},
           r.projection_bias);
    kept("ssm_conv1d", {r.conv_kernel, channels});
    if (r.conv_bias) {
        add("ssm_conv1d", bias, {channels}, true);
    }
    if (first) {
        matrix("ssm_x", {r.inner, r.time_rank + 2 * r.state});
        matrix("ssm_dt", {r.time_rank, r.inner}, true);
        bare("ssm_a", {r.state, r.inner});
        bare("ssm_d", {r.inner});
        if (r.inner_norms) {
            kept("ssm_dt_norm", {r.time_rank});
            kept("ssm_b_norm", {r.state});
            kept("ssm_c_norm", {r.state});
        }
    } else {
        add("ssm_dt", bias, {r.heads}, true);
        bare("ssm_a", {1, r.heads});
        bare("ssm_d", {1, r.heads});
        if (r.inner_norms) {
            const std::int64_t groups = std::max<std::int64_t>(1, r.groups);
            kept("ssm_norm", {r.inner / groups, groups});
        }
    }
    matrix("ssm_out", {r.inner, model_.hidden}, r.projection_bias);
}

void Lister::delta(const Recurrent& r) {
    const std::int64_t values = r.heads * r.head_dim;
    matrix("attn_qkv", {model_.hidden, r.conv_channels});
    matrix("attn_gate", {model_.hidden, values});
    if (r.split_projections) {
        matrix("ssm_beta", {model_.hidden, r.heads});
        matrix("ssm_alpha", {model_.hidden, r.heads});
    } else {
        matrix("ssm_ba", {model_.hidden, 2 * r.heads});
    }
    kept("ssm_conv1d", {r.conv_kernel, r.conv_channels});
    add("ssm_dt", bias, {r.heads}, true);
    bare("ssm_a", {r.heads});
    kept("ssm_norm", {r.head_dim});
    matrix("ssm_out", {values, model_.hidden});
}

void Lister::recurrent(MixerKind kind, const Recurrent& r) {
    switch (kind) {
        case MixerKind::mamba1:
        case MixerKind::mamba2: mamba(kind, r); break;
        case MixerKind::gated_delta_net: delta(r); break;
        case MixerKind::short_conv:
            kept("shortconv.conv", {r.conv_kernel, r.inner});
            matrix("shortconv.in_proj", {model_.hidden, 3 * r.inner}, r.projection_bias);
            matrix("shortconv.out_proj", {r.inner, model_.hidden}, r.projection_bias);
            break;
        default: break;
    }
}

void Lister::experts(const FeedForward& f) {
    const std::int64_t width = f.latent_width > 0 ? f.latent_width : model_.hidden;
    kept("ffn_gate_inp", {model_.hidden, f.experts});
    if (f.router_bias) {
        add("ffn_gate_inp", bias, {f.experts}, true);
    }
    if (f.router_correction) {
        add("exp_probs_b", bias, {f.experts}, true);
    }
    if (f.latent_width > 0) {
        matrix("ffn_latent_down", {model_.hidden, width});
        matrix("ffn_latent_up", {width, model_.hidden});
    }
    if (f.expert_gated) {
        matrix("ffn_gate_exps", {width, f.expert_width, f.experts}, f.expert_bias);
    }
    matrix("ffn_up_exps", {width, f.expert_width, f.experts}, f.expert_bias);
    matrix("ffn_down_exps", {f.expert_width, width, f.experts}, f.expert_bias);
    if (f.shared_width > 0) {
        if (f.expert_gated) {
            matrix("ffn_gate_shexp", {model_.hidden, f.shared_width}, f.bias);
        }
        matrix("ffn_up_shexp", {model_.hidden, f.shared_width}, f.bias);
        matrix("ffn_down_shexp", {f.shared_width, model_.hidden}, f.bias);
        if (f.shared_gate) {
            kept("ffn_gate_inp_shexp", {model_.hidden});
        }
    }
}

void Lister::feed_forward(const FeedForward& f) {
    if (f.kind == FeedForwardKind::moe) {
        experts(f);
    }
    if (f.kind == FeedForwardKind::none || f.width == 0) {
        return;
    }
    const bool packed = f.gated() && f.packed_gate_up;
    if (f.gated() && !packed) {
        matrix("ffn_gate", {model_.hidden, f.width}, f.bias);
    }
    matrix("ffn_up", {model_.hidden, packed ? 2 * f.width : f.width}, f.bias);
    matrix("ffn_down", {f.width, model_.hidden}, f.bias);
}

void Lister::layer(const Layer& layer, std::int32_t index) {
    layer_ = index;
    for (std::size_t i = 0; i < row_.norms.size() && static_cast<int>(i) < layer.norms; ++i) {
        norm(row_.norms[i], model_.hidden, layer.norm);
    }
    if (layer.mixer == MixerKind::attention || layer.has_parallel_attention) {
        attention(layer.attention);
    }
    recurrent(layer.mixer, layer.recurrent);
    feed_forward(layer.feed_forward);
}

/// As the loader sorts them: by block, then by name.
bool comes_before(const GgufTensor& left, const GgufTensor& right) {
    if (left.layer != right.layer) {
        return left.layer < right.layer;
    }
    const std::size_t common = std::min(left.stem.size(), right.stem.size());
    const int order = left.stem.substr(0, common).compare(right.stem.substr(0, common));
    if (order != 0) {
        return order < 0;
    }
    if (left.stem.size() == right.stem.size()) {
        return left.suffix < right.suffix;
    }
    // What follows the shorter stem is its suffix, and a point comes before a letter and before "_".
    return left.stem.size() < right.stem.size();
}

}  // namespace

std::string GgufTensor::name() const {
    std::string text;
    if (layer >= 0) {
        text = "blk." + std::to_string(layer) + ".";
    }
    text += stem;
    text += suffix;
    return text;
}

std::int64_t GgufTensor::elements() const {
    return checked_product(checked_product(ne[0], ne[1]), checked_product(ne[2], ne[3]));
}

Bytes GgufTensor::bytes() const {
    return row_bytes(type, ne[0]) * checked_product(ne[1], checked_product(ne[2], ne[3]));
}

std::int64_t GgufTensors::elements() const {
    Bytes sum;
    for (const GgufTensor& tensor : tensors) {
        sum += Bytes(tensor.elements());
    }
    return sum.count();
}

Bytes GgufTensors::bytes() const { return padded_bytes(1); }

Bytes GgufTensors::padded_bytes(std::int64_t alignment) const {
    Bytes sum;
    for (const GgufTensor& tensor : tensors) {
        const Bytes size = tensor.bytes();
        sum += size;
        if (!size.is_overflow()) {
            sum += Bytes((alignment - size.count() % alignment) % alignment);
        }
    }
    return sum;
}

const GgufTensor* GgufTensors::find(std::string_view stem, std::int32_t layer) const {
    for (const GgufTensor& tensor : tensors) {
        if (tensor.layer == layer && tensor.is(stem)) {
            return &tensor;
        }
    }
    return nullptr;
}

std::string_view architecture_of(const Model& model) {
    const Architecture* row = architecture_row(model);
    return row == nullptr ? "" : row->name;
}

GgufTensors gguf_tensors(const Model& model, DType weights) {
    GgufTensors result;
    const Architecture* row = architecture_row(model);
    if (row == nullptr) {
        result.issue = {"model", "not-listed",
                        "llama.cpp's file of a model of type " + model.model_type +
                            " is not described here, so no figure is given."};
        return result;
    }
    result.architecture = row->name;
    Lister lister(model, *row, weights, result.tensors);
    lister.outside();
    std::int32_t index = 0;
    for (const Layer& layer : model.decoder.layers) {
        lister.layer(layer, index++);
    }
    std::sort(result.tensors.begin(), result.tensors.end(), comes_before);
    return result;
}

}  // namespace tensorledger::llamacpp
