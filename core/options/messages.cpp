#include "core/options/messages.h"

#include <algorithm>

#include "core/catalog/nearest.h"

namespace tensorledger {

namespace {

constexpr std::string_view::size_type kLongestQuote = 60;

/// Bytes of the UTF-8 character that begins the text, or 0 when none does.
std::string_view::size_type utf8_length(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text[0]);
    std::string_view::size_type length = 1;
    if (lead >= 0x80) length = lead >= 0xC2 && lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (lead >= 0x80 && (lead < 0xC2 || lead > 0xF4)) return 0;
    if (text.size() < length) return 0;
    for (std::string_view::size_type i = 1; i < length; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        if (next < 0x80 || next > 0xBF) return 0;
    }
    return length;
}

/// Whether a key can be repeated as it is: short, and printable ASCII.
bool is_plain(std::string_view key) {
    return key.size() <= kLongestQuote &&
           std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 127; });
}

/// "a", "a or b", "a, b or c".
std::string alternatives(std::string_view values) {
    std::string text;
    while (!values.empty()) {
        const auto end = values.find(',');
        const bool last = end == std::string_view::npos;
        if (!text.empty()) text += last ? " or " : ", ";
        text += values.substr(0, end);
        values.remove_prefix(last ? values.size() : end + 1);
    }
    return text;
}

/// What an option of a type takes: a range goes where {} stands.
std::string_view kind_of_value(OptionType type) {
    switch (type) {
        case OptionType::integer: return "a whole number from {} to {}, in plain digits";
        case OptionType::integer_or_auto:
            return "a whole number from {} to {}, in plain digits, or auto";
        case OptionType::real_or_auto:
            return "a decimal number from {} to {} with at most six places, or auto";
        case OptionType::flag: return "true or false";
        case OptionType::list: return "different words, separated by commas";
        default: return "a name";
    }
}

std::string values_of(const OptionRow& option) {
    std::string values;
    for (const ChoiceRow& choice : option.choices) {
        if (!values.empty()) values += ',';
        values += choice.value;
    }
    return alternatives(values);
}

}  // namespace

std::string filled(std::string_view pattern, std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const std::string_view part : parts) {
        const auto gap = pattern.find("{}");
        if (gap == std::string_view::npos) break;
        text += pattern.substr(0, gap);
        text += part;
        pattern.remove_prefix(gap + 2);
    }
    return text += pattern;
}

void refuse(Issues& issues, std::string_view field, std::string_view code, std::string_view pattern,
            std::initializer_list<std::string_view> parts) {
    issues.push_back({std::string(field), std::string(code), filled(pattern, parts)});
}

std::string quoted(std::string_view written) {
    std::string text = "“";
    std::string_view rest = written;
    while (!rest.empty() && written.size() - rest.size() < kLongestQuote) {
        const auto length = utf8_length(rest);
        const bool visible = length > 1 || (length == 1 && rest[0] >= ' ' && rest[0] != 127);
        text += visible ? rest.substr(0, length) : "?";
        rest.remove_prefix(length == 0 ? 1 : length);
    }
    return text += rest.empty() ? "”" : "…”";
}

std::string grouped(std::int64_t value) {
    std::string digits = std::to_string(value);
    const std::string::size_type sign = value < 0 ? 1 : 0;
    for (std::string::size_type at = digits.size(); at > sign + 3;) {
        at -= 3;
        digits.insert(at, ",");
    }
    return digits;
}

std::string accepted_by(const OptionRow& option) {
    if (option.type == OptionType::choice) return values_of(option);
    return filled(kind_of_value(option.type), {grouped(option.min), grouped(option.max)});
}

std::string in_words(Condition condition) {
    std::string words;
    std::string_view rest = text_of(condition);
    while (!rest.empty()) {
        const auto end = rest.find('&');
        const std::string_view clause = rest.substr(0, end);
        const auto equals = clause.find('=');
        if (!words.empty()) words += " and ";
        words += filled("`{}` is {}",
                        {clause.substr(0, equals), alternatives(clause.substr(equals + 1))});
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    return words;
}

void refuse_value(Issues& issues, const OptionRow& option, std::string_view code,
                  std::string_view written) {
    refuse(
        issues, option.key, code,
        written.empty() ? "`{}` takes {}; nothing was given." : "`{}` takes {}; it was given {}.",
        {option.key, accepted_by(option), quoted(written)});
}

void refuse_key(Issues& issues, std::string_view key) {
    std::vector<std::string_view> keys;
    for (const OptionRow& option : options()) keys.push_back(option.key);
    refuse(issues, is_plain(key) ? key : "", "unknown-key", "There is no option {}.{}",
           {quoted(key), suggestion(nearest(key, keys))});
}

std::string suggestion(const std::vector<std::string_view>& names) {
    if (names.empty()) return {};
    std::string list;
    for (const std::string_view name : names) {
        if (!list.empty()) list += ',';
        list += name;
    }
    return filled(" Did you mean {}?", {alternatives(list)});
}

}  // namespace tensorledger
