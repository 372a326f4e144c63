#include "core/options/parse.h"

#include <algorithm>
#include <bitset>

#include "core/formats/json.h"
#include "core/options/assign.h"
#include "core/options/messages.h"
#include "core/options/network.h"
#include "core/options/table.h"
#include "core/options/validate.h"

namespace tensorledger {

namespace {

/// Which options did the reader name?
using Given = std::bitset<128>;

std::size_t place(const OptionRow& option) {
    return static_cast<std::size_t>(&option - options().data());
}

bool was_given(const Given& given, std::string_view key) { return given[place(*find_option(key))]; }

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// Undoes the encoding of a query string; nothing when a % is not followed by two hexadecimal digits.
std::optional<std::string> percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::string_view::size_type i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i] == '+' ? ' ' : text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
        if (low < 0) return std::nullopt;
        decoded += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return decoded;
}

/// Notes that an option was named, and refuses the second time.
bool is_first_time(const OptionRow& option, Given& given, Issues& issues) {
    if (given[place(option)]) {
        issues.push_back(
            {std::string(option.key), "given-twice",
             "`" + std::string(option.key) + "` is given twice; it can have one value."});
        return false;
    }
    given[place(option)] = true;
    return true;
}

void refuse_encoding(Issues& issues, std::string_view key, std::string_view pair) {
    refuse(issues, key, "encoding", "In {} a % is not followed by two hexadecimal digits.",
           {quoted(pair)});
}

void read_pair(std::string_view pair, Parsed& parsed, Given& given) {
    const auto equals = pair.find('=');
    const auto key = percent_decoded(pair.substr(0, equals));
    if (!key.has_value()) {
        refuse_encoding(parsed.issues, "", pair);
        return;
    }
    const OptionRow* const option = find_option(*key);
    if (option == nullptr) {
        refuse_key(parsed.issues, *key);
        return;
    }
    if (!is_first_time(*option, given, parsed.issues)) return;
    if (equals == std::string_view::npos) {
        refuse_value(parsed.issues, *option, "empty", "");
        return;
    }
    const auto value = percent_decoded(pair.substr(equals + 1));
    if (!value.has_value()) {
        refuse_encoding(parsed.issues, *key, pair);
        return;
    }
    assign(*option, *value, parsed.config, parsed.issues);
}

/// Two keys that say the same for one engine have to agree when both are given.
void check_agreement(std::string_view general, std::int64_t general_value, std::string_view special,
                     std::optional<std::int64_t> special_value, const Given& given,
                     Issues& issues) {
    if (!was_given(given, general) || !special_value.has_value() ||
        *special_value == general_value) {
        return;
    }
    refuse(issues, special, "impossible",
           "`{}` says {} and `{}` says {}; when a model runs, both mean the same, so "
           "give one of them.",
           {general, grouped(general_value), special, grouped(*special_value)});
}

/// The fields of a config.json are not options: "model_type" becomes "config.model_type".
void name_within_config(Issues& issues) {
    for (Issue& issue : issues) {
        if (issue.field == "config" || find_option(issue.field) != nullptr) continue;
        issue.field.insert(0, issue.field.empty() ? "config" : "config.");
    }
}

/// Everything that follows once each value has been read: the network, then what the values mean together.
void complete(Parsed& parsed, const Given& given, JsonValue own_network, NetworkCache* cache) {
    Config& config = parsed.config;
    if (!parsed.issues.empty()) return;
    parsed.issues = check(config);
    if (config.task == Task::inference) {
        check_agreement("batch", config.batch, "sequences", config.sequences, given, parsed.issues);
        check_agreement("seq", config.seq, "prompt", config.prompt, given, parsed.issues);
    }
    Network network = own_network.is_missing() ? network_of_catalog(config, cache)
                                               : network_of_object(own_network, config);
    if (!own_network.is_missing()) name_within_config(network.issues);
    parsed.issues.insert(parsed.issues.end(), network.issues.begin(), network.issues.end());
    config.network = std::move(network.model);
    if (!parsed.issues.empty()) return;
    const auto longest = longest_sequence(*config.network);
    if (!was_given(given, "seq") && longest.has_value()) {
        config.seq = std::min(config.seq, *longest);
    }
    if (config.teacher && config.teacher_model != "same") {
        Network teacher = network_of_teacher(config, cache);
        config.teacher_network = std::move(teacher.model);
        parsed.issues = std::move(teacher.issues);
        if (!parsed.issues.empty()) return;
    }
    parsed.issues = check_network(config);
}

