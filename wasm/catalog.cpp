// The catalog in the module: not compiled in but given once at the start, as the texts that
// write_catalog.cpp wrote. The linker takes these `catalog_text`, `family_text` and `option_words` and leaves the core's
// tables out.

#include "wasm/catalog.h"

#include <iterator>

#include "core/catalog/text_table.h"
#include "core/formats/family.h"
#include "core/options/words.h"

namespace tensorledger {

namespace {

struct Given {
    std::string catalog;
    std::string families;
    std::string words;
    bool whole = false;
};

Given& given() {
    static Given texts;
    return texts;
}

}  // namespace

void give_catalog(const std::string& catalog, const std::string& rest) {
    std::string_view usual = catalog;
    for (std::size_t i = 0; i < std::size(kGivenTables); ++i) take_until(usual, kCatalogTableEnd);
    std::string_view others = rest;
    Given& texts = given();
    texts.catalog = catalog;
    texts.families = take_until(usual, kCatalogTableEnd);
    texts.families += take_until(others, kCatalogTableEnd);
    texts.words = take_until(others, kCatalogTableEnd);
    texts.whole = !rest.empty();
}

std::string_view catalog_text(CatalogTable table) {
    std::string_view rest = given().catalog;
    for (const CatalogTable each : kGivenTables) {
        const std::string_view rows = take_until(rest, kCatalogTableEnd);
        if (each == table) return rows;
    }
    return {};
}

std::string_view family_text() { return given().families; }

void no_such_family() {
    if (!given().whole) __builtin_trap();  // index.js asks the whole module instead
}

std::string_view option_words() { return given().words; }

}  // namespace tensorledger
