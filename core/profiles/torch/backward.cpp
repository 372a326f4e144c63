// `loss.backward()`: the nodes of the graph, youngest first, and the memory of their formulas.
// Source: PyTorch 2.6, torch/csrc/autograd/{engine.cpp,input_buffer.cpp,FunctionsManual.cpp,
// functions/accumulate_grad.cpp}.

#include <algorithm>
#include <utility>

#include "core/profiles/torch/tape.h"

namespace tensorledger::torch {

namespace {
constexpr const char* kGrad = "grad of ";
}  // namespace

/// One call of the engine: the part of the graph below one root.
class Backward {
public:
    explicit Backward(Tape& tape) : tape_(tape) {}

    /// Runs from `root` with the gradient of it.
    void run(const Edge& root, Tensor gradient) {
        count(root.node);
        deliver(root, std::move(gradient));
        nodes_[at(root.node)].waiting = 0;
        ready(root.node);
        while (!heap_.empty()) {
            std::pop_heap(heap_.begin(), heap_.end());
            const std::int32_t next = heap_.back().node;
            heap_.pop_back();
            evaluate(next);
        }
    }

private:
    struct Ready {
        std::int64_t priority;
        std::int32_t node;
        bool operator<(const Ready& other) const { return priority < other.priority; }
    };

    static std::uint32_t at(std::int32_t index) { return static_cast<std::uint32_t>(index); }

    /// How many gradients each node below `root` waits for.
    void count(std::int32_t root) {
        std::vector<std::int32_t> stack = {root};
        seen_.assign(nodes_.size(), false);
        seen_[at(root)] = true;
        while (!stack.empty()) {
            const std::int32_t node = stack.back();
            stack.pop_back();
            for (const Edge& edge : nodes_[at(node)].edges) {
                if (edge.node < 0) {
                    continue;
                }
                ++nodes_[at(edge.node)].waiting;
                if (!seen_[at(edge.node)]) {
                    seen_[at(edge.node)] = true;
                    stack.push_back(edge.node);
                }
            }
        }
    }

    void ready(std::int32_t node) {
        const bool leaf = nodes_[at(node)].op == Op::accumulate_grad;
        heap_.push_back({leaf ? std::int64_t{1} << 40 : node, node});
        std::push_heap(heap_.begin(), heap_.end());
    }

    void deliver(const Edge& edge, Tensor gradient) {
        Node& node = nodes_[at(edge.node)];
        if (static_cast<std::int32_t>(node.buffer.size()) <= edge.input) {
            node.buffer.resize(static_cast<std::uint32_t>(edge.input) + 1);
        }
        Tensor& slot = node.buffer[static_cast<std::uint32_t>(edge.input)];
        if (!slot.defined()) {
            slot = std::move(gradient);
            return;
        }
        if (!tape_.subclass_semantics && sole_owner(slot)) {
            gradient.reset();
            return;
        }
        if (!tape_.subclass_semantics && sole_owner(gradient)) {
            slot = std::move(gradient);
            return;
        }
        Tensor sum = tape_.gradient_sum(slot, gradient);
        slot = std::move(sum);
        gradient.reset();
    }

    bool sole_owner(const Tensor& tensor) const {
        return tape_.storages_[at(tensor.storage_)].refs == 1;
    }

    /// Makes what follows belong to the node's module and layer.
    void enter(const Node& node) {
        tape_.scope_ = node.scope;
        tape_.line_ = node.line;
        tape_.group_ = node.group;
        if (node.region != tape_.region_) {
            tape_.leave_region();
            tape_.enter_region(node.region);
        }
    }

