// `loss.backward()`: the nodes of the graph, youngest first, and the memory of their formulas.
// Source: PyTorch 2.6, torch/csrc/autograd/{engine.cpp,input_buffer.cpp,FunctionsManual.cpp,
// functions/accumulate_grad.cpp}.

#include <algorithm>
#include <utility>

#include "core/profiles/torch/tape.h"

namespace tensorledger::torch {

namespace {

/// Of an H100. A kernel of Liger's gathers what a weight's gradient is summed from once on each.
constexpr std::int64_t kMultiprocessors = 132;

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
        const std::int32_t turn = ++tape_.engine_runs_;
        std::vector<std::int32_t> stack = {root};
        nodes_[at(root)].seen = turn;
        while (!stack.empty()) {
            const Node& node = nodes_[at(stack.back())];
            stack.pop_back();
            for (std::int32_t input = 0; input < node.inputs; ++input) {
                const Edge edge = edge_of(node, at(input));
                if (edge.node < 0) {
                    continue;
                }
                Node& next = nodes_[at(edge.node)];
                ++next.waiting;
                if (next.seen != turn) {
                    next.seen = turn;
                    stack.push_back(edge.node);
                }
            }
        }
    }

    const Input& input_of(const Node& node, std::uint32_t index) const {
        return tape_.inputs_[at(node.first_input) + index];
    }

    Edge edge_of(const Node& node, std::uint32_t index) const { return input_of(node, index).edge; }

    /// What an input looked like in the forward.
    const Shape& shape_of(const Node& node, std::uint32_t index) const {
        return value_of(node, index).shape;
    }

    DType dtype_of(const Node& node, std::uint32_t index) const {
        return value_of(node, index).dtype;
    }

    const TensorValue& value_of(const Node& node, std::uint32_t index) const {
        static const TensorValue undefined;
        const TensorValue* value = input_of(node, index).value;
        return value != nullptr ? *value : undefined;
    }

    void ready(std::int32_t node) {
        const bool leaf = nodes_[at(node)].op == Op::accumulate_grad;
        heap_.push_back({leaf ? std::int64_t{1} << 40 : node, node});
        std::push_heap(heap_.begin(), heap_.end());
    }

