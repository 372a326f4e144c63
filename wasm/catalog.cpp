// The catalog in the module: not compiled in but given once at the start, as the text that
// write_catalog.cpp wrote. The linker takes this `catalog_text` and `family_text` and leaves the core's
// tables out.

#include "wasm/catalog.h"

#include <iterator>

#include "core/catalog/text_table.h"
#include "core/formats/family.h"

namespace tensorledger {

namespace {

std::string& given() {
    static std::string text;
    return text;
}

}  // namespace

void give_catalog(const std::string& text) { given() = text; }

std::string_view catalog_text(CatalogTable table) {
    std::string_view rest = given();
    for (const CatalogTable each : kGivenTables) {
        const std::string_view rows = take_until(rest, kCatalogTableEnd);
        if (each == table) return rows;
    }
    return {};
}

std::string_view family_text() {
    std::string_view rest = given();
    for (std::size_t i = 0; i < std::size(kGivenTables); ++i) take_until(rest, kCatalogTableEnd);
    return take_until(rest, kCatalogTableEnd);
}

}  // namespace tensorledger
