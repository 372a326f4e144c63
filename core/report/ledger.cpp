#include "core/report/ledger.h"

#include <algorithm>
#include <charconv>

namespace tensorledger {

namespace {

void append_number(std::string& text, std::int64_t value) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    text.append(digits, end);
}

std::string shape_text(const Shape& shape) {
    std::string text;
    for (int axis = 0; axis < shape.rank; ++axis) {
        text += axis > 0 ? " × " : "";
        text += shape[axis].symbol;
    }
    return shape.rank == 0 ? "scalar" : text;
}

/// The size with the reader's numbers in it: "32 × (1 × 2048 × 4096) × 2 B".
std::string formula_text(const ProgramTensor& tensor, std::int64_t count) {
    std::string text;
    if (count != 1) {
        append_number(text, count);
        text += " × ";
    }
    for (int axis = 0; axis < tensor.shape.rank; ++axis) {
        append_number(text, tensor.shape[axis].size);
        text += " × ";
    }
    const DTypeInfo& type = info(tensor.dtype);
    append_number(text, type.block_bytes);
    text += " B";
    if (type.block_elements != 1) {
        text += " per ";
        append_number(text, type.block_elements);
    }
    return text;
}

std::string_view alive_text(const ProgramTensor& tensor) {
    switch (tensor.group) {
        case Group::weights:
        case Group::optimizer:
            return tensor.kept_for != nullptr || tensor.resident ? "always" : "optimizer";
        case Group::gradients: return tensor.flat ? "backward–optimizer" : "backward–zero_grad";
        default: break;
    }
    if (tensor.resident) {
        return "always";
    }
    if (tensor.kept_for != nullptr) {
        return "forward–backward";
    }
    return tensor.prefix[0] != '\0' ? "backward" : "for a moment";
}

std::string note_text(const ProgramTensor& tensor) {
    if (tensor.kept_for != nullptr && tensor.group != Group::weights) {
        return std::string("Kept for the backward: ") + tensor.kept_for + " reads it.";
    }
    switch (tensor.group) {
        case Group::weights: return "A parameter of the model.";
        case Group::gradients:
            if (tensor.flat)
                return "A buffer for the gradients of many weights, one behind another.";
            return tensor.resident ? "The gradient of a parameter; zero_grad() fills it with zeros."
                                   : "The gradient of a parameter; freed by zero_grad().";
        case Group::optimizer:
            return tensor.resident ? "Kept by the optimizer from step to step."
                                   : "A temporary of optimizer.step().";
        case Group::kv_cache: return "Keys and values of the tokens so far.";
        case Group::state: return "The state of a recurrent layer.";
        default: break;
    }
    if (tensor.resident && tensor.prefix[0] != '\0') {
        return "Of the step before: the loop holds on to it until its name is bound again.";
    }
    if (tensor.resident) {
        return "There from the start: an input, or a buffer of the model.";
    }
    return tensor.prefix[0] != '\0' ? "A temporary of the backward."
                                    : "Alive while its function runs.";
}

std::string source_text(const Program& program, const ProgramTensor& tensor) {
    std::string text = program.scopes[static_cast<std::uint32_t>(tensor.scope)].source;
    if (tensor.line > 0 && !text.empty()) {
        text += ":";
        append_number(text, tensor.line);
    }
    return text;
}

}  // namespace

GroupBytes group_bytes(const Program& program, const std::vector<std::int64_t>& live) {
    GroupBytes groups{};
    for (std::uint32_t index = 0; index < live.size(); ++index) {
        const ProgramTensor& tensor = program.tensors[index];
        groups[static_cast<std::uint8_t>(tensor.group)] += tensor.bytes * live[index];
    }
    return groups;
}

Row row_of(const Program& program, const ProgramTensor& tensor, std::int64_t count) {
    return {.name = full_name(program, tensor),
            .group = tensor.group,
            .bytes = tensor.bytes * count,
            .count = count,
            .shape = shape_text(tensor.shape),
            .dtype = std::string(name(tensor.dtype)),
            .alive = std::string(alive_text(tensor)),
            .formula = formula_text(tensor, count),
            .source = source_text(program, tensor),
            .note = note_text(tensor)};
}

