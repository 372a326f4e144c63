#pragma once

// An eager PyTorch run on paper: a modelling code is written against this tape as it is written
// against torch, and the tape records what the run allocates and frees.
//
// What makes the record exact are four rules of the real thing, and nothing else:
//   1. a tensor lives while a name refers to it (C++ handles count as Python names do; an operand
//      passed as a temporary dies when the operation is done, as on Python's stack);
//   2. an operation that needs a gradient keeps what its derivative formula reads
//      (tools/autograd/derivatives.yaml), by storage: a tensor kept twice is there once;
//   3. the backward runs the youngest ready node first; a node's gradients, results and temporaries
//      live as the formula's expressions do, and what the node kept dies when it is done;
//   4. autocast casts the operands of matrix products to the compute type (weights once per step)
//      and those of a few reductions to fp32.
//
// Source: PyTorch 2.6, torch/csrc/autograd and tools/autograd.

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/program/program.h"

namespace tensorledger::torch {

class Tape;

/// Before the name of what a gradient is of.
inline constexpr const char* kGrad = "grad of ";
/// Before the name of what a loop still holds of the step before.
inline constexpr const char* kEarlier = "earlier ";

/// Distances between neighbours along each axis, in elements.
using Strides = std::array<std::int64_t, 6>;

/// What the handles on one tensor share. It lives in the tape's pool as long as a name refers to it or a
/// node remembers its shape.
struct TensorValue {
    Tape* tape = nullptr;
    TensorValue* next_free = nullptr;
    std::int32_t names = 0;    // handles
    std::int32_t readers = 0;  // nodes that remember its shape and type
    std::int32_t storage = -1;
    std::int32_t node = -1;  // the autograd node that made it; -1: none
    std::int32_t parameter = -1;
    std::int16_t output = 0;  // of the node
    bool requires_grad = false;
    DType dtype = DType::fp32;
    Shape shape;
    Strides stride{};
};

/// A handle on a tensor of the run; copying it is one more name for the same tensor.
class Tensor {
public:
    Tensor() = default;
    Tensor(const Tensor& other);
    Tensor(Tensor&& other) noexcept : value_(std::exchange(other.value_, nullptr)) {}
    Tensor& operator=(const Tensor& other);
    Tensor& operator=(Tensor&& other) noexcept;
    ~Tensor() { reset(); }

    /// Forgets the tensor, as `del` or a rebinding does.
    void reset();

    bool defined() const { return value_ != nullptr; }
    const Shape& shape() const { return value().shape; }
    DType dtype() const { return value().dtype; }
    int rank() const { return shape().rank; }
    const Dim& dim(int axis) const;
    std::int64_t size(int axis) const { return dim(axis).size; }
    std::int64_t elements() const { return shape().elements(); }
    bool requires_grad() const { return value().requires_grad; }
    bool is_contiguous() const;

private:
    friend class Tape;
    friend class Backward;
    /// An undefined tensor has no axes and needs no gradient.
    const TensorValue& value() const;
    std::int32_t storage() const { return value_->storage; }
    std::int32_t node() const { return value().node; }
    std::int32_t parameter() const { return value_->parameter; }
    const Strides& stride() const { return value_->stride; }

    TensorValue* value_ = nullptr;
};

/// An operand: borrowed from a name, or a temporary that dies when the operation is done.
class Operand {
public:
    Operand(const Tensor& tensor) : bits_(reinterpret_cast<std::uintptr_t>(&tensor)) {}
    Operand(Tensor&& tensor) : bits_(reinterpret_cast<std::uintptr_t>(&tensor) | kOwned) {}
    const Tensor& operator*() const { return tensor(); }
    const Tensor* operator->() const { return &tensor(); }
    void done() const {
        if ((bits_ & kOwned) != 0) {
            tensor().reset();
        }
    }

private:
    static constexpr std::uintptr_t kOwned = 1;  // one word is passed in a register

    // The owner's bit beside the address is what makes an operand one word.
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    Tensor& tensor() const { return *reinterpret_cast<Tensor*>(bits_ & ~kOwned); }

