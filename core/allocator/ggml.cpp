#include "core/allocator/ggml.h"

#include <algorithm>
#include <limits>

namespace tensorledger::ggml {

namespace {

constexpr std::int64_t kEndless = std::numeric_limits<std::int64_t>::max() / 4;

/// Rows from which a product is worth bringing its weights to a GPU.
constexpr std::int64_t kOffloadedRows = 32;

std::int64_t padded(std::int64_t size, std::int64_t alignment) {
    return (size + alignment - 1) / alignment * alignment;
}

std::uint32_t index(std::int64_t value) { return static_cast<std::uint32_t>(value); }

bool same_layout(const Tensor& left, const Tensor& right) {
    return left.type == right.type && left.ne == right.ne && left.nb == right.nb;
}

bool may_write_over(Op op) { return op == Op::in_place || op == Op::rope; }

/// Rows that an operation works on, as the question whether to move it to a GPU counts them.
std::int64_t rows_of(const Tensor& node) {
    switch (node.op) {
        case Op::get_rows: return 0;
        case Op::mul_mat: return node.ne[1];
        case Op::mul_mat_id:
        case Op::rope: return node.ne[2];
        default: return node.ne[1] * node.ne[2] * node.ne[3];
    }
}

/// The scheduler: which backend computes what, and what is copied.
class Scheduler {
public:
    Scheduler(Graph& graph, const Machine& machine)
        : graph_(graph),
          machine_(machine),
          cpu_(static_cast<int>(machine.backends.size()) - 1),
          at_(graph.tensors.size(), -1) {}

    struct Step {
        Id tensor = kNone;     // computed, or a copy that is allocated here
        std::vector<Id> kept;  // instead: these are read here
        std::int8_t backend = 0;
    };
    std::vector<Step> steps;
    std::vector<Id> leafs;  // in the order of their allocation

    void schedule() {
        assign_known();
        spread(true, false);
        spread(true, true);
        spread(false, false);
        spread(false, true);
        assign_rest();
        split();
    }

    std::int8_t backend_of(Id id) const { return at_[index(id)]; }

private:
    std::int8_t from_current(const Tensor& t) const {
        const Tensor& memory = t.view_of == kNone ? t : graph_[t.view_of];
        if (memory.home >= 0) return memory.home;
        if (t.input) return static_cast<std::int8_t>(cpu_);
        if (t.op == Op::rope || t.op == Op::attention) return -1;
        for (const Id id : t.src) {
            if (id == kNone || !graph_[id].weight) continue;
            const std::int8_t home = graph_[id].home;
            const bool moves = home == cpu_ && cpu_ > 0 && machine_.offload_operations &&
                               rows_of(t) >= kOffloadedRows;
            return moves ? std::int8_t{0} : home;
        }
        return -1;
    }

    void assign_known() {
        for (Id id = 0; id < static_cast<Id>(graph_.tensors.size()); ++id) {
            const Tensor& t = graph_[id];
            if (t.op == Op::none && t.visited) at_[index(id)] = from_current(t);
        }
        for (const Id id : graph_.nodes) {
            const Tensor& t = graph_[id];
            at_[index(id)] = t.wish >= 0 ? t.wish : from_current(t);
        }
    }

    /// Gives nodes that nothing decides the backend of their neighbour: of GPUs first, then of any.
    void spread(bool gpus_only, bool upwards) {
        std::int8_t current = -1;
        const auto visit = [&](Id id) {
            if (graph_[id].op == Op::view) return;
            std::int8_t& mine = at_[index(id)];
            if (mine >= 0) {
                current = gpus_only && mine == cpu_ ? std::int8_t{-1} : mine;
            } else {
                mine = current;
            }
        };
        if (upwards) {
            std::for_each(graph_.nodes.rbegin(), graph_.nodes.rend(), visit);
        } else {
            std::for_each(graph_.nodes.begin(), graph_.nodes.end(), visit);
        }
    }

