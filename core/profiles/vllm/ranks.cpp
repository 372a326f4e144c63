#include "core/profiles/vllm/ranks.h"

#include <algorithm>
#include <string_view>

#include "core/model/weights.h"

namespace tensorledger::vllm {

namespace {

constexpr std::int64_t kVocabPadding = 64;

std::int64_t ceil_divide(std::int64_t number, std::int64_t by) {
    return number / by + (number % by != 0 ? 1 : 0);
}

std::int64_t rounded_up(std::int64_t number, std::int64_t to) {
    return ceil_divide(number, to) * to;
}

std::string number(std::int64_t value) { return std::to_string(value); }

/// Sizes that every device of a stage has a part of, by their symbol in a weight's shape.
constexpr std::string_view split_symbols[] = {
    "a",
    "g",
    "f",
    "2·f",
    "f_s",
    "2·f_s",
    "a·d",
    "2·a·d",
    "a·d_v",
    "a·(d_nope+d_rope)",
    "a·(d_nope+d_v)",
    "d_inner",
    "2·d_inner",
    "3·d_inner",
    "d_conv",
    "heads",
    "2·a_v",
    "a_v·d_v",
    "2·a_k·d_k+2·a_v·d_v",
};

/// Norms whose weight is as wide as all heads are kept whole by every device.
bool is_split(std::string_view symbol) {
    return std::find(std::begin(split_symbols), std::end(split_symbols), symbol) !=
           std::end(split_symbols);
}

/// Groups of B and C that a device's heads need, times the devices: replicated where they do not divide.
std::int64_t groups_of(const Recurrent& recurrent, std::int64_t tp) {
    return recurrent.groups % tp == 0 ? recurrent.groups : std::max(recurrent.groups, tp);
}

class Splitter {
public:
    Splitter(const Layout& layout, const Layer* layer) : layout_(layout), layer_(layer) {}

    /// The tensor as one device holds it.
    WeightTensor split(const WeightTensor& tensor) const {
        WeightTensor part = tensor;
        if (layout_.tp == 1 && layout_.ep == 1) return part;
        const bool is_expert = tensor.role == WeightRole::expert;
        if (is_expert && layout_.ep > 1) {
            const std::int64_t experts = std::max<std::int64_t>(tensor.of, 1);
            part.count = tensor.count / experts * ceil_divide(experts, layout_.ep);
            return part;
        }
        for (int axis = 0; axis < tensor.shape.rank; ++axis) {
            Dim& dim = part.shape.dims[static_cast<std::uint8_t>(axis)];
            dim.size = size_of(dim, tensor.role, is_expert);
        }
        return part;
    }

private:
    std::int64_t size_of(const Dim& dim, WeightRole role, bool is_expert) const {
        const std::int64_t tp = layout_.tp;
        const std::string_view symbol = dim.symbol;
        if (is_expert) return symbol == "f_e" ? ceil_divide(dim.size, tp) : dim.size;
        if (role == WeightRole::router) return dim.size;
        if (role == WeightRole::norm && symbol != "d_inner") return dim.size;
        if (layer_ == nullptr) return dim.size;
        const Attention& attention = layer_->attention;
        const std::int64_t kv = kv_heads(attention, tp);
        if (symbol == "k·d") return kv * attention.head_dim;
        if (symbol == "k·d_v") return kv * attention.value_head_dim;
        if (symbol == "(a+2k)·d") {
            return attention.heads / tp * attention.head_dim +
                   kv * (attention.head_dim + attention.value_head_dim);
        }
        const Recurrent& mixer = layer_->recurrent;
        if (layer_->mixer == MixerKind::mamba2) {
            const std::int64_t groups = 2 * groups_of(mixer, tp) * mixer.state;
            if (symbol == "d_conv") return ceil_divide(mixer.inner + groups, tp);
            if (symbol == "d_inner+d_conv+heads") {
                return ceil_divide(2 * mixer.inner + groups + mixer.heads, tp);
            }
        }
        return is_split(symbol) ? ceil_divide(dim.size, tp) : dim.size;
    }

    const Layout& layout_;
    const Layer* layer_;
};

/// What vLLM makes of a stored tensor when it has read it.
class Loader {
public:
    Loader(const Model& model, const Quantisation& quantisation, const Layout& layout,
           const Loading& loading, Stage& stage)
        : model_(model), q_(quantisation), layout_(layout), loading_(loading), stage_(stage) {}

