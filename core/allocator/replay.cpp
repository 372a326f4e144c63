#include "core/allocator/replay.h"

#include <algorithm>
#include <string_view>

#include "core/allocator/caching.h"

namespace tensorledger {

namespace {

std::uint32_t at(std::int32_t index) { return static_cast<std::uint32_t>(index); }

/// One entry into a stretch of equal layers.
struct Entry {
    std::int32_t begin = 0;  // its `repeat`
    std::int32_t stretch = -1;
    bool last_first = false;
};

/// Which of the blocks of a list does each `free` mean? Every tensor of the listing has a list of its live
/// instances; two share one where the second takes the place of the first from turn to turn.
class Binding {
public:
    explicit Binding(const Program& program)
        : program_(program), free_oldest_(program.steps.size(), false) {
        survey();
        for (const Free& each : frees_) {
            bind(each);
        }
    }

    std::int32_t lists() const { return static_cast<std::int32_t>(list_.size()); }
    /// The list that a step's tensor stands in.
    std::int32_t list_of(const Step& step) const {
        return list_[at(step.which >= 0 ? step.which : known_ + step.value)];
    }
    /// Whether the step frees the oldest of its list, not the youngest.
    bool frees_oldest(std::int32_t step) const { return free_oldest_[at(step)]; }

private:
    struct Made {
        std::int32_t step = -1;
        std::int32_t tensor = -1;
        std::int32_t entry = -1;       // the stretch that it is made in; -1: none
        bool freed_at_home = false;    // in the same entry
        bool freed_elsewhere = false;  // in another entry of the same stretch
        bool taken = false;            // stands for what another one hands on
    };
    struct Free {
        std::int32_t step;
        std::int32_t which;
        std::int32_t entry;
    };

    void survey() {
        std::int32_t entry = -1;
        std::vector<std::int32_t> open;
        for (std::int32_t index = 0; index < static_cast<std::int32_t>(program_.steps.size());
             ++index) {
            const Step& step = program_.steps[at(index)];
            if (step.kind == StepKind::repeat) {
                open.push_back(entry);
                if (step.which >= 0) {
                    entry = static_cast<std::int32_t>(entries_.size());
                    entries_.push_back({index, step.which / 2, step.which % 2 == 1});
                }
            } else if (step.kind == StepKind::end_repeat) {
                entry = open.back();
                open.pop_back();
            } else if (step.kind == StepKind::alloc && step.which >= 0) {
                known_ = std::max(known_, step.which + 1);
                made_.resize(at(known_));
                made_[at(step.which)] = {index, step.value, entry};
            } else if (step.kind == StepKind::free && step.which >= 0) {
                frees_.push_back({index, step.which, entry});
                Made& made = made_[at(step.which)];
                made.freed_at_home = made.freed_at_home || made.entry == entry;
                made.freed_elsewhere = made.freed_elsewhere || same_stretch(made.entry, entry);
            }
        }
        list_.resize(made_.size() + program_.tensors.size());
        for (std::uint32_t index = 0; index < list_.size(); ++index) {
            list_[index] = static_cast<std::int32_t>(index);
        }
    }

    bool same_stretch(std::int32_t left, std::int32_t right) const {
        return left >= 0 && right >= 0 && left != right &&
               entries_[at(left)].stretch == entries_[at(right)].stretch;
    }

    void bind(const Free& each) {
        const Made& made = made_[at(each.which)];
        if (each.entry < 0 || made.entry == each.entry) {
            return;
        }
        if (same_stretch(made.entry, each.entry)) {
            // Made layer by layer; freed in the same order (a cache), or last first (by a backward).
            free_oldest_[at(each.step)] =
                entries_[at(made.entry)].last_first == entries_[at(each.entry)].last_first;
            return;
        }
        const std::int32_t next = successor(each);
        free_oldest_[at(each.step)] = next >= 0 && made_[at(next)].entry == each.entry;
    }

