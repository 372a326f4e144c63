#pragma once

// How many bytes do the tensors take, at every point of a grid of two quantities? A search asks that of hundreds of
// thousands of set-ups, so the answer is worked out once as a few polynomials: the bytes live after any event of a run
// are a polynomial in the micro-batch and the sequence length, and the peak is the highest of those that no other
// exceeds everywhere.
//
// The polynomials are in Newton's form on the grid, whose coefficients are whole numbers: with C(i,1) = i and
// C(j,2) = j(j−1)/2,
//
//     live(i, j) = Σ Δ[m][n] · C(i,m) · C(j,n),   m ≤ 1, n ≤ 2
//
// They come from six listings of the run, and hold at four more, the corners and the middle; where they do not (a
// window that is filled, another kernel for another length) there is no surface, and the run is listed point by point.

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/options/config.h"
#include "core/options/table.h"
#include "core/quantity/bytes.h"

namespace tensorledger {

/// The values of one whole number of a set-up: first, first + step, …
struct GridAxis {
    const OptionRow* option = nullptr;
    std::int64_t first = 1;
    std::int64_t step = 1;
    std::int64_t count = 1;

    std::int64_t value(std::int64_t index) const { return first + step * index; }
};

/// Sets the field of a whole number.
void set_integer(const OptionRow& option, Config& config, std::int64_t value);

class Surface {
public:
    /// Nothing where the run is not listed, or not by such polynomials all over the grid.
    static std::optional<Surface> over(const Config& config, const GridAxis& rows,
                                       const GridAxis& columns);

    /// The peak of the tensors at a point of the grid.
    std::int64_t at(std::int64_t row, std::int64_t column) const {
        const std::int64_t pairs = column * (column - 1) / 2;
        std::int64_t most = 0;
        for (const Polynomial& p : polynomials_) {
            const std::int64_t base = p[0] + p[1] * column + p[2] * pairs;
            const std::int64_t slope = p[3] + p[4] * column + p[5] * pairs;
            const std::int64_t live = base + slope * row;
            most = live > most ? live : most;
        }
        return most;
    }

    std::int64_t polynomials() const { return static_cast<std::int64_t>(polynomials_.size()); }

private:
    using Polynomial = std::array<std::int64_t, 6>;

    std::vector<Polynomial> polynomials_;
};

}  // namespace tensorledger
