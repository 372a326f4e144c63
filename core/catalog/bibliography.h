#pragma once

// Where is each figure from? The works that rows cite. A citation is a key of this list, alone or followed by
// a colon and a place: "transformers:models/llama/modeling_llama.py:254".

#include <span>
#include <string>
#include <string_view>

namespace tensorledger {

struct Reference {
    std::string_view key;
    std::string_view authors;  // or the organisation
    std::string_view year;
    std::string_view title;
    std::string_view url;  // permanent: arXiv, or a repository at a commit
};

/// Every work, in alphabetical order of its key.
std::span<const Reference> bibliography();

/// The work of that key. Null: no such work.
const Reference* find_reference(std::string_view key);

/// The key of a citation: all of it, or what stands before its first colon.
constexpr std::string_view citation_key(std::string_view citation) {
    return citation.substr(0, citation.find(':'));
}

/// The place of a citation: what stands after its first colon, or nothing.
constexpr std::string_view citation_place(std::string_view citation) {
    const auto colon = citation.find(':');
    return colon == std::string_view::npos ? std::string_view{} : citation.substr(colon + 1);
}

/// Is the work that a citation names in the list? A row may cite several, separated by "; ".
bool is_cited(std::string_view source);

/// [{"key", "authors", "year", "title", "url"}, …].
std::string bibliography_json();

}  // namespace tensorledger