void read_id(JsonValue value, Parsed& parsed) {
    JsonWriter writer;
    if (const auto number = value.as_integer()) {
        writer.integer(*number);
    } else if (const auto text = value.as_string()) {
        writer.string(*text);
    } else {
        refuse(parsed.issues, "id", "wrong-type",
               "`id` takes a text or a whole number, which the answer repeats.", {});
        return;
    }
    parsed.id = writer.take();
}

}  // namespace

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view plain = "-._~/:,";
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || plain.find(c) != std::string_view::npos;
        if (is_plain) {
            encoded += c;
            continue;
        }
        const auto code = static_cast<unsigned char>(c);
        encoded += '%';
        encoded += hex[code >> 4];
        encoded += hex[code & 15];
    }
    return encoded;
}

Parsed parse_query(std::string_view query, NetworkCache* cache) {
    Parsed parsed;
    Given given;
    if (query.substr(0, 1) == "?") query.remove_prefix(1);
    while (!query.empty()) {
        const auto end = query.find('&');
        const std::string_view pair = query.substr(0, end);
        query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
        if (!pair.empty()) read_pair(pair, parsed, given);
    }
    complete(parsed, given, JsonValue(), cache);
    return parsed;
}

Parsed parse_json(std::string_view object, NetworkCache* cache) {
    Parsed parsed;
    Given given;
    const JsonDocument document = JsonDocument::parse(object);
    if (!document.ok()) {
        const JsonError& error = *document.error();
        refuse(parsed.issues, "", "not-json",
               "A set-up is a JSON object; at line {}, column {}: {}.",
               {grouped(error.line), grouped(error.column), error.message});
        return parsed;
    }
    const JsonValue root = document.root();
    if (!root.is_object()) {
        refuse(parsed.issues, "", "not-json", "A set-up is a JSON object of options.", {});
        return parsed;
    }
    JsonValue own_network;
    for (std::int64_t i = 0; i < root.size(); ++i) {
        const std::string_view key = root.key_at(i);
        const JsonValue value = root.value_at(i);
        if (key == "id") {
            read_id(value, parsed);
        } else if (key == "config") {
            own_network = value;
        } else if (const OptionRow* const option = find_option(key); option == nullptr) {
            refuse_key(parsed.issues, key);
        } else if (is_first_time(*option, given, parsed.issues)) {
            assign(*option, value, parsed.config, parsed.issues);
        }
    }
    if (!own_network.is_missing() && was_given(given, "model")) {
        refuse(parsed.issues, "config", "impossible",
               "`model` and `config` both name a network; give one of them.", {});
    }
    complete(parsed, given, own_network, cache);
    return parsed;
}

Parsed parse(std::string_view text, NetworkCache* cache) {
    const auto first = text.find_first_not_of(" \t\r\n");
    const bool is_json = first != std::string_view::npos && text[first] == '{';
    return is_json ? parse_json(text, cache) : parse_query(text, cache);
}

std::string query_of(const Config& config) {
    std::string query;
    for (const OptionRow& option : options()) {
        if (is_default(option, config)) continue;
        if (!query.empty()) query += '&';
        query += option.key;
        query += '=';
        query += percent_encoded(value_text(option, config));
    }
    return query;
}

}  // namespace tensorledger
