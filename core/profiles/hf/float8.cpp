#include "core/profiles/hf/float8.h"

#include "core/profiles/hf/transformer_engine.h"

namespace tensorledger::hf {

namespace {

constexpr const char* kLinear = "torchao:torchao/float8/float8_linear.py";
constexpr const char* kCast = "torchao:torchao/float8/float8_scaling_utils.py";
constexpr const char* kProduct = "torchao:torchao/float8/float8_ops.py";
constexpr std::int64_t kAligned = 16;  // torch._scaled_mm takes sizes that 16 divides

/// Which elements share a scale?
enum class Share : std::uint8_t { tensor, row, column };

struct Float8 {
    Tensor data;
    Tensor scale;
};

/// How the three products of a module are set up.
struct Recipe8 {
    bool rowwise = false;
    bool plain_weight_gradient = false;  // computed in the activations' type
    bool pads = false;                   // operands are padded to 16, which copies them

    Share along(Share rows) const { return rowwise ? rows : Share::tensor; }
};

Recipe8 recipe_of(const Run& run) {
    const bool default_recipe = run.fp8_recipe == Fp8Recipe::tensorwise;
    return {.rowwise = !default_recipe,
            .plain_weight_gradient = run.fp8_recipe == Fp8Recipe::rowwise_gw_hp,
            .pads = run.recipe.autocast && default_recipe};  // accelerate's AORecipeKwargs
}

/// A matrix that is cast: its size and type, and whether it lies column by column (the view of a weight).
struct Matrix {
    Shape shape;
    DType dtype = DType::bf16;
    bool by_columns = false;