std::vector<Row> rows_of(const Program& program, const std::vector<std::int64_t>& live) {
    std::vector<std::uint32_t> order;
    for (std::uint32_t index = 0; index < live.size(); ++index) {
        if (live[index] > 0) {
            order.push_back(index);
        }
    }
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t left, std::uint32_t right) {
        return program.tensors[left].group < program.tensors[right].group;
    });
    std::vector<Row> rows;
    rows.reserve(order.size());
    for (const std::uint32_t index : order) {
        rows.push_back(row_of(program, program.tensors[index], live[index]));
    }
    return rows;
}

std::vector<PhaseSummary> phases_of(const Folded& folded) {
    std::vector<PhaseSummary> phases;
    for (const PhaseBytes& phase : folded.phases) {
        const std::string_view name = phase.name;
        const auto same =
            std::find_if(phases.begin(), phases.end(),
                         [&](const PhaseSummary& known) { return known.name == name; });
        if (same == phases.end()) {
            phases.push_back({std::string(name), phase.start, phase.peak, phase.end});
        } else {
            same->peak = std::max(same->peak, phase.peak);
            same->end = phase.end;
        }
    }
    return phases;
}

namespace {

constexpr std::int32_t kTurnsShown = 6;

/// A turn of fewer steps has nothing to look at more closely; one of more is not a layer.
constexpr std::int32_t kStretchLeast = 8;
constexpr std::int32_t kStretchMost = 1000;

struct Moment {
    Bytes live;
    GroupBytes parts{};

    void apply(const ProgramTensor& tensor, std::int64_t times) {
        live += tensor.bytes * times;
        parts[static_cast<std::uint8_t>(tensor.group)] += tensor.bytes * times;
    }
    Moment plus(const Moment& change, std::int64_t times) const {
        Moment sum = *this;
        sum.live += change.live * times;
        for (std::uint8_t group = 0; group < kGroups; ++group) {
            sum.parts[group] += change.parts[group] * times;
        }
        return sum;
    }
};

/// Draws the points of one program.
class Curve {
public:
    explicit Curve(const Program& program) : program_(program) {}

    Timeline draw() {
        const auto size = static_cast<std::int32_t>(program_.steps.size());
        for (std::int32_t at = 0; at < size; ++at) {
            const Step step = program_.steps[static_cast<std::uint32_t>(at)];
            switch (step.kind) {
                case StepKind::alloc:
                case StepKind::free: {
                    const ProgramTensor& tensor =
                        program_.tensors[static_cast<std::uint32_t>(step.value)];
                    now_.apply(tensor, step.kind == StepKind::alloc ? 1 : -1);
                    if (now_.live > highest_.live) {
                        highest_ = now_;
                        highest_at_ = at;
                        label_ = tensor.scope;
                    }
                    break;
                }
                case StepKind::repeat:
                    flush(at - 1);
                    at = repeated(at, step.value);
                    break;
                case StepKind::layer: flush(at - 1); break;
                case StepKind::phase:
                    flush(at - 1);
                    phase_ = program_.phases[static_cast<std::uint32_t>(step.value)];
                    highest_at_ = at;
                    point(phase_, now_, {at, 0});
                    break;
                case StepKind::end_phase: flush(at - 1); break;
                case StepKind::end_repeat: break;
            }
        }
        return {std::move(points_), std::move(stretches_)};
    }

private:
    void point(std::string_view label, const Moment& moment, WalkPoint at) {
        if (phase_.empty()) {
            return;
        }
        points_.push_back({std::string(label), std::string(phase_), moment.live, moment.parts, at});
    }

