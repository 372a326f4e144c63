#pragma once

// What network does a Hugging Face config.json describe?

#include <optional>
#include <string_view>

#include "core/formats/json.h"
#include "core/model/model.h"
#include "core/quantity/issue.h"

namespace tensorledger {

/// A model, or why there is none. The model's own notes say what it leaves out.
struct ModelOrIssues {
    std::optional<Model> model;
    Issues issues;
};

/// Reads the text of a config.json.
ModelOrIssues read_config_json(std::string_view text);

/// Reads the object that a config.json holds; the model keeps no view into it.
ModelOrIssues read_config_json(JsonValue config);

}  // namespace tensorledger