    /// What takes the tensor's place from the second turn on: made in the first entry of the stretch after it, of the
    /// same kind, and alive when its own turn ends.
    std::int32_t successor(const Free& each) {
        const std::int32_t stretch = entries_[at(each.entry)].stretch;
        const Made& first = made_[at(each.which)];
        std::int32_t home = -1;
        for (std::int32_t index = 0; index <= each.entry && home < 0; ++index) {
            if (entries_[at(index)].stretch == stretch && entries_[at(index)].begin > first.step) {
                home = index;
            }
        }
        for (std::int32_t index = 0; index < known_; ++index) {
            Made& made = made_[at(index)];
            if (made.entry != home || made.tensor != first.tensor || made.freed_at_home ||
                made.freed_elsewhere) {
                continue;
            }
            if (list_[at(index)] == list_[at(each.which)]) {
                return index;
            }
            if (!made.taken) {
                made.taken = true;
                list_[at(index)] = list_[at(each.which)];
                return index;
            }
        }
        return -1;
    }

    const Program& program_;
    std::vector<Entry> entries_;
    std::vector<Made> made_;
    std::vector<Free> frees_;
    std::int32_t known_ = 0;
    std::vector<std::int32_t> list_;
    std::vector<bool> free_oldest_;
};

/// How many events the steps unroll to.
std::int64_t events_of(const Program& program) {
    std::int64_t events = 0;
    std::int64_t times = 1;
    std::vector<std::int64_t> outer;
    for (const Step& step : program.steps) {
        if (step.kind == StepKind::repeat) {
            outer.push_back(times);
            times = checked_product(times, step.value);
        } else if (step.kind == StepKind::end_repeat) {
            times = outer.back();
            outer.pop_back();
        } else if (__builtin_add_overflow(events, times, &events)) {
            return Bytes::overflow().count();
        }
    }
    return events;
}

/// A search through the program is made for so many tensors at most.
constexpr std::int64_t kMostStrays = 1000;

class Walk {
public:
    Walk(const Program& program, const ReplaySettings& settings)
        : program_(program),
          settings_(settings),
          binding_(program),
          allocator_(settings.capacity.count(), settings.expandable_segments),
          live_(at(binding_.lists())),
          last_(std::max(1, settings.passes)) {}

    Replayed run() {
        const auto size = static_cast<std::int32_t>(program_.steps.size());
        std::int32_t first_phase = 0;
        while (first_phase < size && program_.steps[at(first_phase)].kind != StepKind::phase) {
            ++first_phase;
        }
        const bool optimizer =
            std::any_of(program_.phases.begin(), program_.phases.end(),
                        [](const char* phase) { return std::string_view(phase) == "optimizer"; });
        late_states_ = optimizer && last_ > 1;
        warm_up();
        steps(0, first_phase);
        for (pass_ = 1; pass_ <= last_ && !failed_; ++pass_) {
            if (pass_ == last_) {
                allocator_.reset_allocated_peak();
                requested_peak_ = requested_;
            }
            steps(first_phase, size);
            make_states();
            if (pass_ < last_) {
                drop_rest(first_phase);
            }
        }
        result_.walked = true;
        result_.out_of_memory = failed_;
        result_.requested = Bytes(requested_peak_);
        result_.allocated = Bytes(allocator_.peak_allocated());
        result_.reserved = Bytes(allocator_.peak_reserved());
        result_.fragmentation = Bytes(allocator_.inactive_split_at_peak());
        result_.segments = allocator_.segments();
        result_.retries = allocator_.retries();
        result_.reserved_at.resize(settings_.points.size(), Bytes(allocator_.reserved()));
        return std::move(result_);
    }

private:
    /// A live tensor: its block, or where its `pieces` blocks stand (one for each weight); -1: it has no memory.
    struct Live {
        std::int32_t block = -1;
        std::int32_t pieces = 0;
        std::int64_t bytes = 0;
    };

    /// What the optimizer keeps of all weights together.
    struct State {
        std::int64_t bytes;
        std::int64_t elements;
    };

    void warm_up() {
        if (settings_.warm_up <= Bytes(0)) {
            return;
        }
        Bytes weights;
        std::int64_t times = 1;
        for (const Step& step : program_.steps) {
            if (step.kind == StepKind::repeat) {
                times = step.value;
            } else if (step.kind == StepKind::end_repeat) {
                times = 1;
            } else if (step.kind == StepKind::alloc) {
                const ProgramTensor& tensor = program_.tensors[at(step.value)];
                const bool weight = tensor.resident && tensor.group == Group::weights;
                weights += tensor.bytes * (weight ? times : 0);
            }
        }
        const std::int64_t bytes = std::min(weights, settings_.warm_up).count();
        if (bytes > 0) {
            give_back(take(bytes));
        }
    }

