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

std::string code(std::string_view text) { return "`" + std::string(text) + "`"; }

std::string range(const OptionRow& option) {
    return "from " + grouped(option.min) + " to " + grouped(option.max);
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

std::string quoted(std::string_view written) {
    std::string text = "“";
    std::string_view rest = written;
    while (!rest.empty() && written.size() - rest.size() < kLongestQuote) {
        const auto length = utf8_length(rest);
        const bool visible = length > 1 || (length == 1 && rest[0] >= ' ' && rest[0] != 127);
        text += visible ? rest.substr(0, length) : "?";
        rest.remove_prefix(length == 0 ? 1 : length);
    }
    if (!rest.empty()) text += "…";
    return text + "”";
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
    std::string takes = code(option.key) + " takes ";
    switch (option.type) {
        case OptionType::choice: return takes + values_of(option);
        case OptionType::integer:
            return takes + "a whole number " + range(option) + ", in plain digits";
        case OptionType::integer_or_auto:
            return takes + "a whole number " + range(option) + ", in plain digits, or auto";
        case OptionType::real_or_auto:
            return takes + "a decimal number " + range(option) +
                   " with at most six places, or auto";
        case OptionType::flag: return takes + "true or false";
        case OptionType::text: return takes + "a name";
        case OptionType::list: return takes + "different words, separated by commas";
    }
    return takes;
}

std::string in_words(Condition condition) {
    std::string words;
    std::string_view rest = text_of(condition);
    while (!rest.empty()) {
        const auto end = rest.find('&');
        const std::string_view clause = rest.substr(0, end);
        const auto equals = clause.find('=');
        if (!words.empty()) words += " and ";
        words += code(clause.substr(0, equals)) + " is " + alternatives(clause.substr(equals + 1));
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    return words;
}

Issue unacceptable(const OptionRow& option, std::string_view code, std::string_view written) {
    const std::string given =
        written.empty() ? "nothing was given" : "it was given " + quoted(written);
    return {std::string(option.key), std::string(code), accepted_by(option) + "; " + given + "."};
}

Issue unknown_key(std::string_view key) {
    std::vector<std::string_view> keys;
    for (const OptionRow& option : options()) keys.push_back(option.key);
    std::string message =
        "There is no option " + quoted(key) + "." + suggestion(nearest(key, keys));
    return {is_plain(key) ? std::string(key) : std::string(), "unknown-key", std::move(message)};
}

std::string suggestion(const std::vector<std::string_view>& names) {
    if (names.empty()) return {};
    std::string list;
    for (const std::string_view name : names) {
        if (!list.empty()) list += ',';
        list += name;
    }
    return " Did you mean " + alternatives(list) + "?";
}

}  // namespace tensorledger
