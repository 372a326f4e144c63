#include "core/options/documents.h"

#include "core/options/messages.h"
#include "core/options/table.h"

namespace tensorledger {

namespace {

/// Values of a choice, with `separator` between them; those that can be answered alone, or all.
std::string values_of(const OptionRow& option, std::string_view separator, bool only_ready) {
    std::string text;
    for (const ChoiceRow& choice : option.choices) {
        if (only_ready && choice.status != Status::ready) continue;
        if (!text.empty()) text += separator;
        text += choice.value;
    }
    return text;
}

/// The default in words: the value, or what `auto` stands for.
std::string default_in_words(const OptionRow& option) {
    return option.auto_words.empty() ? value_text(option, default_config())
                                     : std::string(option.auto_words);
}

std::string range(const OptionRow& option) {
    return grouped(option.min) + "…" + grouped(option.max);
}

/// What the option takes, in a few words: its values, or its range.
std::string domain(const OptionRow& option) {
    switch (option.type) {
        case OptionType::choice: return values_of(option, ", ", true);
        case OptionType::integer:
        case OptionType::integer_or_auto:
        case OptionType::real_or_auto: return range(option);
        case OptionType::flag: return "true, false";
        case OptionType::text: return "an id of the catalog";
        case OptionType::list: return "names, separated by commas";
    }
    return {};
}

std::string domain_with_unit(const OptionRow& option) {
    return option.unit.empty() ? domain(option) : domain(option) + " " + std::string(option.unit);
}

/// Whether no value but the default can be answered.
bool is_closed(const OptionRow& option) { return option.status == Status::not_yet; }

std::string_view group_id(const OptionRow& option) {
    return option_groups()[static_cast<std::uint8_t>(option.group)].id;
}

void append_option_help(std::string& text, const OptionRow& option) {
    constexpr std::string::size_type column = 24;
    std::string line = "  " + std::string(option.key);
    line.resize(line.size() < column ? column : line.size() + 1, ' ');
    text += line + std::string(option.label);
    text += is_closed(option) ? " (not modelled yet)\n" : "\n";
    const std::string indent(column, ' ');
    text += indent + domain_with_unit(option) + " [" + default_in_words(option) + "]\n";
    if (option.applies != Condition::always) {
        text += indent + "where " + in_words(option.applies) + "\n";
    }
}

std::string cell(std::string_view text) {
    std::string escaped;
    for (const char c : text) escaped += c == '|' ? std::string("\\|") : std::string(1, c);
    return escaped;
}

}  // namespace

std::string options_help() {
    std::string text;
    for (const GroupRow& group : option_groups()) {
        text += "\n" + std::string(group.label) + ": " + std::string(group.help) + "\n";
        for (const OptionRow& option : options()) {
            if (group_id(option) == group.id) append_option_help(text, option);
        }
    }
    return text;
}

std::string readme_options_table() {
    std::string text = "| key | values | default | meaning |\n|---|---|---|---|\n";
    for (const OptionRow& option : options()) {
        text += "| `" + std::string(option.key) + "` | " + cell(domain_with_unit(option));
        text += " | " + cell(default_in_words(option)) + " | **" + cell(option.label) + "**";
        if (!option.hint.empty()) text += ": " + cell(option.hint);
        if (option.applies != Condition::always) {
            text += " Where " + cell(in_words(option.applies)) + ".";
        }
        if (is_closed(option)) text += " *Not modelled yet.*";
        text += " |\n";
    }
    return text;
}

}  // namespace tensorledger
