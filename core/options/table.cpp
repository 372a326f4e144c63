#include "core/options/table.h"

#include <array>
#include <cstddef>

#include "core/catalog/text_table.h"
#include "core/options/decimal.h"

namespace tensorledger {

namespace {

// The tables as constant text, a row a line and a column a tab, which costs a download less than structures
// would; they are taken apart once, when they are first asked for.

// clang-format off
constexpr std::string_view option_rows =
#define GROUP(id, label, help)
#define OPTION(type, key, enumeration, start, min, max, unit, group, applies, level, status, label, hint, source) \
    #type "\t" #key "\t" #enumeration "\t" #group "\t" #applies "\t" #level "\t" #status "\t" #min "\t" #max "\t" \
    unit "\t" TENSORLEDGER_WORDS_##type(start) "\t" label "\t" hint "\t" source "\n"
#define TENSORLEDGER_WORDS_choice(start) ""
#define TENSORLEDGER_WORDS_integer(start) ""
#define TENSORLEDGER_WORDS_integer_or_auto(start) start
#define TENSORLEDGER_WORDS_real_or_auto(start) start
#define TENSORLEDGER_WORDS_flag(start) ""
#define TENSORLEDGER_WORDS_text(start) ""
#define TENSORLEDGER_WORDS_list(start) ""
#include "core/options/options.def"
#undef GROUP
#undef OPTION
    ;

constexpr std::string_view group_rows =
#define GROUP(id, label, help) #id "\t" label "\t" help "\n"
#define OPTION(...)
#include "core/options/options.def"
#undef GROUP
#undef OPTION
    ;

constexpr std::string_view choice_rows =
#define CHOICES(type) "\t" #type "\n"
#define CHOICE(value, id, applies, status, label, help) value "\t" #applies "\t" #status "\t" label "\t" help "\n"
#define END_CHOICES(type)
#include "core/options/choices.def"
#undef CHOICES
#undef CHOICE
#undef END_CHOICES
    ;

constexpr std::string_view condition_rows =
#define CONDITION(id, when) #id "\t" when "\n"
#include "core/options/conditions.def"
#undef CONDITION
    ;

/// Where a Config holds each option.
constexpr std::uint16_t offsets[] = {
#define GROUP(id, label, help)
#define OPTION(type, key, ...) offsetof(Config, key),
#include "core/options/options.def"
#undef GROUP
#undef OPTION
};
// clang-format on

/// The place of the row that starts with a name.
std::int64_t row_named(std::string_view rows, std::string_view name) {
    for (std::int64_t row = 0;; ++row) {
        std::string_view line = take_until(rows, '\n');
        if (take_until(line, '\t') == name || rows.empty()) return row;
    }
}

template <typename Enumeration>
Enumeration named(std::string_view rows, std::string_view name) {
    return static_cast<Enumeration>(row_named(rows, name));
}

Status status_named(std::string_view name) {
    return name == "ready" ? Status::ready : Status::not_yet;
}

constexpr std::string_view type_names =
    "choice\ninteger\ninteger_or_auto\nreal_or_auto\nflag\ntext\nlist\n";

struct ChoiceList {
    std::string_view enumeration;
    std::vector<ChoiceRow> rows;
};

struct Tables {
    std::vector<ChoiceList> choices;
    std::vector<OptionRow> options;
    std::vector<GroupRow> groups;
};

std::span<const ChoiceRow> choices_of(const Tables& tables, std::string_view enumeration) {
    for (const ChoiceList& list : tables.choices) {
        if (list.enumeration == enumeration) return list.rows;
    }
    return {};
}

std::vector<ChoiceList> read_choices() {
    std::vector<ChoiceList> lists;
    for (std::string_view rows = choice_rows; !rows.empty();) {
        const auto cells = columns<5>(take_until(rows, '\n'));
        if (cells[0].empty()) {
            lists.push_back({cells[1], {}});
            continue;
        }
        lists.back().rows.push_back({.value = cells[0],
                                     .applies = named<Condition>(condition_rows, cells[1]),
                                     .status = status_named(cells[2]),
                                     .label = cells[3],
                                     .help = cells[4]});
    }
    return lists;
}

Tables read_tables() {
    Tables tables;
    tables.choices = read_choices();
    const std::uint16_t* offset = offsets;
    for (std::string_view rows = option_rows; !rows.empty();) {
        const auto cells = columns<14>(take_until(rows, '\n'));
        tables.options.push_back({.key = cells[1],
                                  .type = named<OptionType>(type_names, cells[0]),
                                  .group = named<OptionGroup>(group_rows, cells[3]),
                                  .applies = named<Condition>(condition_rows, cells[4]),
                                  .level = cells[5] == "basic" ? Level::basic : Level::advanced,
                                  .status = status_named(cells[6]),
                                  .choices = choices_of(tables, cells[2]),
                                  .auto_words = cells[10],
                                  .min = *whole_number(cells[7]),
                                  .max = *whole_number(cells[8]),
                                  .unit = cells[9],
                                  .label = cells[11],
                                  .hint = cells[12],
                                  .source = cells[13],
                                  .enumeration = cells[2],
                                  .offset = *offset++});
    }
    for (std::string_view rows = group_rows; !rows.empty();) {
        const auto cells = columns<3>(take_until(rows, '\n'));
        tables.groups.push_back({cells[0], cells[1], cells[2]});
    }
    return tables;
}

const Tables& tables() {
    static const Tables all = read_tables();
    return all;
}

template <typename T>
const T& read(const OptionRow& option, const Config& config) {
    return *static_cast<const T*>(field_of(option, config));
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

bool is_among(std::string_view value, std::string_view values) {
    while (!values.empty()) {
        if (take_until(values, ',') == value) return true;
    }
    return false;
}

}  // namespace

std::span<const OptionRow> options() { return tables().options; }

std::span<const GroupRow> option_groups() { return tables().groups; }

const OptionRow* find_option(std::string_view key) {
    for (const OptionRow& option : options()) {
        if (option.key == key) return &option;
    }
    return nullptr;
}

const void* field_of(const OptionRow& option, const Config& config) {
    return reinterpret_cast<const char*>(&config) + option.offset;
}

std::string_view text_of(Condition condition) {
    std::string_view rows = condition_rows;
    for (auto row = static_cast<int>(condition); row > 0; --row) take_until(rows, '\n');
    std::string_view line = take_until(rows, '\n');
    take_until(line, '\t');
    return line;
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