    Tensor make(Tape& t, const char* name, DType type) const {
        if (!by_columns) {
            return t.make(name, shape, type);
        }
        return t.transpose(t.make(name, {shape[1], shape[0]}, type), 0, 1);
    }
};

Shape scales_of(const Shape& shape, Share share) {
    Shape scales;
    if (share != Share::tensor) {
        scales.append(share == Share::row ? shape[0] : Dim{1, "1"});
        scales.append(share == Share::row ? Dim{1, "1"} : shape[1]);
    }
    return scales;
}

/// tensor_to_scale: from the largest magnitude, in fp64 for a while.
Tensor scale_of(Tape& t, const Matrix& x, Share share) {
    const Shape shape = scales_of(x.shape, share);
    Tensor largest;
    {
        const Tensor magnitudes = x.make(t, "magnitudes", x.dtype);
        largest = t.make("largest magnitude", shape, x.dtype);
    }
    const Tensor wide = t.make("largest magnitude in fp64", shape, DType::fp64);
    Tensor scale;
    {
        const Tensor limited = t.make("largest magnitude, limited", shape, DType::fp64);
        scale = t.make("scale in fp64", shape, DType::fp64);
    }
    scale = t.make("scale", shape, DType::fp32);
    if (share != Share::tensor) {  // rounded to a power of two
        Tensor exponent = t.make("exponent of the scale", shape, DType::fp32);
        exponent = t.make("exponent of the scale, rounded", shape, DType::fp32);
        scale = t.make("scale", shape, DType::fp32);
    }
    return scale;
}

/// hp_tensor_to_float8_dynamic.
Float8 cast(Tape& t, const Matrix& x, Share share, const char* name) {
    auto scope = t.module("", kCast);
    Float8 result;
    result.scale = scale_of(t, x, share);
    Tensor scaled;
    {
        const bool is_wide = x.dtype == DType::fp32;
        const Tensor wide = is_wide ? Tensor() : x.make(t, "operand in fp32", DType::fp32);
        scaled = x.make(t, "scaled operand", DType::fp32);
    }
    const Tensor limited = x.make(t, "scaled operand, limited", DType::fp32);
    result.data = x.make(t, name, DType::fp8);
    return result;
}

Float8 turned(Tape& t, const Float8& x) {
    return {t.transpose(x.data, 0, 1), x.scale.rank() > 0 ? t.transpose(x.scale, 0, 1) : x.scale};
}

/// pad_tensor_for_matmul: a copy even where nothing is missing.
Tensor padded(Tape& t, const Tensor& x, int axis) {
    const std::int64_t missing = (kAligned - x.size(axis) % kAligned) % kAligned;
    if (missing == 0) {
        return t.make_like("padded operand", x, DType::fp8);
    }
    Shape shape = x.shape();
    shape.dims[static_cast<std::uint8_t>(axis)].size += missing;
    return t.make("padded operand", shape, DType::fp8);
}

/// The product of rows [n, k] and columns [k, m], which `make` makes, and what it needs for a while.
template <class Make>
Tensor multiplied(Tape& t, const Recipe8& recipe, const Float8& a, const Float8& b, bool fast,
                  const Make& make) {
    auto scope = t.module("", kProduct);
    Tensor left = a.data;
    Tensor right = b.data;
    if (recipe.pads) {
        left = padded(t, left, 1);
        right = padded(t, right, 0);
    }
    if (!left.is_contiguous()) {
        left = t.contiguous(left, "operand by rows");
    }
    if (right.is_contiguous()) {
        right = t.make("operand by columns", right.shape(), DType::fp8);
    }
    const Dim rows = a.data.dim(0);
    const Dim columns = b.data.dim(1);
    const bool by_rows = a.scale.rank() > 0;
    Tensor scale = b.scale;
    if (by_rows && scale.rank() == 0) {
        scale = t.make("scale, repeated", {Dim{1, "1"}, columns}, DType::fp32);
    }
    Tensor left_inverse = t.make("inverse scale", a.scale.shape(), DType::fp32);
    Tensor right_inverse = t.make("inverse scale", scale.shape(), DType::fp32);
    Tensor after;
    if (by_rows && !fast) {  // the scales are applied to the result
        after = t.make("inverse scales of the product", {rows, columns}, DType::fp32);
        left_inverse = t.make("one", {}, DType::fp32);
        right_inverse = t.make("one", {}, DType::fp32);
    }
    return make();
}

/// What the backward reads of the forward.
struct Kept {
    Matrix input;
    Parameter weight;
    Recipe8 recipe;
};

Matrix transposed_weight(const Parameter& weight) {
    Matrix matrix{{}, weight.dtype(), true};
    matrix.shape.append(weight.dim(1));
    matrix.shape.append(weight.dim(0));
    return matrix;
}

/// matmul_with_hp_or_float8_args.backward: gradients of the input and of the weight, both always.
std::vector<Tensor> differentiate(Tape& t, const Kept& kept, const Shape& input,
                                  const Tensor& incoming) {
    const Recipe8& recipe = kept.recipe;
    const Tensor reshaped = t.reshape(incoming, {kept.input.shape[0], kept.weight.dim(0)}, "grad");
    const Matrix gradient{reshaped.shape(), reshaped.dtype(), false};
    constexpr const char* name = "grad of the output in fp8";
    const Float8 by_rows = cast(t, gradient, recipe.along(Share::row), name);
    const Share of_weight = recipe.plain_weight_gradient ? Share::tensor : recipe.along(Share::row);
    const Float8 weight = cast(t, transposed_weight(kept.weight), of_weight, "weight in fp8");
    std::vector<Tensor> results(2);
    results[0] = multiplied(t, recipe, by_rows, turned(t, weight), false,
                            [&] { return t.make("grad of the input", input, gradient.dtype); });
    const auto of_the_weight = [&] {
        return t.transpose(t.gradient_of(kept.weight, kept.weight.shape(), gradient.dtype), 0, 1);
    };
    if (recipe.plain_weight_gradient) {
        results[1] = of_the_weight();
        return results;
    }
    const Float8 by_columns = cast(t, gradient, recipe.along(Share::column), name);
    const Float8 operand = cast(t, kept.input, recipe.along(Share::column), "input in fp8");
    results[1] = multiplied(t, recipe, turned(t, by_columns), operand, false, of_the_weight);
    return results;
}

}  // namespace

bool multiplies_in_float8(const Context& c, const Linear& module) {
    if (asks_for_te(c.run)) {
        return becomes_te_linear(c, module);
    }
    if (!c.training() || !c.run.recipe.float8 || module.number == c.linears) {
        return false;
    }
    const bool spared = c.run.recipe.autocast && module.number == 1;
    return !spared && module.in.size % kAligned == 0 && module.out.size % kAligned == 0;
}

Tensor float8_product(Context& c, const Linear& module, const Tensor& x) {
    if (asks_for_te(c.run)) {
        return te_product(c, module, x);
    }
    Tape& t = c.t;
    auto scope = t.module("", kLinear);
    ++c.float8_products;
    const Tensor input = t.autocast ? t.to(x, *t.autocast, "autocast") : x;
    const Recipe8 recipe = recipe_of(c.run);
    Kept kept{{{}, input.dtype(), false}, module.weight, recipe};
    const Dim rows{input.elements() / module.in.size, "b·s"};
    kept.input.shape.append(rows);
    kept.input.shape.append(module.in);
    if (rows.size % kAligned != 0 && !recipe.pads) {
        c.not_listed_with = kUnalignedTokens;
    }
    const Tensor columns = t.transpose(module.weight, 0, 1);
    Shape shape = input.shape();
    shape.dims[static_cast<std::uint8_t>(shape.rank - 1)] = module.out;
    Tensor output;
    {
        const Float8 a = cast(t, kept.input, recipe.along(Share::row), "input in fp8");
        const Float8 b =
            cast(t, transposed_weight(module.weight), recipe.along(Share::column), "weight in fp8");
        output = multiplied(t, recipe, a, b, true, [&] {
            return t.custom(
                {&input, &columns}, {input, columns}, shape, input.dtype(),
                [kept, before = input.shape()](Tape& tape, std::vector<Tensor>& gradients) {
                    return differentiate(tape, kept, before, gradients.front());
                },
                "output");
        });
    }
    return module.bias.defined()
               ? t.add(std::move(output), t.to(module.bias, input.dtype(), "bias"), "output")
               : output;
}

}  // namespace tensorledger::hf
