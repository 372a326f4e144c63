#include "core/model/weights.h"

#include <initializer_list>

#include "core/model/names.h"

namespace tensorledger {

namespace {

constexpr int max_norms = 4;
constexpr std::int64_t lost = Bytes::overflow().count();

std::int64_t checked_sum(std::int64_t left, std::int64_t right) {
    return (Bytes(left) + Bytes(right)).count();
}

/// Writes the tensors of one kind of layer, or of what surrounds the layers.
class Lister {
public:
    Lister(const Model& model, std::vector<WeightTensor>& out)
        : model_(model), names_(names_of(model.names)), prefix_(model.prefix), out_(out) {}
    Lister(const Model& model, const Stack& stack, std::vector<WeightTensor>& out)
        : model_(model), names_(names_of(stack.names)), prefix_(stack.prefix), out_(out) {}

    void surroundings_before();
    void surroundings_after();
    void layer(const Layer& layer, std::int64_t count);
    void next_token(const Layer& layer, std::int64_t count);

private:
    struct Place {
        std::string_view group;
        std::string_view name;
    };

    Dim hidden() const { return {model_.hidden, "h"}; }
    Dim embedding_width() const {
        return {model_.embedding_width, model_.embedding_width == model_.hidden ? "h" : "e"};
    }

    void tensor(Place place, std::string_view suffix, std::initializer_list<Dim> dims,
                WeightRole role);
    void linear(Place place, Dim outputs, Dim inputs, bool bias, WeightRole role);
    void norm(Place place, Dim width, NormKind kind);
    void head_norm(Place place, const Attention& attention, std::int64_t heads,
                   std::string_view symbol);
    void attention(std::string_view group, const Attention& attention);
    void latent_attention(const Attention& attention);
    void recurrent(MixerKind kind, const Recurrent& recurrent);
    void mamba1(const Recurrent& recurrent);
    void mamba2(const Recurrent& recurrent);
    void delta_net(const Recurrent& recurrent);
    void feed_forward(const FeedForward& feed_forward);
    void dense(Place place, std::int64_t width, std::string_view symbol, const FeedForward& shape);
    void mixture(const FeedForward& feed_forward);

