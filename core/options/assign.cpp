#include "core/options/assign.h"

#include <algorithm>

#include "core/options/decimal.h"
#include "core/options/messages.h"

namespace tensorledger {

namespace {

constexpr std::string_view kAuto = "auto";

/// The field of a Config that an option is held in; `T` follows from the option's type.
template <typename T>
T& field(const OptionRow& option, Config& config) {
    return *static_cast<T*>(const_cast<void*>(field_of(option, config)));
}

bool is_optional(const OptionRow& option) {
    return option.type == OptionType::integer_or_auto || option.type == OptionType::real_or_auto;
}

void clear(const OptionRow& option, Config& config) {
    if (option.type == OptionType::integer_or_auto) {
        field<std::optional<std::int64_t>>(option, config).reset();
    } else {
        field<std::optional<double>>(option, config).reset();
    }
}

void assign_integer(const OptionRow& option, std::optional<std::int64_t> value,
                    std::string_view written, Config& config, Issues& issues) {
    if (!value.has_value()) {
        refuse_value(issues, option, "not-a-whole-number", written);
    } else if (*value < option.min || *value > option.max) {
        refuse_value(issues, option, "out-of-range", written);
    } else if (option.type == OptionType::integer) {
        field<std::int64_t>(option, config) = *value;
    } else {
        field<std::optional<std::int64_t>>(option, config) = *value;
    }
}

void assign_real(const OptionRow& option, std::optional<double> value, std::string_view written,
                 Config& config, Issues& issues) {
    if (!value.has_value() || !is_short_decimal(*value)) {
        refuse_value(issues, option, "not-a-decimal", written);
    } else if (*value < static_cast<double>(option.min) ||
               *value > static_cast<double>(option.max)) {
        refuse_value(issues, option, "out-of-range", written);
    } else {
        field<std::optional<double>>(option, config) = *value;
    }
}

void assign_choice(const OptionRow& option, std::string_view text, Config& config, Issues& issues) {
    const auto found =
        std::find_if(option.choices.begin(), option.choices.end(),
                     [text](const ChoiceRow& choice) { return choice.value == text; });
    if (found == option.choices.end()) {
        refuse_value(issues, option, "unknown-value", text);
        return;
    }
    field<std::uint8_t>(option, config) = static_cast<std::uint8_t>(found - option.choices.begin());
}

void assign_flag(const OptionRow& option, std::string_view text, Config& config, Issues& issues) {
    if (text != "true" && text != "false") {
        refuse_value(issues, option, "not-a-flag", text);
        return;
    }
    field<bool>(option, config) = text == "true";
}

bool is_word(std::string_view word) {
    return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-' || c == '.';
    });
}

/// Takes a list over when it is not empty and its words are words, each there once.
void assign_list(const OptionRow& option, std::vector<std::string> words, std::string_view written,
                 Config& config, Issues& issues) {
    bool good = !words.empty();
    for (auto word = words.begin(); word != words.end(); ++word) {
        good = good && is_word(*word) && std::find(words.begin(), word, *word) == word;
    }
    if (!good) {
        refuse_value(issues, option, "not-a-list", written);
        return;
    }
    field<std::vector<std::string>>(option, config) = std::move(words);
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> words;
    while (true) {
        const auto comma = text.find(',');
        words.emplace_back(text.substr(0, comma));
        if (comma == std::string_view::npos) return words;
        text.remove_prefix(comma + 1);
    }
}

/// How a JSON value is quoted in a message: its text where it has one, else its kind.
std::string as_written(JsonValue value) {
    switch (value.kind()) {
        case JsonKind::string: return "\"" + std::string(*value.as_string()) + "\"";
        case JsonKind::boolean: return *value.as_boolean() ? "true" : "false";
        case JsonKind::number: {
            JsonWriter writer;
            writer.number(*value.as_number());
            return writer.text() == "null" ? "a number that is not finite" : writer.take();
        }
        case JsonKind::array: return "an array";
        case JsonKind::object: return "an object";
        default: return "null";
    }
}

bool has_json_type(const OptionRow& option, JsonValue value) {
    switch (option.type) {
        case OptionType::integer:
        case OptionType::integer_or_auto:
        case OptionType::real_or_auto: return value.kind() == JsonKind::number;
        case OptionType::flag: return value.kind() == JsonKind::boolean;
        case OptionType::list: return value.is_array();
        default: return false;
    }
}

void assign_array(const OptionRow& option, JsonValue array, Config& config, Issues& issues) {
    std::vector<std::string> words;
    for (std::int64_t i = 0; i < array.size(); ++i) {
        words.emplace_back(array.at(i).as_string().value_or(std::string_view()));
    }
    assign_list(option, std::move(words), "an array", config, issues);
}

}  // namespace

void assign(const OptionRow& option, std::string_view text, Config& config, Issues& issues) {
    if (text.empty()) {
        refuse_value(issues, option, "empty", text);
        return;
    }
    if (is_optional(option) && text == kAuto) {
        clear(option, config);
        return;
    }
    switch (option.type) {
        case OptionType::choice: assign_choice(option, text, config, issues); break;
        case OptionType::integer:
        case OptionType::integer_or_auto:
            assign_integer(option, whole_number(text), text, config, issues);
            break;
        case OptionType::real_or_auto:
            assign_real(option, decimal_number(text), text, config, issues);
            break;
        case OptionType::flag: assign_flag(option, text, config, issues); break;
        case OptionType::text: field<std::string>(option, config) = text; break;
        case OptionType::list: assign_list(option, split(text), text, config, issues); break;
    }
}

void assign(const OptionRow& option, JsonValue value, Config& config, Issues& issues) {
    const bool spelled_as_text = option.type == OptionType::choice ||
                                 option.type == OptionType::text || option.type == OptionType::list;
    const auto text = value.as_string();
    if (text.has_value() && (spelled_as_text || (is_optional(option) && *text == kAuto))) {
        assign(option, *text, config, issues);
        return;
    }
    if (!has_json_type(option, value)) {
        refuse_value(issues, option, "wrong-type", as_written(value));
        return;
    }
    switch (option.type) {
        case OptionType::flag: field<bool>(option, config) = *value.as_boolean(); break;
        case OptionType::real_or_auto:
            assign_real(option, value.as_number(), as_written(value), config, issues);
            break;
        case OptionType::list: assign_array(option, value, config, issues); break;
        default:
            assign_integer(option, value.as_integer(), as_written(value), config, issues);
            break;
    }
}

}  // namespace tensorledger
