// Writes what stands beside the module; its build runs this in node:
//   catalog        catalog.txt, the tables and families that the module is given at its start
//   rest           catalog.rest.txt, what all of the module is given besides
//   bibliography   bibliography.json, which no answer needs: read when a source is first opened

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <string>
#include <string_view>

#include "core/catalog/bibliography.h"
#include "core/catalog/text_table.h"
#include "core/catalog/texts.h"
#include "core/formats/family.h"
#include "core/options/words.h"
#include "wasm/catalog.h"

namespace {

using namespace tensorledger;

/// The rows of the usual families, or of all others, in their order.
std::string families(bool usual) {
    std::string rows;
    std::string_view rest = family_text();
    while (!rest.empty()) {
        const std::string_view row = take_until(rest, '\n');
        const std::string_view name = row.substr(0, row.find('\t'));
        const bool is_usual = std::find(std::begin(kUsualFamilies), std::end(kUsualFamilies),
                                        name) != std::end(kUsualFamilies);
        if (is_usual == usual) rows.append(row) += '\n';
    }
    return rows + kCatalogTableEnd;
}

std::string catalog() {
    std::string text;
    for (const CatalogTable table : kGivenTables) {
        text.append(catalog_text(table)) += kCatalogTableEnd;
    }
    return text + families(true);
}

std::string rest() { return families(false).append(option_words()) + kCatalogTableEnd; }

}  // namespace

int main(int count, char** arguments) {
    const std::string_view wanted = count == 2 ? arguments[1] : "";
    const std::string text = wanted == "catalog"        ? catalog()
                             : wanted == "rest"         ? rest()
                             : wanted == "bibliography" ? bibliography_json()
                                                        : std::string();
    std::fwrite(text.data(), 1, text.size(), stdout);
    return text.empty() ? 2 : 0;
}