    void steps(std::int32_t from, std::int32_t to) {
        for (std::int32_t index = from; index < to && !failed_; ++index) {
            const Step& step = program_.steps[at(index)];
            switch (step.kind) {
                case StepKind::repeat: index = repeated(index); break;
                case StepKind::alloc: make(step); break;
                case StepKind::free: release(step, index); break;
                case StepKind::phase: begin(program_.phases[at(step.value)]); break;
                default: break;
            }
            note_point(index);
        }
    }

    std::int32_t repeated(std::int32_t open) {
        std::int32_t end = open + 1;
        for (int depth = 1; depth > 0; ++end) {
            const StepKind kind = program_.steps[at(end)].kind;
            depth += kind == StepKind::repeat ? 1 : 0;
            depth -= kind == StepKind::end_repeat ? 1 : 0;
        }
        const std::int32_t outer = turn_;
        const std::int32_t times = program_.steps[at(open)].value;
        for (std::int32_t turn = 0; turn < times && !failed_; ++turn) {
            turn_ = outer + turn;
            steps(open + 1, end);
        }
        turn_ = outer;
        return end - 1;
    }

    void note_point(std::int32_t index) {
        if (pass_ != last_) {
            return;
        }
        while (result_.reserved_at.size() < settings_.points.size()) {
            const WalkPoint& next = settings_.points[result_.reserved_at.size()];
            if (next.step != index || next.turn != turn_) {
                break;
            }
            result_.reserved_at.emplace_back(allocator_.reserved());
        }
    }

    /// The library's workspace of the thread that runs the phase: a forward's and a backward's are two.
    void begin(std::string_view phase) {
        const bool backward = phase == "backward";
        if (phase == "optimizer") {
            make_states();
        }
        const bool multiplies = backward || phase == "forward" || phase == "prefill";
        bool& made = backward ? backward_workspace_ : forward_workspace_;
        if (multiplies && !made && settings_.workspace > Bytes(0)) {
            made = true;
            failed_ = allocator_.allocate(settings_.workspace.count()) < 0;
            result_.workspaces += settings_.workspace;
        }
    }

    void make(const Step& step) {
        const ProgramTensor& tensor = program_.tensors[at(step.value)];
        if (pass_ == 0 && tensor.trained) {
            trained_.push_back(tensor.shape.elements());
            trained_elements_ += trained_.back();
        }
        const std::int64_t bytes = tensor.bytes.count();
        const bool of_optimizer = tensor.group == Group::optimizer && bytes > 0;
        if (of_optimizer && tensor.resident && late_states_ && !tensor.flat) {
            states_.push_back({bytes, tensor.shape.elements()});
            return;
        }
        Live live{-1, 0, bytes};
        if (of_optimizer && !tensor.flat && !trained_.empty() &&
            tensor.shape.elements() >= trained_elements_) {
            live.block = static_cast<std::int32_t>(pieces_.size());
            live.pieces = static_cast<std::int32_t>(trained_.size());
            for (const std::int64_t elements : trained_) {
                pieces_.push_back(take(share(bytes, elements)));
            }
        } else if (bytes > 0) {
            live.block = take(bytes, tensor.side_stream);
        }
        requested_ += bytes;
        requested_peak_ = std::max(requested_peak_, requested_);
        live_[at(binding_.list_of(step))].push_back(live);
    }

    std::int32_t take(std::int64_t bytes, bool side_stream = false) {
        if (failed_) {
            return -1;
        }
        const std::int32_t block = allocator_.allocate(bytes, side_stream);
        failed_ = block < 0;
        return block;
    }

    /// A weight's share of what is kept for all of them together.
    std::int64_t share(std::int64_t bytes, std::int64_t elements) const {
        const double part = static_cast<double>(bytes % trained_elements_) *
                            static_cast<double>(elements) / static_cast<double>(trained_elements_);
        const std::int64_t whole = bytes / trained_elements_ * elements;
        return std::max<std::int64_t>(1, whole + static_cast<std::int64_t>(part));
    }

