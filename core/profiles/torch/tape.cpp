#include "core/profiles/torch/tape.h"

#include <algorithm>
#include <memory>

namespace tensorledger::torch {

// --- handles ---------------------------------------------------------------------------------

Tensor::Tensor(const Tensor& other) : value_(other.value_) {
    if (value_ != nullptr) {
        ++value_->names;
    }
}

Tensor& Tensor::operator=(const Tensor& other) {
    Tensor copy(other);
    *this = std::move(copy);
    return *this;
}

Tensor& Tensor::operator=(Tensor&& other) noexcept {
    if (this != &other) {
        reset();
        value_ = std::exchange(other.value_, nullptr);
    }
    return *this;
}

void Tensor::reset() {
    TensorValue* value = std::exchange(value_, nullptr);
    if (value != nullptr && --value->names == 0) {
        value->tape->forget(*value);
    }
}

const TensorValue& Tensor::value() const {
    static const TensorValue undefined;
    return value_ != nullptr ? *value_ : undefined;
}

const Dim& Tensor::dim(int axis) const {
    const Shape& all = shape();
    return all[axis < 0 ? axis + all.rank : axis];
}

bool Tensor::is_contiguous() const {
    const TensorValue& all = value();
    std::int64_t expected = 1;
    for (int axis = all.shape.rank - 1; axis >= 0; --axis) {
        const auto at = static_cast<std::uint8_t>(axis);
        if (all.shape.dims[at].size != 1 && all.stride[at] != expected) {
            return false;
        }
        expected *= all.shape.dims[at].size;
    }
    return true;
}

TensorValue* Tape::new_value() {
    constexpr std::uint32_t block = 64;
    if (free_values_ == nullptr) {
        blocks_.push_back(std::make_unique<TensorValue[]>(block));
        for (std::uint32_t index = 0; index < block; ++index) {
            TensorValue& value = blocks_.back()[index];
            value.tape = this;
            value.next_free = std::exchange(free_values_, &value);
        }
    }
    TensorValue* value = free_values_;
    free_values_ = value->next_free;
    value->names = 1;
    return value;
}

void Tape::recycle(TensorValue& value) {
    value.storage = -1;
    value.node = -1;
    value.parameter = -1;
    value.output = 0;
    value.requires_grad = false;
    value.next_free = std::exchange(free_values_, &value);
}

void Tape::forget(TensorValue& value) {
    if (closing_) {
        return;
    }
    const std::int32_t storage = std::exchange(value.storage, -1);
    const std::int32_t node = std::exchange(value.node, -1);
    if (value.readers == 0) {
        recycle(value);
    }
    release(storage);
    release_node(node);
}

TensorValue& Tape::own(Tensor& tensor) {
    TensorValue* shared = tensor.value_;
    if (shared->names > 1) {
        TensorValue* value = new_value();
        value->storage = shared->storage;
        value->node = shared->node;
        value->parameter = shared->parameter;
        value->output = shared->output;
        value->requires_grad = shared->requires_grad;
        value->dtype = shared->dtype;
        value->shape = shared->shape;
        value->stride = shared->stride;
        retain(value->storage);
        retain_node(value->node);
        --shared->names;
        tensor.value_ = value;
    }
    return *tensor.value_;
}

void Tape::forget_inputs(const Node& node) {
    for (std::int32_t index = 0; index < node.inputs; ++index) {
        TensorValue* value = std::exchange(
            inputs_[static_cast<std::uint32_t>(node.first_input + index)].value, nullptr);
        if (value != nullptr && --value->readers == 0 && value->names == 0) {
            recycle(*value);
        }
    }
}

// --- names -----------------------------------------------------------------------------------

ScopeGuard::ScopeGuard(Tape& tape, std::int32_t scope, std::optional<Group> group)
    : tape_(tape), scope_(tape.scope_), group_(tape.group_), line_(tape.line_) {
    tape_.scope_ = scope;
    tape_.line_ = 0;
    if (group) {
        tape_.group_ = *group;
    }
}

ScopeGuard::~ScopeGuard() {
    tape_.scope_ = scope_;
    tape_.group_ = group_;
    tape_.line_ = line_;
}

ScopeGuard Tape::module(const char* name, const char* source, std::optional<Group> group) {
    const char* origin =
        source != nullptr ? source : program_.scopes[static_cast<std::uint32_t>(scope_)].source;
    for (std::uint32_t index = 0; index < program_.scopes.size(); ++index) {
        const Scope& scope = program_.scopes[index];
        if (scope.parent == scope_ && scope.name == name && scope.source == origin) {
            return {*this, static_cast<std::int32_t>(index), group};
        }
    }
    program_.scopes.push_back({scope_, name, origin});
    return {*this, static_cast<std::int32_t>(program_.scopes.size()) - 1, group};
}

std::string Tape::path() const {
    std::string path;
    for (std::int32_t scope = scope_; scope >= 0;
         scope = program_.scopes[static_cast<std::uint32_t>(scope)].parent) {
        const std::string_view name = program_.scopes[static_cast<std::uint32_t>(scope)].name;
        if (!name.empty()) {
            path.insert(0, path.empty() ? "" : ".").insert(0, name);
        }
    }
    return path;
}

const char* node_name(Op op) {
    switch (op) {
        case Op::accumulate_grad: return "AccumulateGrad";
        case Op::view: return "ViewBackward0";
        case Op::permute: return "PermuteBackward0";
        case Op::expand: return "ExpandBackward0";
        case Op::slice: return "SliceBackward0";
        case Op::split: return "SplitBackward0";
        case Op::cast: return "ToCopyBackward0";
        case Op::clone: return "CloneBackward0";
        case Op::add: return "AddBackward0";
        case Op::mul:
        case Op::mul_scalar: return "MulBackward0";
        case Op::pow: return "PowBackward0";
        case Op::mean: return "MeanBackward1";
        case Op::sum: return "SumBackward1";
        case Op::rsqrt: return "RsqrtBackward0";
        case Op::silu: return "SiluBackward0";
        case Op::gelu: return "GeluBackward0";
        case Op::tanh: return "TanhBackward0";
        case Op::relu: return "ReluBackward0";
        case Op::sigmoid: return "SigmoidBackward0";
        case Op::mm: return "MmBackward0";
        case Op::addmm: return "AddmmBackward0";
        case Op::bmm: return "BmmBackward0";
        case Op::baddbmm: return "BaddbmmBackward0";
        case Op::softmax: return "SoftmaxBackward0";
        case Op::log_softmax: return "LogSoftmaxBackward0";
        case Op::nll_loss: return "NllLossBackward0";
        case Op::layer_norm: return "NativeLayerNormBackward0";
        case Op::dropout: return "NativeDropoutBackward0";
        case Op::embedding: return "EmbeddingBackward0";
        case Op::cat: return "CatBackward0";
        case Op::flash_attention: return "ScaledDotProductFlashAttentionBackward0";
        case Op::efficient_attention: return "ScaledDotProductEfficientAttentionBackward0";
        case Op::masked_fill: return "MaskedFillBackward0";
        case Op::where: return "WhereBackward0";
        case Op::index: return "IndexBackward0";
        case Op::index_add: return "IndexAddBackward0";
        case Op::checkpoint: return "CheckpointFunctionBackward";
        case Op::div: return "DivBackward0";
        case Op::gather: return "GatherBackward0";
        case Op::logsumexp: return "LogsumexpBackward0";
        case Op::convolution: return "ConvolutionBackward0";
        case Op::unbind: return "UnbindBackward0";
        case Op::clamp: return "ClampBackward1";
        case Op::exp: return "ExpBackward0";
        case Op::softplus: return "SoftplusBackward0";
        case Op::topk: return "TopkBackward0";
        case Op::grouped_mm: return "grouped_mm";
        case Op::gated: return "LigerSiLUMulFunction";
        case Op::norm_over: return "LigerRMSNormFunction";
        case Op::rotate_over: return "LigerRopeFunction";
        default: return "backward";
    }
}

// --- memory ----------------------------------------------------------------------------------

Tape::Tape() {
    nodes_.reserve(512);
    storages_.reserve(128);
    program_.tensors.reserve(192);
    program_.steps.reserve(1024);
    program_.scopes.push_back({-1, "", ""});
    interned_.assign(512, -1);
}

Tape::~Tape() { closing_ = true; }

namespace {

/// The place in the table of kinds where the search for a kind begins.
std::uint32_t hash_of(const ProgramTensor& tensor) {
    std::uint64_t hash = reinterpret_cast<std::uintptr_t>(tensor.name) * 31u +
                         reinterpret_cast<std::uintptr_t>(tensor.prefix) * 17u +
                         static_cast<std::uint64_t>(tensor.scope) * 2654435761u +
                         static_cast<std::uint64_t>(tensor.dtype) * 97u +
                         static_cast<std::uint64_t>(tensor.group) * 1013u;
    for (int axis = 0; axis < tensor.shape.rank; ++axis) {
        hash = hash * 1099511628211u +
               static_cast<std::uint64_t>(tensor.shape.dims[static_cast<std::uint8_t>(axis)].size);
    }
    return static_cast<std::uint32_t>(hash ^ (hash >> 29));
}

bool same_kind(const ProgramTensor& left, const ProgramTensor& right) {
    if (left.name != right.name || left.prefix != right.prefix || left.scope != right.scope ||
        left.dtype != right.dtype || left.group != right.group ||
        left.shape.rank != right.shape.rank) {
        return false;
    }
    for (int axis = 0; axis < left.shape.rank; ++axis) {
        const auto at = static_cast<std::uint8_t>(axis);
        if (left.shape.dims[at].size != right.shape.dims[at].size) {
            return false;
        }
    }
    return true;
}

}  // namespace

void Tape::grow_kinds() {
    std::fill(interned_.begin(), interned_.end(), -1);
    interned_.resize(interned_.size() * 2, -1);
    const std::uint32_t mask = static_cast<std::uint32_t>(interned_.size()) - 1;
    for (std::uint32_t index = 0; index < program_.tensors.size(); ++index) {
        std::uint32_t slot = hash_of(program_.tensors[index]) & mask;
        while (interned_[slot] >= 0) {
            slot = (slot + 1) & mask;
        }
        interned_[slot] = static_cast<std::int32_t>(index);
    }
}

std::int32_t Tape::intern(const char* name, const char* prefix, const Shape& shape, DType dtype) {
    ProgramTensor tensor;
    tensor.scope = scope_;
    tensor.name = name;
    tensor.prefix = prefix;
    tensor.group = group_;
    tensor.shape = shape;
    tensor.dtype = dtype;
    if (program_.tensors.size() * 2 > interned_.size()) {
        grow_kinds();
    }
    const std::uint32_t mask = static_cast<std::uint32_t>(interned_.size()) - 1;
    for (std::uint32_t slot = hash_of(tensor) & mask;; slot = (slot + 1) & mask) {
        const std::int32_t found = interned_[slot];
        if (found >= 0 && same_kind(program_.tensors[static_cast<std::uint32_t>(found)], tensor)) {
            return found;
        }
        if (found < 0) {
            tensor.line = line_;
            tensor.bytes = bytes_of(dtype, shape.elements());
            program_.tensors.push_back(tensor);
            interned_[slot] = static_cast<std::int32_t>(program_.tensors.size()) - 1;
            return interned_[slot];
        }
    }
}

std::int32_t Tape::new_storage(std::int32_t tensor) {
    std::int32_t index = 0;
    if (free_storages_.empty()) {
        index = static_cast<std::int32_t>(storages_.size());
        storages_.emplace_back();
    } else {
        index = free_storages_.back();
        free_storages_.pop_back();
        storages_[static_cast<std::uint32_t>(index)] = Storage{};
    }
    Storage& storage = storages_[static_cast<std::uint32_t>(index)];
    storage.tensor = tensor;
    storage.refs = 1;
    storage.bytes = program_.tensors[static_cast<std::uint32_t>(tensor)].bytes;
    storage.which = made_++;
    live_ += storage.bytes;
    program_.steps.push_back({StepKind::alloc, tensor, storage.which});
    return index;
}

void Tape::retain(std::int32_t storage) {
    if (storage >= 0) {
        ++storages_[static_cast<std::uint32_t>(storage)].refs;
    }
}

void Tape::release(std::int32_t storage) {
    if (storage < 0 || closing_) {
        return;
    }
    Storage& entry = storages_[static_cast<std::uint32_t>(storage)];
    if (--entry.refs > 0) {
        return;
    }
    if (entry.shared && region_ >= 0) {
        // What all layers of the stretch share dies once, with the last of them.
        shared_dead_.push_back(storage);
        return;
    }
    live_ -= entry.bytes * multiplicity_;
    if (multiplicity_ > 1) {
        program_.steps.push_back({StepKind::repeat, multiplicity_});
        program_.steps.push_back({StepKind::free, entry.tensor, entry.which});
        program_.steps.push_back({StepKind::end_repeat, 0});
    } else {
        program_.steps.push_back({StepKind::free, entry.tensor, entry.which});
    }
    free_storages_.push_back(storage);
}

void Tape::retain_node(std::int32_t node) {
    if (node >= 0) {
        ++nodes_[static_cast<std::uint32_t>(node)].refs;
    }
}

void Tape::release_node(std::int32_t node) {
    if (node < 0 || closing_) {
        return;
    }
    // A node lets go of what it kept, of its inputs' nodes one after the other, and of its function. The
    // graph is as deep as the network: what is still to do stands in a list, functions below -1.
    const auto below = static_cast<std::int32_t>(dying_.size());
    dying_.push_back(node);
    while (static_cast<std::int32_t>(dying_.size()) > below) {
        const std::int32_t next = dying_.back();
        dying_.pop_back();
        if (next < -1) {
            const CustomBackward gone = std::move(customs_[static_cast<std::uint32_t>(-2 - next)]);
            continue;
        }
        if (next < 0 || --node_at(next).refs > 0) {
            continue;
        }
        Node& dead = node_at(next);
        if (dead.custom >= 0) {
            dying_.push_back(-2 - dead.custom);
        }
        for (std::int32_t input = dead.inputs - 1; input >= 0; --input) {
            dying_.push_back(
                inputs_[static_cast<std::uint32_t>(dead.first_input + input)].edge.node);
        }
        forget_inputs(dead);
        release_saved(dead);
    }
}

void Tape::release_saved(Node& node) {
    const bool held_frame = node.frame >= 0 && node.first_saved >= 0;
    std::int32_t at = std::exchange(node.first_saved, -1);
    node.last_saved = -1;
    while (at >= 0) {
        const SavedTensor saved = saved_[static_cast<std::uint32_t>(at)];
        at = saved.next;
        if (saved.storage >= 0) {
            --storage_at(saved.storage).kept;
            release(saved.storage);
        } else if (saved.handle >= 0) {
            frames_[static_cast<std::uint32_t>(node.frame)].forgotten.push_back(saved.handle);
        }
    }
    if (held_frame) {
        CheckpointFrame& frame = frames_[static_cast<std::uint32_t>(node.frame)];
        if (--frame.nodes == 0 && !frame.running) {
            release_frame(node.frame);
        }
    }
}

void Tape::clear_kept(std::int32_t number) {
    std::int32_t at = running_saved_;
    for (; at >= 0 && number > 0; --number) {
        at = saved_[static_cast<std::uint32_t>(at)].next;
    }
    if (at < 0) {
        return;
    }
    const std::int32_t storage = std::exchange(saved_[static_cast<std::uint32_t>(at)].storage, -1);
    if (storage >= 0) {
        --storage_at(storage).kept;
        release(storage);
    }
}

void Tape::add_saved(Node& node, SavedTensor saved) {
    const auto index = static_cast<std::int32_t>(saved_.size());
    saved_.push_back(saved);
    if (node.last_saved < 0) {
        node.first_saved = index;
    } else {
        saved_[static_cast<std::uint32_t>(node.last_saved)].next = index;
    }
    node.last_saved = index;
}

/// What a checkpoint holds — its input and what its function refers to — dies with its last node.
void Tape::release_frame(std::int32_t index) {
    CheckpointFrame& frame = frames_[static_cast<std::uint32_t>(index)];
    const std::function<Tensor(const Tensor&)> run = std::move(frame.run);
    frame.run = nullptr;
    Tensor input = std::move(frame.input);
    const std::vector<Tensor> others = std::move(frame.others);
    std::vector<Tensor> kept = std::move(frame.kept);
    frame.kept.clear();
    frame.others.clear();
    if (input.defined()) {
        --storages_[static_cast<std::uint32_t>(input.storage())].kept;
    }
    for (const Tensor& other : others) {
        --storages_[static_cast<std::uint32_t>(other.storage())].kept;
    }
    for (const Tensor& product : std::exchange(frame.products, {})) {
        if (product.defined()) {
            --storage_at(product.storage()).kept;
        }
    }
}

Tensor Tape::known_product() {
    CheckpointFrame& frame = frames_[static_cast<std::uint32_t>(recomputing_)];
    if (frame.next_product >= frame.products.size()) {
        return {};
    }
    Tensor known = std::move(frame.products[frame.next_product++]);
    --storage_at(known.storage()).kept;
    return known;
}

void Tape::keep_product(const Tensor& result) {
    CheckpointFrame& frame = frames_[static_cast<std::uint32_t>(frame_)];
    if (!frame.keeps_products || !frame.running || !grad_enabled) {
        return;
    }
    Storage& storage = storage_at(result.storage());
    if (storage.kept_layer == -2) {
        storage.kept_layer = layer_;
    }
    ++storage.kept;
    frame.products.push_back(alias(result));
}

namespace {

void make_contiguous(TensorValue& value) {
    std::int64_t stride = 1;
    for (int axis = value.shape.rank - 1; axis >= 0; --axis) {
        const auto at = static_cast<std::uint8_t>(axis);
        value.stride[at] = stride;
        stride = checked_product(stride, value.shape.dims[at].size);
    }
}

}  // namespace

Tensor Tape::allocate(const char* name, const Shape& shape, DType dtype, const char* prefix) {
    Tensor tensor;
    tensor.value_ = new_value();
    tensor.value_->shape = shape;
    tensor.value_->dtype = dtype;
    make_contiguous(*tensor.value_);
    if (!stopped_) {
        tensor.value_->storage = new_storage(intern(name, prefix, shape, dtype));
    }
    return tensor;
}

// --- structure -------------------------------------------------------------------------------

void Tape::begin_phase(const char* name) {
    program_.phases.push_back(name);
    program_.steps.push_back(
        {StepKind::phase, static_cast<std::int32_t>(program_.phases.size()) - 1});
}

void Tape::end_phase() { program_.steps.push_back({StepKind::end_phase, 0}); }

std::int32_t Tape::new_region(std::int32_t times) {
    region_times_.push_back(times);
    return static_cast<std::int32_t>(region_times_.size()) - 1;
}

void Tape::enter_region(std::int32_t region) {
    region_ = region;
    if (region >= 0) {
        program_.steps.push_back(
            {StepKind::repeat, times(region), 2 * region + (last_first_ ? 1 : 0)});
    }
}

void Tape::leave_region() {
    if (region_ >= 0) {
        program_.steps.push_back({StepKind::end_repeat, 0});
    }
    region_ = -1;
    for (const std::int32_t storage : std::exchange(shared_dead_, {})) {
        ++storages_[static_cast<std::uint32_t>(storage)].refs;
        release(storage);
    }
}

std::int32_t Tape::times(std::int32_t region) const {
    return region < 0 ? 1 : region_times_[static_cast<std::uint32_t>(region)];
}

void Tape::begin_layer() {
    layer_ = static_cast<std::int32_t>(layer_regions_.size());
    layer_regions_.push_back(region_);
    program_.steps.push_back({StepKind::layer, layer_});
}

// --- tensors from nothing --------------------------------------------------------------------

namespace {

Shape shape_of(std::initializer_list<Dim> dims) {
    Shape shape;
    for (const Dim& dim : dims) {
        shape.append(dim);
    }
    return shape;
}

}  // namespace

void Tape::mark_resident(const Tensor& tensor) {
    Storage& storage = storages_[static_cast<std::uint32_t>(tensor.storage())];
    storage.resident = true;
    program_.tensors[static_cast<std::uint32_t>(storage.tensor)].resident = true;
}

void Tape::mark_flat(const Tensor& tensor, bool side_stream) {
    const Storage& storage = storages_[static_cast<std::uint32_t>(tensor.storage())];
    ProgramTensor& kind = program_.tensors[static_cast<std::uint32_t>(storage.tensor)];
    kind.flat = true;
    kind.side_stream = side_stream;
}

Parameter Tape::parameter(const char* name, std::initializer_list<Dim> dims, DType dtype) {
    return parameter(name, shape_of(dims), dtype);
}

Parameter Tape::parameter(const char* name, const Shape& shape, DType dtype) {
    const bool trainable = trains_new_parameters;
    const Group group = std::exchange(group_, Group::weights);
    Tensor tensor = allocate(name, shape, dtype);
    group_ = group;
    mark_resident(tensor);
    ParameterState state;
    state.shape = tensor.shape();
    state.dtype = dtype;
    state.storage = tensor.storage();
    state.scope = scope_;
    state.region = region_;
    state.in_layer = makes_layers;
    state.name = name;
    tensor.value_->parameter = static_cast<std::int32_t>(parameters_.size());
    tensor.value_->requires_grad = trainable;
    if (trainable) {
        const std::int32_t kind = storage_at(tensor.storage()).tensor;
        program_.tensors[static_cast<std::uint32_t>(kind)].trained = true;
        state.node = new_leaf(Op::accumulate_grad, name);
        Node& node = node_at(state.node);
        node.refs = 1;
        node.parameter = tensor.parameter();
        if (gradients_stay) {
            group_ = Group::gradients;
            state.gradient = allocate(name, state.shape, dtype, kGrad);
            group_ = group;
            mark_resident(state.gradient);
        }
    }
    parameters_.push_back(std::move(state));
    return tensor;
}

Tensor Tape::resident(const char* name, std::initializer_list<Dim> dims, DType dtype, Group group) {
    const Group outer = std::exchange(group_, group);
    Tensor tensor = allocate(name, shape_of(dims), dtype);
    group_ = outer;
    mark_resident(tensor);
    return tensor;
}

void Tape::share(const Tensor& tensor) {
    if (tensor.storage() >= 0) {
        storages_[static_cast<std::uint32_t>(tensor.storage())].shared = true;
    }
}

Tensor Tape::make(const char* name, std::initializer_list<Dim> dims, DType dtype) {
    return allocate(name, shape_of(dims), dtype);
}

Tensor Tape::make(const char* name, const Shape& shape, DType dtype) {
    return allocate(name, shape, dtype);
}

Tensor Tape::make_like(const char* name, const Tensor& like, DType dtype) {
    return layout(name, like.shape(), dtype, &like, nullptr);
}

Tensor Tape::alias(const Tensor& x) { return alias(x, x.shape(), x.stride()); }

Tensor Tape::alias(const Tensor& x, const Shape& shape, const Strides& stride) {
    Tensor tensor;
    TensorValue* value = new_value();
    tensor.value_ = value;
    value->storage = x.storage();
    value->dtype = x.dtype();
    value->shape = shape;
    value->stride = stride;
    retain(value->storage);
    return tensor;
}

Tensor Tape::alias(std::int32_t storage, const Shape& shape, DType dtype) {
    Tensor tensor;
    TensorValue* value = new_value();
    tensor.value_ = value;
    value->storage = storage;
    value->dtype = dtype;
    value->shape = shape;
    make_contiguous(*value);
    retain(storage);
    return tensor;
}

Tensor Tape::viewed(const Tensor& x, const Shape& shape) {
    Tensor tensor = alias(x, shape, {});
    make_contiguous(*tensor.value_);
    return tensor;
}

Tensor Tape::seen(Op op, Operand x, const Shape& shape, const Strides& stride, std::int64_t number,
                  std::int64_t number2) {
    const std::int32_t node = new_node(op, {&*x});
    set_numbers(node, number, number2);
    Tensor result = alias(*x, shape, stride);
    attach(result, node);
    x.done();
    return result;
}

Tensor Tape::layout(const char* name, const Shape& shape, DType dtype, const Tensor* first,
                    const Tensor* second) {
    Tensor tensor = allocate(name, shape, dtype);
    for (const Tensor* like : {first, second}) {
        if (like == nullptr || !same_sizes(like->shape(), shape)) {
            continue;
        }
        // TensorIterator keeps the order of the axes in memory of the first full operand.
        const Strides& given = like->stride();
        std::array<std::uint8_t, 6> order{};
        for (std::uint8_t axis = 0; axis < shape.rank; ++axis) {
            std::uint8_t at = axis;
            for (; at > 0 && given[order[at - 1]] < given[axis]; --at) {
                order[at] = order[at - 1];
            }
            order[at] = axis;
        }
        std::int64_t stride = 1;
        for (int at = shape.rank - 1; at >= 0; --at) {
            const std::uint8_t axis = order[static_cast<std::uint8_t>(at)];
            tensor.value_->stride[axis] = stride;
            stride = checked_product(stride, shape.dims[axis].size);
        }
        break;
    }
    return tensor;
}

bool same_sizes(const Shape& left, const Shape& right) {
    if (left.rank != right.rank) {
        return false;
    }
    for (int axis = 0; axis < left.rank; ++axis) {
        if (left[axis].size != right[axis].size) {
            return false;
        }
    }
    return true;
}

// --- autograd --------------------------------------------------------------------------------

Edge Tape::edge_of(const Tensor& tensor) const {
    if (!tensor.requires_grad()) {
        return {};
    }
    if (tensor.parameter() >= 0) {
        return {parameters_[static_cast<std::uint32_t>(tensor.parameter())].node, 0};
    }
    return {tensor.node(), tensor.value_->output};
}

std::int32_t Tape::new_leaf(Op op, const char* name) {
    Node node;
    node.op = op;
    node.name = name;
    node.scope = scope_;
    node.region = region_;
    node.group = group_;
    nodes_.push_back(node);
    return static_cast<std::int32_t>(nodes_.size()) - 1;
}

std::int32_t Tape::new_node(Op op, const Tensor* const* inputs, std::int32_t count) {
    bool wanted = false;
    for (std::int32_t index = 0; index < count; ++index) {
        wanted = wanted || inputs[index]->requires_grad();
    }
    if (!wanted || !grad_enabled || stopped_) {
        return -1;
    }
    if (recomputing_ >= 0 && !frames_[static_cast<std::uint32_t>(recomputing_)].reentrant) {
        return kGhost;
    }
    const std::int32_t made = new_leaf(op, "");
    Node& node = nodes_.back();
    node.line = line_;
    node.frame = frame_;
    node.first_input = static_cast<std::int32_t>(inputs_.size());
    node.inputs = count;
    for (std::int32_t index = 0; index < count; ++index) {
        const Tensor& input = *inputs[index];
        const Edge edge = edge_of(input);
        retain_node(edge.node);
        inputs_.push_back({input.value_, edge});
        if (input.defined()) {
            ++input.value_->readers;
        }
    }
    return made;
}

std::int32_t Tape::new_node(Op op, std::initializer_list<const Tensor*> inputs) {
    return new_node(op, inputs.begin(), static_cast<std::int32_t>(inputs.size()));
}

void Tape::set_numbers(std::int32_t node, std::int64_t number, std::int64_t number2) {
    if (node >= 0) {
        node_at(node).number = number;
        node_at(node).number2 = number2;
    }
}

void Tape::keep(std::int32_t node, const Tensor& tensor) {
    if (node == -1 || stopped_) {
        return;
    }
    if (node == kGhost) {
        CheckpointFrame& frame = frames_[static_cast<std::uint32_t>(recomputing_)];
        // A holder that is gone takes nothing when its layer runs again.
        const auto holder = static_cast<std::int32_t>(frame.kept.size());
        const bool gone = std::find(frame.forgotten.begin(), frame.forgotten.end(), holder) !=
                          frame.forgotten.end();
        frame.kept.push_back(gone ? Tensor() : alias(tensor));
        stopped_ = static_cast<std::int32_t>(frame.kept.size()) == frame.holders;
        return;
    }
    Node& entry = node_at(node);
    if (entry.frame >= 0) {
        CheckpointFrame& frame = frames_[static_cast<std::uint32_t>(entry.frame)];
        frame.nodes += entry.first_saved < 0 ? 1 : 0;
        add_saved(entry, {.handle = frame.holders++});
        return;
    }
    add_saved(entry, {.storage = tensor.storage()});
    Storage& storage = storage_at(tensor.storage());
    if (storage.kept_layer == -2) {
        storage.kept_layer = layer_;
        ProgramTensor& row = program_.tensors[static_cast<std::uint32_t>(storage.tensor)];
        if (row.kept_for == nullptr) {
            row.kept_for = node_name(entry.op);
        }
    }
    ++storage.kept;
    retain(tensor.storage());
}

void Tape::attach(Tensor& tensor, std::int32_t node, int output) {
    if (node == -1) {
        return;
    }
    TensorValue& value = own(tensor);
    value.requires_grad = true;
    if (node == kGhost) {
        return;
    }
    Node& entry = node_at(node);
    if (entry.name[0] == '\0' && value.storage >= 0) {
        const std::int32_t made = storage_at(value.storage).tensor;
        entry.name = program_.tensors[static_cast<std::uint32_t>(made)].name;
    }
    release_node(value.node);
    value.node = node;
    value.output = static_cast<std::int16_t>(output);
    retain_node(node);
}

Tensor Tape::checkpoint(const std::function<Tensor(const Tensor&)>& run, const Tensor& input,
                        CheckpointKind kind, std::vector<Tensor> others,
                        std::vector<Tensor> layers_own) {
    if (!grad_enabled) {
        return run(input);
    }
    const auto index = static_cast<std::int32_t>(frames_.size());
    frames_.push_back({});
    {
        CheckpointFrame& frame = frames_.back();
        frame.run = run;
        frame.input = input;
        frame.region = region_;
        frame.scope = scope_;
        frame.group = group_;
        frame.layer = layer_;
        frame.autocast = autocast;
        frame.reentrant = kind == CheckpointKind::reentrant;
        frame.others = std::move(others);
        const auto hold = [&](const Tensor& tensor, std::int32_t layer) {
            Storage& storage = storages_[static_cast<std::uint32_t>(tensor.storage())];
            if (storage.kept_layer == -2) {
                storage.kept_layer = layer;
            }
            ++storage.kept;
        };
        hold(input, layer_);
        for (const Tensor& other : frame.others) {
            hold(other, -1);  // the same for every layer
            storages_[static_cast<std::uint32_t>(other.storage())].shared = true;
        }
        for (Tensor& other : layers_own) {
            hold(other, layer_);
            frame.others.push_back(std::move(other));
        }
        frame.keeps_products = kind == CheckpointKind::keeps_products;
    }
    if (kind != CheckpointKind::reentrant) {
        const std::int32_t outer = std::exchange(frame_, index);
        frames_.back().running = true;
        Tensor result = run(input);
        frames_[static_cast<std::uint32_t>(index)].running = false;
        frame_ = outer;
        if (frames_[static_cast<std::uint32_t>(index)].nodes == 0) {
            release_frame(index);  // nothing in it needs a gradient
        }
        return result;
    }
    grad_enabled = false;
    Tensor result = alias(run(input));
    grad_enabled = true;
    const std::int32_t node = new_node(Op::checkpoint, {&input});
    set_numbers(node, index);
    attach(result, node);
    return result;
}

void Tape::require_grad(Tensor& x) {
    if (x.requires_grad()) {
        return;
    }
    TensorValue& value = own(x);
    value.requires_grad = true;
    if (!grad_enabled || stopped_ || recomputing_ >= 0) {
        return;
    }
    const std::int32_t leaf = new_leaf(Op::custom, "leaf");
    node_at(leaf).custom = static_cast<std::int32_t>(customs_.size());
    // The engine's AccumulateGrad holds the tensor; the tensor holds its gradient.
    customs_.emplace_back(
        [variable = alias(x), gradient = Tensor()](Tape&, std::vector<Tensor>& grads) mutable {
            gradient = std::move(grads.front());
            return std::vector<Tensor>();
        });
    value.node = leaf;
    value.output = 0;
    retain_node(leaf);
}

void Tape::end_autocast() {
    for (ParameterState& parameter : parameters_) {
        if (parameter.cast.defined()) {
            multiplicity_ = region_ == parameter.region ? 1 : times(parameter.region);
            parameter.cast.reset();
            multiplicity_ = 1;
        }
    }
}

void Tape::drop(Tensor& tensor, std::int32_t region) {
    multiplicity_ = region_ == region ? 1 : times(region);
    tensor.reset();
    multiplicity_ = 1;
}

void Tape::drop_gradients() {
    for (ParameterState& parameter : parameters_) {
        if (parameter.gradient.defined()) {
            multiplicity_ = region_ == parameter.region ? 1 : times(parameter.region);
            parameter.gradient.reset();
            multiplicity_ = 1;
        }
    }
}

void Tape::replace_those_from_before(const std::vector<Tensor>& tensors) {
    std::vector<Step> allocated;
    for (const Tensor& tensor : tensors) {
        const std::int32_t kind = storage_at(tensor.storage()).tensor;
        ProgramTensor earlier = program_.tensors[static_cast<std::uint32_t>(kind)];
        earlier.prefix = kEarlier;
        earlier.kept_for = nullptr;
        earlier.resident = true;
        program_.tensors.push_back(earlier);
        const auto made = static_cast<std::int32_t>(program_.tensors.size()) - 1;
        allocated.push_back({StepKind::alloc, made, made_++});
    }
    const auto start = std::find_if(program_.steps.begin(), program_.steps.end(),
                                    [](const Step& step) { return step.kind == StepKind::phase; });
    program_.steps.insert(start, allocated.begin(), allocated.end());
    for (const Step& step : allocated) {
        program_.steps.push_back({StepKind::free, step.value, step.which});
    }
    earlier_ = std::move(allocated);
}

void Tape::leave_to_the_next(std::vector<Tensor>& tensors) {
    tensors.clear();
    program_.steps.insert(program_.steps.end(), earlier_.begin(), earlier_.end());
}

Program Tape::take_program() {
    closing_ = true;
    return std::move(program_);
}

bool Tape::is_kept(const Storage& storage) {
    return storage.refs > 0 && storage.kept > 0 && !storage.resident && !storage.weight_cast;
}

std::vector<Tape::KeptTensor> Tape::kept_by_layer(std::int32_t layer) const {
    std::vector<KeptTensor> kept;
    for (const Storage& storage : storages_) {
        if (!is_kept(storage) || std::max(storage.kept_layer, -1) != layer) {
            continue;
        }
        const auto same = std::find_if(kept.begin(), kept.end(), [&](const KeptTensor& known) {
            return known.tensor == storage.tensor;
        });
        if (same != kept.end()) {
            ++same->count;
        } else {
            kept.push_back({storage.tensor, 1});
        }
    }
    std::sort(kept.begin(), kept.end(), [](const KeptTensor& left, const KeptTensor& right) {
        return left.tensor < right.tensor;
    });
    return kept;
}

Tape::SavedBytes Tape::saved_bytes() const {
    SavedBytes saved;
    for (const std::int32_t region : layer_regions_) {
        saved.layers.push_back({Bytes(0), times(region)});
    }
    for (const Storage& storage : storages_) {
        if (!is_kept(storage)) {
            continue;
        }
        if (storage.kept_layer >= 0) {
            saved.layers[static_cast<std::uint32_t>(storage.kept_layer)].bytes += storage.bytes;
        } else {
            saved.outside += storage.bytes;
        }
    }
    return saved;
}

}  // namespace tensorledger::torch
