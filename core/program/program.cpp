#include "core/program/program.h"

#include <algorithm>

namespace tensorledger {

std::string_view name(Group group) {
    constexpr std::array<std::string_view, kGroups> names = {
        "weights", "gradients", "optimizer", "activations",
        "logits",  "kv_cache",  "state",     "buffers",
    };
    return names[static_cast<std::uint8_t>(group)];
}

namespace {

/// The fold of a run of steps, relative to its start.
struct Partial {
    Bytes net;
    Bytes peak;                   // highest prefix, at least 0
    std::int32_t peak_step = -1;  // -1: the start itself
};

/// Index of the `end_repeat` that closes the `repeat` at `open`.
std::int32_t end_of_repeat(const Program& program, std::int32_t open) {
    int depth = 0;
    for (std::int32_t at = open;; ++at) {
        const StepKind kind = program.steps[static_cast<std::uint32_t>(at)].kind;
        depth += kind == StepKind::repeat ? 1 : 0;
        depth -= kind == StepKind::end_repeat ? 1 : 0;
        if (depth == 0) {
            return at;
        }
    }
}

Partial fold_steps(const Program& program, std::int32_t from, std::int32_t to) {
    Partial partial;
    for (std::int32_t at = from; at < to; ++at) {
        const Step step = program.steps[static_cast<std::uint32_t>(at)];
        switch (step.kind) {
            case StepKind::alloc:
                partial.net += program.tensors[static_cast<std::uint32_t>(step.value)].bytes;
                if (partial.net > partial.peak) {
                    partial.peak = partial.net;
                    partial.peak_step = at;
                }
                break;
            case StepKind::free:
                partial.net -= program.tensors[static_cast<std::uint32_t>(step.value)].bytes;
                break;
            case StepKind::repeat: {
                const std::int32_t end = end_of_repeat(program, at);
                const Partial body = fold_steps(program, at + 1, end);
                const Bytes last = body.net * (step.value - 1) + body.peak;
                const Bytes peak = std::max(body.peak, last);
                if (partial.net + peak > partial.peak) {
                    partial.peak = partial.net + peak;
                    partial.peak_step = body.peak_step;
                }
                partial.net += body.net * step.value;
                at = end;
                break;
            }
            default: break;
        }
    }
    return partial;
}

}  // namespace

Folded fold(const Program& program, Bytes before) {
    Folded folded;
    folded.peak = before;
    Bytes live = before;
    bool inside = false;  // of a phase
    const auto size = static_cast<std::int32_t>(program.steps.size());
    for (std::int32_t at = 0; at < size;) {
        std::int32_t end = at;
        while (end < size &&
               program.steps[static_cast<std::uint32_t>(end)].kind != StepKind::phase &&
               program.steps[static_cast<std::uint32_t>(end)].kind != StepKind::end_phase) {
            ++end;
        }
        const Partial part = fold_steps(program, at, end);
        if (inside && live + part.peak > folded.phases.back().peak) {
            folded.phases.back().peak = live + part.peak;
        }
        if (live + part.peak > folded.peak) {
            folded.peak = live + part.peak;
            folded.peak_step = part.peak_step;
            folded.peak_phase = inside ? static_cast<std::int32_t>(folded.phases.size()) - 1 : -1;
        }
        live += part.net;
        if (inside) {
            folded.phases.back().end = live;
        }
        if (end < size && program.steps[static_cast<std::uint32_t>(end)].kind == StepKind::phase) {
            const auto index =
                static_cast<std::uint32_t>(program.steps[static_cast<std::uint32_t>(end)].value);
            folded.phases.push_back({program.phases[index], live, live, live});
            inside = true;
        } else if (end < size) {
            inside = false;
        }
        at = end + 1;
    }
    folded.net = live - before;
    return folded;
}

namespace {

/// Adds the live instances that `steps[from, to)` leave, `times` over.
void count_instances(const Program& program, std::int32_t from, std::int32_t to, std::int64_t times,
                     std::vector<std::int64_t>& live) {
    for (std::int32_t at = from; at < to; ++at) {
        const Step step = program.steps[static_cast<std::uint32_t>(at)];
        if (step.kind == StepKind::alloc) {
            live[static_cast<std::uint32_t>(step.value)] += times;
        } else if (step.kind == StepKind::free) {
            live[static_cast<std::uint32_t>(step.value)] -= times;
        } else if (step.kind == StepKind::repeat) {
            const std::int32_t end = end_of_repeat(program, at);
            count_instances(program, at + 1, end, times * step.value, live);
            at = end;
        }
    }
}

}  // namespace

std::vector<std::int64_t> live_at_peak(const Program& program, const Folded& folded) {
    std::vector<std::int64_t> live(program.tensors.size(), 0);
    std::int32_t from = 0;
    const std::int32_t stop = folded.peak_step + 1;
    for (std::int32_t at = 0; at < stop; ++at) {
        const Step step = program.steps[static_cast<std::uint32_t>(at)];
        if (step.kind != StepKind::repeat) {
            continue;
        }
        const std::int32_t end = end_of_repeat(program, at);
        if (end < stop) {
            at = end;
            continue;
        }
        count_instances(program, from, at, 1, live);
        const Partial body = fold_steps(program, at + 1, end);
        if (body.net > Bytes(0)) {  // the last repetition is the highest, else the first
            count_instances(program, at + 1, end, step.value - 1, live);
        }
        from = at + 1;
    }
    count_instances(program, from, stop, 1, live);
    return live;
}

namespace {

struct Walker {
    const Program& program;
    WalkVisitor visit;
    void* context;
    std::int64_t left;
    Bytes live;