    std::uintptr_t bits_;
};

/// A trainable or frozen weight: what `nn.Parameter` is.
using Parameter = Tensor;

/// The operations whose derivative formulas the tape knows, by the name of their autograd node.
enum class Op : std::uint8_t {
    accumulate_grad,
    view,
    permute,
    expand,
    slice,
    split,
    cast,
    clone,
    add,
    mul,
    mul_scalar,
    pow,
    mean,
    sum,
    rsqrt,
    silu,
    gelu,
    tanh,
    relu,
    sigmoid,
    mm,
    addmm,
    bmm,
    baddbmm,
    softmax,
    log_softmax,
    nll_loss,
    layer_norm,
    dropout,
    embedding,
    cat,
    flash_attention,
    efficient_attention,
    masked_fill,
    where,
    index,
    index_add,
    checkpoint,
    pad,
    div,
    unbind,
    custom,
    topk,
    grouped_mm,
    clamp,
    convolution,
    exp,
    softplus,
    gather,
    gated,
    norm_over,
    rotate_over,
    logsumexp,
};

/// The kernels of `scaled_dot_product_attention`.
enum class AttentionKernel : std::uint8_t { flash, efficient, math };

/// The name that PyTorch's profiler shows for the node: "MmBackward0".
const char* node_name(Op op);

/// Whether two shapes have the same numbers, whatever their symbols.
bool same_sizes(const Shape& left, const Shape& right);

/// The kernel that CUDA chooses for [b, heads, s, d] operands (compute capability 8.0 and later).
AttentionKernel attention_kernel(const Tensor& query, const Tensor& key, const Tensor& value,
                                 bool has_mask, bool grouped);

/// What a node's formula keeps: a storage, and how it is seen.
struct SavedTensor {
    std::int32_t storage = -1;
    std::int32_t handle = -1;  // inside a non-reentrant checkpoint: which recomputed tensor
    std::int32_t next = -1;    // of the same node
};

struct Edge {
    std::int32_t node = -1;
    std::int16_t input = 0;
};

/// A function that a custom node runs in the backward: from output gradients to input gradients.
using CustomBackward = std::function<std::vector<Tensor>(Tape&, std::vector<Tensor>& grads)>;

/// A differentiable input of a node: what it looked like, and whose gradient it gets (node -1: none is asked).
struct Input {
    TensorValue* value = nullptr;
    Edge edge;
};

/// A gradient that waits for its node's turn.
struct Incoming {
    Tensor gradient;
    std::int16_t input = 0;
    std::int32_t next = -1;  // of the same node
};

struct Node {
    Op op = Op::view;
    Group group = Group::activations;
    std::int32_t refs = 0;
    std::int32_t scope = 0;
    std::int32_t line = 0;
    std::int32_t region = -1;
    std::int32_t frame = -1;      // the non-reentrant checkpoint that it belongs to
    std::int32_t parameter = -1;  // of accumulate_grad
    std::int32_t custom = -1;     // its function
    std::int32_t first_input = 0;
    std::int32_t inputs = 0;
    std::int32_t first_saved = -1;
    std::int32_t last_saved = -1;
    const char* name = "";
    std::int64_t number = 0;  // an axis, an exponent, a flag: what the formula needs
    std::int64_t number2 = 0;
    // During a backward:
    std::int32_t waiting = 0;
    std::int32_t seen = 0;  // the last run of the engine that reached it
    std::int32_t incoming = -1;
};

/// Which recurrence of `checkpoint` PyTorch uses.
enum class CheckpointKind : std::uint8_t {
    reentrant,
    nonreentrant,
    keeps_products,  // without reentrance, in a context that keeps what matrix products and attention made
};

struct CheckpointFrame {
    std::function<Tensor(const Tensor&)> run;
    Tensor input;
    std::vector<Tensor> others;
    std::int32_t region = -1;
    std::int32_t scope = 0;
    Group group = Group::activations;
    std::int32_t layer = -1;
    std::int32_t holders = 0;  // tensors that its nodes kept
    std::int32_t nodes = 0;    // that still hold on to it
    std::optional<DType> autocast;
    bool running = false;  // its first forward
    bool recomputed = false;
    bool reentrant = false;
    bool keeps_products = false;
    std::vector<Tensor> products;    // in the order in which they were made
    std::uint32_t next_product = 0;  // to be handed out when it runs again
    std::vector<Tensor> kept;
    std::vector<std::int32_t> forgotten;  // holders whose node died before the backward
};

/// One weight's gradient bookkeeping.
struct ParameterState {
    Shape shape;
    DType dtype = DType::fp32;
    std::int32_t storage = -1;
    std::int32_t node = -1;  // its accumulate_grad
    std::int32_t scope = 0;
    std::int32_t region = -1;
    bool in_layer = false;  // of a stack of layers, and no embedding
    const char* name = "";
    Tensor gradient;
    Tensor cast;  // autocast's copy in the compute type
};

/// The scope of a module: names the rows made inside, until it ends.
class ScopeGuard {
public:
    ScopeGuard(Tape& tape, std::int32_t scope, std::optional<Group> group);
    ScopeGuard(const ScopeGuard&) = delete;
    ScopeGuard& operator=(const ScopeGuard&) = delete;
    ~ScopeGuard();

private:
    Tape& tape_;
    std::int32_t scope_;
    Group group_;
    std::int32_t line_;
};

class Tape {
public:
    Tape();
    Tape(const Tape&) = delete;
    Tape& operator=(const Tape&) = delete;
    ~Tape();

