// The forward operations: what each allocates, and what its derivative formula keeps.
// Source of the formulas: PyTorch 2.6, tools/autograd/derivatives.yaml.

#include <algorithm>

#include "core/profiles/torch/tape.h"

namespace tensorledger::torch {

namespace {

Shape shape_of(std::initializer_list<Dim> dims) {
    Shape shape;
    for (const Dim& dim : dims) {
        shape.append(dim);
    }
    return shape;
}

int positive(int axis, int rank) { return axis < 0 ? axis + rank : axis; }

/// Wider of two floating types, as type promotion chooses.
DType promote(DType left, DType right) {
    if (left == right) {
        return left;
    }
    const auto rank = [](DType dtype) {
        switch (dtype) {
            case DType::boolean: return 0;
            case DType::uint8:
            case DType::int8: return 1;
            case DType::int32: return 2;
            case DType::int64: return 3;
            case DType::fp16:
            case DType::bf16: return 4;
            case DType::fp32: return 5;
            default: return 6;
        }
    };
    if (rank(left) == 4 && rank(right) == 4) {
        return DType::fp32;
    }
    return rank(left) > rank(right) ? left : right;
}

/// Elementwise result of two shapes under broadcasting.
Shape broadcast(const Shape& left, const Shape& right) {
    const Shape& wide = left.rank >= right.rank ? left : right;
    const Shape& narrow = left.rank >= right.rank ? right : left;
    Shape shape = wide;
    for (int back = 1; back <= narrow.rank; ++back) {
        const auto at = static_cast<std::uint8_t>(wide.rank - back);
        const Dim other = narrow.dims[static_cast<std::uint8_t>(narrow.rank - back)];
        if (shape.dims[at].size == 1) {
            shape.dims[at] = other;
        }
    }
    return shape;
}

bool is_floating(DType dtype) {
    return dtype == DType::fp32 || dtype == DType::bf16 || dtype == DType::fp16 ||
           dtype == DType::fp64;
}

}  // namespace

// --- views -----------------------------------------------------------------------------------

std::optional<Strides> Tape::view_strides(const Tensor& x, const Shape& shape) {
    // The stride algorithm of ATen's computeStride: merge the axes that are dense together, then
    // cut them anew.
    Strides stride{};
    if (x.elements() == 0) {
        return stride;
    }
    int view_axis = shape.rank - 1;
    std::int64_t chunk_base =
        x.rank() > 0 ? x.stride()[static_cast<std::uint8_t>(x.rank() - 1)] : 1;
    std::int64_t tensor_numel = 1;
    std::int64_t view_numel = 1;
    for (int axis = x.rank() - 1; axis >= 0; --axis) {
        const auto at = static_cast<std::uint8_t>(axis);
        tensor_numel *= x.shape().dims[at].size;
        if (axis == 0 ||
            (x.shape().dims[at - 1].size != 1 && x.stride()[at - 1] != tensor_numel * chunk_base)) {
            while (view_axis >= 0 && (view_numel < tensor_numel ||
                                      shape.dims[static_cast<std::uint8_t>(view_axis)].size == 1)) {
                stride[static_cast<std::uint8_t>(view_axis)] = view_numel * chunk_base;
                view_numel *= shape.dims[static_cast<std::uint8_t>(view_axis)].size;
                --view_axis;
            }
            if (view_numel != tensor_numel) {
                return std::nullopt;
            }
            if (axis > 0) {
                chunk_base = x.stride()[at - 1];
                tensor_numel = 1;
                view_numel = 1;
            }
        }
    }
    if (view_axis != -1) {
        return std::nullopt;
    }
    return stride;
}

Tensor Tape::view(Operand x, const Shape& shape) {
    return seen(Op::view, x, shape, view_strides(*x, shape).value_or(x->stride()));
}

Tensor Tape::view(Operand x, std::initializer_list<Dim> dims) { return view(x, shape_of(dims)); }

Tensor Tape::reshape(Operand x, const Shape& shape, const char* name) {
    if (const auto stride = view_strides(*x, shape)) {
        return seen(Op::view, x, shape, *stride);
    }
    // reshape of a tensor whose strides forbid a view: clone in the contiguous format, then a view.
    Tensor copy = clone(*x, name != nullptr ? name : "reshape");
    x.done();
    return view(std::move(copy), shape);
}

Tensor Tape::reshape(Operand x, std::initializer_list<Dim> dims, const char* name) {
    return reshape(x, shape_of(dims), name);
}

namespace {

/// A shape and its strides, taken apart to be put together anew.
struct Look {
    Shape shape;
    Strides stride;

