#include "core/catalog/bibliography.h"

#include <vector>

#include "core/catalog/text_table.h"
#include "core/catalog/texts.h"
#include "core/formats/json.h"

namespace tensorledger {

namespace {

std::vector<Reference> read_references() {
    std::vector<Reference> works;
    for (auto rows = catalog_text(CatalogTable::bibliography); !rows.empty();) {
        const auto cells = columns<5>(take_until(rows, '\n'));
        works.push_back({cells[0], cells[1], cells[2], cells[3], cells[4]});
    }
    return works;
}

}  // namespace

std::span<const Reference> bibliography() {
    static const std::vector<Reference> works = read_references();
    return works;
}

const Reference* find_reference(std::string_view key) {
    for (const auto& work : bibliography()) {
        if (work.key == key) return &work;
    }
    return nullptr;
}

bool is_cited(std::string_view source) {
    if (source.empty()) return false;
    while (!source.empty()) {
        auto citation = take_until(source, ';');
        while (!citation.empty() && citation.front() == ' ') citation.remove_prefix(1);
        if (find_reference(citation_key(citation)) == nullptr) return false;
    }
    return true;
}

std::string bibliography_json() {
    JsonWriter list;
    list.begin_array();
    for (const auto& work : bibliography()) {
        list.begin_object();
        list.key("key").string(work.key);
        list.key("authors").string(work.authors);
        list.key("year").string(work.year);
        list.key("title").string(work.title);
        list.key("url").string(work.url);
        list.end_object();
    }
    list.end_array();
    return list.take();
}

}  // namespace tensorledger