    // --- set-up of the run -------------------------------------------------------------------

    /// Autocast's compute type; none: no autocast.
    std::optional<DType> autocast;
    /// Whether operations record gradients now (`torch.no_grad()` clears it).
    bool grad_enabled = true;
    /// Whether weights made from now on are trained (`requires_grad_(False)` on the base model clears it).
    bool trains_new_parameters = true;
    /// Whether weights made from now on belong to a layer of a stack.
    bool makes_layers = false;
    /// Whether every trained weight has its gradient from the start (`zero_grad(set_to_none=False)`
    /// of the step before filled it with zeros).
    bool gradients_stay = false;
    /// What runs when a weight's gradient is complete, after which the gradient is freed
    /// (`register_post_accumulate_grad_hook`); empty: nothing, and it stays.
    std::function<void(const ParameterState&)> after_accumulate;
    /// Whether `scaled_dot_product_attention` has been called.
    bool uses_sdpa = false;
    /// Whether a softmax keeps its input beside its result (PyTorch 1.10 and earlier).
    bool softmax_keeps_input = false;
    /// Whether torch sees a dispatch mode or a tensor subclass, as it does under a recorder: then a
    /// second gradient of a value and the mask of composite attention are added out of place. The
    /// measured records were taken so; a plain run may need one tensor less at such a point.
    bool subclass_semantics = true;

    // --- names of rows -----------------------------------------------------------------------

    /// Enters a module: rows made while the guard lives are named below it. `source` (bibliography
    /// key and file) is inherited when null, as is the group.
    [[nodiscard]] ScopeGuard module(const char* name, const char* source = nullptr,
                                    std::optional<Group> group = std::nullopt);
    /// The modules entered, from the outside in: "layers.self_attn.q_proj".
    std::string path() const;
    /// A text that lives as long as the program.
    const char* text(std::string words) {
        return program_.symbols.emplace_back(std::move(words)).c_str();
    }
    /// The line of the scope's source that the following operations stand on.
    void line(std::int32_t number) { line_ = number; }

    // --- structure ---------------------------------------------------------------------------

    void begin_phase(const char* name);
    void end_phase();
    /// A stretch of the network that stands for `times` equal ones; made once, entered by the
    /// modules' construction and by every forward; the backward repeats it as well.
    std::int32_t new_region(std::int32_t times);
    void enter_region(std::int32_t region);
    void leave_region();
    std::int32_t times(std::int32_t region) const;
    /// What is made until `end_layer` belongs to one layer (a point of the timeline).
    void begin_layer();
    void end_layer() { layer_ = -1; }

    // --- tensors -----------------------------------------------------------------------------

    Parameter parameter(const char* name, std::initializer_list<Dim> dims, DType dtype);
    Parameter parameter(const char* name, const Shape& shape, DType dtype);
    /// Memory that is there before the step and stays: inputs, buffers, optimizer states.
    Tensor resident(const char* name, std::initializer_list<Dim> dims, DType dtype, Group group);
    /// Holds a tensor as long as the run lasts.
    void keep_resident(Tensor tensor) { residents_.push_back(std::move(tensor)); }
    /// Says that this tensor is one block, whatever it holds of how many weights, on the stream of the
    /// computation or on a second one.
    void mark_flat(const Tensor& tensor, bool side_stream = false);
    /// Says that all layers read this tensor: in a stretch of equal layers it dies once, with the last of them.
    void share(const Tensor& tensor);
    /// A new tensor without history: arange, zeros, a mask.
    Tensor make(const char* name, std::initializer_list<Dim> dims, DType dtype);
    Tensor make(const char* name, const Shape& shape, DType dtype);
    Tensor make_like(const char* name, const Tensor& like, DType dtype);