    void deliver(const Edge& edge, Tensor gradient) {
        Tensor& slot = waiting_gradient(edge);
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

    /// Where the gradient of a node's output waits for the node's turn.
    Tensor& waiting_gradient(const Edge& edge) {
        std::vector<Incoming>& all = tape_.incoming_;
        std::int32_t last = -1;
        for (std::int32_t index = nodes_[at(edge.node)].incoming; index >= 0;
             index = all[at(index)].next) {
            if (all[at(index)].input == edge.input) {
                return all[at(index)].gradient;
            }
            last = index;
        }
        std::int32_t made = tape_.free_incoming_;
        if (made >= 0) {
            tape_.free_incoming_ = all[at(made)].next;
        } else {
            made = static_cast<std::int32_t>(all.size());
            all.emplace_back();
        }
        all[at(made)].input = edge.input;
        all[at(made)].next = -1;
        (last >= 0 ? all[at(last)].next : nodes_[at(edge.node)].incoming) = made;
        return all[at(made)].gradient;
    }

    /// The gradients of a node's outputs, which have waited for its turn.
    void take_gradients(Node& node, std::vector<Tensor>& gradients) {
        std::vector<Incoming>& all = tape_.incoming_;
        for (std::int32_t index = std::exchange(node.incoming, -1); index >= 0;) {
            Incoming& one = all[at(index)];
            const auto place = static_cast<std::uint32_t>(one.input);
            if (gradients.size() <= place) {
                gradients.resize(place + 1);
            }
            gradients[place] = std::move(one.gradient);
            const std::int32_t next = one.next;
            one.next = std::exchange(tape_.free_incoming_, index);
            index = next;
        }
    }

    bool sole_owner(const Tensor& tensor) const {
        return tape_.storages_[at(tensor.storage())].refs == 1 && tensor.value_->names == 1;
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
        gradients_.clear();
        take_gradients(nodes_[at(index)], gradients_);
        if (nodes_[at(index)].op == Op::accumulate_grad) {
            accumulate(index, std::move(gradients_.front()));
            return;
        }
        unpack(index);
        // A copy: the formula may make the list grow.
        const Node node = nodes_[at(index)];
        results_.clear();
        results_.resize(at(node.inputs));
        apply(node, gradients_, results_);
        // What a checkpoint computed again for this node has no other name than those of its formula.
        unpacked_.clear();
        // The engine brings each result to its input's shape and type.
        for (std::uint32_t edge = 0; edge < results_.size(); ++edge) {
            Tensor& result = results_[edge];
            if (!result.defined() || !asked(node, edge)) {
                continue;
            }
            if (!same_sizes(result.shape(), shape_of(node, edge))) {
                result = grad(node, edge, shape_of(node, edge), result.dtype());
            }
            if (result.dtype() != dtype_of(node, edge)) {
                result = node.op == Op::custom
                             ? grad(node, edge, result.shape(), dtype_of(node, edge))
                             : tape_.layout("cast gradient", result.shape(), dtype_of(node, edge),
                                            &result, nullptr);
            }
        }
        gradients_.clear();
        tape_.release_saved(nodes_[at(index)]);
        tape_.forget_inputs(node);
        for (std::uint32_t edge = 0; edge < results_.size(); ++edge) {
            const Edge target = edge_of(node, edge);
            if (target.node < 0) {
                continue;
            }
            if (results_[edge].defined()) {
                deliver(target, std::move(results_[edge]));
            }
            Node& next = nodes_[at(target.node)];
            if (--next.waiting == 0 && next.incoming >= 0) {
                ready(target.node);
            }
        }
        results_.clear();
    }

    /// The kept tensors of a node inside a checkpoint: the first asked for runs its layer again.
    void unpack(std::int32_t index) {
        const std::int32_t frame_index = nodes_[at(index)].frame;
        if (frame_index < 0 || nodes_[at(index)].first_saved < 0) {
            return;
        }
        if (!tape_.frames_[at(frame_index)].recomputed) {
            recompute(frame_index);
            enter(nodes_[at(index)]);
        }
        for (std::int32_t saved = nodes_[at(index)].first_saved; saved >= 0;
             saved = tape_.saved_[at(saved)].next) {
            const std::int32_t handle = tape_.saved_[at(saved)].handle;
            unpacked_.push_back(std::move(tape_.frames_[at(frame_index)].kept[at(handle)]));
        }
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
        take(parameter, std::move(gradient));
        if (tape_.after_accumulate) {
            tape_.scope_ = 0;  // what the optimizer makes is not the module's
            tape_.after_accumulate(parameter);
            parameter.gradient.reset();
        }
    }

    /// The gradient becomes the weight's own, or is added to it.
    void take(ParameterState& parameter, Tensor gradient) {
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
        Edge target = edge_of(node, edge);
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
                    tensor = tape_.viewed(tensor, shape);
                }
                return tensor;
            }
            if (next.op != Op::permute && next.op != Op::view) {
                break;
            }
            target = edge_of(next, 0);
        }
        return tape_.allocate(node.name, shape, dtype, kGrad);
    }

    Tensor temporary(const Node& node, const Shape& shape, DType dtype) {
        return tape_.allocate(node.name, shape, dtype, "temporary of grad of ");
    }

    /// What a node keeps of its input, as the memory of that input's gradient.
    Tensor kept(const Node& node, std::uint32_t edge) {
        if (!unpacked_.empty()) {
            return tape_.alias(unpacked_[edge], shape_of(node, edge), unpacked_[edge].stride());
        }
        std::int32_t saved = node.first_saved;
        for (std::uint32_t before = 0; before < edge; ++before) {
            saved = tape_.saved_[at(saved)].next;
        }
        return tape_.alias(tape_.saved_[at(saved)].storage, shape_of(node, edge),
                           dtype_of(node, edge));
    }

    bool asked(const Node& node, std::uint32_t edge) const {
        return at(node.inputs) > edge && edge_of(node, edge).node >= 0;
    }

    void apply(const Node& node, std::vector<Tensor>& gradients, std::vector<Tensor>& results) {
        Tensor& incoming = gradients.front();
        const auto like_input = [&](std::uint32_t edge) {
            return grad(node, edge, shape_of(node, edge), dtype_of(node, edge));
        };
        switch (node.op) {
            case Op::view:
                results[0] = tape_.reshape_detached(incoming, shape_of(node, 0), node.name);
                break;
            case Op::permute: results[0] = permuted_back(node, incoming); break;
            case Op::expand:
                results[0] = same_sizes(incoming.shape(), shape_of(node, 0)) ? tape_.alias(incoming)
                                                                             : like_input(0);
                break;
            case Op::clone: results[0] = tape_.alias(incoming); break;
            case Op::add:
                for (std::uint32_t edge = 0; edge < results.size(); ++edge) {
                    if (asked(node, edge)) {
                        results[edge] = edge == 1 && node.number == 1
                                            ? grad(node, edge, incoming.shape(), incoming.dtype())
                                            : tape_.alias(incoming);
                    }
                }
                break;
            case Op::mul: {
                for (std::uint32_t edge = 0; edge < 2; ++edge) {
                    if (asked(node, edge)) {
                        results[edge] = tape_.layout(node.name, incoming.shape(), incoming.dtype(),
                                                     &incoming, nullptr);
                    }
                }
                break;
            }
            case Op::div: {
                if (asked(node, 0)) {
                    results[0] = grad(node, 0, incoming.shape(), incoming.dtype());
                }
                if (asked(node, 1)) {  // -grad * ((self / other) / other)
                    const Tensor negative = temporary(node, incoming.shape(), incoming.dtype());
                    const Tensor ratio = temporary(node, incoming.shape(), incoming.dtype());
                    const Tensor twice = temporary(node, incoming.shape(), incoming.dtype());
                    results[1] = grad(node, 1, incoming.shape(), incoming.dtype());
                }
                break;
            }
            case Op::pow: {  // grad * (exponent * self.pow(exponent - 1))
                const Tensor power = temporary(node, shape_of(node, 0), dtype_of(node, 0));
                const Tensor scaled = temporary(node, shape_of(node, 0), dtype_of(node, 0));
                results[0] = like_input(0);
                break;
            }
            case Op::rsqrt: {  // -0.5 * grad * result.pow(3)
                const Tensor scaled = temporary(node, shape_of(node, 0), dtype_of(node, 0));
                const Tensor cube = temporary(node, shape_of(node, 0), dtype_of(node, 0));
                results[0] = like_input(0);
                break;
            }
            case Op::logsumexp: {  // grad * (self - result).exp()
                const Tensor difference = temporary(node, shape_of(node, 0), dtype_of(node, 0));
                const Tensor exponentials = temporary(node, shape_of(node, 0), dtype_of(node, 0));
                results[0] = like_input(0);
                break;
            }
            case Op::sum: results[0] = summed_back(node, incoming); break;
            case Op::index:
            case Op::topk: {  // zeros with the gradient put where the indices say
                const Tensor zeros = tape_.subclass_semantics
                                         ? temporary(node, shape_of(node, 0), dtype_of(node, 0))
                                         : Tensor();
                results[0] = like_input(0);
                break;
            }
            case Op::cat: {
                for (std::uint32_t edge = 0; edge < results.size(); ++edge) {
                    if (asked(node, edge)) {
                        results[edge] =
                            tape_.alias(incoming, shape_of(node, edge), incoming.stride());
                    }
                }
                break;
            }
            case Op::where:
                for (std::uint32_t edge = 0; edge < results.size(); ++edge) {
                    if (asked(node, edge)) {
                        results[edge] = grad(node, edge, incoming.shape(), incoming.dtype());
                    }
                }
                break;
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
                    if (!same_sizes(incoming.shape(), shape_of(node, 0))) {
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
            case Op::custom: {
                CustomBackward function = std::move(tape_.customs_[at(node.custom)]);
                tape_.running_saved_ = node.first_saved;
                results = function(tape_, gradients);
                // What it holds (a leaf and its gradient) lives as long as the graph.
                tape_.customs_[at(node.custom)] = std::move(function);
                break;
            }
            case Op::gated:
                for (std::uint32_t edge = 0; edge < results.size(); ++edge) {
                    if (asked(node, edge)) {
                        results[edge] = kept(node, edge);
                    }
                }
                break;
            case Op::norm_over: {
                const Dim width = shape_of(node, 0)[shape_of(node, 0).rank - 1];
                const Dim processors{kMultiprocessors, "multiprocessors"};
                const Tensor parts = tape_.make("weight gradient by multiprocessor",
                                                {processors, width}, DType::fp32);
                const Tensor sum = tape_.make("weight gradient in fp32", {width}, DType::fp32);
                if (asked(node, 1)) {
                    results[1] = like_input(1);
                }
                results[0] = tape_.alias(incoming);
                break;
            }
            case Op::rotate_over: results[0] = tape_.alias(incoming); break;
            case Op::accumulate_grad: break;
            default:
                // One new tensor of the input's shape: the formula is a single kernel.
                results[0] = like_input(0);
                break;
        }
    }

    /// The gradient of a sum: the incoming one, stretched over the axis without memory.
    Tensor summed_back(const Node& node, const Tensor& incoming) {
        const Shape& shape = shape_of(node, 0);
        Strides stride{};
        int from = 0;
        for (int axis = 0; axis < shape.rank; ++axis) {
            if (axis == node.number) {
                from += static_cast<int>(node.number2);
                continue;
            }
            stride[static_cast<std::uint8_t>(axis)] =
                incoming.stride()[static_cast<std::uint8_t>(from)];
            ++from;
        }
        return tape_.alias(incoming, shape, stride);
    }

    Tensor permuted_back(const Node& node, const Tensor& incoming) {
        Strides stride = incoming.stride();
        if (node.number2 == 0) {
            std::swap(stride[static_cast<std::uint8_t>(node.number / 8)],
                      stride[static_cast<std::uint8_t>(node.number % 8)]);
        } else {
            std::int64_t code = node.number;
            for (int axis = incoming.rank() - 1; axis >= 0; --axis) {
                stride[static_cast<std::uint8_t>(code % 8)] =
                    incoming.stride()[static_cast<std::uint8_t>(axis)];
                code /= 8;
            }
        }
        return tape_.alias(incoming, shape_of(node, 0), stride);
    }

    /// A reentrant checkpoint: the layer runs again with its own graph, and that graph backward.
    Tensor reentrant(std::int32_t index, const Tensor& incoming) {
        CheckpointFrame& frame = tape_.frames_[at(index)];
        const std::function<Tensor(const Tensor&)> run = frame.run;
        const std::optional<DType> outer_cast = std::exchange(tape_.autocast, frame.autocast);
        tape_.scope_ = frame.scope;
        tape_.group_ = frame.group;
        Tensor gradient;
        const std::int32_t catcher = tape_.new_leaf(Op::custom, "checkpointed input");
        nodes_[at(catcher)].refs = 1;
        nodes_[at(catcher)].region = frame.region;
        nodes_[at(catcher)].custom = static_cast<std::int32_t>(tape_.customs_.size());
        tape_.customs_.emplace_back([&gradient](Tape&, std::vector<Tensor>& grads) {
            gradient = std::move(grads.front());
            return std::vector<Tensor>();
        });
        Tensor input = tape_.alias(frame.input);
        input.value_->requires_grad = true;
        input.value_->node = catcher;
        tape_.retain_node(catcher);
        tape_.grad_enabled = true;
        Tensor output = run(input);
        tape_.grad_enabled = false;
        tape_.end_autocast();
        tape_.autocast = outer_cast;
        const Edge root = tape_.edge_of(output);
        tape_.retain_node(root.node);
        Backward nested(tape_);
        nested.run(root, incoming);
        tape_.release_node(root.node);
        tape_.release_frame(index);
        return gradient;
    }

    Tape& tape_;
    std::vector<Node>& nodes_ = tape_.nodes_;
    std::vector<Ready> heap_;
    // Of the node whose turn it is: what came in, what its formula kept inside a checkpoint, what comes out.
    std::vector<Tensor> gradients_;
    std::vector<Tensor> unpacked_;
    std::vector<Tensor> results_;
};

