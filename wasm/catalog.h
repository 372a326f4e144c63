#pragma once

// catalog.txt, beside the module: the tables that an answer needs and the families of config.json, each
// with an end mark.

#include <string>

#include "core/catalog/texts.h"

namespace tensorledger {

inline constexpr CatalogTable kGivenTables[] = {
    CatalogTable::config_shapes,       CatalogTable::models,
    CatalogTable::model_aliases,       CatalogTable::accelerators,
    CatalogTable::accelerator_aliases,
};

inline constexpr char kCatalogTableEnd = '\f';

/// Hands the module its catalog; to be done once, before anything is asked.
void give_catalog(const std::string& text);

}  // namespace tensorledger
