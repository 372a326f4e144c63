#include "core/catalog/bibliography.h"

#include "core/catalog/bibliography_table.h"
#include "core/catalog/text_table.h"
#include "core/formats/json.h"

namespace tensorledger {

namespace {

// clang-format off
constexpr Reference works[] = {
#define X(key, authors, year, title, url) {key, authors, year, title, url},
    TENSORLEDGER_BIBLIOGRAPHY(X)
#undef X
};
// clang-format on

}  // namespace

std::span<const Reference> bibliography() { return works; }

const Reference* find_reference(std::string_view key) {
    for (const auto& work : works) {
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
    for (const auto& work : works) {
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
