#include "core/catalog/models.h"

#include "core/catalog/nearest.h"
#include "core/catalog/text_table.h"
#include "core/catalog/texts.h"
#include "core/formats/json.h"

namespace tensorledger {

namespace {

/// The columns of the table as most classes of config.json spell them.
constexpr std::string_view usual_fields =
    "hidden_size intermediate_size num_hidden_layers num_attention_heads num_key_value_heads "
    "head_dim vocab_size max_position_embeddings";

struct Shape {
    std::string_view model_type, architecture, nest, fields, rest;
};

Shape shape_of(std::string_view key) {
    for (auto rows = catalog_text(CatalogTable::config_shapes); !rows.empty();) {
        const auto cells = columns<6>(take_until(rows, '\n'));
        if (cells[0] != key) continue;
        const auto type = cells[1].empty() ? cells[0] : cells[1];
        return {type, cells[2], cells[3], cells[4].empty() ? usual_fields : cells[4], cells[5]};
    }
    return {};
}

std::string_view repository(std::string_view id) { return id.substr(id.find('/') + 1); }

/// A model's name where the table gives none: its repository's, with spaces for hyphens.
std::string readable(std::string_view id) {
    std::string name(repository(id));
    for (char& c : name) {
        if (c == '-') c = ' ';
    }
    return name;
}

std::vector<CatalogModel> read_models() {
    std::vector<CatalogModel> models;
    std::string_view family;
    for (auto rows = catalog_text(CatalogTable::models); !rows.empty();) {
        const auto cells = columns<8>(take_until(rows, '\n'));
        if (cells[0].empty()) {
            family = cells[1];
            continue;
        }
        models.push_back({.id = cells[0],
                          .name = cells[1].empty() ? readable(cells[0]) : std::string(cells[1]),
                          .family = family,
                          .year = whole(cells[2]),
                          .source = cells[7],
                          .shape = cells[3],
                          .cells = cells[4],
                          .dtype = cells[5],
                          .rest = cells[6]});
    }
    return models;
}

void add_key(std::string& json, std::string_view key) {
    if (json.back() != '{') json += ',';
    json += '"';
    json += key;
    json += "\":";
}

bool is_json(std::string_view value) {
    const char first = value.front();
    return (first >= '0' && first <= '9') || first == '-' || first == '[' || first == '{' ||
           value == "true" || value == "false" || value == "null";
}

void add_field(std::string& json, std::string_view key, std::string_view value) {
    add_key(json, key);
    if (is_json(value)) {
        json += value;
    } else {
        json += '"';
        json += value;
        json += '"';
    }
}

/// Adds the fields of a "key=value key=value" list; those of the top level, beside a nested configuration, are
/// the ones whose key starts with ^.
void add_fields(std::string& json, std::string_view list, bool top_level) {
    while (!list.empty()) {
        auto value = take_until(list, ' ');
        auto key = take_until(value, '=');
        const bool is_top_level = key.front() == '^';
        if (is_top_level) key.remove_prefix(1);
        if (is_top_level == top_level) add_field(json, key, value);
    }
}

void add_columns(std::string& json, std::string_view fields, std::string_view cells) {
    while (!cells.empty()) {
        const auto field = take_until(fields, ' ');
        const auto cell = take_until(cells, ' ');
        if (cell != "0") add_field(json, field, cell);
    }
}

}  // namespace

std::span<const CatalogModel> models() {
    static const std::vector<CatalogModel> all = read_models();
    return all;
}

const CatalogModel* find_model(std::string_view id) {
    for (auto rows = catalog_text(CatalogTable::model_aliases); !rows.empty();) {
        const auto cells = columns<2>(take_until(rows, '\n'));
        if (same_letters(cells[0], id)) id = cells[1];
    }
    for (const auto& model : models()) {
        if (same_letters(model.id, id) || same_letters(repository(model.id), id)) return &model;
    }
    return nullptr;
}

std::string config_json(const CatalogModel& model) {
    const Shape shape = shape_of(model.shape);
    std::string json = "{\"architectures\":[\"";
    json += shape.architecture;
    json += "\"]";
    add_field(json, "model_type", shape.model_type);
    add_fields(json, shape.rest, true);
    add_fields(json, model.rest, true);
    if (!model.dtype.empty()) add_field(json, "torch_dtype", model.dtype);
    if (!shape.nest.empty()) {
        add_key(json, shape.nest);
        json += '{';
    }
    add_columns(json, shape.fields, model.cells);
    add_fields(json, shape.rest, false);
    add_fields(json, model.rest, false);
    json += shape.nest.empty() ? "}" : "}}";
    return json;
}

std::vector<std::string_view> nearest_models(std::string_view text) {
    std::vector<std::string_view> ids;
    for (const auto& model : models()) ids.push_back(model.id);
    return nearest(text, ids);
}

std::string models_json() {
    JsonWriter list;
    list.begin_array();
    for (const auto& model : models()) {
        list.begin_object();
        list.key("id").string(model.id);
        list.key("name").string(model.name);
        list.key("family").string(model.family);
        list.key("year").integer(model.year);
        list.key("source").string(model.source);
        list.end_object();
    }
    list.end_array();
    return list.take();
}

}  // namespace tensorledger
