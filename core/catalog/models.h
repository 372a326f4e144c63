#pragma once

// Which published models can be named instead of pasted? Each is a row of models_table.h: what its
// config.json states and its class does not default, with the place where that was read.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tensorledger {

/// A published model. `config_json` gives its configuration in the form that `formats/` reads.
struct CatalogModel {
    std::string_view id;      // the Hugging Face repository: "meta-llama/Llama-3.1-8B"
    std::string name;         // as people write it: "Llama 3.1 8B"
    std::string_view family;  // groups a list: "Llama", "Qwen 3"
    std::int64_t year = 0;    // of its release
    std::string_view
        source;  // bibliography key, with a place after a colon where the key alone is not one
    std::string_view shape;  // key of the shape whose fields the columns fill
    std::string_view cells;  // the columns, as the table has them
    std::string_view dtype;  // of the checkpoint, as torch_dtype spells it; empty: not stated
    std::string_view rest;   // further fields: "key=value key=value"
};

/// Every model, grouped by family, in the order in which a list shows them.
std::span<const CatalogModel> models();

/// The model of that id or of one of its former ids; letters' case does not matter. Null: no such model.
const CatalogModel* find_model(std::string_view id);

/// The model's configuration as the text of a config.json.
std::string config_json(const CatalogModel& model);

/// Up to three ids that a reader who wrote `text` may have meant, nearest first.
std::vector<std::string_view> nearest_models(std::string_view text);

/// [{"id", "name", "family", "year", "source"}, …]: the list behind a search box.
std::string models_json();

}  // namespace tensorledger