    // --- views (no memory; a reshape copies when the strides ask for it) ----------------------

    Tensor view(Operand x, std::initializer_list<Dim> dims);
    Tensor view(Operand x, const Shape& shape);
    Tensor reshape(Operand x, std::initializer_list<Dim> dims, const char* name = nullptr);
    Tensor reshape(Operand x, const Shape& shape, const char* name = nullptr);
    Tensor transpose(Operand x, int first, int second);
    Tensor permute(Operand x, std::initializer_list<int> axes);
    Tensor unsqueeze(Operand x, int axis);
    Tensor squeeze(Operand x, int axis);
    Tensor expand(Operand x, std::initializer_list<Dim> dims);
    /// A part of an axis: `length` elements of it.
    Tensor slice(Operand x, int axis, Dim length);
    Tensor select(Operand x, int axis);
    /// Equal or unequal parts of an axis, all views of one tensor (one autograd node).
    std::vector<Tensor> split(Operand x, int axis, const std::vector<Dim>& lengths);
    std::vector<Tensor> unbind(Operand x, int axis);
    Tensor detach(Operand x);
    /// `x.requires_grad = True`: a leaf that is no parameter, whose gradient lives as long as the
    /// graph that reads it.
    void require_grad(Tensor& x);

    // --- copies ------------------------------------------------------------------------------

    Tensor contiguous(Operand x, const char* name = nullptr);
    Tensor clone(Operand x, const char* name = nullptr);
    Tensor to(Operand x, DType dtype, const char* name = nullptr);

    // --- arithmetic --------------------------------------------------------------------------

    Tensor add(Operand a, Operand b, const char* name = nullptr);
    Tensor sub(Operand a, Operand b, const char* name = nullptr);
    Tensor mul(Operand a, Operand b, const char* name = nullptr);
    Tensor div(Operand a, Operand b, const char* name = nullptr);
    /// `x * 2.0`, `x / 2.0`, `-x`: keeps nothing.
    Tensor scale(Operand x, const char* name = nullptr);
    /// `x + 1e-6`: keeps nothing, and its gradient is passed on as it is.
    Tensor shift(Operand x, const char* name = nullptr);
    Tensor pow(Operand x, int exponent, const char* name = nullptr);
    Tensor mean_last(Operand x, const char* name = nullptr);
    Tensor sum_axis(Operand x, int axis, bool keep, const char* name = nullptr);
    Tensor rsqrt(Operand x, const char* name = nullptr);
    Tensor silu(Operand x, const char* name = nullptr);
    Tensor gelu(Operand x, const char* name = nullptr);
    Tensor tanh(Operand x, const char* name = nullptr);
    Tensor relu(Operand x, const char* name = nullptr);
    Tensor sigmoid(Operand x, const char* name = nullptr);
    Tensor exp(Operand x, const char* name = nullptr);
    Tensor softplus(Operand x, const char* name = nullptr);
    Tensor masked_fill(Operand x, Operand mask, const char* name = nullptr);
    Tensor clamp(Operand x, const char* name = nullptr);
    /// `torch.where(condition, x, other)`.
    Tensor where(Operand condition, Operand x, Operand other, const char* name = nullptr);
    // Kernels that write gradients over what they were made from (Liger): silu(gate) × up, whose gradients replace
    // the two; a norm over the last axis, and a rotation, whose gradients replace those of their results.
    Tensor gated_over(const Tensor& gate, const Tensor& up, const char* name = nullptr);
    Tensor norm_over(const Tensor& x, const Parameter& weight, const char* name = nullptr);
    Tensor rotate_over(const Tensor& x, const Tensor& cos, const Tensor& sin);
    /// `torch.gather` along the last axis.
    Tensor gather(Operand x, Operand index, const char* name = nullptr);
    /// `torch.where(condition, x, number)`.
    Tensor where(Operand condition, Operand x, const char* name = nullptr);
    // In place: the name is bound to the same memory with one more node.
    void add_in_place(Tensor& x, Operand other);
    void scale_in_place(Tensor& x);
    void masked_fill_in_place(Tensor& x, const Tensor& mask);
    /// `x /= other`: what the divisor's gradient reads is a copy of x made before.
    void div_in_place(Tensor& x, Operand other);
    Tensor cat(std::vector<Tensor>&& parts, int axis, Dim total, const char* name = nullptr);
    /// `nn.functional.dropout`: nothing at p = 0; else the result and a mask of one byte an element.
    Tensor dropout(Operand x, double p, const char* name = nullptr);