    /// Whether each weight has a part of the state: fewer elements than weights are one tensor (a scale).
    bool is_for_each_weight(const State& state) const {
        return state.elements >= static_cast<std::int64_t>(trained_.size());
    }

    /// The optimizer's first step: weight by weight, each of its states.
    void make_states() {
        for (const State& state : states_) {
            if (!is_for_each_weight(state)) {
                take(state.bytes);
            }
            requested_ += state.bytes;
        }
        for (const std::int64_t elements : trained_) {
            for (const State& state : states_) {
                if (is_for_each_weight(state)) {
                    take(share(state.bytes, elements));
                }
            }
        }
        requested_peak_ = std::max(requested_peak_, requested_);
        states_.clear();
        late_states_ = false;
    }

    void release(const Step& step, std::int32_t index) {
        std::vector<Live>* list = &live_[at(binding_.list_of(step))];
        if (list->empty()) {
            ++result_.strays;
            list = result_.strays > kMostStrays ? nullptr : list_of_kind(step.value);
            if (list == nullptr) {
                return;
            }
        }
        const bool oldest = binding_.frees_oldest(index);
        const Live live = oldest ? list->front() : list->back();
        if (oldest) {
            list->erase(list->begin());
        } else {
            list->pop_back();
        }
        drop(live);
    }

    void drop(const Live& live) {
        requested_ -= live.bytes;
        if (live.pieces == 0) {
            give_back(live.block);
            return;
        }
        for (std::int32_t piece = 0; piece < live.pieces; ++piece) {
            give_back(pieces_[at(live.block + piece)]);
        }
    }

    void give_back(std::int32_t block) {
        if (block >= 0) {
            allocator_.free(block);
        }
    }

    /// A list that holds a tensor of this kind, or of its size; null: there is none.
    std::vector<Live>* list_of_kind(std::int32_t tensor) {
        std::vector<Live>* of_size = nullptr;
        for (const Step& step : program_.steps) {
            if (step.kind != StepKind::alloc || program_.tensors[at(step.value)].resident) {
                continue;
            }
            std::vector<Live>& list = live_[at(binding_.list_of(step))];
            if (list.empty()) {
                continue;
            }
            if (step.value == tensor) {
                return &list;
            }
            if (list.back().bytes == program_.tensors[at(tensor)].bytes.count()) {
                of_size = &list;
            }
        }
        return of_size;
    }

    /// What a step leaves behind is let go when the next one binds its names again.
    void drop_rest(std::int32_t first_phase) {
        for (std::uint32_t index = at(first_phase); index < program_.steps.size(); ++index) {
            const Step& step = program_.steps[index];
            if (step.kind != StepKind::alloc || program_.tensors[at(step.value)].resident) {
                continue;
            }
            std::vector<Live>& list = live_[at(binding_.list_of(step))];
            for (const Live& live : list) {
                drop(live);
            }
            list.clear();
        }
        pieces_.clear();
    }

    const Program& program_;
    const ReplaySettings& settings_;
    Binding binding_;
    CachingAllocator allocator_;
    std::vector<std::vector<Live>> live_;
    std::vector<std::int32_t> pieces_;
    std::vector<std::int64_t> trained_;  // elements of each weight that is trained
    std::int64_t trained_elements_ = 0;
    std::vector<State> states_;  // that are still to be made
    std::int64_t requested_ = 0;
    std::int64_t requested_peak_ = 0;
    std::int32_t pass_ = 0;
    std::int32_t last_;
    std::int32_t turn_ = 0;
    bool late_states_ = false;
    bool forward_workspace_ = false;
    bool backward_workspace_ = false;
    bool failed_ = false;
    Replayed result_;
};

}  // namespace

Replayed replay(const Program& program, const ReplaySettings& settings) {
    const std::int64_t events = checked_product(events_of(program), std::max(1, settings.passes));
    if (events > kMostEvents) {
        return {};
    }
    return Walk(program, settings).run();
}

}  // namespace tensorledger
