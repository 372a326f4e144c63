#pragma once

// The tables of the catalog as constant texts: a row a line, a column a tab. A program that should carry
// them inside gets them from texts.cpp; one that is given them as a file (the wasm module, whose code is
// then a fifth smaller) defines `catalog_text` itself and leaves texts.cpp out.

#include <cstdint>
#include <string_view>

namespace tensorledger {

enum class CatalogTable : std::uint8_t {
    config_shapes,
    models,
    model_aliases,
    accelerators,
    accelerator_aliases,
    bibliography,
};
inline constexpr int kCatalogTables = 6;

/// The rows of a table; the same text for as long as the program runs.
std::string_view catalog_text(CatalogTable table);

}  // namespace tensorledger