    void assign_rest() {
        for (const Id id : graph_.nodes) {
            const Tensor& t = graph_[id];
            std::int8_t& mine = at_[index(id)];
            if (mine < 0 && t.view_of != kNone) mine = at_[index(t.view_of)];
            if (mine < 0) mine = 0;
            for (const Id source : t.src) {
                if (source == kNone || at_[index(source)] >= 0) continue;
                const Id root = graph_[source].view_of;
                at_[index(source)] = root != kNone ? at_[index(root)] : mine;
            }
        }
    }

    /// Whether a backend can read a tensor where it is.
    bool reads(std::int8_t backend, Id id) const { return at_[index(id)] == backend; }

    Id& copy_of(Id id, int backend) {
        return copies_[index(id) * machine_.backends.size() + index(backend)];
    }

    Id duplicate(Id id, std::int8_t backend) {
        Tensor copy;
        const Tensor& original = graph_[id];
        copy.ne = original.ne;
        copy.nb = original.nb;
        copy.type = original.type;
        copy.bytes = bytes_spanned(copy);
        copy.input = copy.output = machine_.copies > 1;
        graph_.tensors.push_back(copy);
        at_.push_back(backend);
        return static_cast<Id>(graph_.tensors.size()) - 1;
    }

    struct Split {
        std::vector<Id> inputs;
        std::uint32_t begin = 0;
        std::uint32_t end = 0;
        std::int8_t backend = 0;
    };

    bool needs_new_split(const Tensor& node, const Split& split) const {
        for (const Id id : node.src) {
            if (id != kNone && graph_[id].weight && !reads(split.backend, id)) return true;
        }
        return false;
    }

    void copy_graph_input(Id id) {
        const std::int8_t backend = at_[index(id)];
        if (copy_of(id, backend) != kNone) return;
        copy_of(id, backend) = id;
        graph_[id].output = true;
        input_copies_.push_back(id);
        for (std::int32_t copy = 1; copy < machine_.copies; ++copy) {
            input_copies_.push_back(duplicate(id, backend));
        }
    }

    Id copied(Id id, Split& split) {
        Id& known = copy_of(id, split.backend);
        if (known == kNone) {
            known = duplicate(id, split.backend);
            split.inputs.push_back(id);
            split_copies_.push_back(known);
            for (std::int32_t copy = 1; copy < machine_.copies; ++copy) {
                split_copies_.push_back(duplicate(id, split.backend));
            }
        }
        return known;
    }

    void split() {
        copies_.assign(graph_.tensors.size() * machine_.backends.size(), kNone);
        std::vector<Split> splits;
        for (std::uint32_t i = 0; i < graph_.nodes.size(); ++i) {
            const Id id = graph_.nodes[i];
            if (graph_[id].op == Op::view) continue;
            const std::int8_t backend = at_[index(id)];
            if (splits.empty() || splits.back().backend != backend ||
                (!splits.back().inputs.empty() && needs_new_split(graph_[id], splits.back()))) {
                const std::uint32_t begin = splits.empty() ? 0 : i;
                if (!splits.empty()) splits.back().end = i;
                splits.push_back({{}, begin, 0, backend});
            }
            for (std::uint32_t j = 0; j < graph_[id].src.size(); ++j) {
                const Id source = graph_[id].src[j];
                if (source == kNone) continue;
                if (graph_[source].input && machine_.copies > 1) copy_graph_input(source);
                if (!reads(backend, source)) graph_[id].src[j] = copied(source, splits.back());
            }
        }
        if (!splits.empty())
            splits.back().end = index(static_cast<std::int64_t>(graph_.nodes.size()));
        order(splits);
    }