    // --- matrix products ---------------------------------------------------------------------

    /// `nn.Linear`: x [.., in] times weight [out, in].
    Tensor linear(Operand x, const Parameter& weight, const Parameter& bias,
                  const char* name = nullptr);
    /// transformers' Conv1D: addmm on x flattened, weight [in, out].
    Tensor conv1d(Operand x, const Parameter& weight, const Parameter& bias,
                  const char* name = nullptr);
    /// `torch.matmul` of two tensors of equal rank ≥ 3 (batch axes broadcast), or with a matrix.
    Tensor matmul(Operand a, Operand b, const char* name = nullptr);
    /// `nn.Conv1d`, `nn.Conv2d`: the kernel's own work space apart.
    Tensor convolution(Operand x, const Parameter& weight, const Parameter& bias,
                       std::initializer_list<Dim> out, const char* name = nullptr);
    Tensor baddbmm(Operand addend, Operand a, Operand b, bool beta_zero,
                   const char* name = nullptr);
    /// Rows of `a` [n, in], sorted by group, times the groups' matrices `b` [groups, in, out]: an
    /// operator with its own derivative, which autocast leaves alone.
    Tensor grouped_mm(Operand a, Operand b, const char* name = nullptr);

    // --- reductions and lookups --------------------------------------------------------------

    Tensor softmax(Operand x, std::optional<DType> dtype = std::nullopt,
                   const char* name = nullptr);
    Tensor logsumexp(Operand x, int axis, const char* name = nullptr);
    Tensor layer_norm(Operand x, const Parameter& weight, const Parameter& bias,
                      const char* name = nullptr);
    Tensor embedding(const Parameter& weight, Operand indices, const char* name = nullptr);
    /// `x[indices]`: rows of x, or of another axis.
    Tensor index(Operand x, Operand indices, const char* name = nullptr, int axis = 0);
    struct TopK {
        Tensor values;
        Tensor indices;
    };
    /// `torch.topk(x, k, dim=-1)`.
    TopK topk(Operand x, Dim k);
    /// `cross_entropy` over the last axis of a matrix.
    Tensor cross_entropy(Operand logits, Operand labels, const char* name = nullptr);

    // --- attention kernels -------------------------------------------------------------------

    struct AttentionOptions {
        bool causal = false;
        double dropout = 0;
        bool grouped = false;  // enable_gqa
    };
    /// `scaled_dot_product_attention` of [b, heads, s, d] operands, by the kernel CUDA would choose.
    Tensor sdpa(Operand query, Operand key, Operand value, const Tensor& mask,
                AttentionOptions options);

    /// flash-attn 2: operands [b, s, heads, d], or [tokens, heads, d] of so many `packed` sequences.
    Tensor flash_attn(Operand query, Operand key, Operand value, std::int64_t packed);

    // --- modules' plumbing -------------------------------------------------------------------

    /// `torch.utils.checkpoint.checkpoint`: keeps the input and the other positional arguments
    /// alone, runs again in the backward. The layers share the `others`; what is `layers_own` they do not.
    Tensor checkpoint(const std::function<Tensor(const Tensor&)>& run, const Tensor& input,
                      CheckpointKind kind, std::vector<Tensor> others = {},
                      std::vector<Tensor> layers_own = {});
    /// An operation of one output with its own derivative; `kept` are the tensors that it keeps.
    Tensor custom(std::initializer_list<const Tensor*> inputs, const std::vector<Tensor>& kept,
                  const Shape& shape, DType dtype, CustomBackward backward,
                  const char* name = nullptr);

    /// Made by a derivative of one's own: a gradient of this weight, shown among the gradients where it is trained.
    Tensor gradient_of(const Parameter& weight, const Shape& shape, DType dtype);

    /// In a custom node's backward: frees the kept tensor of that number before the node is done.
    void clear_kept(std::int32_t number);
    /// How many equal layers what is made now stands for.
    std::int32_t repeats() const { return times(region_); }

