#pragma once

// Which options are there? The rows of options.def as values; everything about an option that is not its
// effect on memory is read from here.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/options/config.h"

namespace tensorledger {

enum class OptionType : std::uint8_t {
    choice,
    integer,
    integer_or_auto,
    real_or_auto,
    flag,
    text,
    list,
};

enum class OptionGroup : std::uint8_t {
#define GROUP(id, label, help) id,
#define OPTION(...)
#include "core/options/options.def"
#undef GROUP
#undef OPTION
};

/// When does an option or a value apply?
enum class Condition : std::uint8_t {
#define CONDITION(id, when) id,
#include "core/options/conditions.def"
#undef CONDITION
};

enum class Level : std::uint8_t { basic, advanced };
enum class Status : std::uint8_t { ready, not_yet };

/// One value of an option of type `choice`.
struct ChoiceRow {
    std::string_view value;
    Condition applies;
    Status status;
    std::string_view label;
    std::string_view help;
};

/// One row of options.def.
struct OptionRow {
    std::string_view key;
    OptionType type;
    OptionGroup group;
    Condition applies;
    Level level;
    Status status;
    std::span<const ChoiceRow> choices;  // of type `choice`, in the order of the enumerators
    std::string_view auto_words;         // what nothing means, for the types `…_or_auto`
    std::int64_t min;
    std::int64_t max;
    std::string_view unit;
    std::string_view label;
    std::string_view hint;
    std::string_view source;
    std::string_view enumeration;  // the enum class of a choice, or the catalog list of a text
    std::uint16_t offset;          // of the field of a Config that holds it
};

struct GroupRow {
    std::string_view id;
    std::string_view label;
    std::string_view help;
};

/// Every option, in table order.
std::span<const OptionRow> options();

/// Every group, in the order of the form; indexed by OptionGroup.
std::span<const GroupRow> option_groups();

/// The option of that key, or null.
const OptionRow* find_option(std::string_view key);

/// Where a Config holds an option; what is there follows from the option's type.
const void* field_of(const OptionRow& option, const Config& config);

/// A condition as it is written in conditions.def: "task=train&method=lora,qlora"; empty: always.
std::string_view text_of(Condition condition);

/// Does the condition hold in this Config?
bool holds(Condition condition, const Config& config);
/// The same of a condition's text.
bool holds(std::string_view when, const Config& config);

/// The value that a Config has for an option, as a query string spells it (not percent-encoded); empty for an
/// unset `…_or_auto`.
std::string value_text(const OptionRow& option, const Config& config);

/// What nobody asked for anything has: the default of every option.
const Config& default_config();

/// Does a Config have an option's default value?
bool is_default(const OptionRow& option, const Config& config);

}  // namespace tensorledger