    bool run(std::int32_t from, std::int32_t to) {
        for (std::int32_t at = from; at < to; ++at) {
            const Step step = program.steps[static_cast<std::uint32_t>(at)];
            if (step.kind == StepKind::repeat) {
                const std::int32_t end = end_of_repeat(program, at);
                for (std::int32_t turn = 0; turn < step.value; ++turn) {
                    if (!run(at + 1, end)) {
                        return false;
                    }
                }
                at = end;
                continue;
            }
            if (step.kind == StepKind::alloc) {
                live += program.tensors[static_cast<std::uint32_t>(step.value)].bytes;
            } else if (step.kind == StepKind::free) {
                live -= program.tensors[static_cast<std::uint32_t>(step.value)].bytes;
            }
            if (left-- <= 0) {
                return false;
            }
            visit(context, at, live);
        }
        return true;
    }
};

}  // namespace

bool walk(const Program& program, Bytes before, WalkVisitor visit, void* context,
          std::int64_t limit) {
    Walker walker{program, visit, context, limit, before};
    return walker.run(0, static_cast<std::int32_t>(program.steps.size()));
}

Bytes peak_by_walk(const Program& program, Bytes before) {
    Bytes peak = before;
    walk(
        program, before,
        [](void* context, std::int32_t, Bytes live) {
            Bytes& highest = *static_cast<Bytes*>(context);
            highest = std::max(highest, live);
        },
        &peak, std::int64_t{1} << 40);
    return peak;
}

std::string full_name(const Program& program, const ProgramTensor& tensor) {
    std::vector<std::string_view> parts;
    for (std::int32_t scope = tensor.scope; scope >= 0;
         scope = program.scopes[static_cast<std::uint32_t>(scope)].parent) {
        const std::string_view part = program.scopes[static_cast<std::uint32_t>(scope)].name;
        if (!part.empty()) {
            parts.push_back(part);
        }
    }
    std::reverse(parts.begin(), parts.end());
    std::string path = tensor.prefix;
    for (const std::string_view part : parts) {
        path.append(part).append(".");
    }
    return path.append(tensor.name);
}

}  // namespace tensorledger