    /// `loss.backward()`: gradients of every parameter, freeing what the forward kept.
    void backward(const Tensor& loss);
    /// Casts made by autocast die when its region ends.
    void end_autocast();
    /// `optimizer.zero_grad(set_to_none=True)`.
    void drop_gradients();
    /// Forgets a tensor that every one of the equal layers of a region has made.
    void drop(Tensor& tensor, std::int32_t region);
    /// A loop binds these to the names that held their like since the step before: those were there
    /// when this step began, and die now.
    void replace_those_from_before(const std::vector<Tensor>& tensors);
    /// The step ends, and its own are to the next one what those were to it.
    void leave_to_the_next(std::vector<Tensor>& tensors);

    // --- what came of it ---------------------------------------------------------------------

    Program take_program();
    /// What has been recorded so far.
    const Program& program() const { return program_; }
    std::vector<ParameterState>& parameters() { return parameters_; }

    /// Bytes that autograd keeps now, inputs, weights and weight casts apart.
    struct SavedBytes {
        /// One traced layer and how many equal ones it stands for.
        struct Layer {
            Bytes bytes;
            std::int64_t times = 1;
        };
        Bytes outside;  // first kept outside of every layer
        std::vector<Layer>
            layers;  // in order of the forward; what several share counts in the first
    };
    SavedBytes saved_bytes() const;
    /// Of which tensors do those of one traced layer consist? Kinds of tensor (Program::tensors) with how
    /// many of each, in the order in which they were first made; -1: what is kept outside of every layer.
    struct KeptTensor {
        std::int32_t tensor = 0;
        std::int64_t count = 0;
    };
    std::vector<KeptTensor> kept_by_layer(std::int32_t layer) const;

    Tensor allocate(const char* name, const Shape& shape, DType dtype, const char* prefix = "");
    Bytes live() const { return live_; }
    bool stopped() const { return stopped_; }

private:
    friend class Tensor;
    friend class ScopeGuard;
    friend class Backward;

    struct Storage {
        std::int32_t tensor = -1;
        std::int32_t which = -1;  // never used again, as the storage's own index is
        std::int32_t refs = 0;
        std::int32_t kept = 0;         // how many nodes keep it
        std::int32_t kept_layer = -2;  // the layer of the first node to keep it; -2: none yet
        bool resident = false;         // there before the step
        bool weight_cast = false;
        bool shared = false;  // by the layers: an argument of their checkpoints
        Bytes bytes;
    };

    static constexpr std::int32_t kGhost = -2;  // a node of a recomputation: never run itself

    std::int32_t intern(const char* name, const char* prefix, const Shape& shape, DType dtype);
    void grow_kinds();
    std::int32_t new_storage(std::int32_t tensor);
    static bool is_kept(const Storage& storage);
    TensorValue* new_value();
    void recycle(TensorValue& value);
    /// The last name of a tensor is gone.
    void forget(TensorValue& value);
    /// The value behind a handle, to be changed: no other name sees it.
    TensorValue& own(Tensor& tensor);
    /// A node will not look at its inputs again.
    void forget_inputs(const Node& node);
    Node& node_at(std::int32_t node) { return nodes_[static_cast<std::uint32_t>(node)]; }
    Storage& storage_at(std::int32_t storage) {
        return storages_[static_cast<std::uint32_t>(storage)];
    }
    void set_numbers(std::int32_t node, std::int64_t number, std::int64_t number2 = 0);
    void retain(std::int32_t storage);
    void release(std::int32_t storage);
    void retain_node(std::int32_t node);
    void release_node(std::int32_t node);
    void release_saved(Node& node);
    void release_frame(std::int32_t frame);

