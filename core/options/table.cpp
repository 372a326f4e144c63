#include "core/options/table.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/catalog/text_table.h"
#include "core/options/decimal.h"
#include "core/options/words.h"

namespace tensorledger {

namespace {

// The tables as constant text, a row a line and a column a tab, which costs a download less than structures
// would; they are taken apart once, when they are first asked for. What is read by people stands in words.cpp.

// clang-format off
constexpr std::string_view option_rows =
#define GROUP(id, label, help)
#define OPTION(type, key, enumeration, start, min, max, unit, group, applies, level, status, label, hint, source) \
    #type "\t" #key "\t" #enumeration "\t" #group "\t" #applies "\t" #level "\t" #status "\t" #min "\t" #max "\t" \
    unit "\n"
#include "core/options/options.def"
#undef GROUP
#undef OPTION
    ;

constexpr std::string_view group_rows =
#define GROUP(id, label, help) #id "\n"
#define OPTION(...)
#include "core/options/options.def"
#undef GROUP
#undef OPTION
    ;

constexpr std::string_view choice_rows =
#define CHOICES(type) #type "\n"
#define CHOICE(value, id, applies, status, label, help) value "\t" #applies "\t" #status "\n"
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

constexpr std::size_t lines(std::string_view rows) {
    return static_cast<std::size_t>(std::count(rows.begin(), rows.end(), '\n'));
}

constexpr std::size_t option_count = lines(option_rows);
constexpr std::size_t group_count = lines(group_rows);
constexpr std::size_t choice_count = lines(choice_rows);  // the heading of each list as well

constexpr std::string_view type_names =
    "choice\ninteger\ninteger_or_auto\nreal_or_auto\nflag\ntext\nlist\n";

/// The next column of a row.
std::string_view cell(std::string_view& row) { return take_until(row, '\t'); }

/// The next column, which names a row of another table: that row's place, as its enumerator.
template <typename Enumeration>
Enumeration named(std::string_view& row, std::string_view rows) {
    const std::string_view name = cell(row);
    for (int place = 0;; ++place) {
        std::string_view other = take_until(rows, '\n');
        if (cell(other) == name || rows.empty()) return static_cast<Enumeration>(place);
    }
}

/// The next column, a status or a level: whether it is the first of its two words.
template <typename Enumeration>
Enumeration either(std::string_view& row, std::string_view first) {
    return static_cast<Enumeration>(cell(row) == first ? 0 : 1);
}

/// The rows taken apart. Choices are viewed from options, so a Tables stays where it is.
struct Tables {
    Tables();
    Tables(const Tables&) = delete;
    Tables& operator=(const Tables&) = delete;

    std::array<OptionRow, option_count> options;
    std::array<ChoiceRow, choice_count> choices;
    std::array<bool, choice_count> is_heading;  // the row's value names the list that it heads
    std::array<GroupRow, group_count> groups;
};

/// The rows below the heading that names an enumeration.
std::span<const ChoiceRow> choices_of(const Tables& tables, std::string_view enumeration) {
    std::size_t first = 0;
    while (first < choice_count &&
           !(tables.is_heading[first] && tables.choices[first].value == enumeration)) {
        ++first;
    }
    std::size_t last = std::min(first + 1, choice_count);
    while (last < choice_count && !tables.is_heading[last]) ++last;
    return first < last ? std::span(tables.choices).subspan(first + 1, last - first - 1)
                        : std::span<const ChoiceRow>();
}

void read_choices(Tables& tables, std::string_view& words) {
    std::string_view rows = choice_rows;
    for (std::size_t i = 0; i < choice_count; ++i) {
        ChoiceRow& choice = tables.choices[i];
        std::string_view row = take_until(rows, '\n');
        std::string_view said = take_until(words, '\n');
        choice.value = cell(row);
        tables.is_heading[i] = row.empty();
        choice.applies = named<Condition>(row, condition_rows);
        choice.status = either<Status>(row, "ready");
        choice.label = cell(said);
        choice.help = cell(said);
    }
}

void read_options(Tables& tables, std::string_view& words) {
    std::string_view rows = option_rows;
    const std::uint16_t* offset = offsets;
    for (OptionRow& option : tables.options) {
        std::string_view row = take_until(rows, '\n');
        std::string_view said = take_until(words, '\n');
        option.type = named<OptionType>(row, type_names);
        option.key = cell(row);
        option.enumeration = cell(row);
        option.choices = choices_of(tables, option.enumeration);
        option.group = named<OptionGroup>(row, group_rows);
        option.applies = named<Condition>(row, condition_rows);
        option.level = either<Level>(row, "basic");
        option.status = either<Status>(row, "ready");
        option.min = *whole_number(cell(row));
        option.max = *whole_number(cell(row));
        option.unit = cell(row);
        option.auto_words = cell(said);
        option.label = cell(said);
        option.hint = cell(said);
        option.source = cell(said);
        option.offset = *offset++;
    }
}

void read_groups(Tables& tables, std::string_view& words) {
    std::string_view rows = group_rows;
    for (GroupRow& group : tables.groups) {
        std::string_view said = take_until(words, '\n');
        group.id = take_until(rows, '\n');
        group.label = cell(said);
        group.help = cell(said);
    }
}

Tables::Tables() {
    std::string_view words = option_words();
    read_choices(*this, words);
    read_options(*this, words);
    read_groups(*this, words);
}

const Tables& tables() {
    static const Tables all;
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
    return condition == Condition::always || holds(text_of(condition), config);
}

bool holds(std::string_view when, const Config& config) {
    std::string_view rest = when;
    while (!rest.empty()) {
        std::string_view values = take_until(rest, '&');
        const std::string_view key = take_until(values, '=');
        const OptionRow& option = *find_option(key);
        const bool among =
            option.type == OptionType::choice
                ? is_among(option.choices[read<std::uint8_t>(option, config)].value, values)
                : is_among(value_text(option, config), values);
        if (!among) return false;
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
