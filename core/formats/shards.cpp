#include "core/formats/shards.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace tensorledger {

namespace {

constexpr std::int64_t max_shards = 100000;

void refuse(Issues& issues, std::string_view field, std::string_view code, std::string sentence) {
    if (issues.empty()) {
        issues.push_back({std::string(field), std::string(code), std::move(sentence)});
    }
}

/// "model-00002-of-00005.safetensors" taken apart.
struct Numbered {
    std::string_view before;  // "model-"
    std::int64_t number = 0;
    std::int64_t of = 0;
    std::size_t digits = 0;
    std::string_view after;  // ".safetensors"
};

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

std::optional<Numbered> numbered(std::string_view file) {
    constexpr std::string_view middle = "-of-";
    const std::size_t at = file.rfind(middle);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    std::size_t start = at;
    while (start > 0 && is_digit(file[start - 1])) {
        --start;
    }
    std::size_t end = at + middle.size();
    while (end < file.size() && is_digit(file[end])) {
        ++end;
    }
    Numbered parts{
        .before = file.substr(0, start), .digits = at - start, .after = file.substr(end)};
    const auto whole = [file](std::size_t from, std::size_t to, std::int64_t& number) {
        const char* last = file.data() + to;
        const auto read = std::from_chars(file.data() + from, last, number);
        return from < to && read.ec == std::errc() && read.ptr == last;
    };
    const bool read = whole(start, at, parts.number) && whole(at + middle.size(), end, parts.of);
    return read ? std::optional(parts) : std::nullopt;
}

/// Refuses the first file of a numbered set that the index does not name.
void check_numbers(ShardIndex& index) {
    for (std::size_t i = 0; i < index.files.size(); ++i) {
        const std::optional<Numbered> first = numbered(index.files[i]);
        if (!first || first->of > max_shards) {
            continue;
        }
        std::vector<bool> seen(static_cast<std::size_t>(first->of) + 1, false);
        for (const std::string& file : index.files) {
            const std::optional<Numbered> other = numbered(file);
            if (other && other->of == first->of && other->before == first->before &&
                other->number >= 0 && other->number <= first->of) {
                seen[static_cast<std::size_t>(other->number)] = true;
            }
        }
        for (std::size_t number = 1; number < seen.size(); ++number) {
            if (seen[number]) {
                continue;
            }
            std::string digits = std::to_string(number);
            digits.insert(0, first->digits - std::min(first->digits, digits.size()), '0');
            std::string_view name = index.files[i];
            std::string missing(first->before);
            missing += digits;
            missing += name.substr(first->before.size() + first->digits);
            refuse(index.issues, missing, "missing",
                   "The index names no tensor of " + missing +
                       ", which its other files say there is.");
            return;
        }
        return;
    }
}

}  // namespace

ShardIndex read_shard_index(JsonValue root) {
    ShardIndex index;
    const JsonValue map = root.find("weight_map");
    JsonValue member = map.first();
    std::vector<std::string_view> files;
    for (std::int64_t i = 0; i < map.size(); ++i, member = member.next()) {
        const auto file = member.as_string();
        if (!file) {
            refuse(index.issues, member.key(), "wrong-type",
                   "The index does not say which file has " + std::string(member.key()) + ".");
            return index;
        }
        files.push_back(*file);
    }
    std::sort(files.begin(), files.end());
    files.erase(std::unique(files.begin(), files.end()), files.end());
    index.places.reserve(static_cast<std::size_t>(map.size()));
    member = map.first();
    for (std::int64_t i = 0; i < map.size(); ++i, member = member.next()) {
        const auto place = std::lower_bound(files.begin(), files.end(), *member.as_string());
        index.places.push_back({std::string(member.key()), place - files.begin()});
    }
    index.files.assign(files.begin(), files.end());
    std::sort(index.places.begin(), index.places.end(),
              [](const auto& left, const auto& right) { return left.name < right.name; });
    const auto twice = std::adjacent_find(
        index.places.begin(), index.places.end(),
        [](const auto& left, const auto& right) { return left.name == right.name; });
    if (twice != index.places.end()) {
        refuse(index.issues, twice->name, "duplicate",
               "The index names " + twice->name + " twice.");
    }
    if (index.places.empty()) {
        refuse(index.issues, "weight_map", "missing", "The index names no tensor.");
    }
    check_numbers(index);
    const auto total = root.find("metadata").find("total_size").as_integer();
    if (total && *total >= 0) {
        index.bytes = Bytes(*total);
    } else {
        index.notes.push_back(
            {"partial", "The index does not say how many bytes its tensors take."});
    }
    return index;
}

Issues compare_shard(const ShardIndex& index, std::int64_t file, const SafetensorsHeader& header) {
    Issues issues;
    const std::string& name = index.files[static_cast<std::size_t>(file)];
    if (!header.issues.empty()) {
        refuse(issues, name, header.issues.front().code,
               name + ": " + header.issues.front().message);
        return issues;
    }
    std::int64_t expected = 0;
    for (const ShardIndex::Place& place : index.places) {
        expected += place.file == file ? 1 : 0;
    }
    std::int64_t found = 0;
    for (const StoredTensor& tensor : header.tensors) {
        const auto place =
            std::lower_bound(index.places.begin(), index.places.end(), tensor.name,
                             [](const ShardIndex::Place& left, const std::string& right) {
                                 return left.name < right;
                             });
        found += place != index.places.end() && place->name == tensor.name && place->file == file
                     ? 1
                     : 0;
    }
    if (found < expected) {
        refuse(issues, name, "missing",
               "The index says that " + name + " has " + std::to_string(expected) +
                   " tensors, of which its header has " + std::to_string(found) + ".");
    }
    return issues;
}

}  // namespace tensorledger