    void mark_resident(const Tensor& tensor);
    Tensor alias(const Tensor& x);
    Tensor alias(const Tensor& x, const Shape& shape, const Strides& stride);
    Tensor alias(std::int32_t storage, const Shape& shape, DType dtype);
    /// A view: the storage of `x`, seen in this shape.
    Tensor seen(Op op, Operand x, const Shape& shape, const Strides& stride,
                std::int64_t number = 0, std::int64_t number2 = 0);
    Tensor layout(const char* name, const Shape& shape, DType dtype, const Tensor* first,
                  const Tensor* second);
    Tensor unary(Op op, Operand x, const char* name, bool keeps_self, bool keeps_result);
    Tensor elementwise(Op op, Operand a, Operand b, const char* name);
    Tensor mm(const Tensor& a, const Tensor& b, const char* name);
    Tensor addmm(const Tensor& bias, const Tensor& a, const Tensor& b, const char* name);
    Tensor bmm(const Tensor& a, const Tensor& b, const char* name);
    Tensor flash(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& o);
    Tensor efficient(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask,
                     const AttentionOptions& options);
    Tensor math_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask,
                          const AttentionOptions& options);
    /// What a matrix product or attention makes: a selective checkpoint keeps it and hands it out again.
    template <class Make>
    Tensor product(const Make& make) {
        if (recomputing_ >= 0) {
            if (Tensor known = known_product(); known.defined()) {
                return known;
            }
        }
        Tensor result = make();
        if (frame_ >= 0) {
            keep_product(result);
        }
        return result;
    }
    Tensor known_product();
    void keep_product(const Tensor& result);
    Tensor reshape_detached(const Tensor& x, const Shape& shape, const char* name);
    Tensor viewed(const Tensor& tensor, const Shape& shape);
    Tensor gradient_sum(const Tensor& first, const Tensor& second);
    Tensor transposed(const Tensor& memory);
    Tensor pad_last(const Tensor& x, Dim padded, const char* name);
    Tensor autocast_operand(const Tensor& x);
    Tensor t(const Tensor& x);
    std::string_view product_symbol(const Dim& left, const Dim& right);
    Dim merged(const Dim& left, const Dim& right);
    Shape rows_of(const Tensor& x);
    /// The strides of a view of `x` in this shape, or nothing when it would need a copy.
    static std::optional<Strides> view_strides(const Tensor& x, const Shape& shape);

    /// Starts a node with these inputs when a gradient is needed; -1 otherwise.
    std::int32_t new_node(Op op, std::initializer_list<const Tensor*> inputs);
    std::int32_t new_node(Op op, const Tensor* const* inputs, std::int32_t count);
    std::int32_t new_leaf(Op op, const char* name);
    void keep(std::int32_t node, const Tensor& tensor);
    void attach(Tensor& tensor, std::int32_t node, int output = 0);
    Edge edge_of(const Tensor& tensor) const;
    void add_saved(Node& node, SavedTensor saved);

    std::vector<std::unique_ptr<TensorValue[]>> blocks_;  // of the pool of tensors
    TensorValue* free_values_ = nullptr;
    Program program_;
    std::vector<Storage> storages_;
    std::vector<std::int32_t> free_storages_;
    std::vector<Node> nodes_;
    std::vector<Input> inputs_;        // of all nodes, in their order
    std::vector<SavedTensor> saved_;   // of all nodes, a chain each
    std::int32_t running_saved_ = -1;  // the first that the running custom node kept
    std::vector<Incoming> incoming_;   // gradients on their way
    std::int32_t free_incoming_ = -1;  // a chain
    std::vector<CustomBackward> customs_;
    std::vector<std::int32_t> dying_;  // nodes that release_node has yet to look at
    std::int32_t engine_runs_ = 0;
    std::vector<ParameterState> parameters_;
    std::vector<CheckpointFrame> frames_;
    std::vector<std::int32_t> interned_;  // open-addressed table of tensor kinds
    std::vector<std::int32_t> region_times_;
    std::vector<std::int32_t> shared_dead_;  // to be freed when the stretch ends
    std::int32_t scope_ = 0;
    std::int32_t line_ = 0;
    Group group_ = Group::activations;
    std::int32_t region_ = -1;
    bool last_first_ = false;  // the layers are walked in the order of a backward
    std::int32_t made_ = 0;    // storages so far
    std::int32_t layer_ = -1;
    std::vector<std::int32_t> layer_regions_;  // of each layer marked so far
    std::int32_t frame_ = -1;                  // recording nodes of a non-reentrant checkpoint
    std::int32_t recomputing_ = -1;            // running one again
    bool stopped_ = false;
    Bytes live_;
    std::vector<Tensor> residents_;
    std::vector<Step> earlier_;      // what is held from step to step
    std::int32_t multiplicity_ = 1;  // how many equal tensors a release stands for
    bool closing_ = false;
};

}  // namespace tensorledger::torch