    void swap(std::uint8_t left, std::uint8_t right) {
        std::swap(shape.dims[left], shape.dims[right]);
        std::swap(stride[left], stride[right]);
    }
    void remove(int axis) {
        for (int index = axis; index + 1 < shape.rank; ++index) {
            const auto to = static_cast<std::uint8_t>(index);
            shape.dims[to] = shape.dims[to + 1];
            stride[to] = stride[to + 1];
        }
        --shape.rank;
    }
};

}  // namespace

Tensor Tape::transpose(Operand x, int first, int second) {
    const auto left = static_cast<std::uint8_t>(positive(first, x->rank()));
    const auto right = static_cast<std::uint8_t>(positive(second, x->rank()));
    Look look{x->shape(), x->stride()};
    look.swap(left, right);
    return seen(Op::permute, x, look.shape, look.stride, left * 8 + right);
}

Tensor Tape::permute(Operand x, std::initializer_list<int> axes) {
    // A permutation is a sequence of transpositions; one node each is one too many, but holds nothing.
    Look look{x->shape(), x->stride()};
    std::uint8_t at = 0;
    std::int64_t code = 0;
    for (const int axis : axes) {
        const auto from = static_cast<std::uint8_t>(positive(axis, x->rank()));
        look.shape.dims[at] = x->shape().dims[from];
        look.stride[at] = x->stride()[from];
        code = code * 8 + from;
        ++at;
    }
    return seen(Op::permute, x, look.shape, look.stride, code, 1);
}

Tensor Tape::unsqueeze(Operand x, int axis) {
    const int at = positive(axis, x->rank() + 1);
    Look look{x->shape(), x->stride()};
    ++look.shape.rank;
    for (int index = look.shape.rank - 1; index > at; --index) {
        const auto to = static_cast<std::uint8_t>(index);
        look.shape.dims[to] = look.shape.dims[to - 1];
        look.stride[to] = look.stride[to - 1];
    }
    const auto place = static_cast<std::uint8_t>(at);
    const bool last = at >= x->rank();
    look.stride[place] = last ? 1 : x->stride()[place] * x->shape().dims[place].size;
    look.shape.dims[place] = Dim{1, "1"};
    return seen(Op::view, x, look.shape, look.stride);
}

Tensor Tape::squeeze(Operand x, int axis) {
    Look look{x->shape(), x->stride()};
    look.remove(positive(axis, x->rank()));
    return seen(Op::view, x, look.shape, look.stride);
}

Tensor Tape::expand(Operand x, std::initializer_list<Dim> dims) {
    const Shape shape = shape_of(dims);
    Strides stride = x->stride();
    const int added = shape.rank - x->rank();
    for (int axis = 0; axis < shape.rank; ++axis) {
        const auto to = static_cast<std::uint8_t>(axis);
        const bool is_new = axis < added;
        const std::int64_t size = is_new ? 1 : x->size(axis - added);
        const bool stretched = is_new || (size == 1 && shape.dims[to].size != 1);
        stride[to] = stretched ? 0 : x->stride()[static_cast<std::uint8_t>(axis - added)];
    }
    return seen(Op::expand, x, shape, stride);
}

Tensor Tape::slice(Operand x, int axis, Dim length) {
    const auto at = static_cast<std::uint8_t>(positive(axis, x->rank()));
    Shape shape = x->shape();
    if (length.size == shape.dims[at].size) {
        return view(x, shape);  // x[..., :n] of an axis of n is an alias
    }
    shape.dims[at] = length;
    return seen(Op::slice, x, shape, x->stride());
}

Tensor Tape::select(Operand x, int axis) {
    Look look{x->shape(), x->stride()};
    look.remove(positive(axis, x->rank()));
    return seen(Op::slice, x, look.shape, look.stride);
}

std::vector<Tensor> Tape::split(Operand x, int axis, const std::vector<Dim>& lengths) {
    const auto at = static_cast<std::uint8_t>(positive(axis, x->rank()));
    const std::int32_t node = new_node(Op::split, {&*x});
    Shape shape = x->shape();
    std::vector<Tensor> parts;
    parts.reserve(lengths.size());
    for (const Dim& length : lengths) {
        shape.dims[at] = length;
        Tensor part = alias(*x, shape, x->stride());
        attach(part, node, static_cast<int>(parts.size()));
        parts.push_back(std::move(part));
    }
    x.done();
    return parts;
}

std::vector<Tensor> Tape::unbind(Operand x, int axis) {
    const int at = positive(axis, x->rank());
    const std::int32_t node = new_node(Op::unbind, {&*x});
    Look look{x->shape(), x->stride()};
    look.remove(at);
    std::vector<Tensor> parts;
    for (std::int64_t index = 0; index < x->size(at); ++index) {
        Tensor part = alias(*x, look.shape, look.stride);
        attach(part, node, static_cast<int>(parts.size()));
        parts.push_back(std::move(part));
    }
    x.done();
    return parts;
}

Tensor Tape::detach(Operand x) {
    Tensor result = alias(*x);
    x.done();
    return result;
}

// --- copies ----------------------------------------------------------------------------------

Tensor Tape::clone(Operand x, const char* name) {
    const std::int32_t node = new_node(Op::clone, {&*x});
    Tensor result = allocate(name != nullptr ? name : "clone", x->shape(), x->dtype());
    attach(result, node);
    x.done();
    return result;
}

Tensor Tape::contiguous(Operand x, const char* name) {
    if (x->is_contiguous()) {
        Tensor same = *x;
        x.done();
        return same;
    }
    return clone(x, name != nullptr ? name : "contiguous");
}

Tensor Tape::to(Operand x, DType dtype, const char* name) {
    if (x->dtype() == dtype) {
        Tensor same = *x;
        x.done();
        return same;
    }
    const std::int32_t node = new_node(Op::cast, {&*x});
    Tensor result = layout(name != nullptr ? name : "cast", x->shape(), dtype, &*x, nullptr);
    if (x->parameter() >= 0 && result.storage() >= 0) {
        storages_[static_cast<std::uint32_t>(result.storage())].weight_cast = true;
    }
    attach(result, node);
    x.done();
    return result;
}

// --- arithmetic ------------------------------------------------------------------------------

Tensor Tape::elementwise(Op op, Operand a, Operand b, const char* name) {
    const std::int32_t node = new_node(op, {&*a, &*b});
    if (op == Op::mul || op == Op::div) {
        if (b->requires_grad()) {
            keep(node, *a);
        }
        if (a->requires_grad() || op == Op::div) {
            keep(node, *b);
        }
        set_numbers(node, (a->requires_grad() ? 1 : 0) + (b->requires_grad() ? 2 : 0));
    }
    const bool scalar_a = a->rank() == 0;
    const bool scalar_b = b->rank() == 0;
    const DType dtype = scalar_a && is_floating(b->dtype())   ? b->dtype()
                        : scalar_b && is_floating(a->dtype()) ? a->dtype()
                                                              : promote(a->dtype(), b->dtype());
    Tensor result = layout(name, broadcast(a->shape(), b->shape()), dtype, &*a, &*b);
    attach(result, node);
    a.done();
    b.done();
    return result;
}

Tensor Tape::add(Operand a, Operand b, const char* name) {
    return elementwise(Op::add, a, b, name != nullptr ? name : "sum");
}

Tensor Tape::sub(Operand a, Operand b, const char* name) {
    Tensor result = elementwise(Op::add, a, b, name != nullptr ? name : "difference");
    set_numbers(result.node(), 1);  // b's gradient is negated
    return result;
}

Tensor Tape::mul(Operand a, Operand b, const char* name) {
    return elementwise(Op::mul, a, b, name != nullptr ? name : "product");
}

Tensor Tape::div(Operand a, Operand b, const char* name) {
    return elementwise(Op::div, a, b, name != nullptr ? name : "quotient");
}

Tensor Tape::unary(Op op, Operand x, const char* name, bool keeps_self, bool keeps_result) {
    const std::int32_t node = new_node(op, {&*x});
    if (keeps_self) {
        keep(node, *x);
    }
    Tensor result = layout(name, x->shape(), x->dtype(), &*x, nullptr);
    attach(result, node);
    if (keeps_result) {
        keep(node, result);
    }
    x.done();
    return result;
}

Tensor Tape::scale(Operand x, const char* name) {
    return unary(Op::mul_scalar, x, name != nullptr ? name : "scaled", false, false);
}

Tensor Tape::shift(Operand x, const char* name) {
    return unary(Op::add, x, name != nullptr ? name : "shifted", false, false);
}

Tensor Tape::pow(Operand x, int exponent, const char* name) {
    Tensor base = autocast && x->dtype() != DType::fp32 ? to(*x, DType::fp32, "fp32 operand") : *x;
    x.done();
    const std::int32_t node = new_node(Op::pow, {&base});
    set_numbers(node, exponent);
    keep(node, base);
    Tensor result =
        layout(name != nullptr ? name : "power", base.shape(), base.dtype(), &base, nullptr);
    attach(result, node);
    return result;
}

Tensor Tape::mean_last(Operand x, const char* name) {
    const std::int32_t node = new_node(Op::mean, {&*x});
    Shape shape = x->shape();
    shape.dims[static_cast<std::uint8_t>(shape.rank - 1)] = Dim{1, "1"};
    Tensor result = allocate(name != nullptr ? name : "mean", shape, x->dtype());
    attach(result, node);
    x.done();
    return result;
}

Tensor Tape::sum_axis(Operand x, int axis, bool keep_axis, const char* name) {
    const auto at = static_cast<std::uint8_t>(positive(axis, x->rank()));
    const std::int32_t node = new_node(Op::sum, {&*x});
    Shape shape = x->shape();
    shape.dims[at] = Dim{1, "1"};
    if (!keep_axis) {
        for (int index = at; index + 1 < shape.rank; ++index) {
            shape.dims[static_cast<std::uint8_t>(index)] =
                shape.dims[static_cast<std::uint8_t>(index + 1)];
        }
        --shape.rank;
    }
    set_numbers(node, at, keep_axis ? 1 : 0);
    Tensor result = allocate(name != nullptr ? name : "sum", shape, x->dtype());
    attach(result, node);
    x.done();
    return result;
}

Tensor Tape::rsqrt(Operand x, const char* name) {
    return unary(Op::rsqrt, x, name != nullptr ? name : "rsqrt", false, true);
}

Tensor Tape::silu(Operand x, const char* name) {
    return unary(Op::silu, x, name != nullptr ? name : "silu", true, false);
}

Tensor Tape::gelu(Operand x, const char* name) {
    return unary(Op::gelu, x, name != nullptr ? name : "gelu", true, false);
}

Tensor Tape::tanh(Operand x, const char* name) {
    return unary(Op::tanh, x, name != nullptr ? name : "tanh", false, true);
}

Tensor Tape::relu(Operand x, const char* name) {
    return unary(Op::relu, x, name != nullptr ? name : "relu", false, true);
}

Tensor Tape::sigmoid(Operand x, const char* name) {
    return unary(Op::sigmoid, x, name != nullptr ? name : "sigmoid", false, true);
}

Tensor Tape::clamp(Operand x, const char* name) {
    return unary(Op::clamp, x, name != nullptr ? name : "clamped", true, false);
}

Tensor Tape::exp(Operand x, const char* name) {
    Tensor input = autocast ? to(*x, DType::fp32, "fp32 operand") : *x;
    x.done();
    return unary(Op::exp, std::move(input), name != nullptr ? name : "exp", false, true);
}

Tensor Tape::softplus(Operand x, const char* name) {
    Tensor input = autocast ? to(*x, DType::fp32, "fp32 operand") : *x;
    x.done();
    return unary(Op::softplus, std::move(input), name != nullptr ? name : "softplus", true, false);
}

Tensor Tape::gather(Operand x, Operand index, const char* name) {
    const std::int32_t node = new_node(Op::gather, {&*x});
    keep(node, *x);
    keep(node, *index);
    Tensor result = allocate(name != nullptr ? name : "gathered", index->shape(), x->dtype());
    attach(result, node);
    x.done();
    index.done();
    return result;
}

Tensor Tape::where(Operand condition, Operand x, Operand other, const char* name) {
    const std::int32_t node = new_node(Op::where, {&*x, &*other});
    keep(node, *condition);
    Tensor result = layout(name != nullptr ? name : "where", x->shape(), x->dtype(), &*x, nullptr);
    attach(result, node);
    condition.done();
    x.done();
    other.done();
    return result;
}

Tensor Tape::masked_fill(Operand x, Operand mask, const char* name) {
    const std::int32_t node = new_node(Op::masked_fill, {&*x});
    keep(node, *mask);
    Tensor result = layout(name != nullptr ? name : "masked", x->shape(), x->dtype(), &*x, nullptr);
    attach(result, node);
    x.done();
    mask.done();
    return result;
}

void Tape::add_in_place(Tensor& x, Operand other) {
    const std::int32_t node = new_node(Op::add, {&x, &*other});
    attach(x, node);
    other.done();
}

void Tape::scale_in_place(Tensor& x) { attach(x, new_node(Op::mul_scalar, {&x})); }

void Tape::masked_fill_in_place(Tensor& x, const Tensor& mask) {
    const std::int32_t node = new_node(Op::masked_fill, {&x});
    keep(node, mask);
    attach(x, node);
}

void Tape::div_in_place(Tensor& x, Operand other) {
    const std::int32_t node = new_node(Op::div, {&x, &*other});
    if (node != -1) {
        if (other->requires_grad()) {
            keep(node, layout("before the division", x.shape(), x.dtype(), &x, nullptr));
        }
        keep(node, *other);
    }
    attach(x, node);
    other.done();
}

Tensor Tape::where(Operand condition, Operand x, const char* name) {
    const std::int32_t node = new_node(Op::where, {&*x});
    keep(node, *condition);
    Tensor result = layout(name != nullptr ? name : "chosen",
                           broadcast(condition->shape(), x->shape()), x->dtype(), &*x, nullptr);
    attach(result, node);
    condition.done();
    x.done();
    return result;
}

Tensor Tape::cat(std::vector<Tensor>&& parts, int axis, Dim total, const char* name) {
    std::vector<const Tensor*> inputs;
    inputs.reserve(parts.size());
    for (const Tensor& part : parts) {
        inputs.push_back(&part);
    }
    const auto at = static_cast<std::uint8_t>(positive(axis, parts.front().rank()));
    const std::int32_t node =
        new_node(Op::cat, inputs.data(), static_cast<std::int32_t>(inputs.size()));
    set_numbers(node, at);
    Shape shape = parts.front().shape();
    DType dtype = parts.front().dtype();
    for (const Tensor& part : parts) {
        dtype = promote(dtype, part.dtype());
    }
    shape.dims[at] = total;
    Tensor result = allocate(name != nullptr ? name : "cat", shape, dtype);
    attach(result, node);
    parts.clear();
    return result;
}

Tensor Tape::dropout(Operand x, double p, const char* name) {
    if (p <= 0.0) {
        Tensor same = *x;
        x.done();
        return same;
    }
    const std::int32_t node = new_node(Op::dropout, {&*x});
    Tensor result =
        layout(name != nullptr ? name : "dropout", x->shape(), x->dtype(), &*x, nullptr);
    const Tensor mask = layout("dropout mask", x->shape(), DType::boolean, &*x, nullptr);
    attach(result, node);
    keep(node, mask);
    x.done();
    return result;
}

// --- matrix products -------------------------------------------------------------------------

Tensor Tape::autocast_operand(const Tensor& x) {
    if (!autocast || !x.defined() || !is_floating(x.dtype()) || x.dtype() == *autocast) {
        return x;
    }
    if (x.parameter() < 0 || !x.requires_grad()) {
        Tensor cast = to(x, *autocast, "autocast");
        // The view of a weight is cast anew at every use, and is a weight's cast all the same.
        const bool of_weight = x.requires_grad() && x.storage() >= 0 &&
                               storages_[static_cast<std::uint32_t>(x.storage())].resident;
        if (of_weight && cast.storage() >= 0) {
            storages_[static_cast<std::uint32_t>(cast.storage())].weight_cast = true;
        }
        return cast;
    }
    // A trainable weight is cast once; the cache holds the copy until the region of autocast ends.
    const auto index = static_cast<std::uint32_t>(x.parameter());
    if (!parameters_[index].cast.defined()) {
        const std::int32_t scope = std::exchange(scope_, parameters_[index].scope);
        const Group group = std::exchange(group_, Group::buffers);
        Tensor cast = to(x, *autocast, "autocast weight");
        scope_ = scope;
        group_ = group;
        if (cast.storage() >= 0) {
            storages_[static_cast<std::uint32_t>(cast.storage())].weight_cast = true;
        }
        parameters_[index].cast = std::move(cast);
    }
    return parameters_[index].cast;
}

Tensor Tape::t(const Tensor& x) { return transpose(x, 0, 1); }

std::string_view Tape::product_symbol(const Dim& left, const Dim& right) {
    if (left.size == 1) {
        return right.symbol;
    }
    if (right.size == 1) {
        return left.symbol;
    }
    std::string text;
    text.append(left.symbol).append("·").append(right.symbol);
    for (const std::string& known : program_.symbols) {
        if (known == text) {
            return known;
        }
    }
    program_.symbols.push_back(std::move(text));
    return program_.symbols.back();
}

Dim Tape::merged(const Dim& left, const Dim& right) {
    return {checked_product(left.size, right.size), product_symbol(left, right)};
}

Shape Tape::rows_of(const Tensor& x) {
    Dim rows = x.dim(0);
    for (int axis = 1; axis + 1 < x.rank(); ++axis) {
        rows = merged(rows, x.dim(axis));
    }
    return shape_of({rows, x.dim(-1)});
}

Tensor Tape::mm(const Tensor& a, const Tensor& b, const char* name) {
    const std::int32_t node = new_node(Op::mm, {&a, &b});
    if (b.requires_grad()) {
        keep(node, a);
    }
    if (a.requires_grad()) {
        keep(node, b);
    }
    Tensor result = product([&] {
        return allocate(name, shape_of({a.dim(0), b.dim(1)}), a.dtype());
    });
    attach(result, node);
    return result;
}

Tensor Tape::addmm(const Tensor& bias, const Tensor& a, const Tensor& b, const char* name) {
    const std::int32_t node = new_node(Op::addmm, {&bias, &a, &b});
    if (b.requires_grad()) {
        keep(node, a);
    }
    if (a.requires_grad()) {
        keep(node, b);
    }
    Tensor result = product([&] {
        return allocate(name, shape_of({a.dim(0), b.dim(1)}), a.dtype());
    });
    attach(result, node);
    return result;
}

Tensor Tape::linear(Operand x, const Parameter& weight, const Parameter& bias, const char* name) {
    name = name != nullptr ? name : "linear";
    const Tensor input = autocast_operand(*x);
    const Tensor matrix = autocast_operand(weight);
    const Tensor addend = autocast_operand(bias);
    Shape out = input.shape();
    out.dims[static_cast<std::uint8_t>(out.rank - 1)] = weight.dim(0);
    Tensor flat = input.rank() == 2 ? input : reshape(input, rows_of(input), "linear input");
    Tensor result =
        addend.defined() ? addmm(addend, flat, t(matrix), name) : mm(flat, t(matrix), name);
    flat.reset();
    x.done();
    return input.rank() == 2 ? result : view(std::move(result), out);
}

Tensor Tape::conv1d(Operand x, const Parameter& weight, const Parameter& bias, const char* name) {
    name = name != nullptr ? name : "conv1d";
    Shape out = x->shape();
    out.dims[static_cast<std::uint8_t>(out.rank - 1)] = weight.dim(1);
    const Tensor flat = view(*x, rows_of(*x));
    const Tensor addend = autocast_operand(bias);
    const Tensor input = autocast_operand(flat);
    const Tensor matrix = autocast_operand(weight);
    Tensor result = addmm(addend, input, matrix, name);
    x.done();
    return view(std::move(result), out);
}

Tensor Tape::convolution(Operand x, const Parameter& weight, const Parameter& bias,
                         std::initializer_list<Dim> out, const char* name) {
    const Tensor input = autocast_operand(*x);
    const Tensor kernel = autocast_operand(weight);
    const Tensor addend = autocast_operand(bias);
    const std::int32_t node = new_node(Op::convolution, {&input, &kernel, &addend});
    keep(node, input);
    keep(node, kernel);
    Tensor result = allocate(name != nullptr ? name : "convolution", shape_of(out), input.dtype());
    attach(result, node);
    x.done();
    return result;
}

Tensor Tape::bmm(const Tensor& a, const Tensor& b, const char* name) {
    const std::int32_t node = new_node(Op::bmm, {&a, &b});
    if (b.requires_grad()) {
        keep(node, a);
    }
    if (a.requires_grad()) {
        keep(node, b);
    }
    Tensor result = allocate(name, shape_of({a.dim(0), a.dim(1), b.dim(2)}), a.dtype());
    attach(result, node);
    return result;
}

Tensor Tape::matmul(Operand a, Operand b, const char* name) {
    name = name != nullptr ? name : "matmul";
    const Tensor left = autocast_operand(*a);
    Tensor right = autocast_operand(*b);
    Shape out = left.shape();
    out.dims[static_cast<std::uint8_t>(out.rank - 1)] = right.dim(-1);
    if (right.rank() == 2) {
        const Tensor flat = reshape(left, rows_of(left), "matmul left");
        Tensor result = mm(flat, right, name);
        a.done();
        b.done();
        return view(std::move(result), out);
    }
    if (left.rank() == 4 && right.size(1) != left.size(1)) {
        const Dim rows = right.dim(2);
        const Dim columns = right.dim(3);
        right = expand(std::move(right), {left.dim(0), left.dim(1), rows, columns});
    }
    if (left.rank() == 3) {
        Tensor result = bmm(left, right, name);
        a.done();
        b.done();
        return result;
    }
    // matmul folds the batch axes, copying an operand whose strides forbid the view, and multiplies.
    Dim batch = left.dim(0);
    for (int axis = 1; axis + 2 < left.rank(); ++axis) {
        batch = merged(batch, left.dim(axis));
    }
    const auto folded = [&](const Tensor& x, const char* copy) {
        return reshape(x, shape_of({batch, x.dim(-2), x.dim(-1)}), copy);
    };
    const Tensor first = folded(left, "matmul left");
    const Tensor second = folded(right, "matmul right");
    Tensor result = bmm(first, second, name);
    Tensor shaped = view(std::move(result), out);
    a.done();
    b.done();
    return shaped;
}

Tensor Tape::baddbmm(Operand addend, Operand a, Operand b, bool beta_zero, const char* name) {
    name = name != nullptr ? name : "baddbmm";
    const Tensor bias = autocast_operand(*addend);
    const Tensor left = autocast_operand(*a);
    const Tensor right = autocast_operand(*b);
    const std::int32_t node = new_node(Op::baddbmm, {&bias, &left, &right});
    if (right.requires_grad()) {
        keep(node, left);
    }
    if (left.requires_grad()) {
        keep(node, right);
    }
    (void)beta_zero;
    Tensor result =
        allocate(name, shape_of({left.dim(0), left.dim(1), right.dim(2)}), left.dtype());
    attach(result, node);
    addend.done();
    a.done();
    b.done();
    return result;
}

Tensor Tape::grouped_mm(Operand a, Operand b, const char* name) {
    const std::int32_t node = new_node(Op::grouped_mm, {&*a, &*b});
    keep(node, *a);
    keep(node, *b);
    Tensor result = allocate(name != nullptr ? name : "grouped product",
                             shape_of({a->dim(0), b->dim(2)}), a->dtype());
    attach(result, node);
    a.done();
    b.done();
    return result;
}

// --- reductions and lookups ------------------------------------------------------------------

Tensor Tape::softmax(Operand x, std::optional<DType> dtype, const char* name) {
    name = name != nullptr ? name : "softmax";
    const DType wanted = dtype ? *dtype : autocast ? DType::fp32 : x->dtype();
    // Half precision is read as it is and widened inside the kernel; bfloat16 is copied first.
    const bool fused = x->dtype() == DType::fp16 && wanted == DType::fp32;
    const Tensor input = fused ? *x : to(*x, wanted, "fp32 scores");
    const std::int32_t node = new_node(Op::softmax, {&input});
    Tensor result = layout(name, input.shape(), wanted, &input, nullptr);
    attach(result, node);
    keep(node, result);
    if (softmax_keeps_input) {
        keep(node, input);
    }
    x.done();
    return result;
}

Tensor Tape::gated_over(const Tensor& gate, const Tensor& up, const char* name) {
    const std::int32_t node = new_node(Op::gated, {&gate, &up});
    Tensor result = allocate(name != nullptr ? name : "gated", gate.shape(), gate.dtype());
    attach(result, node);
    keep(node, gate);
    keep(node, up);
    return result;
}

Tensor Tape::norm_over(const Tensor& x, const Parameter& weight, const char* name) {
    const std::int32_t node = new_node(Op::norm_over, {&x, &weight});
    Tensor result = allocate(name != nullptr ? name : "output", x.shape(), x.dtype());
    Shape rows = x.shape();
    rows.dims[static_cast<std::uint8_t>(rows.rank - 1)] = Dim{1, "1"};
    const Tensor rstd = allocate("rstd", rows, DType::fp32);
    attach(result, node);
    keep(node, x);
    keep(node, weight);
    keep(node, rstd);
    return result;
}

Tensor Tape::rotate_over(const Tensor& x, const Tensor& cos, const Tensor& sin) {
    const std::int32_t node = new_node(Op::rotate_over, {&x});
    Tensor result = alias(x);
    attach(result, node);
    keep(node, cos);
    keep(node, sin);
    return result;
}

Tensor Tape::logsumexp(Operand x, int axis, const char* name) {
    const Tensor input = autocast ? to(*x, DType::fp32, "fp32 operand") : *x;
    const std::int32_t node = new_node(Op::logsumexp, {&input});
    keep(node, input);
    Shape shape;
    for (int at = 0; at < input.rank(); ++at) {
        if (at != positive(axis, input.rank())) {
            shape.append(input.dim(at));
        }
    }
    Tensor result = allocate(name != nullptr ? name : "logsumexp", shape, input.dtype());
    {
        const Tensor largest = allocate("largest", shape, input.dtype());
        const Tensor exponentials =
            layout("exponentials", input.shape(), input.dtype(), &input, nullptr);
    }
    attach(result, node);
    keep(node, result);
    x.done();
    return result;
}

Tensor Tape::layer_norm(Operand x, const Parameter& weight, const Parameter& bias,
                        const char* name) {
    const Tensor input = autocast ? to(*x, DType::fp32, "fp32 operand") : *x;
    const std::int32_t node = new_node(Op::layer_norm, {&input, &weight, &bias});
    keep(node, input);
    if (weight.defined()) {
        keep(node, weight);
    }
    if (bias.defined()) {
        keep(node, bias);
    }
    Tensor result = allocate(name != nullptr ? name : "output", input.shape(), input.dtype());
    Shape rows = input.shape();
    rows.dims[static_cast<std::uint8_t>(rows.rank - 1)] = Dim{1, "1"};
    const DType statistic = input.dtype() == DType::fp64 ? DType::fp64 : DType::fp32;
    const Tensor mean = allocate("mean", rows, statistic);
    const Tensor rstd = allocate("rstd", rows, statistic);
    attach(result, node);
    keep(node, mean);
    keep(node, rstd);
    x.done();
    return result;
}

Tensor Tape::embedding(const Parameter& weight, Operand indices, const char* name) {
    const std::int32_t node = new_node(Op::embedding, {&weight});
    keep(node, *indices);
    Shape shape = indices->shape();
    shape.append(weight.dim(1));
    Tensor result = allocate(name != nullptr ? name : "embedding", shape, weight.dtype());
    attach(result, node);
    indices.done();
    return result;
}

Tensor Tape::index(Operand x, Operand indices, const char* name, int axis) {
    const std::int32_t node = new_node(Op::index, {&*x});
    keep(node, *indices);
    Shape shape;
    for (int at = 0; at < x->rank(); ++at) {
        if (at != positive(axis, x->rank())) {
            shape.append(x->dim(at));
            continue;
        }
        for (int inner = 0; inner < indices->rank(); ++inner) {
            shape.append(indices->dim(inner));
        }
    }
    Tensor result = allocate(name != nullptr ? name : "rows", shape, x->dtype());
    attach(result, node);
    x.done();
    indices.done();
    return result;
}

Tape::TopK Tape::topk(Operand x, Dim k) {
    const std::int32_t node = new_node(Op::topk, {&*x});
    Shape shape = x->shape();
    shape.dims[static_cast<std::uint8_t>(shape.rank - 1)] = k;
    TopK result;
    result.values = allocate("largest", shape, x->dtype());
    result.indices = allocate("indices of the largest", shape, DType::int64);
    attach(result.values, node);
    keep(node, result.indices);
    x.done();
    return result;
}

Tensor Tape::cross_entropy(Operand logits, Operand labels, const char* name) {
    // The log-softmax names its type, so autocast leaves it as it is; nll_loss is cast to fp32.
    const std::int32_t soft = new_node(Op::log_softmax, {&*logits});
    Tensor scores =
        allocate(name != nullptr ? name : "log-probabilities", logits->shape(), logits->dtype());
    attach(scores, soft);
    keep(soft, scores);
    if (softmax_keeps_input) {
        keep(soft, *logits);
    }
    const Tensor input = autocast ? to(scores, DType::fp32, "log-probabilities in fp32") : scores;
    const std::int32_t node = new_node(Op::nll_loss, {&input});
    keep(node, input);
    keep(node, *labels);
    Tensor loss = allocate("loss", Shape{}, input.dtype());
    const Tensor weight = allocate("total weight", Shape{}, input.dtype());
    attach(loss, node);
    keep(node, weight);
    scores.reset();
    logits.done();
    labels.done();
    return loss;
}

Tensor Tape::custom(std::initializer_list<const Tensor*> inputs, const std::vector<Tensor>& kept,
                    const Shape& shape, DType dtype, CustomBackward backward, const char* name) {
    const std::int32_t node = new_node(Op::custom, inputs);
    for (const Tensor& tensor : kept) {
        keep(node, tensor);
    }
    Tensor result = allocate(name != nullptr ? name : "output", shape, dtype);
    if (node >= 0) {
        node_at(node).custom = static_cast<std::int32_t>(customs_.size());
        customs_.push_back(std::move(backward));
    }
    attach(result, node);
    return result;
}

}  // namespace tensorledger::torch