    void evaluate(std::int32_t index) {
        enter(nodes_[at(index)]);
        std::vector<Tensor> gradients = std::move(nodes_[at(index)].buffer);
        nodes_[at(index)].buffer.clear();
        if (nodes_[at(index)].op == Op::accumulate_grad) {
            accumulate(index, std::move(gradients.front()));
            return;
        }
        std::vector<Tensor> unpacked = unpack(index);
        // Taken out of the list while it runs: the formula may make the list grow.
        Node node = std::move(nodes_[at(index)]);
        std::vector<Tensor> results = apply(node, gradients);
        // The engine brings each result to its input's shape and type.
        for (std::uint32_t edge = 0; edge < results.size(); ++edge) {
            Tensor& result = results[edge];
            if (!result.defined()) {
                continue;
            }
            if (!same_sizes(result.shape_, node.input_shapes[edge])) {
                Tensor reduced = grad(node, edge, node.input_shapes[edge], result.dtype_);
                result = std::move(reduced);
            }
            if (result.dtype_ != node.input_dtypes[edge]) {
                Tensor cast = tape_.layout("cast gradient", result.shape_, node.input_dtypes[edge],
                                           &result, nullptr);
                result = std::move(cast);
            }
        }
        gradients.clear();
        unpacked.clear();
        tape_.release_saved(node);
        nodes_[at(index)].edges = node.edges;
        // What its function holds (a leaf and its gradient) lives as long as the graph.
        nodes_[at(index)].custom = std::move(node.custom);
        for (std::uint32_t edge = 0; edge < results.size(); ++edge) {
            const Edge target = node.edges[edge];
            if (target.node < 0) {
                continue;
            }
            if (results[edge].defined()) {
                deliver(target, std::move(results[edge]));
            }
            if (--nodes_[at(target.node)].waiting == 0 && !nodes_[at(target.node)].buffer.empty()) {
                ready(target.node);
            }
        }
    }

    static bool same_sizes(const Shape& left, const Shape& right) {
        if (left.rank != right.rank) {
            return false;
        }
        for (std::uint8_t axis = 0; axis < left.rank; ++axis) {
            if (left.dims[axis].size != right.dims[axis].size) {
                return false;
            }
        }
        return true;
    }

    /// The kept tensors of a node inside a checkpoint: the first asked for runs its layer again.
    std::vector<Tensor> unpack(std::int32_t index) {
        std::vector<Tensor> unpacked;
        const std::int32_t frame_index = nodes_[at(index)].frame;
        if (frame_index < 0 || nodes_[at(index)].saved.empty()) {
            return unpacked;
        }
        if (!tape_.frames_[at(frame_index)].recomputed) {
            recompute(frame_index);
            enter(nodes_[at(index)]);
        }
        for (const SavedTensor& saved : nodes_[at(index)].saved) {
            unpacked.push_back(std::move(tape_.frames_[at(frame_index)].kept[at(saved.handle)]));
        }
        return unpacked;
    }

    void recompute(std::int32_t index) {
        CheckpointFrame& frame = tape_.frames_[at(index)];
        frame.recomputed = true;
        frame.kept.reserve(at(frame.holders));
        const std::int32_t outer_frame = std::exchange(tape_.recomputing_, index);
        const std::int32_t outer_layer = std::exchange(tape_.layer_, frame.layer);
        tape_.scope_ = frame.scope;
        tape_.group_ = frame.group;
        const std::function<Tensor(const Tensor&)> run = frame.run;
        const Tensor input = frame.input;
        const std::optional<DType> outer_cast = std::exchange(tape_.autocast, frame.autocast);
        tape_.grad_enabled = true;
        run(input).reset();
        tape_.grad_enabled = false;
        tape_.stopped_ = false;
        tape_.end_autocast();
        tape_.autocast = outer_cast;
        tape_.layer_ = outer_layer;
        tape_.recomputing_ = outer_frame;
    }

    void accumulate(std::int32_t index, Tensor gradient) {
        ParameterState& parameter = tape_.parameters_[at(nodes_[at(index)].parameter)];
        gradient.requires_grad_ = false;
        if (!parameter.gradient.defined()) {
            if (sole_owner(gradient) && gradient.elements() == parameter.shape.elements()) {
                parameter.gradient = std::move(gradient);
            } else {
                const Group outer = std::exchange(tape_.group_, Group::gradients);
                parameter.gradient =
                    tape_.allocate(parameter.name, parameter.shape, parameter.dtype, kGrad);
                tape_.group_ = outer;
            }
            return;
        }
        gradient.reset();  // added in place
    }

