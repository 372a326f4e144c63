#include "core/profiles/hf/transformer_engine.h"

#include <array>
#include <utility>

#include "core/catalog/accelerators.h"

namespace tensorledger::hf {

namespace {

constexpr const char* kLinear = "transformer-engine:transformer_engine/pytorch/module/linear.py";
constexpr const char* kCast = "transformer-engine:transformer_engine/pytorch/csrc/quantizer.cpp";
constexpr const char* kState = "transformer-engine:transformer_engine/pytorch/quantization.py";
constexpr const char* kGemm =
    "transformer-engine:transformer_engine/pytorch/cpp_extensions/gemm.py";
constexpr const char* kBias =
    "transformer-engine:transformer_engine/pytorch/csrc/extensions/bias.cpp";

constexpr std::int64_t kAligned =
    16;  // what convert_model and the leading sides of an fp8 product ask for
constexpr std::int64_t kHistory =
    1024;  // amax_history_len of DelayedScaling and of accelerate's TERecipeKwargs
constexpr std::int64_t kBiasRows =
    256;  // that cast_transpose_fusion.cu sums in one block, with its widest stores
constexpr std::int64_t kMiB = std::int64_t{1} << 20;

/// A tensor cast to fp8; what was not asked for, or was dropped, is undefined.
struct Cast {
    Tensor inverse;  // of the scale
    Tensor rows;
    Tensor columns;  // transposed
};

/// Which layouts are asked for?
enum class Layout : std::uint8_t { rows, both };

struct CastNames {
    const char* rows;
    const char* columns;
};

constexpr CastNames kInput = {"input in fp8", "input in fp8, transposed"};
constexpr CastNames kWeight = {"weight in fp8", "weight in fp8, transposed"};
constexpr CastNames kGradient = {"grad of the output in fp8",
                                 "grad of the output in fp8, transposed"};

/// Float8Quantizer::create_tensor; the last axis comes first in the transposed data.
Cast cast(Tape& t, const Shape& shape, const CastNames& names, Layout layout) {
    auto scope = t.module("", kCast);
    Cast result;
    result.inverse = t.make("inverse scale", {{1, "1"}}, DType::fp32);
    result.rows = t.make(names.rows, shape, DType::fp8);
    if (layout == Layout::both) {
        Shape transposed;
        transposed.append(shape[shape.rank - 1]);
        for (int axis = 0; axis + 1 < shape.rank; ++axis) {
            transposed.append(shape[axis]);
        }
        result.columns = t.make(names.columns, transposed, DType::fp8);
    }
    return result;
}

/// What the backward reads of the forward.
struct Kept {
    Parameter weight;
    Parameter bias;  // undefined: none
    Shape input;
    DType compute = DType::bf16;
    bool has_input_grad = false;
    bool has_weight_grad = false;
};

/// bgrad_quantize: the bias's gradient and the cast in one kernel, which adds up sums of so many rows.
Tensor bias_gradient(Tape& t, const Tensor& gradient, const Kept& kept, Cast& result) {
    auto scope = t.module("", kBias);
    Tensor sum = t.gradient_of(kept.bias, kept.bias.shape(), gradient.dtype());
    result = cast(t, gradient.shape(), kGradient, Layout::both);
    const Dim blocks{(gradient.size(0) + kBiasRows - 1) / kBiasRows, "b·s ÷ 256"};
    const Tensor partial =
        t.make("partial sums of the grad of bias", {blocks, gradient.dim(1)}, DType::fp32);
    return sum;
}

/// _linear_backward: gradients of the weight, of the input and of the bias, in the order of the function's operands.
std::vector<Tensor> differentiate(Tape& t, const Kept& kept, const Tensor& incoming) {
    auto scope = t.module("", kLinear);
    const Dim rows{incoming.elements() / kept.weight.size(0), "b·s"};
    Tensor gradient = t.reshape(incoming, {rows, kept.weight.dim(0)}, "grad");
    if (!gradient.is_contiguous()) {
        gradient = t.contiguous(std::move(gradient), "grad by rows");
    }
    std::vector<Tensor> results(kept.bias.defined() ? 3 : 2);
    Cast operand;
    if (kept.bias.defined()) {
        results[2] = bias_gradient(t, gradient, kept, operand);
    } else {
        operand = cast(t, gradient.shape(), kGradient,
                       kept.has_weight_grad ? Layout::both : Layout::rows);
    }
    if (kept.has_input_grad) {
        results[1] = t.make("grad of the input", kept.input, kept.compute);
    }
    if (kept.has_weight_grad) {
        results[0] = t.gradient_of(kept.weight, kept.weight.shape(), kept.compute);
        t.clear_kept(
            0);  // the input, before the engine brings the gradients to their weights' type
    }
    return results;
}

bool is_aligned(const Linear& module) {
    return module.in.size % kAligned == 0 && module.out.size % kAligned == 0;
}

/// Transformer Engine's own workspace: 32 MiB and 1 KiB from compute capability 9 on, 4 MiB before.
void make_workspace(Context& c) {
    auto scope = c.t.module("", kGemm);
    const Accelerator* gpu = find_accelerator(c.run.gpu);
    const bool small = gpu != nullptr && is_ada(*gpu);
    const Dim bytes{small ? 4 * kMiB : 32 * kMiB + 1024, small ? "4 MiB" : "32 MiB + 1 KiB"};
    c.t.keep_resident(c.t.resident("cuBLAS workspace", {bytes}, DType::uint8, Group::buffers));
}

}  // namespace

bool asks_for_te(const Run& run) {
    return run.task == Task::train && run.recipe.float8 && run.fp8_recipe == Fp8Recipe::te_delayed;
}

std::optional<Issue> te_issue_of_card(const Run& run) {
    const Accelerator* gpu = find_accelerator(run.gpu);
    if (!asks_for_te(run) || gpu == nullptr || is_hopper(*gpu) || is_ada(*gpu)) {
        return std::nullopt;
    }
    return Issue{"fp8_recipe", "not-listed",
                 "What Transformer Engine allocates is described for cards of compute capability "
                 "8.9 and 9.0 (Ada and Hopper): those before them have no fp8, and those after "
                 "them take fp8 operands in other layouts."};
}

bool becomes_te_linear(const Context& c, const Linear& module) {
    return asks_for_te(c.run) && is_aligned(module);
}

void make_te_state(Context& c, const Linear& module) {
    if (!becomes_te_linear(c, module)) {
        return;
    }
    if (c.te_modules == 0) {
        make_workspace(c);
    }
    c.te_modules += c.t.repeats();
    auto scope = c.t.module("", kState);
    const Dim steps{kHistory, "steps"};
    struct State {
        const char* history;
        const char* scales;
        Dim tensors;
    };
    const std::array<State, 2> states = {
        State{"amax_history of the forward", "scale of the forward", {3, "tensors"}},
        State{"amax_history of the backward", "scale of the backward", {2, "tensors"}}};
    for (const auto& [history, scales, tensors] : states) {
        c.t.keep_resident(c.t.resident(scales, {tensors}, DType::fp32, Group::buffers));
        c.t.keep_resident(c.t.resident(history, {steps, tensors}, DType::fp32, Group::buffers));
    }
}

Tensor te_product(Context& c, const Linear& module, const Tensor& x) {
    Tape& t = c.t;
    auto scope = t.module("", kLinear);
    ++c.float8_products;
    const Tensor input = x.is_contiguous() ? x : t.contiguous(x, "input by rows");
    if (input.elements() / module.in.size % kAligned != 0) {
        c.te_refusal = kTeUnalignedTokens;
    }
    Kept kept{module.weight,
              module.bias,
              input.shape(),
              t.autocast.value_or(input.dtype()),
              t.grad_enabled && input.requires_grad(),
              t.grad_enabled && module.weight.requires_grad()};
    const Cast a =
        cast(t, input.shape(), kInput, kept.has_weight_grad ? Layout::both : Layout::rows);
    const Cast b =
        cast(t, module.weight.shape(), kWeight, kept.has_input_grad ? Layout::both : Layout::rows);
    Tensor bias;
    if (module.bias.defined() && module.bias.dtype() != kept.compute) {
        bias = t.make("bias", module.bias.shape(), kept.compute);
    }
    std::vector<Tensor> saved;
    if (kept.has_weight_grad) {
        saved = {a.columns, a.inverse};
    }
    saved.insert(saved.end(), {b.rows, b.inverse, module.weight});
    if (b.columns.defined()) {
        saved.push_back(b.columns);
    }
    Shape shape = input.shape();
    shape.dims[static_cast<std::uint8_t>(shape.rank - 1)] = module.out;
    const DType type = kept.compute;
    const auto backward = [kept = std::move(kept)](Tape& tape, std::vector<Tensor>& gradients) {
        return differentiate(tape, kept, gradients.front());
    };
    return module.bias.defined()
               ? t.custom({&module.weight, &input, &module.bias}, saved, shape, type, backward,
                          "output")
               : t.custom({&module.weight, &input}, saved, shape, type, backward, "output");
}

void update_te_scales(Context& c, std::int64_t tensors) {
    if (c.te_modules == 0) {
        return;
    }
    auto scope = c.t.module("", kState);
    const Dim all{c.te_modules * tensors, tensors == 3 ? "modules · 3" : "modules · 2"};
    const Tensor together = c.t.make("largest magnitudes of all modules", {all}, DType::fp32);
}

}  // namespace tensorledger::hf
