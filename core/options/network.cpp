#include "core/options/network.h"

#include <span>

#include "core/catalog/models.h"
#include "core/formats/config_json.h"
#include "core/options/messages.h"
#include "core/options/table.h"

namespace tensorledger {

namespace {

constexpr std::size_t kRemembered = 64;

/// What the built network has in the place of an override; 0: it has no such thing.
using ReadBack = std::int64_t (*)(const Model& model);

const Layer* first_with_attention(const Model& model) {
    for (const Layer& layer : model.decoder.layers) {
        if (layer.attention.heads > 0) return &layer;
    }
    return nullptr;
}

template <typename Member>
std::int64_t of_attention(const Model& model, Member member) {
    const Layer* const layer = first_with_attention(model);
    return layer == nullptr ? 0 : layer->attention.*member;
}

/// An option that overrides a field of the config, and the names that configs have for that field: the usual
/// one first, which stands in for the others where a file has none of them.
struct Override {
    std::string_view key;
    std::optional<std::int64_t> Config::*value;
    std::span<const std::string_view> fields;
    ReadBack read_back;
};

// clang-format off
constexpr std::string_view kLayers[]  = {"num_hidden_layers", "n_layer", "n_layers", "num_layers", "num_decoder_layers",
                                         "encoder_layers", "decoder_layers"};
constexpr std::string_view kHidden[]  = {"hidden_size", "n_embd", "d_model", "dim"};
constexpr std::string_view kHeads[]   = {"num_attention_heads", "n_head", "n_heads", "num_heads",
                                         "encoder_attention_heads", "decoder_attention_heads"};
constexpr std::string_view kKvHeads[] = {"num_key_value_heads", "num_kv_heads", "n_head_kv"};
constexpr std::string_view kHeadDim[] = {"head_dim", "d_kv"};
constexpr std::string_view kFfn[]     = {"intermediate_size", "n_inner", "d_ff", "ffn_dim", "encoder_ffn_dim",
                                         "decoder_ffn_dim", "ffn_hidden_size", "inner_dim"};
constexpr std::string_view kVocab[]   = {"vocab_size"};

constexpr Override kOverrides[] = {
    {"layers",   &Config::layers,   kLayers,  [](const Model& m) { return static_cast<std::int64_t>(m.decoder.layers.size()); }},
    {"hidden",   &Config::hidden,   kHidden,  [](const Model& m) { return m.hidden; }},
    {"heads",    &Config::heads,    kHeads,   [](const Model& m) { return of_attention(m, &Attention::heads); }},
    {"kv_heads", &Config::kv_heads, kKvHeads, [](const Model& m) { return of_attention(m, &Attention::kv_heads); }},
    {"head_dim", &Config::head_dim, kHeadDim, [](const Model& m) { return of_attention(m, &Attention::head_dim); }},
    {"ffn",      &Config::ffn,      kFfn,     [](const Model& m) { return m.decoder.layers.empty() ? 0 : m.decoder.layers[0].feed_forward.width; }},
    {"vocab",    &Config::vocab,    kVocab,   [](const Model& m) { return m.vocab; }},
};
// clang-format on

constexpr std::string_view kNested[] = {"text_config", "llm_config", "language_config"};

bool has_overrides(const Config& config) {
    for (const Override& row : kOverrides) {
        if ((config.*row.value).has_value()) return true;
    }
    return false;
}

std::string cache_key(const Config& config) {
    std::string key = config.model;
    for (const Override& row : kOverrides) {
        const auto& value = config.*row.value;
        key += '\n';
        if (value.has_value()) key += std::to_string(*value);
    }
    return key;
}

/// The override that a field of a config falls under, when it is set.
const Override* override_of(std::string_view field, const Config& config) {
    for (const Override& row : kOverrides) {
        if (!(config.*row.value).has_value()) continue;
        for (const std::string_view name : row.fields) {
            if (name == field) return &row;
        }
    }
    return nullptr;
}

void write_value(JsonWriter& json, JsonValue value) {
    switch (value.kind()) {
        case JsonKind::boolean: json.boolean(*value.as_boolean()); break;
        case JsonKind::number: json.number(*value.as_number()); break;
        case JsonKind::string: json.string(*value.as_string()); break;
        case JsonKind::array:
            json.begin_array();
            for (std::int64_t i = 0; i < value.size(); ++i) write_value(json, value.at(i));
            json.end_array();
            break;
        case JsonKind::object:
            json.begin_object();
            for (std::int64_t i = 0; i < value.size(); ++i) {
                write_value(json.key(value.key_at(i)), value.value_at(i));
            }
            json.end_object();
            break;
        default: json.null(); break;
    }
}

/// A list with one entry for each layer, cut to the layers that are left.
void write_layer_list(JsonWriter& json, JsonValue list, std::int64_t layers) {
    json.begin_array();
    for (std::int64_t i = 0; i < list.size() && i < layers; ++i) write_value(json, list.at(i));
    json.end_array();
}

/// A config's object with the overrides in place of its own fields; a nested text model takes them instead of
/// the object around it.
void write_overridden(JsonWriter& json, JsonValue object, const Config& config) {
    std::string_view nested;
    for (const std::string_view name : kNested) {
        if (object.find(name).is_object()) nested = name;
    }
    json.begin_object();
    for (std::int64_t i = 0; i < object.size(); ++i) {
        const std::string_view name = object.key_at(i);
        const JsonValue value = object.value_at(i);
        json.key(name);
        const Override* const row = nested.empty() ? override_of(name, config) : nullptr;
        if (name == nested) {
            write_overridden(json, value, config);
        } else if (row != nullptr) {
            json.integer(*(config.*row->value));
        } else if (name == "layer_types" && value.is_array() && config.layers.has_value()) {
            write_layer_list(json, value, *config.layers);
        } else {
            write_value(json, value);
        }
    }
    for (const Override& row : kOverrides) {
        const auto& value = config.*row.value;
        const std::string_view usual = row.fields.front();
        if (nested.empty() && value.has_value() && object.find(usual).is_missing()) {
            json.key(usual).integer(*value);
        }
    }
    json.end_object();
}

/// Each override that the network does not show has had no effect, which is not to pass in silence.
void check_overrides(const Config& config, const Model& model, Issues& issues) {
    for (const Override& row : kOverrides) {
        const auto& value = config.*row.value;
        if (!value.has_value() || row.read_back(model) == *value) continue;
        refuse(issues, row.key, "impossible",
               "`{}` cannot be changed in this network: its configuration has no such "
               "field, or derives it from others.",
               {row.key});
    }
}

Network built(ModelOrIssues read, const Config& config, std::string_view id) {
    Network network;
    network.issues = std::move(read.issues);
    if (!read.model.has_value()) return network;
    check_overrides(config, *read.model, network.issues);
    if (network.issues.empty()) {
        read.model->id = id;
        network.model = SharedModel(std::move(*read.model));
    }
    return network;
}

/// The network of a config's object with the overrides in it.
Network overridden(JsonValue object, const Config& config, std::string_view id) {
    if (!object.is_object() || !has_overrides(config)) {
        return built(read_config_json(object), config, id);
    }
    JsonWriter json;
    write_overridden(json, object, config);
    const JsonDocument document = JsonDocument::parse(json.text());
    return built(read_config_json(document.root()), config, id);
}

}  // namespace

SharedModel NetworkCache::find(const std::string& key) const {
    for (const Entry& entry : entries_) {
        if (entry.key == key) return entry.model;
    }
    return {};
}

void NetworkCache::remember(std::string key, SharedModel model) {
    if (entries_.size() < kRemembered) {
        entries_.push_back({std::move(key), std::move(model)});
        return;
    }
    entries_[oldest_] = {std::move(key), std::move(model)};
    oldest_ = (oldest_ + 1) % kRemembered;
}

Network network_of_catalog(Config& config, NetworkCache* cache) {
    const CatalogModel* const row = find_model(config.model);
    if (row == nullptr) {
        Network network;
        refuse(network.issues, "model", "unknown-model",
               "The catalog has no model {}.{} A model that is not in it can be given as its "
               "config.json.",
               {quoted(config.model), suggestion(nearest_models(config.model))});
        return network;
    }
    config.model = row->id;
    const std::string key = cache == nullptr ? std::string() : cache_key(config);
    if (cache != nullptr) {
        if (SharedModel model = cache->find(key)) return {std::move(model), {}};
    }
    const JsonDocument document = JsonDocument::parse(config_json(*row));
    Network network = overridden(document.root(), config, row->id);
    if (network.model && cache != nullptr) cache->remember(key, network.model);
    return network;
}

Network network_of_teacher(Config& config, NetworkCache* cache) {
    Config asked = config;
    asked.model = config.teacher_model;
    for (const Override& row : kOverrides) {
        (asked.*row.value).reset();
    }
    Network network = network_of_catalog(asked, cache);
    for (Issue& issue : network.issues) {
        issue.field = "teacher_model";
    }
    config.teacher_model = asked.model;
    return network;
}

Network network_of_object(JsonValue object, const Config& config) {
    return overridden(object, config, {});
}

}  // namespace tensorledger