    // --- formulas --------------------------------------------------------------------------

    /// A gradient of an input: named after the operation, or after the weight that it is for.
    Tensor grad(const Node& node, std::uint32_t edge, const Shape& shape, DType dtype) {
        Edge target = node.edges[edge];
        for (int hops = 0; hops < 4 && target.node >= 0; ++hops) {
            const Node& next = nodes_[at(target.node)];
            if (next.op == Op::accumulate_grad) {
                // Shown as the weight is, whichever way round the product wrote it.
                const Shape& whole = tape_.parameters_[at(next.parameter)].shape;
                const bool same = whole.elements() == shape.elements();
                const std::int32_t scope = std::exchange(tape_.scope_, next.scope);
                const Group group = std::exchange(tape_.group_, Group::gradients);
                Tensor tensor = tape_.allocate(next.name, same ? whole : shape, dtype, kGrad);
                tape_.scope_ = scope;
                tape_.group_ = group;
                if (same) {
                    tensor = tape_.viewed(std::move(tensor), shape);
                }
                return tensor;
            }
            if (next.op != Op::permute && next.op != Op::view) {
                break;
            }
            target = next.edges.front();
        }
        return tape_.allocate(node.name, shape, dtype, kGrad);
    }

    Tensor temporary(const Node& node, const Shape& shape, DType dtype) {
        return tape_.allocate(node.name, shape, dtype, "temporary of grad of ");
    }

    static bool asked(const Node& node, std::uint32_t edge) {
        return node.edges.size() > edge && node.edges[edge].node >= 0;
    }

