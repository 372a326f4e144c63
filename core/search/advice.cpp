#include "core/search/advice.h"

#include <algorithm>
#include <optional>
#include <string>

#include "core/report/estimate.h"
#include "core/search/changes.h"
#include "core/search/limits.h"

namespace tensorledger {

namespace {

/// How many are shown, and how many that do not make it fit are shown where few do.
constexpr std::uint32_t shown = 10;
constexpr std::uint32_t shown_without_fitting = 6;
/// How many combinations of two, and of three, are asked of each kind at most.
constexpr std::int32_t most_pairs = 24;
constexpr std::int32_t most_triples = 12;

/// What a changed set-up takes.
struct Outcome {
    Totals totals;
    bool fits = false;
    std::vector<PhaseSummary> phases;
};

std::optional<Outcome> outcome_of(const Config& config, Detail detail) {
    Answer answer = estimate(config, detail);
    if (!answer.ok) return std::nullopt;
    return Outcome{answer.totals, answer.fit.fits, std::move(answer.phases)};
}

/// A change of a ladder that was asked by itself.
struct Tried {
    Change change;
    Outcome outcome;
};

/// What can be part of a combination: a change, or a ladder that falls, for which its strongest change stands.
struct Candidate {
    std::uint32_t ladder = 0;
    std::vector<Change> milder;  // the ladder's changes, the strongest last
    Tried tried;
    bool enough = false;  // by itself

    CostKind kind() const { return tried.change.kind; }
};

std::optional<Tried> tried(const Config& config, Change change) {
    const std::optional<Config> made = changed(config, change);
    if (!made) return std::nullopt;
    std::optional<Outcome> outcome = outcome_of(*made, Detail::verdict);
    if (!outcome) return std::nullopt;
    return Tried{std::move(change), *std::move(outcome)};
}

/// A run in a few heights, each of which a change scales: what is there throughout, what is live beside it where a phase
/// begins and ends, and how far the phase rises above both.
class Heights {
public:
    explicit Heights(const std::vector<PhaseSummary>& phases) {
        Bytes least = phases.empty() ? Bytes(0) : phases.front().end;
        for (const PhaseSummary& phase : phases) least = std::min(least, phase.end);
        floor_ = real(least);
        for (const PhaseSummary& phase : phases) {
            phases_.push_back({phase.name, real(phase.start - least), real(phase.end - least),
                               real(phase.peak - std::max(phase.start, phase.end))});
        }
    }

    /// Every height by the ratio of what it is and what it was.
    void scale(const Heights& now, const Heights& before) {
        floor_ *= ratio(now.floor_, before.floor_);
        for (Phase& phase : phases_) {
            const Phase is = now.find(phase.name);
            const Phase was = before.find(phase.name);
            phase.start *= ratio(is.start, was.start);
            phase.end *= ratio(is.end, was.end);
            phase.rise *= ratio(is.rise, was.rise);
        }
    }

    double peak() const {
        double most = 0;
        for (const Phase& phase : phases_) {
            most = std::max(most, std::max(phase.start, phase.end) + phase.rise);
        }
        return floor_ + most;
    }

private:
    struct Phase {
        std::string_view name;
        double start = 0;
        double end = 0;
        double rise = 0;
    };

    static double real(Bytes bytes) { return static_cast<double>(bytes.count()); }
    static double ratio(double now, double before) { return before > 0 ? now / before : 1; }

    Phase find(std::string_view name) const {
        for (const Phase& phase : phases_) {
            if (phase.name == name) return phase;
        }
        return {};
    }

    double floor_ = 0;
    std::vector<Phase> phases_;
};

class Adviser {
public:
    Adviser(const Config& config, const Answer& answer) : config_(config), answer_(answer) {}

    std::vector<Advice> all() {
        for (Ladder& ladder : ladders_of(config_)) try_alone(std::move(ladder));
        try_cards();
        combine();
        return sorted();
    }

private:
    /// Savings of less are not worth a change that is not enough.
    Bytes least() const { return Bytes(answer_.totals.device.count() / 100); }

    void try_alone(Ladder ladder) {
        const auto number = ladders_++;
        if (ladder.falls) {
            try_falling(std::move(ladder), number);
            return;
        }
        bool enough = false;
        const Candidate* strongest = nullptr;
        const auto first = candidates_.size();
        for (const Change& change : ladder.changes) {
            auto found = tried(config_, change);
            if (!found || found->outcome.totals.allocated > answer_.totals.allocated) continue;
            if (found->outcome.fits && !enough) add_fitting({found->change}, found->outcome);
            enough = enough || found->outcome.fits;
            candidates_.push_back({number, {}, *std::move(found), enough});
        }
        for (auto index = first; index < candidates_.size(); ++index) {
            const Candidate& each = candidates_[index];
            if (strongest == nullptr ||
                each.tried.outcome.totals.device < strongest->tried.outcome.totals.device) {
                strongest = &each;
            }
        }
        if (!enough && strongest != nullptr) {
            add({strongest->tried.change}, strongest->tried.outcome);
        }
    }

