#include "core/options/describe.h"

#include "core/formats/json.h"
#include "core/options/table.h"

namespace tensorledger {

namespace {

std::string_view type_name(OptionType type) {
    switch (type) {
        case OptionType::choice: return "choice";
        case OptionType::integer:
        case OptionType::integer_or_auto: return "integer";
        case OptionType::real_or_auto: return "real";
        case OptionType::flag: return "flag";
        case OptionType::text: return "text";
        case OptionType::list: return "list";
    }
    return {};
}

std::string_view status_name(Status status) {
    return status == Status::ready ? "ready" : "not_yet";
}

void member(JsonWriter& json, const char* key, std::string_view text) {
    json.key(key).string(text);
}

void member_unless_empty(JsonWriter& json, const char* key, std::string_view text) {
    if (!text.empty()) member(json, key, text);
}

void describe_default(JsonWriter& json, const OptionRow& option) {
    const Config& defaults = default_config();
    json.key("default");
    switch (option.type) {
        case OptionType::integer:
            json.integer(*static_cast<const std::int64_t*>(field_of(option, defaults)));
            break;
        case OptionType::flag:
            json.boolean(*static_cast<const bool*>(field_of(option, defaults)));
            break;
        case OptionType::integer_or_auto:
        case OptionType::real_or_auto: json.null(); break;
        default: json.string(value_text(option, defaults)); break;
    }
    member_unless_empty(json, "auto", option.auto_words);
}

void describe_choices(JsonWriter& json, const OptionRow& option) {
    json.key("choices").begin_array();
    for (const ChoiceRow& choice : option.choices) {
        json.begin_object();
        member(json, "value", choice.value);
        member(json, "label", choice.label);
        member(json, "help", choice.help);
        member(json, "applies", text_of(choice.applies));
        member(json, "status", status_name(choice.status));
        json.end_object();
    }
    json.end_array();
}

void describe_option(JsonWriter& json, const OptionRow& option) {
    json.begin_object();
    member(json, "key", option.key);
    member(json, "type", type_name(option.type));
    describe_default(json, option);
    if (option.min != option.max) {
        json.key("min").integer(option.min);
        json.key("max").integer(option.max);
    }
    member_unless_empty(json, "unit", option.unit);
    member(json, "group", option_groups()[static_cast<std::uint8_t>(option.group)].id);
    member(json, "applies", text_of(option.applies));
    member(json, "level", option.level == Level::basic ? "basic" : "advanced");
    member(json, "status", status_name(option.status));
    member(json, "label", option.label);
    member(json, "hint", option.hint);
    member_unless_empty(json, "source", option.source);
    if (option.type == OptionType::text) member(json, "list", option.enumeration);
    if (option.type == OptionType::choice) describe_choices(json, option);
    json.end_object();
}

}  // namespace

std::string describe_json() {
    JsonWriter json;
    json.begin_object();
    member(json, "version", TENSORLEDGER_VERSION);
    json.key("groups").begin_array();
    for (const GroupRow& group : option_groups()) {
        json.begin_object();
        member(json, "id", group.id);
        member(json, "label", group.label);
        member(json, "help", group.help);
        json.end_object();
    }
    json.end_array();
    json.key("options").begin_array();
    for (const OptionRow& option : options()) describe_option(json, option);
    json.end_array().end_object();
    return json.take();
}

}  // namespace tensorledger
