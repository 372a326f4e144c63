#include "core/options/table.h"

#include "core/options/decimal.h"

namespace tensorledger {

namespace {

namespace choices {

constexpr std::span<const ChoiceRow> none{}, models{}, accelerators{};

// clang-format off
#define CHOICES(type) constexpr ChoiceRow type##_rows[] = {
#define CHOICE(value, id, applies, status, label, help) {value, Condition::applies, Status::status, label, help},
#define END_CHOICES(type) }; constexpr std::span<const ChoiceRow> type = type##_rows;  // NOLINT
// clang-format on
#include "core/options/choices.def"
#undef CHOICES
#undef CHOICE
#undef END_CHOICES

}  // namespace choices

#define TENSORLEDGER_WORDS_choice(start) ""
#define TENSORLEDGER_WORDS_integer(start) ""
#define TENSORLEDGER_WORDS_integer_or_auto(start) start
#define TENSORLEDGER_WORDS_real_or_auto(start) start
#define TENSORLEDGER_WORDS_flag(start) ""
#define TENSORLEDGER_WORDS_text(start) ""
#define TENSORLEDGER_WORDS_list(start) ""

constexpr OptionRow kOptions[] = {
#define GROUP(id, label, help)
#define OPTION(type, key, enumeration, start, min, max, unit, group, applies, level, status, \
               label, hint, source)                                                          \
    {#key,                                                                                   \
     OptionType::type,                                                                       \
     OptionGroup::group,                                                                     \
     Condition::applies,                                                                     \
     Level::level,                                                                           \
     Status::status,                                                                         \
     choices::enumeration,                                                                   \
     TENSORLEDGER_WORDS_##type(start),                                                       \
     min,                                                                                    \
     max,                                                                                    \
     unit,                                                                                   \
     label,                                                                                  \
     hint,                                                                                   \
     source,                                                                                 \
     #enumeration,                                                                           \
     [](const Config& config) -> const void* { return &config.key; }},
#include "core/options/options.def"
#undef GROUP
#undef OPTION
};

constexpr GroupRow kGroups[] = {
#define GROUP(id, label, help) {#id, label, help},
#define OPTION(...)
#include "core/options/options.def"
#undef GROUP
#undef OPTION
};

constexpr std::string_view kConditions[] = {
#define CONDITION(id, when) when,
#include "core/options/conditions.def"
#undef CONDITION
};

template <typename T>
const T& read(const OptionRow& option, const Config& config) {
    return *static_cast<const T*>(option.field(config));
}

template <typename T>
bool same(const OptionRow& option, const Config& left, const Config& right) {
    return read<T>(option, left) == read<T>(option, right);
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) {
        if (!text.empty()) text += ',';
        text += word;
    }
    return text;
}

/// Takes the text before the first `separator` off `rest`, and the separator with it.
std::string_view take_until(std::string_view& rest, char separator) {
    const auto end = rest.find(separator);
    const std::string_view head = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return head;
}

bool is_among(std::string_view value, std::string_view values) {
    while (!values.empty()) {
        if (take_until(values, ',') == value) return true;
    }
    return false;
}

}  // namespace

std::span<const OptionRow> options() { return kOptions; }

std::span<const GroupRow> option_groups() { return kGroups; }

const OptionRow* find_option(std::string_view key) {
    for (const OptionRow& option : kOptions) {
        if (option.key == key) return &option;
    }
    return nullptr;
}

std::string_view text_of(Condition condition) {
    return kConditions[static_cast<std::uint8_t>(condition)];
}

bool holds(Condition condition, const Config& config) {
    std::string_view rest = text_of(condition);
    while (!rest.empty()) {
        std::string_view values = take_until(rest, '&');
        const std::string_view key = take_until(values, '=');
        const OptionRow& option = *find_option(key);
        const ChoiceRow& chosen = option.choices[read<std::uint8_t>(option, config)];
        if (!is_among(chosen.value, values)) return false;
    }
    return true;
}

std::string value_text(const OptionRow& option, const Config& config) {
    switch (option.type) {
        case OptionType::choice:
            return std::string(option.choices[read<std::uint8_t>(option, config)].value);
        case OptionType::integer: return std::to_string(read<std::int64_t>(option, config));
        case OptionType::integer_or_auto: {
            const auto& value = read<std::optional<std::int64_t>>(option, config);
            return value.has_value() ? std::to_string(*value) : std::string();
        }
        case OptionType::real_or_auto: {
            const auto& value = read<std::optional<double>>(option, config);
            return value.has_value() ? decimal_text(*value) : std::string();
        }
        case OptionType::flag: return read<bool>(option, config) ? "true" : "false";
        case OptionType::text: return read<std::string>(option, config);
        case OptionType::list: return joined(read<std::vector<std::string>>(option, config));
    }
    return {};
}

const Config& default_config() {
    static const Config defaults;
    return defaults;
}

bool is_default(const OptionRow& option, const Config& config) {
    const Config& defaults = default_config();
    switch (option.type) {
        case OptionType::choice: return same<std::uint8_t>(option, config, defaults);
        case OptionType::integer: return same<std::int64_t>(option, config, defaults);
        case OptionType::integer_or_auto:
            return same<std::optional<std::int64_t>>(option, config, defaults);
        case OptionType::real_or_auto: return same<std::optional<double>>(option, config, defaults);
        case OptionType::flag: return same<bool>(option, config, defaults);
        case OptionType::text: return same<std::string>(option, config, defaults);
        case OptionType::list: return same<std::vector<std::string>>(option, config, defaults);
    }
    return true;
}

}  // namespace tensorledger
