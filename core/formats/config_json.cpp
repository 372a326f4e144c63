#include "core/formats/config_json.h"

#include <charconv>

#include "core/formats/family.h"
#include "core/formats/listing.h"
#include "core/formats/quantisation.h"
#include "core/formats/scope.h"
#include "core/model/names.h"

namespace tensorledger {

namespace {

constexpr std::int64_t max_layers = 4096;
constexpr std::int64_t max_text = std::int64_t{8} << 20;

/// Values of the quantity Cross; the other is 2, cross-attention beside self-attention.
constexpr std::int64_t instead_of_self = 1;

constexpr std::string_view nests[] = {"text_config", "llm_config", "language_config",
                                      "thinker_config.text_config"};

// clang-format off
constexpr struct { std::string_view name; NormKind kind; } norm_names[] = {
    {"none", NormKind::none},
    {"rms", NormKind::rms},
    {"layer", NormKind::layer},
    {"layer-", NormKind::layer_without_bias},
    {"bare", NormKind::layer_without_weight},
    {"rms-", NormKind::rms_without_weight},
};
constexpr struct { std::string_view name; QkNorm kind; } qk_norm_names[] = {
    {"none", QkNorm::none},
    {"head", QkNorm::per_head},
    {"full", QkNorm::full_width},
    {"head-ln", QkNorm::per_head_layer_norm},
    {"every-ln", QkNorm::layer_norm_of_every_head},
    {"bare", QkNorm::without_weight},
    {"full-ln", QkNorm::full_width_layer_norm},
};
/// Mixers, and what the ledger calls a layer with such a mixer and no feed-forward, an MLP, a mixture.
constexpr struct { std::string_view name; MixerKind kind; std::string_view labels[3]; } mixer_names[] = {
    {"attention", MixerKind::attention, {"attention", "attention+mlp", "attention+moe"}},
    {"none", MixerKind::none, {"empty", "mlp", "moe"}},
    {"mamba1", MixerKind::mamba1, {"mamba", "mamba+mlp", "mamba+moe"}},
    {"mamba2", MixerKind::mamba2, {"mamba2", "mamba2+mlp", "mamba2+moe"}},
    {"delta", MixerKind::gated_delta_net, {"delta-net", "delta-net+mlp", "delta-net+moe"}},
    {"kda", MixerKind::kimi_delta, {"kimi-delta", "kimi-delta+mlp", "kimi-delta+moe"}},
    {"conv", MixerKind::short_conv, {"conv", "conv+mlp", "conv+moe"}},
    {"rwkv", MixerKind::rwkv, {"rwkv", "rwkv+mlp", "rwkv+moe"}},
    {"xlstm", MixerKind::xlstm, {"xlstm", "xlstm+mlp", "xlstm+moe"}},
    {"linear", MixerKind::linear, {"linear", "linear+mlp", "linear+moe"}},
    {"lightning", MixerKind::lightning, {"lightning", "lightning+mlp", "lightning+moe"}},
};
constexpr std::string_view cross_labels[3] = {"cross-attention", "cross-attention+mlp", "cross-attention+moe"};
constexpr std::string_view activations[] = {
    "silu", "gelu", "gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_python", "quick_gelu", "relu", "relu2",
    "swiglu", "swigluoai", "xielu", "tanh", "swish", "geglu", "sigmoid", "gelu_tanh", "relu_squared",
};
constexpr struct { std::string_view name; DType dtype; } dtypes[] = {
    {"bfloat16", DType::bf16}, {"float16", DType::fp16}, {"float32", DType::fp32}, {"float64", DType::fp64},
    {"half", DType::fp16}, {"float", DType::fp32}, {"bf16", DType::bf16}, {"fp16", DType::fp16},
};
// clang-format on

template <typename Table>
auto kind_named(const Table& table, std::string_view name) {
    for (const auto& row : table) {
        if (row.name == name) {
            return row.kind;
        }
    }
    return table[0].kind;
}

JsonValue follow(JsonValue object, std::string_view path) {
    while (!path.empty()) {
        const std::size_t dot = std::min(path.find('.'), path.size());
        object = object.find(path.substr(0, dot));
        path.remove_prefix(std::min(dot + 1, path.size()));
    }
    return object;
}

// clang-format off
/// Which quantity fills which member.
template <typename Struct, typename Member>
struct Filling { std::string_view name; Member Struct::* member; };

constexpr Filling<Attention, std::int64_t> attention_numbers[] = {
    {"A", &Attention::heads}, {"K", &Attention::kv_heads}, {"D", &Attention::head_dim},
    {"Vd", &Attention::value_head_dim}, {"Gw", &Attention::gate_width}, {"Win", &Attention::window},
    {"Chunk", &Attention::chunk}, {"Rot", &Attention::rotary_dim}, {"Aw", &Attention::input_width},
    {"Comp", &Attention::compression},
};
constexpr Filling<Attention, bool> attention_flags[] = {
    {"Qb", &Attention::query_bias}, {"Kb", &Attention::key_bias}, {"Vb", &Attention::value_bias},
    {"Ob", &Attention::output_bias}, {"Pack", &Attention::packed_qkv}, {"Sinks", &Attention::sinks},
    {"Gate", &Attention::output_gate}, {"Keqv", &Attention::values_are_keys}, {"Borrow", &Attention::borrows_kv},
    {"Rope", &Attention::rotary}, {"Apart", &Attention::listed_apart}, {"Cap", &Attention::capped_scores},
    {"Clip", &Attention::clips},
};
constexpr Filling<Latent, std::int64_t> latent_numbers[] = {
    {"Rq", &Latent::query_rank}, {"Rkv", &Latent::kv_rank}, {"Dn", &Latent::nope_head_dim},
    {"Dr", &Latent::rope_head_dim}, {"Ia", &Latent::index_heads}, {"Id", &Latent::index_head_dim},
};
constexpr Filling<Recurrent, std::int64_t> recurrent_numbers[] = {
    {"Ri", &Recurrent::inner}, {"Rs", &Recurrent::state}, {"Rg", &Recurrent::groups}, {"Rh", &Recurrent::heads},
    {"Rd", &Recurrent::head_dim}, {"Rt", &Recurrent::time_rank}, {"Rk", &Recurrent::conv_kernel},
    {"Rc", &Recurrent::conv_channels}, {"Re", &Recurrent::state_elements},
};
constexpr Filling<Recurrent, bool> recurrent_flags[] = {
    {"Rcb", &Recurrent::conv_bias}, {"Rpb", &Recurrent::projection_bias}, {"Rn", &Recurrent::inner_norms},
    {"Rsplit", &Recurrent::split_projections},
};
constexpr Filling<FeedForward, std::int64_t> moe_numbers[] = {
    {"Fd", &FeedForward::width}, {"Ne", &FeedForward::experts}, {"Tk", &FeedForward::experts_per_token},
    {"Fe", &FeedForward::expert_width}, {"Fs", &FeedForward::shared_width}, {"Ng", &FeedForward::router_groups},
    {"Ngk", &FeedForward::router_chosen_groups}, {"Lat", &FeedForward::latent_width},
};
constexpr Filling<FeedForward, bool> moe_flags[] = {
    {"Eb", &FeedForward::expert_bias}, {"Rb", &FeedForward::router_bias}, {"Corr", &FeedForward::router_correction},
    {"Corrt", &FeedForward::router_correction_trained}, {"Sg", &FeedForward::shared_gate},
    {"Rnorm", &FeedForward::router_normalised},
};
constexpr Filling<Model, std::int64_t> model_numbers[] = {
    {"H", &Model::hidden}, {"V", &Model::vocab}, {"Vx", &Model::extra_embeddings}, {"E", &Model::embedding_width},
    {"P", &Model::positions}, {"Pw", &Model::position_width}, {"Maxpos", &Model::max_position}, {"Tt", &Model::token_types},
};
constexpr Filling<Model, bool> model_flags[] = {
    {"Hb", &Model::head_bias}, {"Head", &Model::has_head}, {"Scaled", &Model::scaled_embedding},
    {"Shead", &Model::scaled_head}, {"Hcap", &Model::capped_logits},
    {"En", &Model::embedding_norm},
};
// clang-format on

template <typename Struct, typename Member, std::size_t n>
void fill(Scope& scope, Struct& target, const Filling<Struct, Member> (&table)[n]) {
    for (const auto& row : table) {
        target.*row.member = static_cast<Member>(scope.number(row.name));
    }
}

Attention read_attention(Scope& scope) {
    Attention a;
    fill(scope, a, attention_numbers);
    fill(scope, a, attention_flags);
    a.head_gate = a.gate_width > 0;
    a.qk_norm = kind_named(qk_norm_names, scope.text("Qkn"));
    if (!a.rotary) {
        a.rotary_dim = 0;
    }
    if (scope.flag("Mla")) {
        Latent& latent = a.latent.emplace();
        fill(scope, latent, latent_numbers);
        latent.bias = scope.flag("Mlab");
        a.head_dim = latent.nope_head_dim + latent.rope_head_dim;
        a.rotary_dim = latent.rope_head_dim;
        a.kv_heads = a.heads;
    }
    if (a.kv_heads > 0 && a.heads % a.kv_heads != 0) {
        scope.refuse("num_key_value_heads", "contradiction",
                     "does not divide the number of attention heads.");
    }
    return a;
}

FeedForward read_feed_forward(Scope& scope) {
    FeedForward f;
    const std::string_view kind = scope.text("Ffn");
    if (kind == "none") {
        return f;
    }
    f.kind = kind == "plain" ? FeedForwardKind::plain : FeedForwardKind::gated;
    f.bias = scope.flag("Mb");
    f.packed_gate_up = scope.flag("Packup");
    f.activation = {};
    const std::string_view activation = scope.text("Act");
    for (const std::string_view known : activations) {
        if (known == activation) {
            f.activation = known;
        }
    }
    if (!scope.flag("Moe")) {
        f.width = scope.number("F");
        return f;
    }
    f.expert_gated = f.kind == FeedForwardKind::gated;
    f.kind = FeedForwardKind::moe;
    fill(scope, f, moe_numbers);
    fill(scope, f, moe_flags);
    if (f.experts_per_token > f.experts) {
        scope.refuse("num_experts_per_tok", "contradiction",
                     "asks for more experts a token than there are.");
    }
    return f;
}

Layer read_layer(Scope& scope) {
    Layer layer;
    const std::string_view mixer = scope.text("Mix");
    std::string_view labels[3] = {"other", "other+mlp", "other+moe"};
    layer.mixer = MixerKind::none;
    for (const auto& row : mixer_names) {
        if (row.name == mixer) {
            layer.mixer = row.kind;
            std::copy(row.labels, row.labels + 3, labels);
        }
    }
    layer.has_parallel_attention = scope.flag("Both");
    if (layer.mixer == MixerKind::attention || layer.has_parallel_attention) {
        layer.attention = read_attention(scope);
        layer.stores_kv = scope.flag("Kv") && !layer.attention.borrows_kv;
    } else {
        layer.stores_kv = false;
    }
    const std::int64_t cross = scope.number("Cross");
    if (cross > 0) {
        layer.cross_attention = layer.attention;
    }
    if (cross == instead_of_self) {
        layer.mixer = MixerKind::none;
        layer.stores_kv = false;
        std::copy(cross_labels, cross_labels + 3, labels);
    }
    if (layer.mixer != MixerKind::attention && layer.mixer != MixerKind::none) {
        fill(scope, layer.recurrent, recurrent_numbers);
        fill(scope, layer.recurrent, recurrent_flags);
    }
    layer.feed_forward = read_feed_forward(scope);
    const FeedForwardKind kind = layer.feed_forward.kind;
    layer.kind = labels[kind == FeedForwardKind::none ? 0 : kind == FeedForwardKind::moe ? 2 : 1];
    layer.norm = kind_named(norm_names, scope.text("Norm"));
    layer.norms = static_cast<int>(scope.number("Norms"));
    layer.parallel_block = scope.flag("Par");
    layer.listed_apart = scope.flag("Lapart");
    return layer;
}

/// The quantities whose dependence on the layer makes layers differ.
constexpr std::string_view layer_quantities[] = {
    "Mix",  "Win",    "Chunk", "Rope",  "Rot", "A",    "K",   "D",     "Vd",
    "Keqv", "Borrow", "Sinks", "Ia",    "Kv",  "Both", "Ffn", "Moe",   "F",
    "Fe",   "Ne",     "Fs",    "Norms", "Gw",  "Corr", "Qkn", "Cross", "Comp",
};

/// What tells one layer from another: the quantities of `mask` in the scope's layer, written out.
std::string key_of_layer(Scope& scope, std::uint64_t mask) {
    std::string key = "#";
    for (std::size_t i = 0; i < std::size(layer_quantities); ++i) {
        if ((mask >> i & 1) == 0) continue;
        const ScopeValue value = scope.value(layer_quantities[i]);
        key.append(reinterpret_cast<const char*>(&value.number), sizeof value.number);
        key += value.text;
        key += value.is_set() ? '+' : '-';
    }
    return key;
}

/// Reads each distinct layer once: only the quantities that depend on the layer at all are compared.
void read_layers(Scope& scope, std::vector<Layer>& layers, std::int64_t count) {
    layers.reserve(static_cast<std::size_t>(count));
    std::vector<std::string> keys(static_cast<std::size_t>(count));  // empty: as an earlier one
    std::uint64_t mask = 0;
    for (std::size_t i = 0; i < keys.size() && scope.issues().empty(); ++i) {
        scope.set_layer(static_cast<std::int64_t>(i));
        const std::string key = key_of_layer(scope, mask);
        std::size_t same = 0;
        while (same < i && keys[same] != key) ++same;
        if (same < i) {
            layers.push_back(layers[same]);
            continue;
        }
        layers.push_back(read_layer(scope));
        keys[i] = key;
        std::uint64_t depends = 0;
        for (std::size_t j = 0; j < std::size(layer_quantities); ++j) {
            depends |= static_cast<std::uint64_t>(scope.varies(layer_quantities[j])) << j;
        }
        if (depends == mask) continue;
        mask = depends;
        for (std::size_t j = 0; j <= i; ++j) {
            if (keys[j].empty()) continue;
            scope.set_layer(static_cast<std::int64_t>(j));
            keys[j] = key_of_layer(scope, mask);
        }
    }
}

DType dtype_of(JsonValue top, JsonValue text) {
    for (const JsonValue object : {top, text}) {
        for (const std::string_view key : {"dtype", "torch_dtype"}) {
            auto stated = object.find(key).as_string();
            if (!stated) {
                continue;
            }
            if (stated->starts_with("torch.")) {
                stated->remove_prefix(6);
            }
            for (const auto& row : dtypes) {
                if (row.name == *stated) {
                    return row.dtype;
                }
            }
        }
    }
    return DType::fp32;
}

void read_encoder(Scope& scope, std::string_view modules, Stack& stack) {
    const std::int64_t layers = scope.number("L");
    if (layers > max_layers) {
        scope.refuse("num_hidden_layers", "out-of-range", "is above 4096.");
        return;
    }
    stack.is_decoder = false;
    stack.prefix = scope.text("Prefix");
    stack.names = read_names(modules);
    read_layers(scope, stack.layers, layers);
}

/// A network that is all parts (a vision tower on its own): its layers, where they are described,
/// are listed among the parts.
void read_listed_model(Scope& scope, Model& model) {
    model.hidden = scope.number("H");
    model.prefix = scope.text("Prefix");
    model.source = source_of(scope.family());
    model.final_norm = NormKind::none;
    model.has_head = false;
    model.decoder.is_decoder = false;
    const std::int64_t layers = scope.flag("Lapart") ? scope.number("L") : 0;
    if (layers > 0 && layers <= max_layers) {
        model.dropout = {scope.real("Pe"), scope.real("Pa"), scope.real("Pr"), scope.real("Pf")};
        read_layers(scope, model.decoder.layers, layers);
    }
}

void read_text_model(Scope& scope, Model& model) {
    if (scope.flag("Listed")) {
        read_listed_model(scope, model);
        return;
    }
    const std::int64_t layers = scope.flag("Enconly") ? 0 : scope.number("L");
    if (layers > max_layers) {
        scope.refuse("num_hidden_layers", "out-of-range", "is above 4096.");
        return;
    }
    const JsonValue types = scope.object().find("layer_types");
    if (types.is_array() && types.size() != layers && scope.flag("Typed")) {
        scope.refuse("layer_types", "contradiction",
                     "does not name as many layers as the model has.");
        return;
    }
    fill(scope, model, model_numbers);
    fill(scope, model, model_flags);
    model.embedding_norm_kind = kind_named(norm_names, scope.text("Enk"));
    model.final_norm = kind_named(norm_names, scope.text("Fnorm"));
    model.names = read_names(modules_of(scope.family()));
    model.prefix = scope.text("Prefix");
    model.dropout = {scope.real("Pe"), scope.real("Pa"), scope.real("Pr"), scope.real("Pf")};
    const std::string_view stretched = scope.text("Rscale");
    if (stretched == "llama3") {
        model.rope_scaling = RopeScaling::llama3;
    } else if (stretched == "longrope" || stretched == "su") {
        model.rope_scaling = RopeScaling::longrope;
    }
    model.decoder.is_decoder = scope.flag("Decoder");
    model.source = source_of(scope.family());
    read_layers(scope, model.decoder.layers, layers);
    for (Layer& layer : model.decoder.layers) {
        // A window that no context outgrows is none (Phi-3.5).
        if (model.max_position > 0 && layer.attention.window >= model.max_position) {
            layer.attention.window = 0;
        }
    }
    const std::int64_t next_token = scope.number("Mtp");
    if (next_token > 0 && next_token < layers && !model.decoder.layers.empty()) {
        model.next_token_layers.assign(static_cast<std::size_t>(next_token),
                                       model.decoder.layers.back());
    }
}

/// A whole number as text.
class Digits {
public:
    explicit Digits(std::int64_t number)
        : end_(std::to_chars(text_, text_ + sizeof text_, number).ptr) {}
    operator std::string_view() const { return {text_, static_cast<std::size_t>(end_ - text_)}; }

private:
    char text_[24];
    char* end_;
};

void refuse(Issues& issues, std::string_view field, std::string_view code,
            std::initializer_list<std::string_view> sentence) {
    Issue& issue = issues.emplace_back();
    issue.field = field;
    issue.code = code;
    for (const std::string_view piece : sentence) {
        issue.message += piece;
    }
}

void say_unknown(std::string_view type, Issues& issues) {
    refuse(issues, "model_type", "unknown",
           {"model_type ", type, " is not a kind of network that is known here."});
}

void say_partial(std::string_view sentence, Notes& notes) {
    Note& note = notes.emplace_back();
    note.code = "partial";
    note.message = sentence;
}

void read_model(JsonValue config, ModelOrIssues& result) {
    const std::string_view type = config.find("model_type").as_string().value_or("");
    const std::string_view architecture =
        config.find("architectures").at(0).as_string().value_or("");
    const Family* family = type.starts_with('.') ? nullptr : family_named(type);
    const Family* by_class = architecture.empty() ? nullptr : family_of_class(architecture);
    if (family == nullptr || (type == "mamba" && by_class != nullptr)) {
        family = by_class;
    }
    Model& model = result.model.emplace();
    std::string_view nest;
    std::string_view text_family;
    if (family == nullptr) {
        for (const std::string_view candidate : nests) {
            const JsonValue inner = follow(config, candidate);
            if (inner.is_object() &&
                family_named(inner.find("model_type").as_string().value_or(""))) {
                nest = candidate;
            }
        }
        if (nest.empty()) {
            if (type.empty() && architecture.empty()) {
                refuse(result.issues, "model_type", "missing",
                       {"model_type is missing, and so is architectures: this is not a "
                        "config.json that names its network."});
            } else {
                say_unknown(type.empty() ? architecture : type, result.issues);
            }
            return;
        }
        family = family_named(".base");
        say_partial(
            "Only the text model is counted: the rest of this model type is not known here.",
            model.notes);
    }
    std::optional<Scope> first(std::in_place, config, *family, "", result.issues);
    if (const Family* other = family_named(first->text("Row"))) {
        family = other;
        first.emplace(config, *family, "", result.issues);
    }
    Scope& top = *first;
    if (top.flag("Unknown")) {
        say_unknown(type, result.issues);
        return;
    }
    if (nest.empty()) {
        nest = top.text("Text");
        text_family = top.text("Textfamily");
    }
    model.model_type = type.empty() ? family->names.substr(0, family->names.find(' ')) : type;
    model.architecture = architecture;
    JsonValue text_object = config;
    if (nest.empty()) {
        read_text_model(top, model);
    } else {
        const JsonValue inner = follow(config, nest);
        if (inner.is_object()) {
            text_object = inner;
        }
        const auto inner_type = inner.find("model_type").as_string();
        const Family* inner_family = inner_type ? family_named(*inner_type) : nullptr;
        if (inner_family == nullptr || inner_family == family) {
            if (inner_type && inner_family == nullptr && text_family.empty()) {
                say_unknown(*inner_type, result.issues);
                return;
            }
            inner_family = family_named(text_family);
        }
        if (inner_family == nullptr) {
            say_unknown(inner_type.value_or("of the text model"), result.issues);
            return;
        }
        Scope text(text_object, *inner_family, inner.is_object() ? nest : "", result.issues);
        top.attach("text", text);
        read_text_model(text, model);
        const std::string_view prefix = top.text("Textprefix");
        if (!prefix.empty()) {
            model.prefix = prefix;
        }
        model.tied_head = top.flag("Tied");
        const Listing listing{model.parts, model.notes, DType::fp32};
        list_parts(text, model.prefix, WeightPart::text, listing);
        list_parts(top, "", WeightPart::tower, listing);
        model.has_head = model.has_head && !top.flag("Nohead");
    }
    if (const Family* encoder = family_named(top.text("Encoder"))) {
        Scope inner(text_object, *family, nest, result.issues, encoder);
        read_encoder(inner, modules_of(*encoder), model.encoder.emplace());
    }
    if (top.flag("Partial")) {
        say_partial(
            "Only the text model is counted: the rest is in the repository's own code, and this "
            "config does not determine it.",
            model.notes);
    }
    model.dtype = dtype_of(config, text_object);
    if (nest.empty()) {
        model.tied_head = top.flag("Tied");
        model.has_head = model.has_head && !top.flag("Nohead");
        if (!model.has_head) {
            list_classifier(top, {model.parts, model.notes, model.dtype});
        }
        list_parts(top, model.prefix, WeightPart::text, {model.parts, model.notes, model.dtype});
    }
    for (WeightTensor& part : model.parts) {
        part.dtype = model.dtype;
    }
}

}  // namespace

ModelOrIssues read_config_json(JsonValue config) {
    ModelOrIssues result;
    if (!config.is_object()) {
        refuse(result.issues, "config", "wrong-type",
               {"config is not a JSON object, as a config.json is."});
        return result;
    }
    read_model(config, result);
    if (!result.issues.empty()) {
        result.model.reset();
    }
    if (result.model) {
        QuantisationOrIssues stored = read_quantisation(config, result.model->dtype);
        result.model->quantisation = std::move(stored.quantisation);
        if (!stored.issues.empty()) {
            result.model->quantisation_issue = std::move(stored.issues.front().message);
        }
    }
    return result;
}

ModelOrIssues read_config_json(std::string_view text) {
    ModelOrIssues result;
    if (static_cast<std::int64_t>(text.size()) > max_text) {
        refuse(result.issues, "config", "too-large",
               {"config is larger than 8 MiB: no config.json is."});
        return result;
    }
    const JsonDocument document = JsonDocument::parse(text);
    if (!document.ok()) {
        const JsonError& error = *document.error();
        refuse(result.issues, "config", "syntax",
               {"config is not JSON: ", error.message, " at line ", Digits(error.line), ", column ",
                Digits(error.column), "."});
        return result;
    }
    return read_config_json(document.root());
}

}  // namespace tensorledger
