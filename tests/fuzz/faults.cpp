#include "tests/fuzz/faults.h"

#include "core/formats/json.h"
#include "core/options/foreign.h"
#include "core/options/parse.h"

using namespace tensorledger;

namespace {

std::string fault_of_refusal(const Issues& issues) {
    if (issues.empty()) return "refused without an issue";
    for (const Issue& issue : issues) {
        if (issue.message.empty() || issue.code.empty()) return "an issue without a sentence";
    }
    return {};
}

std::string fault_of_parts(const Answer& answer) {
    Bytes components;
    for (const Bytes part : answer.bytes) {
        if (part < Bytes(0)) return "a negative component";
        components += part;
    }
    if (components != answer.totals.allocated) return "components do not add up to allocated";
    Bytes rows;
    for (const Row& row : answer.rows) {
        if (row.bytes < Bytes(0)) return "a negative row: " + row.name;
        rows += row.bytes;
    }
    if (rows != answer.totals.allocated) return "rows do not add up to allocated";
    return {};
}

std::string fault_of_time(const Answer& answer) {
    for (const PhaseSummary& phase : answer.phases) {
        const bool in_order = phase.start >= Bytes(0) && phase.end >= Bytes(0) &&
                              phase.peak >= phase.start && phase.peak >= phase.end &&
                              phase.peak <= answer.totals.allocated;
        if (!in_order) return "a phase outside its bounds: " + std::string(phase.name);
    }
    for (const TimelinePoint& point : answer.timeline) {
        if (point.live < Bytes(0) || point.live > answer.totals.allocated) {
            return "a point of the timeline outside its bounds";
        }
    }
    return {};
}

}  // namespace

std::string fault_of(const Answer& answer) {
    if (!answer.ok) return fault_of_refusal(answer.issues);
    if (answer.totals.allocated < Bytes(0)) return "negative";
    if (answer.totals.allocated > answer.totals.reserved) return "allocated above reserved";
    // llama.cpp without a card (gpus=0) takes the host's memory, and nothing of a device.
    const bool on_card = answer.totals.device > Bytes(0);
    if (on_card && answer.totals.reserved > answer.totals.device) return "reserved above device";
    std::string fault = fault_of_parts(answer);
    if (fault.empty()) fault = fault_of_time(answer);
    return fault;
}

std::string fault_of_set_up(std::string_view text) {
    static NetworkCache networks;
    const Parsed parsed = parse(text, &networks);
    if (!parsed.ok()) return fault_of_refusal(parsed.issues);
    const Answer answer = estimate(parsed.config);
    if (std::string fault = fault_of(answer); !fault.empty() || !answer.ok) return fault;
    if (to_json(answer) != to_json(estimate(parsed.config)))
        return "another answer the second time";
    const Answer totals = estimate(parsed.config, Detail::totals);
    if (totals.totals.device != answer.totals.device) return "totals differ from the whole answer";
    return {};
}

std::string fault_of_file(std::string_view bytes, std::string_view name, std::int64_t file_size) {
    const JsonDocument document = JsonDocument::parse(weights_json(bytes, name, file_size));
    if (!document.ok()) return "the answer is not JSON";
    const JsonValue root = document.root();
    if (root.find("ok").as_boolean() == true) {
        const auto total = root.find("params").find("total").as_integer();
        return total.has_value() && *total >= 0 ? "" : "no number of parameters";
    }
    const JsonValue message = root.find("issues").at(0).find("message");
    return message.as_string().value_or("").empty() ? "refused without a sentence" : "";
}

std::string fault_of_foreign(std::string_view text) {
    const Foreign read = read_foreign(text);
    if (!JsonDocument::parse(foreign_json(text)).ok()) return "the answer is not JSON";
    if (!read.recognised()) return {};
    for (const LeftOut& each : read.unread) {
        if (each.reason.empty()) return "left out without a reason";
    }
    for (const Issue& issue : parse_query(read.query).issues) {
        if (("&" + read.query).find("&" + issue.field + "=") != std::string::npos &&
            !issue.field.empty()) {
            return "the query is refused: " + issue.message;
        }
    }
    return {};
}
