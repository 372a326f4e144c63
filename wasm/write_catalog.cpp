// Writes what stands beside the module; its build runs this in node:
//   catalog        catalog.txt, the tables and families that the module is given at its start
//   bibliography   bibliography.json, which no answer needs: read when a source is first opened

#include <cstdio>
#include <string>
#include <string_view>

#include "core/catalog/bibliography.h"
#include "core/catalog/texts.h"
#include "core/formats/family.h"
#include "wasm/catalog.h"

namespace {

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

}  // namespace

int main(int count, char** arguments) {
    using namespace tensorledger;
    const std::string_view wanted = count == 2 ? arguments[1] : "";
    if (wanted == "bibliography") {
        print(bibliography_json());
        return 0;
    }
    std::string text;
    for (const CatalogTable table : kGivenTables) {
        text += catalog_text(table);
        text += kCatalogTableEnd;
    }
    text += family_text();
    text += kCatalogTableEnd;
    print(text);
    return wanted == "catalog" ? 0 : 2;
}