    void outside(const WeightTensor& tensor) {
        WeightTensor part = tensor;
        // The layers of an encoder are split as the model's own (mm_encoder_tp_mode=weights); what is around them is not.
        const bool by_row = tensor.part == WeightPart::tower && tensor.shape.rank == 2 &&
                            tensor.name.find("{i}") != std::string::npos;
        if (by_row) part.shape.dims[0].size = ceil_divide(tensor.shape[0].size, layout_.tp);
        const bool by_vocab =
            tensor.role == WeightRole::embedding || tensor.role == WeightRole::head;
        if (by_vocab) {
            part.shape.dims[0].size =
                ceil_divide(rounded_up(tensor.shape[0].size, kVocabPadding), layout_.tp);
        }
        add(part, tensor, -1, 1);
    }

    void in_layer(const WeightTensor& tensor, const Layer& layer, std::int64_t index,
                  std::int64_t layers) {
        const Splitter splitter(layout_, &layer);
        WeightTensor part = splitter.split(tensor);
        pad_experts(part);
        add(part, tensor, index, layers);
        keep_up_projection(tensor, part, layers);
    }

private:
    /// Equal tensors of other layers join their line.
    void add(const WeightTensor& part, const WeightTensor& whole, std::int64_t index,
             std::int64_t layers) {
        std::vector<StoredWeight> made;
        store_tensor(model_, q_, part, index, made);
        for (StoredWeight& stored : made) {
            if (!change(stored)) continue;
            stored.loaded = true;
            RankTensor tensor{.stored = std::move(stored),
                              .layers = layers,
                              .in_layer = index >= 0,
                              .is_expert = whole.role == WeightRole::expert,
                              .is_whole = part.shape == whole.shape && part.count == whole.count};
            join(std::move(tensor));
        }
    }

    void join(RankTensor tensor) {
        for (RankTensor& known : stage_.tensors) {
            if (known.in_layer && tensor.in_layer && known.stored.name == tensor.stored.name &&
                known.stored.dtype == tensor.stored.dtype &&
                known.stored.shape == tensor.stored.shape &&
                known.stored.count == tensor.stored.count) {
                known.layers += tensor.layers;
                return;
            }
        }
        stage_.tensors.push_back(std::move(tensor));
    }

    /// Whether it stays, and as what, when the kernels' own layout has been made of it.
    bool change(StoredWeight& stored) const {
        const std::string_view name = stored.name;
        // Marlin's kernels drop the order of the groups and, of symmetric weights, their zero points.
        if (q_.method == QuantMethod::gptq) {
            if (name.ends_with(".g_idx") && !q_.ordered) return false;
            if (name.ends_with(".qzeros")) return false;
        }
        // Scales that are quantised themselves are made whole once.
        if (q_.method == QuantMethod::bnb_4bit && q_.double_scales && loading_.expands_scales) {
            if (name.ends_with(".nested_absmax") || name.ends_with(".nested_quant_map"))
                return false;
            if (name.ends_with(".absmax")) {
                stored.dtype = tensorledger::name(DType::fp32);
                stored.bytes = stored.bytes * 4;
            }
        }
        return true;
    }

    void pad_experts(WeightTensor& tensor) const {
        if (q_.method != QuantMethod::mxfp4 || tensor.role != WeightRole::expert) return;
        for (int axis = 0; axis < tensor.shape.rank; ++axis) {
            Dim& dim = tensor.shape.dims[static_cast<std::uint8_t>(axis)];
            const std::int64_t to =
                dim.symbol == "f_e" ? loading_.padding.width : loading_.padding.hidden;
            dim.size = rounded_up(dim.size, to);
        }
    }

    /// Latent attention multiplies by the two halves of kv_b_proj in the computation's dtype: views where it is
    /// stored so, copies where it is quantised.
    void keep_up_projection(const WeightTensor& whole, const WeightTensor& part,
                            std::int64_t layers) {
        if (!whole.name.ends_with("kv_b_proj.weight") || q_.method == QuantMethod::none) return;
        const RankTensor& stored = stage_.tensors.back();
        if (stored.stored.dtype == name(model_.dtype)) return;
        RankTensor copy;
        copy.stored.name = whole.name.substr(0, whole.name.size() - 7) + ".W_UK_T and .W_UV";
        copy.stored.dtype = name(DType::bf16);
        copy.stored.shape = {part.shape[0].size, part.shape[1].size};
        copy.stored.bytes = bytes_of(DType::bf16, part.shape.elements());
        copy.layers = layers;
        copy.in_layer = true;
        copy.is_whole = layout_.tp == 1;
        join(std::move(copy));
    }

