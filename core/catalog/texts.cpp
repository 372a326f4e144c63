#include "core/catalog/texts.h"

#include "core/catalog/accelerators_table.h"
#include "core/catalog/bibliography_table.h"
#include "core/catalog/models_table.h"

namespace tensorledger {

namespace {

// clang-format off
constexpr std::string_view shape_rows =
#define X(key, type, architecture, nest, fields, rest) \
    key "\t" type "\t" architecture "\t" nest "\t" fields "\t" rest "\n"
    TENSORLEDGER_CONFIG_SHAPES(X)
#undef X
    ;

constexpr std::string_view model_rows =
#define FAMILY(name) "\t" name "\n"
#define X(id, name, year, shape, hidden, ffn, layers, heads, kv, head, vocab, positions, dtype, rest, source) \
    id "\t" name "\t" #year "\t" shape "\t" #hidden " " #ffn " " #layers " " #heads " " #kv " " #head " " #vocab \
    " " #positions "\t" dtype "\t" rest "\t" source "\n"
    TENSORLEDGER_MODELS(FAMILY, X)
#undef X
#undef FAMILY
    ;

constexpr std::string_view model_alias_rows =
#define X(alias, id) alias "\t" id "\n"
    TENSORLEDGER_MODEL_ALIASES(X)
#undef X
    ;

constexpr std::string_view accelerator_rows =
#define VENDOR(name) "\t" name "\n"
#define X(id, name, kind, marketed, usable, how, bandwidth, bf16, source) \
    id "\t" name "\t" kind "\t" #marketed "\t" #usable "\t" how "\t" #bandwidth "\t" #bf16 "\t" source "\n"
    TENSORLEDGER_ACCELERATORS(VENDOR, X)
#undef X
#undef VENDOR
    ;

constexpr std::string_view accelerator_alias_rows =
#define X(alias, id) alias "\t" id "\n"
    TENSORLEDGER_ACCELERATOR_ALIASES(X)
#undef X
    ;

constexpr std::string_view bibliography_rows =
#define X(key, authors, year, title, url) key "\t" authors "\t" year "\t" title "\t" url "\n"
    TENSORLEDGER_BIBLIOGRAPHY(X)
#undef X
    ;
// clang-format on

}  // namespace

std::string_view catalog_text(CatalogTable table) {
    constexpr std::string_view texts[kCatalogTables] = {
        shape_rows,       model_rows, model_alias_rows, accelerator_rows, accelerator_alias_rows,
        bibliography_rows};
    return texts[static_cast<int>(table)];
}

}  // namespace tensorledger
