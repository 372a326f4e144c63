#include "core/cli/ledger.h"

#include <cstdio>

#include "core/cli/table.h"
#include "core/options/messages.h"
#include "core/options/parse.h"

namespace tensorledger {

namespace {

std::string gib_and_bytes(Bytes size) {
    return in_gib(size) + " GiB (" + grouped(size.count()) + " B)";
}

std::string percent(Bytes part, Bytes whole) {
    if (whole.count() == 0) return "";
    char buffer[24];
    std::snprintf(buffer, sizeof buffer, "%.1f %%",
                  100.0 * static_cast<double>(part.count()) / static_cast<double>(whole.count()));
    return buffer;
}

std::string heading(const Config& config, const Answer& answer) {
    const std::string query = query_of(config);
    std::string text = query.empty() ? "(every option at its default)" : query;
    text += "\n" + grouped(answer.params.total) + " parameters";
    if (answer.params.active != answer.params.total) {
        text += ", " + grouped(answer.params.active) + " active for a token";
    }
    if (config.task == Task::train) {
        text += ", " + grouped(answer.params.trainable) + " trained";
    }
    return text + "\n\n";
}

std::string verdict(const Answer& answer) {
    const Fit& fit = answer.fit;
    std::string text = in_gib(answer.totals.device) + " GiB on the device at its peak, in " +
                       answer.peak_phase + ": ";
    if (fit.fits) {
        return text + "fits on " + fit.gpu + " with " + in_gib(fit.headroom) + " GiB to spare.\n\n";
    }
    return text + "does not fit on " + fit.gpu + ", " + in_gib(Bytes(0) - fit.headroom) +
           " GiB short of its " + in_gib(fit.available) + ".\n\n";
}

std::string totals_table(const Answer& answer) {
    TextTable table({{"total", Align::left}, {"GiB", Align::right}, {"bytes", Align::right}});
    const auto add = [&table](const char* label, Bytes size) {
        table.row({label, in_gib(size), grouped(size.count())});
    };
    const auto between = [&](std::string_view total) {
        for (const Beside& beside : answer.beside) {
            if (beside.within == total && beside.bytes > Bytes(0)) {
                table.row({"+ " + std::string(beside.name), in_gib(beside.bytes),
                           grouped(beside.bytes.count())});
            }
        }
    };
    add("allocated by tensors", answer.totals.allocated);
    between("reserved");
    add("reserved by the allocator", answer.totals.reserved);
    between("device");
    add("used on the device", answer.totals.device);
    return table.text() + "\n";
}

std::string components_table(const Answer& answer) {
    TextTable table({{"at the peak", Align::left},
                     {"GiB", Align::right},
                     {"bytes", Align::right},
                     {"share", Align::right}});
    for (int place = 0; place < kGroups; ++place) {
        const Bytes size = answer.bytes[static_cast<std::size_t>(place)];
        if (size.count() == 0) continue;
        table.row({std::string(name(static_cast<Group>(place))), in_gib(size),
                   grouped(size.count()), percent(size, answer.peak)});
    }
    table.line();
    table.row({"together", in_gib(answer.peak), grouped(answer.peak.count()), "100.0 %"});
    return table.text() + "\n";
}

std::string phases_table(const Answer& answer) {
    if (answer.phases.empty()) return {};
    TextTable table({{"phase", Align::left},
                     {"start GiB", Align::right},
                     {"peak GiB", Align::right},
                     {"end GiB", Align::right},
                     {"peak bytes", Align::right}});
    for (const PhaseSummary& phase : answer.phases) {
        table.row({phase.name, in_gib(phase.start), in_gib(phase.peak), in_gib(phase.end),
                   grouped(phase.peak.count())});
    }
    return table.text() + "\n";
}

std::string rows_table(const Answer& answer) {
    if (answer.rows.empty()) return {};
    TextTable table({{"component", Align::left},
                     {"tensor", Align::left},
                     {"count", Align::right},
                     {"shape", Align::left},
                     {"type", Align::left},
                     {"GiB", Align::right},
                     {"bytes", Align::right},
                     {"why", Align::left}});
    for (const Row& row : answer.rows) {
        table.row({std::string(name(row.group)), row.name, grouped(row.count), row.shape, row.dtype,
                   in_gib(row.bytes), grouped(row.bytes.count()), row.note});
    }
    return table.text() + "\n";
}

std::string devices_table(const Answer& answer) {
    if (answer.devices.empty()) return {};
    TextTable table({{"device", Align::left},
                     {"weights", Align::right},
                     {"KV cache", Align::right},
                     {"state", Align::right},
                     {"compute", Align::right},
                     {"output", Align::right}});
    for (const Device& device : answer.devices) {
        table.row({device.name, grouped(device.weights.count()), grouped(device.kv_cache.count()),
                   grouped(device.state.count()), grouped(device.compute.count()),
                   grouped(device.output.count())});
    }
    return table.text() + "\n";
}

std::string advice_text(const Answer& answer) {
    std::string text;
    for (const Advice& advice : answer.advice) {
        text += advice.fits ? "fits with " : "helps: ";
        text += advice.query() + ": " + gib_and_bytes(advice.totals.device) + ". " + advice.cost() +
                "\n";
    }
    return text.empty() ? text : text + "\n";
}

std::string notes_text(const Answer& answer) {
    std::string text;
    for (const Note& note : answer.notes) text += "note: " + note.message + "\n";
    return text;
}

}  // namespace

std::string ledger_text(const Config& config, const Answer& answer) {
    std::string text = heading(config, answer) + verdict(answer) + totals_table(answer) +
                       components_table(answer) + phases_table(answer) + rows_table(answer) +
                       devices_table(answer) + advice_text(answer) + notes_text(answer);
    while (text.size() > 1 && text[text.size() - 2] == '\n') text.pop_back();
    return text;
}

std::string issues_text(const Issues& issues) {
    std::string text;
    for (const Issue& issue : issues) {
        text += "tensorledger: ";
        if (!issue.field.empty()) text += issue.field + ": ";
        text += issue.message + "\n";
    }
    return text;
}

}  // namespace tensorledger