    /// The last change that can be asked saves most; where that is enough, the mildest one that is, is sought by
    /// halves.
    void try_falling(Ladder ladder, std::uint32_t number) {
        std::optional<Tried> last;
        while (!ladder.changes.empty() && !(last = tried(config_, ladder.changes.back()))) {
            ladder.changes.pop_back();
        }
        if (!last) return;
        if (!last->outcome.fits) {
            add({last->change}, last->outcome);
            candidates_.push_back({number, std::move(ladder.changes), *std::move(last), false});
            return;
        }
        mildest(static_cast<std::int32_t>(ladder.changes.size()), [&](std::int32_t index) {
            auto found = tried(config_, ladder.changes[static_cast<std::uint32_t>(index)]);
            if (!found || !found->outcome.fits) return false;
            last = std::move(found);
            return true;
        });
        add_fitting({last->change}, last->outcome);
    }

    /// Asks the changes before the last, which fits, for the first that does.
    template <typename Fits>
    static void mildest(std::int32_t size, const Fits& fits) {
        std::int32_t fails = -1;
        std::int32_t enough = size - 1;
        while (enough - fails > 1) {
            const std::int32_t middle = fails + (enough - fails) / 2;
            (fits(middle) ? enough : fails) = middle;
        }
    }

    /// The smallest card that holds it, of the same vendor if there is one; and the fewest of its own where they can
    /// share it.
    void try_cards() {
        const Accelerator* own = find_accelerator(config_.gpu);
        const Accelerator* other = nullptr;
        for (const Card& card : smallest_cards(config_, answer_.totals.device)) {
            const bool same = own != nullptr && card.accelerator->vendor == own->vendor;
            if (other == nullptr || (same && other->vendor != own->vendor)) {
                other = card.accelerator;
            }
        }
        if (other != nullptr) {
            try_hardware("gpu=" + std::string(other->id),
                         "Another card: the smallest that holds it.");
        }
        const std::int64_t gpus = fewest_gpus(config_);
        if (gpus > config_.gpus) {
            try_hardware("gpus=" + std::to_string(gpus),
                         "More cards: they share the layers and work one after the other.");
        }
    }

    void try_hardware(std::string query, std::string_view cost) {
        const auto found = tried(config_, {CostKind::hardware, std::move(query), cost});
        if (found && found->outcome.fits) add({found->change}, found->outcome);
    }

    // --- combinations ----------------------------------------------------------------------------

    using Members = std::vector<std::uint32_t>;

    /// Combinations that cost less than the cheapest single change which is enough.
    void combine() {
        for (std::uint32_t count = 2; count <= 3; ++count) {
            std::vector<Set> sets;
            extend({}, 0, count, sets);
            std::stable_sort(sets.begin(), sets.end(), [](const Set& left, const Set& right) {
                if (left.kind != right.kind) return left.kind < right.kind;
                return left.costs != right.costs ? left.costs < right.costs
                                                 : left.guess < right.guess;
            });
            std::int32_t left = 0;
            CostKind kind = CostKind::hardware;
            for (const Set& set : sets) {
                if (set.kind != kind) left = count == 2 ? most_pairs : most_triples;
                kind = set.kind;
                if (left <= 0 || fitting_ >= shown || has_pair_that_fits(set.members)) continue;
                --left;
                try_together(set.members);
            }
        }
    }

    /// So many changes of different ladders, and about what they take together.
    struct Set {
        Members members;
        CostKind kind;  // of the costliest
        std::int32_t costs;
        double guess;
    };

    /// Adds every set of `count` members that begins with those.
    void extend(const Members& members, std::uint32_t from, std::uint32_t count,
                std::vector<Set>& sets) const {
        if (members.size() == count) {
            const double guess = guessed(members);
            if (guess <= 1.2 * static_cast<double>(answer_.fit.available.count())) {
                sets.push_back({members, kind_of(members), costs_of(members), guess});
            }
            return;
        }
        for (std::uint32_t index = from; index < candidates_.size(); ++index) {
            const Candidate& candidate = candidates_[index];
            const bool same_ladder =
                !members.empty() && candidates_[members.back()].ladder == candidate.ladder;
            const bool helps = lowers_a_phase(candidate.tried.outcome);
            if (!helps || candidate.enough || same_ladder || candidate.kind() >= cheapest_)
                continue;
            Members longer = members;
            longer.push_back(index);
            extend(longer, index + 1, count, sets);
        }
    }

    bool lowers_a_phase(const Outcome& outcome) const {
        const auto peak_before = [&](std::string_view name) {
            for (const PhaseSummary& phase : answer_.phases) {
                if (phase.name == name) return phase.peak;
            }
            return Bytes(0);
        };
        return std::any_of(
            outcome.phases.begin(), outcome.phases.end(),
            [&](const PhaseSummary& phase) { return phase.peak < peak_before(phase.name); });
    }

    CostKind kind_of(const Members& set) const {
        CostKind most = CostKind::free;
        for (const std::uint32_t index : set) most = std::max(most, candidates_[index].kind());
        return most;
    }

