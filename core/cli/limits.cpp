#include "core/cli/limits.h"

#include "core/catalog/accelerators.h"
#include "core/cli/table.h"

namespace tensorledger {

namespace {

std::string text_of(JsonValue value) { return std::string(value.as_string().value_or("")); }

Bytes bytes_of(JsonValue value) { return Bytes(value.as_integer().value_or(0)); }

std::string number_of(JsonValue value) { return std::to_string(value.as_integer().value_or(0)); }

std::string_view reason(std::string_view bound) {
    if (bound == "card") return "one more does not fit";
    if (bound == "engine") return "one more is refused";
    return bound == "model" ? "the model's position table ends" : "the option's range ends";
}

}  // namespace

std::string limits_text(JsonValue limits) {
    std::string text = text_of(limits.find("query")) + "\n\n";
    TextTable reaches({{"alone, this can grow"},
                       {"now", Align::right},
                       {"to", Align::right},
                       {"GiB", Align::right},
                       {"because"}});
    const JsonValue list = limits.find("reaches");
    for (std::int64_t index = 0; index < list.size(); ++index) {
        const JsonValue reach = list.at(index);
        reaches.row({text_of(reach.find("key")), number_of(reach.find("now")),
                     number_of(reach.find("most")), in_gib(bytes_of(reach.find("device"))),
                     std::string(reason(text_of(reach.find("bound"))))});
    }
    text += reaches.text();
    const JsonValue storage = limits.find("storage");
    if (storage.size() > 0) {
        TextTable table({{"stored as"}, {"GiB", Align::right}, {""}});
        for (std::int64_t index = 0; index < storage.size(); ++index) {
            const JsonValue row = storage.at(index);
            table.row({text_of(row.find("key")) + "=" + text_of(row.find("value")),
                       in_gib(bytes_of(row.find("device"))),
                       row.find("fits").as_boolean().value_or(false) ? "fits" : "too much"});
        }
        text += "\n" + table.text();
    }
    TextTable cards({{"the smallest cards that hold it"}, {"GiB to spare", Align::right}});
    const JsonValue found = limits.find("cards");
    for (std::int64_t index = 0; index < found.size(); ++index) {
        const std::string id = text_of(found.at(index).find("id"));
        const Accelerator* card = find_accelerator(id);
        cards.row({id + (card == nullptr ? "" : "  " + label(*card)),
                   in_gib(bytes_of(found.at(index).find("headroom")))});
    }
    text += "\n" + (found.size() > 0 ? cards.text() : "No single card of the catalog holds it.\n");
    return text;
}

}  // namespace tensorledger
