#include "core/search/surface.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/program/program.h"
#include "core/report/estimate.h"

namespace tensorledger {

namespace {

std::uint32_t at(std::int32_t index) { return static_cast<std::uint32_t>(index); }

/// The bytes live after every allocation of a program, of a repeated one after its first and its last turn: among them is
/// the peak, since between the two it rises or falls by the same from turn to turn.
class Prefixes {
public:
    explicit Prefixes(const Program& program) : program_(program) {
        run(0, static_cast<std::int32_t>(program.steps.size()), {0});
    }

    std::vector<std::int64_t> live;

private:
    using Starts = std::vector<std::int64_t>;

    std::int64_t bytes_of(const Step& step) const {
        return program_.tensors[at(step.value)].bytes.count();
    }

    std::int64_t net_of(std::int32_t from, std::int32_t to) const {
        std::int64_t net = 0;
        std::int64_t times = 1;
        std::vector<std::int64_t> outer;
        for (std::int32_t index = from; index < to; ++index) {
            const Step& step = program_.steps[at(index)];
            if (step.kind == StepKind::repeat) {
                outer.push_back(times);
                times *= step.value;
            } else if (step.kind == StepKind::end_repeat) {
                times = outer.back();
                outer.pop_back();
            } else if (step.kind == StepKind::alloc) {
                net += bytes_of(step) * times;
            } else if (step.kind == StepKind::free) {
                net -= bytes_of(step) * times;
            }
        }
        return net;
    }

    std::int32_t end_of(std::int32_t open) const {
        std::int32_t index = open + 1;
        for (int depth = 1; depth > 0; ++index) {
            const StepKind kind = program_.steps[at(index)].kind;
            depth += kind == StepKind::repeat ? 1 : 0;
            depth -= kind == StepKind::end_repeat ? 1 : 0;
        }
        return index - 1;
    }

    /// Walks the steps once for all of the turns that begin with so many bytes; returns what each ends with.
    Starts run(std::int32_t from, std::int32_t to, Starts now) {
        for (std::int32_t index = from; index < to; ++index) {
            const Step& step = program_.steps[at(index)];
            if (step.kind == StepKind::repeat) {
                const std::int32_t end = end_of(index);
                const std::int64_t net = net_of(index + 1, end);
                Starts turns = now;
                for (const std::int64_t start : now)
                    turns.push_back(start + net * (step.value - 1));
                run(index + 1, end, std::move(turns));
                for (std::int64_t& start : now) start += net * step.value;
                index = end;
            } else if (step.kind == StepKind::alloc) {
                for (std::int64_t& start : now) {
                    start += bytes_of(step);
                    live.push_back(start);
                }
            } else if (step.kind == StepKind::free) {
                for (std::int64_t& start : now) start -= bytes_of(step);
            }
        }
        return now;
    }

    const Program& program_;
};

/// More than this is no polynomial's value here: products of what is below leave 64 bits.
constexpr std::int64_t most_bytes = std::int64_t{1} << 50;

class PointListing {
public:
    PointListing(const Config& config, const GridAxis& rows, const GridAxis& columns)
        : config_(config), rows_(rows), columns_(columns) {}

    std::optional<Program> program(std::int64_t row, std::int64_t column) const {
        Config changed = config_;
        set_integer(*rows_.option, changed, rows_.value(row));
        set_integer(*columns_.option, changed, columns_.value(column));
        return program_of(changed);
    }

private:
    const Config& config_;
    const GridAxis& rows_;
    const GridAxis& columns_;
};

}  // namespace

void set_integer(const OptionRow& option, Config& config, std::int64_t value) {
    void* field = const_cast<void*>(field_of(option, config));
    if (option.type == OptionType::integer) {
        *static_cast<std::int64_t*>(field) = value;
    } else {
        *static_cast<std::optional<std::int64_t>*>(field) = value;
    }
}

std::optional<Surface> Surface::over(const Config& config, const GridAxis& rows,
                                     const GridAxis& columns) {
    if (rows.count < 2 || columns.count < 3) return std::nullopt;
    const PointListing sampler(config, rows, columns);
    std::array<std::vector<std::int64_t>, 6> samples;
    for (std::uint32_t index = 0; index < 6; ++index) {
        const auto program = sampler.program(index / 3, index % 3);
        if (!program) return std::nullopt;
        samples[index] = Prefixes(*program).live;
        if (samples[index].size() != samples[0].size()) return std::nullopt;
    }
    std::vector<Polynomial> all;
    for (std::uint32_t event = 0; event < samples[0].size(); ++event) {
        const auto f = [&](std::uint32_t index) { return samples[index][event]; };
        Polynomial p{};
        for (std::uint32_t row = 0; row < 2; ++row) {
            const std::uint32_t first = row * 3;
            p[first] = f(first);
            p[first + 1] = f(first + 1) - f(first);
            p[first + 2] = f(first + 2) - 2 * f(first + 1) + f(first);
        }
        for (std::uint32_t index = 3; index < 6; ++index) p[index] -= p[index - 3];
        for (const std::int64_t each : p) {
            if (each > most_bytes || each < -most_bytes) return std::nullopt;
        }
        all.push_back(p);
    }
    // The highest first: most of the others it exceeds everywhere.
    std::sort(all.begin(), all.end(), std::greater<>());
    Surface surface;
    for (const Polynomial& p : all) {
        const auto exceeds = [&p](const Polynomial& other) {
            for (std::uint32_t index = 0; index < 6; ++index) {
                if (other[index] < p[index]) return false;
            }
            return true;
        };
        if (std::none_of(surface.polynomials_.begin(), surface.polynomials_.end(), exceeds)) {
            surface.polynomials_.push_back(p);
        }
    }
    const std::int64_t last_row = rows.count - 1;
    const std::int64_t last_column = columns.count - 1;
    for (const Polynomial& p : surface.polynomials_) {
        const double basis[3] = {
            1, static_cast<double>(last_column),
            static_cast<double>(last_column) * static_cast<double>(last_column)};
        double most = 0;
        for (std::uint32_t index = 0; index < 6; ++index) {
            const double each = std::abs(static_cast<double>(p[index])) * basis[index % 3];
            most += index < 3 ? each : each * static_cast<double>(last_row);
        }
        if (most > 4e18) return std::nullopt;  // a sum on the way could leave 64 bits
    }
    const std::int64_t points[4][2] = {
        {last_row, last_column}, {0, last_column}, {last_row, 0}, {last_row / 2, last_column / 2}};
    for (const auto& [row, column] : points) {
        const auto program = sampler.program(row, column);
        if (!program) return std::nullopt;
        const Bytes peak = fold(*program).peak;
        if (peak.count() > most_bytes || peak.count() != surface.at(row, column)) {
            return std::nullopt;
        }
    }
    return surface;
}

}  // namespace tensorledger