    std::int32_t costs_of(const Members& set) const {
        std::int32_t sum = 0;
        for (const std::uint32_t index : set)
            sum += static_cast<std::int32_t>(candidates_[index].kind());
        return sum;
    }

    bool has_pair_that_fits(const Members& set) const {
        return std::any_of(pairs_.begin(), pairs_.end(), [&](const Members& pair) {
            return std::includes(set.begin(), set.end(), pair.begin(), pair.end());
        });
    }

    /// About what the tensors take, were every change to do to the others' run what it does to this one.
    double guessed(const Members& set) const {
        const Heights before(answer_.phases);
        Heights heights = before;
        for (const std::uint32_t index : set) {
            heights.scale(Heights(candidates_[index].tried.outcome.phases), before);
        }
        return heights.peak();
    }

    /// A set-up with several changes made one after the other; they become the keys that they really change.
    std::optional<Outcome> together(std::vector<Change>& changes) const {
        Config made = config_;
        for (Change& change : changes) {
            auto next = changed(made, change);
            if (!next) return std::nullopt;
            made = *std::move(next);
        }
        for (const Change& change : changes) {  // none has undone an earlier one
            Change again = change;
            if (changed(made, again)) return std::nullopt;
        }
        return outcome_of(made, Detail::verdict);
    }

    void try_together(const Members& set) {
        std::vector<Change> changes;
        for (const std::uint32_t index : set) {
            changes.push_back(candidates_[index].tried.change);
        }
        auto outcome = together(changes);
        if (!outcome || !outcome->fits) return;
        // The costliest is made as mild as it can be, then the others.
        for (auto at = static_cast<std::int32_t>(set.size()) - 1; at >= 0; --at) {
            const auto place = static_cast<std::uint32_t>(at);
            const Candidate& candidate = candidates_[set[place]];
            const auto steps = static_cast<std::int32_t>(candidate.milder.size());
            mildest(steps, [&](std::int32_t index) {
                std::vector<Change> milder = changes;
                milder[place] = candidate.milder[static_cast<std::uint32_t>(index)];
                auto found = together(milder);
                if (!found || !found->fits) return false;
                changes = std::move(milder);
                outcome = std::move(found);
                return true;
            });
        }
        if (set.size() == 2) pairs_.push_back(set);
        add_fitting(changes, *outcome);
    }

    // --- what was found --------------------------------------------------------------------------

    void add_fitting(const std::vector<Change>& changes, const Outcome& outcome) {
        CostKind kind = CostKind::free;
        for (const Change& change : changes) kind = std::max(kind, change.kind);
        if (changes.size() == 1) cheapest_ = std::min(cheapest_, kind);
        ++fitting_;
        add(changes, outcome);
    }

    static std::int32_t costs_of(const Advice& advice) {
        std::int32_t sum = 0;
        for (const Advice::Part& part : advice.parts) sum += static_cast<std::int32_t>(part.kind);
        return sum;
    }

    void add(const std::vector<Change>& changes, const Outcome& outcome) {
        Advice advice;
        for (const Change& change : changes) {
            advice.parts.push_back({change.query, change.kind, change.cost});
        }
        advice.totals = outcome.totals;
        advice.fits = outcome.fits;
        found_.push_back(std::move(advice));
    }

    std::vector<Advice> sorted() {
        std::stable_sort(found_.begin(), found_.end(), [](const Advice& left, const Advice& right) {
            if (left.fits != right.fits) return left.fits;
            if (!left.fits) return left.totals.device < right.totals.device;
            if (left.kind() != right.kind()) return left.kind() < right.kind();
            if (left.parts.size() != right.parts.size()) {
                return left.parts.size() < right.parts.size();
            }
            return costs_of(left) < costs_of(right);
        });
        std::vector<Advice> all;
        for (Advice& advice : found_) {
            const bool hardware = advice.kind() == CostKind::hardware;
            if (all.size() >= (advice.fits ? shown : shown_without_fitting) && !hardware) continue;
            complete(advice);
            if (advice.fits || advice.saved > least()) all.push_back(std::move(advice));
        }
        return all;
    }

    /// Where not even the tensors fit the run was not replayed: what is shown is.
    void complete(Advice& advice) const {
        if (!advice.fits) {
            Change all{CostKind::free, advice.query(), {}};
            if (const auto made = changed(config_, all)) {
                if (const auto exact = outcome_of(*made, Detail::totals)) {
                    advice.totals = exact->totals;
                }
            }
        }
        advice.saved = answer_.totals.device - advice.totals.device;
    }

    const Config& config_;
    const Answer& answer_;
    std::vector<Candidate> candidates_;
    std::vector<Members> pairs_;  // of candidates that are enough together
    std::vector<Advice> found_;
    CostKind cheapest_ = CostKind::hardware;  // of the single changes that are enough
    std::uint32_t fitting_ = 0;
    std::uint32_t ladders_ = 0;
};

}  // namespace

std::vector<Advice> advise(const Config& config, const Answer& answer) {
    return Adviser(config, answer).all();
}

}  // namespace tensorledger
