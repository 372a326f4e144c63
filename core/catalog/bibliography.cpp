#include "core/catalog/bibliography.h"

#include "core/catalog/bibliography_table.h"
#include "core/catalog/json_list.h"
#include "core/catalog/text_table.h"

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

std::span<const Reference> bibliography() {
    return works;
}

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
    JsonList list;
    for (const auto& work : works) {
        list.begin();
        list.text("key", work.key);
        list.text("authors", work.authors);
        list.text("year", work.year);
        list.text("title", work.title);
        list.text("url", work.url);
        list.end();
    }
    return list.take();
}

}  // namespace tensorledger