    const Model& model_;
    const Quantisation& q_;
    const Layout& layout_;
    const Loading& loading_;
    Stage& stage_;
};

/// Whether a tensor from outside of the layers is on this stage.
bool is_on(const Stage& stage, const WeightTensor& tensor, const Model& model) {
    switch (tensor.role) {
        case WeightRole::embedding:
            return stage.has_embedding || (model.tied_head && stage.has_head);
        case WeightRole::position: return stage.has_embedding;
        case WeightRole::head: return stage.has_head;
        default: break;
    }
    if (tensor.part == WeightPart::tower) return stage.has_embedding;
    const bool is_first_norm = model.embedding_norm && !model.names.embed_norm.empty() &&
                               tensor.name.find(model.names.embed_norm) != std::string::npos;
    return is_first_norm ? stage.has_embedding : stage.has_head;
}

/// The model without its layers: what is left is listed by itself.
Model without_layers(const Model& model) {
    Model rest = model;
    rest.decoder.layers.clear();
    rest.next_token_layers.clear();
    return rest;
}

/// A model of nothing but one layer.
Model bare(const Model& model) {
    Model one = without_layers(model);
    one.parts.clear();
    one.encoder.reset();
    one.vocab = 0;
    one.positions = 0;
    one.token_types = 0;
    one.has_head = false;
    one.final_norm = NormKind::none;
    one.embedding_norm = false;
    return one;
}

bool lists_layers_apart(const Model& model) {
    return std::any_of(
        model.decoder.layers.begin(), model.decoder.layers.end(),
        [](const Layer& layer) { return layer.listed_apart || layer.attention.listed_apart; });
}

std::optional<Issue> refused(std::string_view field, std::string message) {
    return Issue{std::string(field), "impossible", std::move(message)};
}

std::optional<Issue> check_heads(const Attention& attention, std::int64_t tp) {
    if (attention.heads % tp != 0) {
        return refused("tp",
                       "The " + number(attention.heads) +
                           " attention heads must be divisible by the tensor parallel size (" +
                           number(tp) + ").");
    }
    const std::int64_t kv = attention.latent ? tp : attention.kv_heads;
    const bool whole = kv >= tp ? kv % tp == 0 : kv > 0 && tp % kv == 0;
    if (!whole) {
        return refused("tp", "The " + number(kv) +
                                 " key and value heads can neither be split nor replicated evenly "
                                 "over " +
                                 number(tp) + " devices.");
    }
    return std::nullopt;
}

}  // namespace

std::int64_t kv_heads(const Attention& attention, std::int64_t tp) {
    return attention.kv_heads >= tp ? attention.kv_heads / tp
                                    : std::min<std::int64_t>(attention.kv_heads, 1);
}

std::int64_t padded_vocab(const Model& model) { return rounded_up(model.vocab, kVocabPadding); }

std::vector<std::int64_t> layers_of_stages(std::int64_t layers, std::int64_t stages) {
    std::vector<std::int64_t> parts(static_cast<std::uint32_t>(stages), layers / stages);
    for (std::int64_t i = 0; i < layers % stages; ++i) {
        ++parts[static_cast<std::uint32_t>(stages - 2 - i)];
    }
    return parts;
}

std::optional<Issue> check_layout(const Model& model, const Layout& layout) {
    const auto layers = static_cast<std::int64_t>(model.decoder.layers.size());
    if (layout.pp > layers) {
        return refused("pp", "The model has " + number(layers) + " layers: " + number(layout.pp) +
                                 " stages cannot have one each.");
    }
    if (layout.tp > 1 && padded_vocab(model) % layout.tp != 0) {
        return refused("tp", "The vocabulary, padded to " + number(padded_vocab(model)) +
                                 ", is not divisible by the tensor parallel size (" +
                                 number(layout.tp) + ").");
    }
    if (layout.ep > 1 && layout.ep != layout.tp) {
        return refused("ep",
                       "Experts are shared over all devices of the tensor parallel group or over "
                       "none: `ep` is 1 or the same as `tp`.");
    }
    if ((layout.tp > 1 || layout.pp > 1) && lists_layers_apart(model)) {
        return Issue{"tp", "not-listed",
                     "How the layers of a model of type " + model.model_type +
                         " are split over devices is not listed yet."};
    }
    if (layout.tp == 1) return std::nullopt;
    for (const Layer& layer : model.decoder.layers) {
        const bool attends = layer.mixer == MixerKind::attention || layer.has_parallel_attention;
        if (!attends) continue;
        if (std::optional<Issue> issue = check_heads(layer.attention, layout.tp)) return issue;
    }
    return std::nullopt;
}

Stage stage_of(const Model& model, const Quantisation& quantisation, const Layout& layout,
               std::int64_t stage, const Loading& loading) {
    const auto& all = model.decoder.layers;
    const std::vector<std::int64_t> parts =
        layers_of_stages(static_cast<std::int64_t>(all.size()), layout.pp);
    Stage made;
    for (std::int64_t i = 0; i < stage; ++i) made.first += parts[static_cast<std::uint32_t>(i)];
    made.layers = parts[static_cast<std::uint32_t>(stage)];
    made.has_embedding = stage == 0;
    made.has_head = stage + 1 == layout.pp;
    Loader loader(model, quantisation, layout, loading, made);
    for (const WeightTensor& tensor : weight_tensors(without_layers(model))) {
        if (is_on(made, tensor, model)) loader.outside(tensor);
    }
    // Layers that follow each other and are equal are listed once, unless a quantiser may treat them differently.
    const bool joins = quantisation.kept.empty();
    Model one = bare(model);
    for (std::int64_t i = made.first; i < made.first + made.layers;) {
        const Layer& layer = all[static_cast<std::uint32_t>(i)];
        std::int64_t equal = 1;
        while (joins && i + equal < made.first + made.layers &&
               all[static_cast<std::uint32_t>(i + equal)] == layer) {
            ++equal;
        }
        one.decoder.layers.assign(1, layer);
        for (const WeightTensor& tensor : weight_tensors(one)) {
            loader.in_layer(tensor, layer, i, equal);
        }
        i += equal;
    }
    if (layout.next_token && made.has_head && !model.next_token_layers.empty()) {
        one.decoder.layers.clear();
        one.next_token_layers.assign(1, model.next_token_layers.front());
        for (const WeightTensor& tensor : weight_tensors(one)) {
            loader.in_layer(tensor, model.next_token_layers.front(),
                            static_cast<std::int64_t>(all.size()), 1);
        }
    }
    return made;
}

std::vector<WeightTensor> split_layers(const Model& model, const Layout& layout, std::int64_t first,
                                       std::int64_t layers) {
    std::vector<WeightTensor> parts;
    Model one = bare(model);
    const auto& all = model.decoder.layers;
    for (std::int64_t i = first; i < first + layers;) {
        const Layer& layer = all[static_cast<std::uint32_t>(i)];
        std::int64_t equal = 1;
        while (i + equal < first + layers && all[static_cast<std::uint32_t>(i + equal)] == layer) {
            ++equal;
        }
        one.decoder.layers.assign(1, layer);
        const Splitter splitter(layout, &layer);
        for (const WeightTensor& tensor : weight_tensors(one)) {
            WeightTensor part = splitter.split(tensor);
            part.count = checked_product(part.count, equal);
            parts.push_back(std::move(part));
        }
        i += equal;
    }
    return parts;
}

Rotary rotary_of(const Model& model) {
    Rotary rotary;
    rotary.rows = model.max_position;
    bool full = false;
    bool windowed = false;
    for (const Layer& layer : model.decoder.layers) {
        const bool attends = layer.mixer == MixerKind::attention || layer.has_parallel_attention;
        if (!attends || !layer.attention.rotary) continue;
        const Attention& attention = layer.attention;
        const std::int64_t width =
            attention.latent ? attention.latent->rope_head_dim : attention.rotary_dim;
        rotary.width = std::max(rotary.width, width > 0 ? width : attention.head_dim);
        (attention.window > 0 ? windowed : full) = true;
    }
    // Families whose windows rotate by a base of their own have a table for each kind of layer.
    const bool two_bases = model.model_type.starts_with("gemma3") ||
                           model.model_type.starts_with("gemma4") ||
                           model.model_type.starts_with("modernbert");
    rotary.tables = rotary.width == 0 ? 0 : full && windowed && two_bases ? 2 : 1;
    return rotary;
}

}  // namespace tensorledger::vllm