    void order(const std::vector<Split>& splits) {
        steps.reserve(graph_.nodes.size() + splits.size() * 4 + graph_.keeps.size());
        std::vector<std::vector<Id>> kept;
        std::vector<std::int32_t> kept_at;
        if (!graph_.keeps.empty()) {
            kept_at.assign(graph_.tensors.size(), -1);
            for (const Keep& keep : graph_.keeps) {
                std::int32_t& slot = kept_at[index(keep.until)];
                if (slot < 0) {
                    slot = static_cast<std::int32_t>(kept.size());
                    kept.emplace_back();
                }
                std::vector<Id>& list = kept[index(slot)];
                if (std::find(list.begin(), list.end(), keep.tensor) == list.end()) {
                    list.push_back(keep.tensor);
                }
            }
        }
        for (const Split& split : splits) {
            for (const Id input : split.inputs) {
                steps.push_back({kNone, {input}, at_[index(input)]});
                steps.push_back({copy_of(input, split.backend), {}, split.backend});
            }
            const bool gpu = machine_.backends[index(split.backend)].gpu;
            for (std::uint32_t i = split.begin; i < split.end; ++i) {
                const Id id = graph_.nodes[i];
                steps.push_back({id, {}, at_[index(id)]});
                if (gpu && !kept_at.empty() && kept_at[index(id)] >= 0) {
                    steps.push_back({kNone, kept[index(kept_at[index(id)])], split.backend});
                }
            }
        }
        if (machine_.copies > 1) {
            leafs = input_copies_;
            leafs.insert(leafs.end(), split_copies_.begin(), split_copies_.end());
        }
        leafs.insert(leafs.end(), graph_.leafs.begin(), graph_.leafs.end());
    }

    Graph& graph_;
    const Machine& machine_;
    int cpu_;
    std::vector<std::int8_t> at_;  // backend of each tensor
    std::vector<Id> copies_;       // of each tensor on each backend
    std::vector<Id> input_copies_;
    std::vector<Id> split_copies_;
};

/// The holes of one buffer, by address; the last one has no end.
class Buffer {
public:
    explicit Buffer(std::int64_t alignment) : alignment_(alignment), holes_{{0, kEndless}} {}

    std::int64_t size() const { return highest_; }

    std::int64_t allocate(std::int64_t bytes) {
        bytes = padded(bytes, alignment_);
        std::size_t best = holes_.size() - 1;
        std::int64_t best_size = kEndless * 2;
        for (std::size_t i = 0; i + 1 < holes_.size(); ++i) {
            if (holes_[i].size >= bytes && holes_[i].size <= best_size) {
                best = i;
                best_size = holes_[i].size;
            }
        }
        Hole& hole = holes_[best];
        const std::int64_t offset = hole.offset;
        hole.offset += bytes;
        hole.size -= bytes;
        if (hole.size == 0) holes_.erase(holes_.begin() + static_cast<std::ptrdiff_t>(best));
        highest_ = std::max(highest_, offset + bytes);
        return offset;
    }

    /// Joins what is freed with the first hole that it touches, and that one with its neighbour. A tensor of no bytes
    /// may leave a hole of none between two others, which then do not join.
    void free(std::int64_t offset, std::int64_t bytes) {
        bytes = padded(bytes, alignment_);
        for (std::size_t i = 0; i < holes_.size(); ++i) {
            Hole& hole = holes_[i];
            if (hole.end() == offset) {
                hole.size += bytes;
                if (i + 1 < holes_.size() && hole.end() == holes_[i + 1].offset) join(i);
                return;
            }
            if (offset + bytes == hole.offset) {
                hole.offset = offset;
                hole.size += bytes;
                if (i > 0 && holes_[i - 1].end() == offset) join(i - 1);
                return;
            }
        }
        const auto after = std::find_if(holes_.begin(), holes_.end(),
                                        [&](const Hole& hole) { return hole.offset >= offset; });
        holes_.insert(after, {offset, bytes});
    }

    /// Frees what lies behind the first `kept` of `bytes` bytes.
    void shrink(std::int64_t offset, std::int64_t bytes, std::int64_t kept) {
        bytes = padded(bytes, alignment_);
        kept = padded(kept, alignment_);
        if (bytes > kept) free(offset + kept, bytes - kept);
    }

private:
    struct Hole {
        std::int64_t offset = 0;
        std::int64_t size = 0;

        std::int64_t end() const { return offset + size; }
    };

    /// A hole with the one after it.
    void join(std::size_t i) {
        holes_[i].size += holes_[i + 1].size;
        holes_.erase(holes_.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    }

    std::int64_t alignment_;
    std::int64_t highest_ = 0;
    std::vector<Hole> holes_;
};

/// The placing of tensors.
class Placer {
public:
    Placer(const Graph& graph, const Machine& machine, const Scheduler& scheduler)
        : graph_(graph), machine_(machine), scheduler_(scheduler), places_(graph.tensors.size()) {
        for (const Backend& backend : machine.backends) buffers_.emplace_back(backend.alignment);
    }