    const Model& model_;
    const Names& names_;
    std::string_view prefix_;
    std::vector<WeightTensor>& out_;
    std::string_view layer_prefix_;
    std::int64_t layers_ = 1;
    std::int64_t experts_ = 1;
    std::int64_t used_ = 1;
    WeightPart part_ = WeightPart::text;
};

void Lister::tensor(Place place, std::string_view suffix, std::initializer_list<Dim> dims,
                    WeightRole role) {
    WeightTensor& made = out_.emplace_back();
    made.name.reserve(model_.prefix.size() + layer_prefix_.size() + place.group.size() +
                      place.name.size() + suffix.size());
    std::string_view name = place.name;
    if (name.starts_with('/')) {
        name.remove_prefix(1);
    } else if (role != WeightRole::head) {
        made.name += prefix_;
    }
    made.name += layer_prefix_;
    made.name += place.group;
    made.name += name;
    made.name += suffix;
    for (const Dim& dim : dims) {
        made.shape.append(dim);
    }
    made.count = checked_product(layers_, experts_);
    made.layers = layers_;
    made.used = used_;
    made.of = experts_;
    made.dtype = model_.dtype;
    made.role = role;
    made.part = part_;
}

void Lister::linear(Place place, Dim outputs, Dim inputs, bool bias, WeightRole role) {
    if (names_.input_first && role != WeightRole::head) {
        tensor(place, ".weight", {inputs, outputs}, role);
    } else {
        tensor(place, ".weight", {outputs, inputs}, role);
    }
    if (bias) {
        tensor(place, ".bias", {outputs}, role);
    }
}

void Lister::norm(Place place, Dim width, NormKind kind) {
    if (kind == NormKind::none || kind == NormKind::layer_without_weight ||
        kind == NormKind::rms_without_weight) {
        return;
    }
    tensor(place, ".weight", {width}, WeightRole::norm);
    if (kind == NormKind::layer) {
        tensor(place, ".bias", {width}, WeightRole::norm);
    }
}

void Lister::surroundings_before() {
    if (model_.vocab > 0) {
        const Dim width = embedding_width();
        tensor({"", names_.embed}, ".weight", {{model_.vocab + model_.extra_embeddings, "v"}, width},
               WeightRole::embedding);
        if (model_.positions > 0) {
            tensor({"", names_.position}, ".weight", {{model_.positions, "p"}, width},
                   WeightRole::position);
        }
        if (model_.token_types > 0) {
            tensor({"", names_.token_type}, ".weight", {{model_.token_types, "types"}, width},
                   WeightRole::position);
        }
        if (model_.embedding_norm) {
            norm({"", names_.embed_norm}, width, model_.embedding_norm_kind);
        }
    }
}

void Lister::surroundings_after() {
    layer_prefix_ = {};
    layers_ = 1;
    norm({"", names_.final_norm}, hidden(), model_.final_norm);
    if (model_.has_head) {
        const Dim vocab{model_.vocab, "v"};
        if (!model_.tied_head) {
            tensor({"", names_.head}, ".weight", {vocab, embedding_width()}, WeightRole::head);
        }
        if (model_.head_bias) {
            tensor({"", names_.head}, ".bias", {vocab}, WeightRole::head);
        }
    }
}

void Lister::layer(const Layer& layer, std::int64_t count) {
    if (layer.listed_apart) {
        return;
    }
    layer_prefix_ = names_.layer;
    layers_ = count;
    if (layer.mixer == MixerKind::attention || layer.has_parallel_attention) {
        attention(names_.attention, layer.attention);
    }
    if (layer.cross_attention) {
        attention(names_.cross_attention, *layer.cross_attention);
    }
    if (layer.mixer != MixerKind::attention) {
        recurrent(layer.mixer, layer.recurrent);
    }
    feed_forward(layer.feed_forward);
    for (int i = 0; i < layer.norms && i < max_norms; ++i) {
        norm({"", names_.norm[static_cast<std::size_t>(i)]}, hidden(), layer.norm);
    }
}

/// A layer that predicts one token more: it reads the hidden state and the next embedding, each normed,
/// through one matrix (DeepSeek-V3's report, section 2.2). Embedding and head are the model's own.
void Lister::next_token(const Layer& shape, std::int64_t count) {
    part_ = WeightPart::next_token;
    layer(shape, count);
    linear({"", "eh_proj"}, hidden(), {2 * model_.hidden, "2·h"}, false, WeightRole::other);
    for (const std::string_view name : {"enorm", "hnorm", "shared_head.norm"}) {
        norm({"", name}, hidden(), NormKind::rms);
    }
    part_ = WeightPart::text;
}

void Lister::head_norm(Place place, const Attention& attention, std::int64_t heads,
                       std::string_view symbol) {
    const Dim head{attention.head_dim, "d"};
    const Dim all{checked_product(heads, attention.head_dim), symbol};
    switch (attention.qk_norm) {
    case QkNorm::none:
    case QkNorm::without_weight: break;
    case QkNorm::per_head: norm(place, head, NormKind::rms); break;
    case QkNorm::full_width: norm(place, all, NormKind::rms); break;
    case QkNorm::per_head_layer_norm: norm(place, head, NormKind::layer); break;
    case QkNorm::layer_norm_of_every_head:
        tensor(place, ".weight", {{heads, symbol.substr(0, 1)}, head}, WeightRole::norm);
        break;
    case QkNorm::full_width_layer_norm: norm(place, all, NormKind::layer); break;
    }
}

void Lister::attention(std::string_view group, const Attention& a) {
    if (a.listed_apart) {
        return;
    }
    if (a.latent) {
        latent_attention(a);
        return;
    }
    constexpr auto role = WeightRole::attention;
    const Dim inputs = a.input_width > 0 ? Dim{a.input_width, "2h"} : hidden();
    const std::int64_t query = checked_product(a.heads, a.head_dim);
    const std::int64_t key = checked_product(a.kv_heads, a.head_dim);
    const std::int64_t value = checked_product(a.kv_heads, a.value_head_dim);
    if (a.packed_qkv) {
        const std::int64_t rows = checked_sum(checked_sum(query, key), value);
        linear({group, names_.qkv}, {rows, "(a+2k)·d"}, inputs, a.query_bias, role);
    } else {
        const std::int64_t factor = a.output_gate ? 2 : 1;
        linear({group, names_.q}, {checked_product(query, factor), factor == 2 ? "2·a·d" : "a·d"},
               inputs, a.query_bias, role);
        if (!a.borrows_kv) {
            linear({group, names_.k}, {key, "k·d"}, inputs, a.key_bias, role);
            if (!a.values_are_keys) {
                linear({group, names_.v}, {value, "k·d"}, inputs, a.value_bias, role);
            }
        }
    }
    linear({group, names_.o}, hidden(), {checked_product(a.heads, a.value_head_dim), "a·d"},
           a.output_bias, role);
    head_norm({group, names_.q_norm}, a, a.heads, "a·d");
    if (!a.borrows_kv) {
        head_norm({group, names_.k_norm}, a, a.kv_heads, "k·d");
    }
    if (a.sinks) {
        tensor({group, "sinks"}, "", {{a.heads, "a"}}, role);
    }
    if (a.head_gate) {
        linear({group, "g_proj"}, {a.gate_width, "g"}, hidden(), false, role);
    }
}

void Lister::latent_attention(const Attention& a) {
    constexpr auto role = WeightRole::attention;
    const std::string_view group = names_.attention;
    const Latent& latent = *a.latent;
    const Dim query_rank{latent.query_rank, "r_q"};
    const Dim kv_rank{latent.kv_rank, "r_kv"};
    const Dim query{checked_product(a.heads, latent.nope_head_dim + latent.rope_head_dim),
                    "a·(d_nope+d_rope)"};
    if (latent.query_rank > 0) {
        linear({group, "q_a_proj"}, query_rank, hidden(), latent.bias, role);
        norm({group, "q_a_layernorm"}, query_rank, NormKind::rms);
        linear({group, "q_b_proj"}, query, query_rank, false, role);
    } else {
        linear({group, "q_proj"}, query, hidden(), false, role);
    }
    linear({group, "kv_a_proj_with_mqa"}, {latent.kv_rank + latent.rope_head_dim, "r_kv+d_rope"},
           hidden(), latent.bias, role);
    norm({group, "kv_a_layernorm"}, kv_rank, NormKind::rms);
    linear({group, "kv_b_proj"},
           {checked_product(a.heads, latent.nope_head_dim + a.value_head_dim), "a·(d_nope+d_v)"},
           kv_rank, false, role);
    linear({group, "o_proj"}, hidden(), {checked_product(a.heads, a.value_head_dim), "a·d_v"},
           a.output_bias, role);
    if (latent.index_heads > 0) {
        const Dim index{latent.index_head_dim, "d_i"};
        const Dim index_heads{latent.index_heads, "a_i"};
        linear({group, "indexer.wq_b"},
               {checked_product(latent.index_heads, latent.index_head_dim), "a_i·d_i"}, query_rank,
               false, role);
        linear({group, "indexer.wk"}, index, hidden(), false, role);
        norm({group, "indexer.k_norm"}, index, NormKind::layer);
        linear({group, "indexer.weights_proj"}, index_heads, hidden(), false, role);
    }
}

void Lister::recurrent(MixerKind kind, const Recurrent& r) {
    constexpr auto role = WeightRole::mixer;
    const std::string_view group = names_.mixer;
    switch (kind) {
    case MixerKind::mamba1: mamba1(r); break;
    case MixerKind::mamba2: mamba2(r); break;
    case MixerKind::gated_delta_net: delta_net(r); break;
    case MixerKind::short_conv:
        linear({group, "in_proj"}, {3 * r.inner, "3·h"}, hidden(), r.projection_bias, role);
        tensor({group, "conv"}, ".weight", {{r.inner, "h"}, {1, "1"}, {r.conv_kernel, "kernel"}},
               role);
        if (r.conv_bias) {
            tensor({group, "conv"}, ".bias", {{r.inner, "h"}}, role);
        }
        linear({group, "out_proj"}, hidden(), {r.inner, "h"}, r.projection_bias, role);
        break;
    case MixerKind::lightning: {
        const Dim inner{r.inner, "a·d"};
        linear({names_.attention, "qkv_proj"}, {3 * r.inner, "3·a·d"}, hidden(), false, role);
        linear({names_.attention, "output_gate"}, inner, hidden(), false, role);
        linear({names_.attention, "out_proj"}, hidden(), inner, false, role);
        norm({names_.attention, "norm"}, inner, NormKind::rms);
        break;
    }
    case MixerKind::linear:
        linear({names_.attention, "linear_attn"}, hidden(), hidden(), false, role);
        break;
    default: break;  // what has tensors of its own kind lists them as parts of the model
    }
}

void Lister::mamba1(const Recurrent& r) {
    constexpr auto role = WeightRole::mixer;
    const std::string_view group = names_.mixer;
    const Dim inner{r.inner, "d_inner"};
    const Dim state{r.state, "d_state"};
    const Dim rank{r.time_rank, "dt_rank"};
    linear({group, "in_proj"}, {2 * r.inner, "2·d_inner"}, hidden(), r.projection_bias, role);
    tensor({group, "conv1d"}, ".weight", {inner, {1, "1"}, {r.conv_kernel, "kernel"}}, role);
    if (r.conv_bias) {
        tensor({group, "conv1d"}, ".bias", {inner}, role);
    }
    linear({group, "x_proj"}, {r.time_rank + 2 * r.state, "dt_rank+2·d_state"}, inner, false, role);
    linear({group, "dt_proj"}, inner, rank, true, role);
    tensor({group, "A_log"}, "", {inner, state}, role);
    tensor({group, "D"}, "", {inner}, role);
    linear({group, "out_proj"}, hidden(), inner, r.projection_bias, role);
    if (r.inner_norms) {
        norm({group, "dt_layernorm"}, rank, NormKind::rms);
        norm({group, "b_layernorm"}, state, NormKind::rms);
        norm({group, "c_layernorm"}, state, NormKind::rms);
    }
}

void Lister::mamba2(const Recurrent& r) {
    constexpr auto role = WeightRole::mixer;
    const std::string_view group = names_.mixer;
    const Dim inner{r.inner, "d_inner"};
    const Dim heads{r.heads, "heads"};
    const std::int64_t groups = checked_product(2 * r.groups, r.state);
    const Dim channels{checked_sum(r.inner, groups), "d_inner+2·groups·d_state"};
    linear({group, "in_proj"},
           {checked_sum(checked_sum(channels.size, r.inner), r.heads),
            "2·d_inner+2·groups·d_state+heads"},
           hidden(), r.projection_bias, role);
    tensor({group, "conv1d"}, ".weight", {channels, {1, "1"}, {r.conv_kernel, "kernel"}}, role);
    if (r.conv_bias) {
        tensor({group, "conv1d"}, ".bias", {channels}, role);
    }
    for (const std::string_view name : {"dt_bias", "A_log", "D"}) {
        tensor({group, name}, "", {heads}, role);
    }
    if (r.inner_norms) {
        norm({group, "norm"}, inner, NormKind::rms);
    }
    linear({group, "out_proj"}, hidden(), inner, r.projection_bias, role);
}

void Lister::delta_net(const Recurrent& r) {
    constexpr auto role = WeightRole::mixer;
    constexpr std::string_view group = "linear_attn.";
    const std::int64_t keys = checked_product(r.groups, r.state);
    const Dim value{checked_product(r.heads, r.head_dim), "a_v·d_v"};
    const Dim heads{r.heads, "a_v"};
    const Dim channels{checked_sum(2 * keys, value.size), "2·a_k·d_k+a_v·d_v"};
    if (r.split_projections) {
        linear({group, "in_proj_qkv"}, channels, hidden(), false, role);
        linear({group, "in_proj_z"}, value, hidden(), false, role);
        linear({group, "in_proj_b"}, heads, hidden(), false, role);
        linear({group, "in_proj_a"}, heads, hidden(), false, role);
    } else {
        linear({group, "in_proj_qkvz"},
               {checked_sum(channels.size, value.size), "2·a_k·d_k+2·a_v·d_v"}, hidden(), false,
               role);
        linear({group, "in_proj_ba"}, {2 * r.heads, "2·a_v"}, hidden(), false, role);
    }
    tensor({group, "conv1d"}, ".weight", {channels, {1, "1"}, {r.conv_kernel, "kernel"}}, role);
    tensor({group, "dt_bias"}, "", {heads}, role);
    tensor({group, "A_log"}, "", {heads}, role);
    norm({group, "norm"}, {r.head_dim, "d_v"}, NormKind::rms);
    linear({group, "out_proj"}, hidden(), value, false, role);
}

void Lister::dense(Place place, std::int64_t width, std::string_view symbol,
                   const FeedForward& shape) {
    constexpr auto role = WeightRole::mlp;
    const Dim inner{width, symbol};
    std::string path(place.group);
    path += place.name;
    if (shape.kind == FeedForwardKind::plain || !shape.gated()) {
        linear({path, names_.up}, inner, hidden(), shape.bias, role);
    } else if (shape.packed_gate_up) {
        linear({path, names_.gate_up}, {checked_product(2, width), "2·f"}, hidden(), shape.bias,
               role);
    } else {
        linear({path, names_.gate}, inner, hidden(), shape.bias, role);
        linear({path, names_.up}, inner, hidden(), shape.bias, role);
    }
    linear({path, names_.down}, hidden(), inner, shape.bias, role);
}

void Lister::mixture(const FeedForward& f) {
    const std::string_view group = names_.moe;
    const Dim experts{f.experts, "E"};
    linear({group, names_.router}, experts, hidden(), f.router_bias, WeightRole::router);
    if (f.router_correction) {
        tensor({group, names_.router}, ".e_score_correction_bias", {experts}, WeightRole::router);
        if (!f.router_correction_trained && part_ == WeightPart::text) {
            out_.back().part = WeightPart::buffer;
        }
        out_.back().dtype = DType::fp32;
    }
    Dim width = hidden();
    if (f.latent_width > 0) {
        width = {f.latent_width, "latent"};
        linear({group, "fc1_latent_proj"}, width, hidden(), false, WeightRole::mlp);
        linear({group, "fc2_latent_proj"}, hidden(), width, false, WeightRole::mlp);
    }
    const Dim inner{f.expert_width, "f_e"};
    std::string path(group);
    path += "experts.{e}.";
    experts_ = f.experts;
    used_ = f.experts_per_token;
    if (f.expert_gated) {
        linear({path, names_.expert_gate}, inner, width, f.expert_bias, WeightRole::expert);
    }
    linear({path, names_.expert_up}, inner, width, f.expert_bias, WeightRole::expert);
    linear({path, names_.expert_down}, width, inner, f.expert_bias, WeightRole::expert);
    experts_ = 1;
    used_ = 1;
    if (f.shared_width > 0) {
        dense({"", names_.shared}, f.shared_width, "f_s", f);
        if (f.shared_gate) {
            linear({group, "shared_expert_gate"}, {1, "1"}, hidden(), false, WeightRole::mlp);
        }
    }
}

void Lister::feed_forward(const FeedForward& f) {
    if (f.kind == FeedForwardKind::moe) {
        mixture(f);
    }
    if (f.kind != FeedForwardKind::none && f.width > 0) {
        dense({names_.mlp, ""}, f.width, "f", f);
    }
}

/// Lists each distinct layer once with how often it occurs.
void list_layers(const std::vector<Layer>& layers, Lister& lister) {
    struct Kind {
        const Layer* layer;
        std::int64_t count;
    };
    std::vector<Kind> kinds;
    for (const Layer& layer : layers) {
        bool known = false;
        for (Kind& kind : kinds) {
            if (*kind.layer == layer) {
                ++kind.count;
                known = true;
                break;
            }
        }
        if (!known) {
            kinds.push_back({&layer, 1});
        }
    }
    for (const Kind& kind : kinds) {
        lister.layer(*kind.layer, kind.count);
    }
}

}  // namespace

std::vector<WeightTensor> weight_tensors(const Model& model) {
    std::vector<WeightTensor> tensors;
    tensors.reserve(32 + model.parts.size());
    Lister lister(model, tensors);
    lister.surroundings_before();
    if (model.encoder) {
        Lister encoder(model, *model.encoder, tensors);
        list_layers(model.encoder->layers, encoder);
    }
    list_layers(model.decoder.layers, lister);
    lister.surroundings_after();
    if (!model.next_token_layers.empty()) {
        lister.next_token(model.next_token_layers.front(),
                          static_cast<std::int64_t>(model.next_token_layers.size()));
    }
    tensors.insert(tensors.end(), model.parts.begin(), model.parts.end());
    return tensors;
}

ParameterCounts count_parameters(const std::vector<WeightTensor>& tensors) {
    ParameterCounts counts;
    for (const WeightTensor& tensor : tensors) {
        const std::int64_t elements = tensor.elements();
        if (tensor.part == WeightPart::buffer) {
            counts.buffers = checked_sum(counts.buffers, elements);
        } else if (tensor.part == WeightPart::next_token) {
            counts.next_token = checked_sum(counts.next_token, elements);
        } else {
            counts.total = checked_sum(counts.total, elements);
            const bool all = tensor.used >= tensor.of || elements == lost;
            counts.active = checked_sum(
                counts.active,
                all ? elements : checked_product(elements / tensor.of, tensor.used));
            if (tensor.role == WeightRole::embedding) {
                counts.embedding = checked_sum(counts.embedding, elements);
            }
        }
    }
    counts.trainable = counts.total;
    return counts;
}

ParameterCounts count_parameters(const Model& model) {
    return count_parameters(weight_tensors(model));
}

}  // namespace tensorledger