    std::vector<Tensor> apply(const Node& node, std::vector<Tensor>& gradients) {
        std::vector<Tensor> results(node.edges.size());
        Tensor& incoming = gradients.front();
        const auto like_input = [&](std::uint32_t edge) {
            return grad(node, edge, node.input_shapes[edge], node.input_dtypes[edge]);
        };
        switch (node.op) {
            case Op::view:
                results[0] = tape_.reshape_detached(incoming, node.input_shapes[0], node.name);
                break;
            case Op::permute: results[0] = permuted_back(node, incoming); break;
            case Op::expand:
                results[0] = same_sizes(incoming.shape_, node.input_shapes[0])
                                 ? tape_.alias(incoming)
                                 : like_input(0);
                break;
            case Op::clone: results[0] = tape_.alias(incoming); break;
            case Op::add:
                for (std::uint32_t edge = 0; edge < results.size(); ++edge) {
                    if (asked(node, edge)) {
                        results[edge] = edge == 1 && node.number == 1
                                            ? grad(node, edge, incoming.shape_, incoming.dtype_)
                                            : tape_.alias(incoming);
                    }
                }
                break;
            case Op::mul: {
                for (std::uint32_t edge = 0; edge < 2; ++edge) {
                    if (asked(node, edge)) {
                        results[edge] = tape_.layout(node.name, incoming.shape_, incoming.dtype_,
                                                     &incoming, nullptr);
                    }
                }
                break;
            }
            case Op::div: {
                if (asked(node, 0)) {
                    results[0] = grad(node, 0, incoming.shape_, incoming.dtype_);
                }
                if (asked(node, 1)) {  // -grad * ((self / other) / other)
                    const Tensor negative = temporary(node, incoming.shape_, incoming.dtype_);
                    const Tensor ratio = temporary(node, incoming.shape_, incoming.dtype_);
                    const Tensor twice = temporary(node, incoming.shape_, incoming.dtype_);
                    results[1] = grad(node, 1, incoming.shape_, incoming.dtype_);
                }
                break;
            }
            case Op::pow: {  // grad * (exponent * self.pow(exponent - 1))
                const Tensor power = temporary(node, node.input_shapes[0], node.input_dtypes[0]);
                const Tensor scaled = temporary(node, node.input_shapes[0], node.input_dtypes[0]);
                results[0] = like_input(0);
                break;
            }
            case Op::rsqrt: {  // -0.5 * grad * result.pow(3)
                const Tensor scaled = temporary(node, node.input_shapes[0], node.input_dtypes[0]);
                const Tensor cube = temporary(node, node.input_shapes[0], node.input_dtypes[0]);
                results[0] = like_input(0);
                break;
            }
            case Op::sum: results[0] = summed_back(node, incoming); break;
            case Op::index:
            case Op::topk: {  // zeros with the gradient put where the indices say
                const Tensor zeros =
                    tape_.subclass_semantics
                        ? temporary(node, node.input_shapes[0], node.input_dtypes[0])
                        : Tensor();
                results[0] = like_input(0);
                break;
            }
            case Op::cat: {
                for (std::uint32_t edge = 0; edge < results.size(); ++edge) {
                    if (asked(node, edge)) {
                        results[edge] = tape_.alias(incoming);
                        results[edge].shape_ = node.input_shapes[edge];
                    }
                }
                break;
            }
            case Op::where: results[0] = grad(node, 0, incoming.shape_, incoming.dtype_); break;
            case Op::mm:
                if (asked(node, 1)) {
                    results[1] = like_input(1);
                }
                if (asked(node, 0)) {
                    results[0] = like_input(0);
                }
                break;
            case Op::addmm:
                if (asked(node, 1)) {
                    results[1] = like_input(1);
                }
                if (asked(node, 2)) {
                    results[2] = like_input(2);
                }
                if (asked(node, 0)) {
                    results[0] = tape_.alias(incoming);  // summed over the rows by the engine
                    if (!same_sizes(incoming.shape_, node.input_shapes[0])) {
                        results[0] = like_input(0);
                    }
                }
                break;
            case Op::convolution:
            case Op::bmm:
            case Op::grouped_mm:
            case Op::flash_attention:
            case Op::efficient_attention:
            case Op::layer_norm:
                for (std::uint32_t edge = 0; edge < results.size(); ++edge) {
                    if (asked(node, edge)) {
                        results[edge] = like_input(edge);
                    }
                }
                break;
            case Op::baddbmm:
                if (asked(node, 1)) {
                    results[1] = like_input(1);
                }
                if (asked(node, 2)) {
                    results[2] = like_input(2);
                }
                if (asked(node, 0)) {
                    results[0] = like_input(0);
                }
                break;
            case Op::split:
            case Op::unbind: results[0] = like_input(0); break;
            case Op::checkpoint:
                results[0] = reentrant(static_cast<std::int32_t>(node.number), incoming);
                break;
            case Op::custom: results = node.custom(tape_, gradients); break;
            case Op::accumulate_grad: break;
            default:
                // One new tensor of the input's shape: the formula is a single kernel.
                results[0] = like_input(0);
                break;
        }
        return results;
    }

    /// The gradient of a sum: the incoming one, stretched over the axis without memory.
    Tensor summed_back(const Node& node, const Tensor& incoming) {
        Tensor result = tape_.expanded(incoming, node.input_shapes[0]);
        int from = 0;
        for (int axis = 0; axis < result.rank(); ++axis) {
            const auto at = static_cast<std::uint8_t>(axis);
            if (axis == node.number) {
                from += static_cast<int>(node.number2);
                continue;
            }
            result.stride_[at] = incoming.stride_[static_cast<std::uint8_t>(from)];
            ++from;
        }
        return result;
    }

    Tensor permuted_back(const Node& node, const Tensor& incoming) {
        Tensor result = tape_.alias(incoming);
        result.shape_ = node.input_shapes[0];
        if (node.number2 == 0) {
            std::swap(result.stride_[static_cast<std::uint8_t>(node.number / 8)],
                      result.stride_[static_cast<std::uint8_t>(node.number % 8)]);
            return result;
        }
        std::int64_t code = node.number;
        for (int axis = incoming.rank() - 1; axis >= 0; --axis) {
            result.stride_[static_cast<std::uint8_t>(code % 8)] =
                incoming.stride_[static_cast<std::uint8_t>(axis)];
            code /= 8;
        }
        return result;
    }

