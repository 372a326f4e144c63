#include "core/options/foreign_listing.h"

#include <utility>

namespace tensorledger {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr auto npos = std::string_view::npos;

// ── JSON ─────────────────────────────────────────────────────────────────────────────────────────

std::string text_of(JsonValue value) {
    if (const auto text = value.as_string()) return std::string(*text);
    if (const auto flag = value.as_boolean()) return *flag ? "true" : "false";
    if (value.is_null()) return "null";
    if (value.is_array()) {
        std::string list;
        for (JsonValue each = value.first(); !each.is_missing(); each = each.next()) {
            if (!list.empty()) list += ',';
            list += text_of(each);
        }
        return list;
    }
    JsonWriter writer;
    if (const auto whole = value.as_integer()) {
        writer.integer(*whole);
    } else {
        writer.number(value.as_number().value_or(0));
    }
    return writer.take();
}

void list_members(JsonValue object, const std::string& path, Listing& listing) {
    for (JsonValue member = object.first(); !member.is_missing(); member = member.next()) {
        std::string name = path;
        if (!name.empty()) name += '.';
        name += member.key();
        if (member.is_object()) {
            list_members(member, name, listing);
        } else {
            const std::string value = text_of(member);
            std::string text = name;
            text.append(": ").append(value);
            listing.push_back({std::move(name), value, std::move(text)});
        }
    }
}

// ── YAML: `key: value` by indentation, and lists ─────────────────────────────────────────────────

struct Level {
    std::string_view::size_type indent;
    std::string name;
};

std::string_view unquoted(std::string_view text) {
    const bool quoted = text.size() >= 2 && (text.front() == '"' || text.front() == '\'') &&
                        text.back() == text.front();
    return quoted ? text.substr(1, text.size() - 2) : text;
}

std::string_view without_comment(std::string_view line) {
    if (trimmed(line).starts_with("#")) return {};
    return line.substr(0, line.find(" #"));
}

void read_line(std::string_view line, std::vector<Level>& levels, Listing& listing) {
    const auto indent = line.find_first_not_of(' ');
    const std::string_view text = trimmed(line);
    if (text.starts_with("- ") && !listing.empty()) {
        Written& last = listing.back();
        if (!last.value.empty()) last.value += ',';
        last.value += unquoted(trimmed(text.substr(2)));
        last.text = last.name + ": " + last.value;
        return;
    }
    const auto colon = text.find(':');
    if (colon == npos) return;
    while (!levels.empty() && levels.back().indent >= indent) levels.pop_back();
    std::string name = levels.empty() ? "" : levels.back().name + ".";
    name += text.substr(0, colon);
    const std::string value(unquoted(trimmed(text.substr(colon + 1))));
    levels.push_back({indent, name});
    listing.push_back({name, value, name + ": " + value});
}

}  // namespace

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(kBlanks);
    if (first == npos) return {};
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string_view next_part(std::string_view& rest, std::string_view separator) {
    const auto end = rest.find(separator);
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(end == npos ? rest.size() : end + separator.size());
    return part;
}

Listing json_listing(JsonValue object) {
    Listing listing;
    list_members(object, "", listing);
    return listing;
}

Listing yaml_listing(std::string_view text) {
    Listing listing;
    std::vector<Level> levels;
    while (!text.empty()) {
        const std::string_view line = without_comment(next_part(text, "\n"));
        if (!trimmed(line).empty()) read_line(line, levels, listing);
    }
    std::erase_if(listing, [](const Written& written) { return written.value.empty(); });
    return listing;
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    bool within = false;
    char quote = 0;
    for (std::string_view::size_type i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quote != 0) {
            if (c == quote) {
                quote = 0;
            } else {
                word += c;
            }
        } else if (c == '"' || c == '\'') {
            quote = c;
            within = true;
        } else if (c == '\\') {
            const auto line_end = text.find_first_not_of(" \t\r", i + 1);
            if (line_end != npos && text[line_end] == '\n') i = line_end;
        } else if (kBlanks.find(c) != npos) {
            if (within || !word.empty()) words.push_back(std::move(word));
            word.clear();
            within = false;
        } else {
            word += c;
        }
    }
    if (within || !word.empty()) words.push_back(std::move(word));
    return words;
}

}  // namespace tensorledger