Tensor Tape::reshape_detached(const Tensor& x, const Shape& shape, const char* name) {
    if (const auto stride = view_strides(x, shape)) {
        return alias(x, shape, *stride);
    }
    return allocate(name, shape, x.dtype(), "contiguous grad of ");
}

/// The sum of two gradients of one value. It takes the first one's place, so that in a stretch that
/// stands for many layers what each one frees is what the one before it made.
Tensor Tape::gradient_sum(const Tensor& first, const Tensor& second) {
    const std::int32_t kind = storages_[static_cast<std::uint32_t>(first.storage())].tensor;
    if (bytes_of(first.dtype(), first.elements()) !=
        program_.tensors[static_cast<std::uint32_t>(kind)].bytes) {
        return layout("summed gradient", first.shape(), first.dtype(), &first, &second);
    }
    Tensor sum = alias(first);
    release(std::exchange(sum.value_->storage, new_storage(kind)));
    return sum;
}

Tensor Tape::gradient_of(const Parameter& weight, const Shape& shape, DType dtype) {
    if (!weight.requires_grad()) {
        return allocate("weight", shape, dtype, kGrad);
    }
    const ParameterState& known = parameters_[static_cast<std::uint32_t>(weight.parameter())];
    const std::int32_t scope = std::exchange(scope_, known.scope);
    const Group group = std::exchange(group_, Group::gradients);
    Tensor tensor = allocate(known.name, shape, dtype, kGrad);
    scope_ = scope;
    group_ = group;
    return tensor;
}

void Tape::backward(const Tensor& loss) {
    const std::int32_t scope = scope_;
    const Group group = group_;
    const bool recorded = std::exchange(grad_enabled, false);
    const bool outer_order = std::exchange(last_first_, true);
    Tensor seed = allocate("grad of the loss", loss.shape(), loss.dtype());
    {
        Backward engine(*this);
        engine.run(edge_of(loss), seed);
    }
    leave_region();
    last_first_ = outer_order;
    scope_ = scope;
    group_ = group;
    grad_enabled = recorded;
}

}  // namespace tensorledger::torch