    /// A reentrant checkpoint: the layer runs again with its own graph, and that graph backward.
    Tensor reentrant(std::int32_t index, const Tensor& incoming) {
        CheckpointFrame& frame = tape_.frames_[at(index)];
        const std::function<Tensor(const Tensor&)> run = frame.run;
        const std::optional<DType> outer_cast = std::exchange(tape_.autocast, frame.autocast);
        tape_.scope_ = frame.scope;
        tape_.group_ = frame.group;
        Tensor input = tape_.alias(frame.input);
        Node leaf;
        leaf.op = Op::view;
        leaf.region = frame.region;
        leaf.scope = frame.scope;
        input.requires_grad_ = true;
        Tensor gradient;
        const auto catcher = static_cast<std::int32_t>(nodes_.size());
        leaf.op = Op::custom;
        leaf.refs = 1;
        leaf.name = "checkpointed input";
        leaf.custom = [&gradient](Tape&, std::vector<Tensor>& grads) {
            gradient = std::move(grads.front());
            return std::vector<Tensor>();
        };
        nodes_.push_back(std::move(leaf));
        tape_.retain_node(catcher);
        input.node_ = catcher;
        tape_.grad_enabled = true;
        Tensor output = run(input);
        tape_.grad_enabled = false;
        tape_.end_autocast();
        tape_.autocast = outer_cast;
        const Edge root{output.node_, output.output_};
        tape_.retain_node(root.node);
        Backward nested(tape_);
        nested.run(root, incoming);
        tape_.release_node(root.node);
        tape_.release_frame(index);
        return gradient;
    }

    Tape& tape_;
    std::vector<Node>& nodes_ = tape_.nodes_;
    std::vector<bool> seen_;
    std::vector<Ready> heap_;
};

Tensor Tape::reshape_detached(const Tensor& x, const Shape& shape, const char* name) {
    Tensor result = alias(x);
    const auto stride = view_strides(x, shape);
    if (!stride) {
        return allocate(name, shape, x.dtype_, "contiguous grad of ");
    }
    result.shape_ = shape;
    result.stride_ = *stride;
    return result;
}

/// The sum of two gradients of one value. It takes the first one's place, so that in a stretch that
/// stands for many layers what each one frees is what the one before it made.
Tensor Tape::gradient_sum(const Tensor& first, const Tensor& second) {
    const std::int32_t kind = storages_[static_cast<std::uint32_t>(first.storage_)].tensor;
    if (bytes_of(first.dtype_, first.elements()) !=
        program_.tensors[static_cast<std::uint32_t>(kind)].bytes) {
        return layout("summed gradient", first.shape_, first.dtype_, &first, &second);
    }
    Tensor sum = alias(first);
    release(std::exchange(sum.storage_, new_storage(kind)));
    return sum;
}

Tensor Tape::viewed(Tensor tensor, const Shape& shape) {
    tensor.shape_ = shape;
    std::int64_t stride = 1;
    for (int axis = shape.rank - 1; axis >= 0; --axis) {
        const auto place = static_cast<std::uint8_t>(axis);
        tensor.stride_[place] = stride;
        stride = checked_product(stride, shape.dims[place].size);
    }
    return tensor;
}

Tensor Tape::expanded(const Tensor& x, const Shape& shape) {
    Tensor result = alias(x);
    result.shape_ = shape;
    result.stride_ = {};
    return result;
}

void Tape::backward(const Tensor& loss) {
    const std::int32_t scope = scope_;
    const Group group = group_;
    const bool recorded = std::exchange(grad_enabled, false);
    const bool outer_order = std::exchange(last_first_, true);
    Tensor seed = allocate("grad of the loss", loss.shape_, loss.dtype_);
    {
        Backward engine(*this);
        engine.run({loss.node_, loss.output_}, seed);
    }
    leave_region();
    last_first_ = outer_order;
    scope_ = scope;
    group_ = group;
    grad_enabled = recorded;
}

}  // namespace tensorledger::torch