    std::vector<Bytes> place() {
        for (const Id leaf : scheduler_.leafs) allocate(leaf, scheduler_.backend_of(leaf));
        for (const Scheduler::Step& step : scheduler_.steps) count(step);
        for (const Scheduler::Step& step : scheduler_.steps) run(step);
        std::vector<Bytes> sizes;
        for (const Buffer& buffer : buffers_) sizes.emplace_back(buffer.size());
        return sizes;
    }

private:
    struct Place {
        std::int64_t offset = 0;
        std::int32_t readers = 0;
        std::int32_t views = 0;
        std::int8_t backend = 0;
        bool allocated = false;
    };

    Place& at(Id id) { return places_[index(id)]; }

    std::int64_t size_of(Id id, std::int8_t backend) const {
        return allocated_bytes(graph_[id], machine_.backends[index(backend)]);
    }

    void count(const Scheduler::Step& step) {
        if (step.tensor == kNone) {
            for (const Id id : step.kept) ++at(id).readers;
            return;
        }
        const Tensor& node = graph_[step.tensor];
        if (node.view_of != kNone) ++at(node.view_of).views;
        if (node.input) allocate(step.tensor, step.backend);
        for (const Id id : node.src) {
            if (id == kNone) continue;
            ++at(id).readers;
            if (graph_[id].input) allocate(id, step.backend);
        }
    }

    void run(const Scheduler::Step& step) {
        if (step.tensor == kNone) {
            for (const Id id : step.kept) allocate(id, step.backend);
            for (const Id id : step.kept) read(id);
            return;
        }
        const Tensor& node = graph_[step.tensor];
        for (const Id id : node.src) {
            if (id != kNone) allocate(id, step.backend);
        }
        allocate(step.tensor, step.backend);
        for (const Id id : node.src) {
            if (id != kNone) read(id);
        }
    }

    /// One reader fewer.
    void read(Id id) {
        Place& place = at(id);
        if (--place.readers > 0 || place.views > 0) return;
        const Id root = graph_[id].view_of;
        if (root == kNone) {
            if (place.allocated) free(id);
            return;
        }
        Place& memory = at(root);
        if (--memory.views == 0 && memory.readers == 0 && memory.allocated) free(root);
    }

    void free(Id id) {
        if (graph_[id].output) return;
        Place& place = at(id);
        buffers_[index(place.backend)].free(place.offset, size_of(id, place.backend));
        place.allocated = false;
    }

    /// Whether a node may take the memory of an operand that it is the last to read. (Never through a view.)
    bool writes_over(Id node, Id parent) const {
        const Tensor& t = graph_[parent];
        const Place& place = places_[index(parent)];
        return place.allocated && !t.output && place.readers == 1 && place.views == 0 &&
               same_layout(graph_[node], t);
    }

    void allocate(Id id, std::int8_t backend) {
        Place& place = at(id);
        const Tensor& t = graph_[id];
        if (place.allocated || t.home >= 0 || t.view_of != kNone) return;
        place.allocated = true;
        if (may_write_over(t.op)) {
            for (const Id parent : t.src) {
                if (parent == kNone || !writes_over(id, parent)) continue;
                Place& memory = at(parent);
                place.backend = memory.backend;
                place.offset = memory.offset;
                memory.allocated = false;
                buffers_[index(place.backend)].shrink(place.offset, size_of(parent, place.backend),
                                                      size_of(id, place.backend));
                return;
            }
        }
        place.backend = backend;
        place.offset = buffers_[index(backend)].allocate(size_of(id, backend));
    }

    const Graph& graph_;
    const Machine& machine_;
    const Scheduler& scheduler_;
    std::vector<Place> places_;
    std::vector<Buffer> buffers_;
};

}  // namespace

std::vector<Bytes> plan(Graph& graph, const Machine& machine) {
    Scheduler scheduler(graph, machine);
    scheduler.schedule();
    return Placer(graph, machine, scheduler).place();
}

}  // namespace tensorledger::ggml