    /// Ends a stretch, whose last step is `last`: its highest moment, then where it stands now.
    void flush(std::int32_t last) {
        if (highest_.live > now_.live) {
            point(scope_name(label_), highest_, {highest_at_, 0});
        }
        if (!points_.empty() && points_.back().live != now_.live) {
            point(scope_name(label_), now_, {last, 0});
        }
        highest_ = now_;
        highest_at_ = last;
    }

    std::string_view scope_name(std::int32_t scope) const {
        for (; scope >= 0; scope = program_.scopes[static_cast<std::uint32_t>(scope)].parent) {
            const std::string_view name = program_.scopes[static_cast<std::uint32_t>(scope)].name;
            if (!name.empty()) {
                return name;
            }
        }
        return phase_;
    }

    /// The turns of a repetition: a few of them, evenly spread. Returns its end.
    std::int32_t repeated(std::int32_t open, std::int32_t times) {
        Moment change;
        Moment top;
        std::int32_t scope = 0;
        std::int32_t top_at = open + 1;
        std::int32_t at = open + 1;
        for (;; ++at) {
            const Step step = program_.steps[static_cast<std::uint32_t>(at)];
            if (step.kind == StepKind::end_repeat) {
                break;
            }
            if (step.kind != StepKind::alloc && step.kind != StepKind::free) {
                continue;
            }
            const ProgramTensor& tensor = program_.tensors[static_cast<std::uint32_t>(step.value)];
            change.apply(tensor, step.kind == StepKind::alloc ? 1 : -1);
            if (change.live > top.live) {
                top = change;
                top_at = at;
                scope = tensor.scope;
            }
        }
        if (at - open > 3) {  // not the mere freeing of one tensor of each layer
            const std::int32_t shown = std::min(times, kTurnsShown);
            for (std::int32_t index = 0; index < shown; ++index) {
                const std::int64_t turn =
                    shown == 1 ? 0 : std::int64_t{index} * (times - 1) / (shown - 1);
                const Moment start = now_.plus(change, turn);
                const auto walked = static_cast<std::int32_t>(turn);
                point(scope_name(scope), start.plus(top, 1), {top_at, walked});
                point(scope_name(scope), start.plus(change, 1), {at, walked});
            }
        }
        if (at - open > kStretchLeast && at - open < kStretchMost && times > 1 && !phase_.empty()) {
            list_turn(open + 1, at, now_.plus(change, times / 2), times);
        }
        now_ = now_.plus(change, times);
        highest_ = now_;
        highest_at_ = at;
        return at;
    }

    /// One turn of a repetition, every event of it.
    void list_turn(std::int32_t first, std::int32_t end, Moment moment, std::int32_t times) {
        Stretch stretch;
        stretch.phase = phase_;
        stretch.turns = times;
        for (std::int32_t at = first; at < end; ++at) {
            const Step step = program_.steps[static_cast<std::uint32_t>(at)];
            if (step.kind != StepKind::alloc && step.kind != StepKind::free) {
                continue;
            }
            const ProgramTensor& tensor = program_.tensors[static_cast<std::uint32_t>(step.value)];
            const std::int64_t sign = step.kind == StepKind::alloc ? 1 : -1;
            moment.apply(tensor, sign);
            stretch.points.push_back({full_name(program_, tensor), std::string(phase_), moment.live,
                                      moment.parts, WalkPoint{at, times / 2}});
            stretch.changes.push_back(tensor.bytes * sign);
            if (stretch.label.empty()) {
                const std::string& name = stretch.points.back().label;
                const auto from = name.rfind(" of ");
                const std::size_t start = from == std::string::npos ? 0 : from + 4;
                stretch.label = name.substr(start, name.find('.', start) - start);
            }
        }
        stretches_.push_back(std::move(stretch));
    }

    const Program& program_;
    std::vector<TimelinePoint> points_;
    std::vector<Stretch> stretches_;
    std::string_view phase_;
    Moment now_;
    Moment highest_;
    std::int32_t highest_at_ = 0;
    std::int32_t label_ = 0;
};

}  // namespace

Timeline timeline_of(const Program& program) { return Curve(program).draw(); }

}  // namespace tensorledger
