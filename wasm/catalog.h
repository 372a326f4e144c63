#pragma once

// The texts beside the module, each table with an end mark. catalog.txt: the tables that every answer needs, and
// the usual families of config.json. catalog.rest.txt: the other families, and the words of the option table.

#include <string>
#include <string_view>

#include "core/catalog/texts.h"

namespace tensorledger {

inline constexpr CatalogTable kGivenTables[] = {
    CatalogTable::config_shapes,       CatalogTable::models,
    CatalogTable::model_aliases,       CatalogTable::accelerators,
    CatalogTable::accelerator_aliases,
};

/// The families of catalog.txt, those of the set-ups of first.txt.
inline constexpr std::string_view kUsualFamilies[] = {".base", "llama", "mistral", "qwen2",
                                                      "qwen3"};

inline constexpr char kCatalogTableEnd = '\f';

/// Hands the module its texts, the second of them empty for the first part alone; to be done once, before anything is
/// asked.
void give_catalog(const std::string& catalog, const std::string& rest);

}  // namespace tensorledger
