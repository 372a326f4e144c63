#include "core/formats/family.h"

#include <algorithm>
#include <vector>

namespace tensorledger {

namespace {

constexpr std::string_view class_suffixes[] = {
    "ForConditionalGeneration",
    "ForCausalLM",
    "LMHeadModel",
    "ForMaskedLM",
    "ForSequenceClassification",
    "ForQuestionAnswering",
    "ForTokenClassification",
    "ForPreTraining",
    "ForImageClassification",
    "ChatModel",
    "Model",
};

std::string_view take_until(std::string_view& rest, char separator) {
    const std::size_t end = std::min(rest.find(separator), rest.size());
    const std::string_view head = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return head;
}

/// The rows, found in the text once.
const std::vector<Family>& families() {
    static const std::vector<Family> rows = [] {
        std::string_view text = family_text();
        std::vector<Family> found(
            static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')));
        for (Family& family : found) {
            std::string_view line = take_until(text, '\n');
            for (std::string_view Family::*column :
                 {&Family::names, &Family::parent, &Family::source, &Family::modules,
                  &Family::defaults, &Family::bindings, &Family::tensors}) {
                family.*column = take_until(line, '\t');
            }
        }
        return found;
    }();
    return rows;
}

std::string_view inherited(const Family& family, std::string_view Family::*column) {
    const Family* row = &family;
    while (row != nullptr && (row->*column).empty()) {
        row = row->parent.empty() ? nullptr : family_named(row->parent);
    }
    return row == nullptr ? std::string_view{} : row->*column;
}

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// Whether a class name is a type's name, but for capitals, underscores and hyphens.
bool spells(std::string_view class_name, std::string_view type) {
    const auto is_joint = [](char c) { return c == '_' || c == '-'; };
    std::size_t at = 0;
    for (const char c : type) {
        if (is_joint(c)) {
            continue;
        }
        while (at < class_name.size() && is_joint(class_name[at])) {
            ++at;
        }
        if (at == class_name.size() || lower(class_name[at]) != c) {
            return false;
        }
        ++at;
    }
    return at == class_name.size();
}

struct Entry {
    std::string_view name;
    const Family* family;
};

/// Each name with its row.
const std::vector<Entry>& entries() {
    static const std::vector<Entry> all = [] {
        std::size_t count = 0;
        for (const Family& family : families()) {
            count += 1 + static_cast<std::size_t>(
                             std::count(family.names.begin(), family.names.end(), ' '));
        }
        std::vector<Entry> found(count);
        std::size_t at = 0;
        for (const Family& family : families()) {
            std::string_view names = family.names;
            while (!names.empty()) found[at++] = {take_until(names, ' '), &family};
        }
        return found;
    }();
    return all;
}

}  // namespace

const Family* family_named(std::string_view model_type) {
    if (model_type.empty()) return nullptr;
    for (const Entry& entry : entries()) {
        if (entry.name == model_type) return entry.family;
    }
    no_such_family();
    return nullptr;
}

const Family* family_of_class(std::string_view architecture) {
    for (const std::string_view suffix : class_suffixes) {
        if (architecture.ends_with(suffix)) {
            const auto stem = architecture.substr(0, architecture.size() - suffix.size());
            for (const Entry& entry : entries()) {
                if (spells(stem, entry.name)) return entry.family;
            }
            no_such_family();
            return nullptr;
        }
    }
    return nullptr;
}

std::string_view tensors_of(const Family& family) { return inherited(family, &Family::tensors); }
std::string_view source_of(const Family& family) { return inherited(family, &Family::source); }
std::string_view modules_of(const Family& family) { return inherited(family, &Family::modules); }

}  // namespace tensorledger
