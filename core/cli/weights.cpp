#include "core/cli/weights.h"

#include "core/cli/ledger.h"
#include "core/cli/table.h"
#include "core/options/messages.h"

namespace tensorledger {

namespace {

std::string text(JsonValue object, std::string_view key) {
    return std::string(object.find(key).as_string().value_or(""));
}

std::int64_t number(JsonValue object, std::string_view key) {
    return object.find(key).as_integer().value_or(0);
}

}  // namespace

std::string weights_text(JsonValue answer) {
    const JsonValue params = answer.find("params");
    const Bytes all(number(answer, "bytes"));
    std::string printed = text(answer, "kind") + " of " + text(answer, "model_type") + "\n" +
                          grouped(number(params, "total")) + " parameters";
    if (number(params, "active") != number(params, "total")) {
        printed += ", " + grouped(number(params, "active")) + " active for a token";
    }
    printed += ", " + in_gib(all) + " GiB (" + grouped(all.count()) + " B) as they are stored\n\n";

    TextTable table({{"tensor", Align::left},
                     {"count", Align::right},
                     {"shape", Align::left},
                     {"type", Align::left},
                     {"GiB", Align::right},
                     {"bytes", Align::right},
                     {"", Align::left}});
    const JsonValue tensors = answer.find("tensors");
    for (std::int64_t i = 0; i < tensors.size(); ++i) {
        const JsonValue tensor = tensors.at(i);
        const Bytes size(number(tensor, "bytes"));
        const bool loaded = tensor.find("loaded").as_boolean().value_or(true);
        table.row({text(tensor, "name"), grouped(number(tensor, "count")), text(tensor, "shape"),
                   text(tensor, "dtype"), in_gib(size), grouped(size.count()),
                   loaded ? "" : "not a parameter of the model as it is loaded"});
    }
    printed += table.text();
    const JsonValue notes = answer.find("notes");
    for (std::int64_t i = 0; i < notes.size(); ++i) {
        printed += (i == 0 ? "\nnote: " : "note: ") + text(notes.at(i), "message") + "\n";
    }
    return printed;
}

std::string issues_text(JsonValue issues) {
    Issues list;
    for (std::int64_t i = 0; i < issues.size(); ++i) {
        const JsonValue issue = issues.at(i);
        list.push_back({text(issue, "field"), text(issue, "code"), text(issue, "message")});
    }
    return issues_text(list);
}

}  // namespace tensorledger
