#include "core/profiles/hf/quantised.h"

#include <algorithm>

#include "core/model/stored.h"
#include "core/profiles/hf/blocks.h"

namespace tensorledger::hf {

namespace {

constexpr const char* kFunctions = "bitsandbytes:autograd/_functions.py";
constexpr const char* kStates = "bitsandbytes:functional.py";
constexpr std::int64_t kBlock = 64;         // weights that share a scale
constexpr std::int64_t kNestedBlock = 256;  // scales that share a scale

std::int64_t ceiling(std::int64_t value, std::int64_t step) { return (value + step - 1) / step; }

constexpr std::int64_t kGroup = 128;       // GPTQ: inputs that share a scale and a zero point
constexpr std::int64_t kKernelRows = 128;  // GPTQ: fewer rows go to a CUDA kernel
constexpr const char* kGptq = "autogptq:auto_gptq/nn_modules/qlinear/qlinear_cuda_old.py";

bool is_four_bit(Quant kind) { return kind == Quant::nf4 || kind == Quant::fp4; }

}  // namespace

namespace {

/// Whether a checkpoint's own list leaves the entered module alone.
bool is_kept(const Context& c) {
    const Quantisation& stored = c.run.serving.stored;
    if (stored.kept.empty()) {
        return false;
    }
    std::string path = c.t.path();
    constexpr std::string_view layers = "layers.";
    const std::size_t at = path.find(layers);
    if (at != std::string::npos) {
        path.insert(at + layers.size(), std::to_string(c.layer_number) + ".");
    }
    return std::any_of(stored.kept.begin(), stored.kept.end(),
                       [&path](const std::string& pattern) { return fits(pattern, path); });
}

}  // namespace

bool keeps_single_layers(const Run& run) {
    const auto names_layer = [](const std::string& pattern) {
        const std::size_t at = pattern.find("layers.");
        return at != std::string::npos && at + 7 < pattern.size() && pattern[at + 7] >= '0' &&
               pattern[at + 7] <= '9';
    };
    const std::vector<std::string>& kept = run.serving.stored.kept;
    return std::any_of(kept.begin(), kept.end(), names_layer);
}

const char* not_listed_storage(const Run& run) {
    switch (run.serving.stored.method) {
        case QuantMethod::nvfp4: return "weights in nvfp4 with Hugging Face";
        case QuantMethod::awq_gemv: return "AWQ's GEMV layout with Hugging Face";
        default: return nullptr;
    }
}

bool is_quantised(const Context& c, std::string_view module) {
    const Quantisation& stored = c.run.serving.stored;
    const bool as_stored =
        !c.training() && stored.method != QuantMethod::none && stored.method != QuantMethod::mxfp4;
    if (!c.run.quant && !as_stored) {
        return false;
    }
    if ((is_output_head(module) && !stored.quantises_head) || (as_stored && is_kept(c))) {
        return false;
    }
    return !(module == "wo" && c.model.model_type == "t5");  // T5's _keep_in_fp32_modules
}

namespace {

/// AutoGPTQ's QuantLinear: eight codes in an int32, scales and zero points for each group of inputs.
Parameter make_gptq(Context& c, const Linear& base, QuantisedMatrix& matrix) {
    auto scope = c.t.module("", kGptq);
    matrix.blocks = ceiling(base.in.size, kGroup);
    const Dim groups{matrix.blocks, "in/128"};
    const Dim packed_out{base.out.size / 8, "out/8"};
    const auto state = [&](const char* name, std::initializer_list<Dim> dims, DType dtype) {
        matrix.states.push_back(c.t.resident(name, dims, dtype, Group::weights));
    };
    state("qzeros", {groups, packed_out}, DType::int32);
    state("scales", {groups, base.out}, matrix.dtype);
    state("g_idx", {base.in}, DType::int32);
    state("wf", {{8, "8"}}, DType::int32);
    return c.t.parameter("qweight", {{base.in.size / 8, "in/8"}, base.out}, DType::int32);
}

}  // namespace

namespace {

constexpr const char* kStored = "transformers:quantizers";

/// The dimension that has this size, by its symbol where it is one of the matrix's own.
Dim dimension(Context& c, const Linear& base, std::int64_t size) {
    if (size == base.out.size) return base.out;
    if (size == base.in.size) return base.in;
    return {size, c.t.text(std::to_string(size))};
}

/// The tensors of a checkpoint in place of the matrix; the first is the packed values.
Parameter make_stored(Context& c, const Linear& base, QuantisedMatrix& matrix) {
    auto scope = c.t.module("", kStored);
    matrix.stored = c.run.serving.stored.method;
    Parameter packed;
    for (const StoredWeight& part :
         stored_matrix(c.run.serving.stored, base.out.size, base.in.size)) {
        Shape shape;
        for (const std::int64_t size : part.shape) shape.append(dimension(c, base, size));
        const char* name = c.t.text(part.name.substr(1));
        const DType dtype = dtype_named(part.dtype).value_or(DType::fp32);
        if (!packed.defined()) {
            packed = c.t.parameter(name, shape, dtype);
        } else {
            Parameter state = c.t.parameter(name, shape, dtype);
            matrix.states.push_back(std::move(state));
        }
    }
    return packed;
}

}  // namespace

ExpertMatrix expert_matrix(Context& c, const char* name, Dim experts, Dim out, Dim in,
                           bool transposed) {
    const Quantisation& stored = c.run.serving.stored;
    const bool as_stored = !c.training() && stored.method != QuantMethod::none && !is_kept(c);
    ExpertMatrix matrix;
    if (!as_stored || c.run.quant) {
        matrix.weight = transposed ? c.parameter(name, {experts, in, out}, c.weight)
                                   : c.parameter(name, {experts, out, in}, c.weight);
        return matrix;
    }
    auto scope = c.t.module(name, kStored);
    matrix.packed = true;
    for (const StoredWeight& part : stored_matrix(stored, out.size, in.size)) {
        Shape shape;
        shape.append(experts);
        for (const std::int64_t size : part.shape) {
            shape.append({size, c.t.text(std::to_string(size))});
        }
        Parameter made = c.t.parameter(c.t.text(part.name.substr(1)), shape,
                                       dtype_named(part.dtype).value_or(DType::fp32));
        if (!matrix.weight.defined()) {
            matrix.weight = std::move(made);
        } else {
            matrix.states.push_back(std::move(made));
        }
    }
    return matrix;
}

Parameter make_quantised(Context& c, Linear& base) {
    QuantisedMatrix& matrix = base.quantised;
    if (!c.run.quant) {
        matrix.dense.append(base.out);
        matrix.dense.append(base.in);
        matrix.dtype = c.run.recipe.compute;
        return make_stored(c, base, matrix);
    }
    matrix.kind = c.run.quant;
    matrix.dense.append(base.out);
    matrix.dense.append(base.in);
    matrix.dtype = c.run.recipe.compute;
    if (matrix.kind == Quant::gptq) {
        return make_gptq(c, base, matrix);
    }
    auto scope = c.t.module("", kStates);
    const auto state = [&](const char* name, std::initializer_list<Dim> dims, DType dtype) {
        matrix.states.push_back(c.t.resident(name, dims, dtype, Group::weights));
    };
    if (!is_four_bit(*matrix.kind)) {
        Parameter codes = c.t.parameter("weight in int8", matrix.dense, DType::int8);
        state("SCB", {base.out}, DType::fp32);
        return codes;
    }
    const std::int64_t elements = checked_product(base.out.size, base.in.size);
    matrix.blocks = ceiling(elements, kBlock);
    matrix.nested = c.run.double_quant;
    const Dim scales{matrix.blocks, "in·out/64"};
    Parameter packed = c.t.parameter("weight in 4 bits",
                                     {{ceiling(elements, 2), "in·out/2"}, {1, "1"}}, DType::uint8);
    state("absmax", {scales}, matrix.nested ? DType::uint8 : DType::fp32);
    state("code", {{16, "16"}}, DType::fp32);
    if (matrix.nested) {
        state("offset", {}, DType::fp32);
        state("absmax of absmax", {{ceiling(matrix.blocks, kNestedBlock), "in·out/64/256"}},
              DType::fp32);
        state("code of absmax", {{256, "256"}}, DType::fp32);
    }
    return packed;
}

Tensor dequantised(Tape& t, const QuantisedMatrix& matrix) {
    auto scope = t.module("dequantised", kStates, Group::buffers);
    if (!is_four_bit(*matrix.kind)) {
        return t.make("weight", matrix.dense, matrix.dtype);
    }
    Tensor scales;
    if (matrix.nested) {
        scales = t.make("absmax in fp32", {{matrix.blocks, "in·out/64"}}, DType::fp32);
    }
    return t.make("weight", matrix.dense, matrix.dtype);
}

namespace {

/// The weight whole, in the type of what it is multiplied with.
Tensor dense_weight(Tape& t, const QuantisedMatrix& matrix, DType dtype) {
    auto scope = t.module("dequantised", kStates, Group::buffers);
    return t.to(dequantised(t, matrix), dtype, "weight in the compute type");
}

/// The gradient of the input: the weight is made whole once more.
torch::CustomBackward backward_of(const QuantisedMatrix& matrix, const Shape& input, DType dtype) {
    QuantisedMatrix facts = matrix;
    facts.states.clear();
    return [facts, input, dtype](Tape& t, std::vector<Tensor>& grads) {
        const Tensor weight = dense_weight(t, facts, grads.front().dtype());
        std::vector<Tensor> results;
        results.push_back(t.make("grad of the input", input, dtype));
        return results;
    };
}

Shape output_shape(const Tensor& x, Dim out) {
    Shape shape = x.shape();
    shape.dims[static_cast<std::uint8_t>(shape.rank - 1)] = out;
    return shape;
}

/// MatMul4Bit; one row alone is multiplied with the packed weight as it is (gemv_4bit).
Tensor four_bit(Context& c, const Linear& base, const Tensor& x) {
    Tape& t = c.t;
    const QuantisedMatrix& matrix = base.quantised;
    const Shape shape = output_shape(x, base.out);
    const bool one_row = x.elements() == base.in.size && !x.requires_grad();
    if (one_row && base.in.size % kBlock == 0) {
        Tensor scales;
        if (matrix.nested) {
            auto inner = t.module("dequantised", kStates, Group::buffers);
            const Dim blocks{matrix.blocks, "in·out/64"};
            const Tensor bare = t.make("absmax without offset", {blocks}, DType::fp32);
            scales = t.make("absmax in fp32", {blocks}, DType::fp32);
        }
        return t.make("output", shape, x.dtype());
    }
    const Tensor weight = dense_weight(t, matrix, x.dtype());
    return t.custom({&x}, {}, shape, x.dtype(), backward_of(matrix, x.shape(), x.dtype()),
                    "output");
}

/// MatMul8bitLt: the input's rows in int8, the product in int32. Outlier columns depend on the data; none is counted.
Tensor eight_bit(Context& c, const Linear& base, const Tensor& x) {
    Tape& t = c.t;
    const Shape shape = output_shape(x, base.out);
    const Dim rows{x.elements() / base.in.size, "b·s"};
    Tensor codes;
    Tensor statistics;
    {
        const Tensor half = t.detach(t.to(x, DType::fp16, "input in fp16"));
        statistics = t.make("row statistics", {rows}, DType::fp32);
        codes = t.make("input in int8", x.shape(), DType::int8);
        const Tensor outliers = [&] {
            const Tensor absolute = t.make("absolute values", x.shape(), DType::fp16);
            return t.make("outliers", x.shape(), DType::boolean);
        }();
    }
    const Tensor product = t.make("product in int32", shape, DType::int32);
    Tensor half;
    if (x.dtype() != DType::fp16) {
        half = t.make("output in fp16", shape, DType::fp16);
    }
    // The function's context holds the input as an attribute: as long as the graph, checkpoint or not.
    const torch::CustomBackward inner = backward_of(base.quantised, x.shape(), x.dtype());
    const auto backward = [inner, held = x](Tape& tape, std::vector<Tensor>& grads) {
        return inner(tape, grads);
    };
    return t.custom({&x}, {}, shape, x.dtype(), backward, "output");
}

/// The weight [in, out] out of its codes: shifted apart in int32, in int8 from there on.
Tensor unpacked_gptq(Tape& t, const Linear& base) {
    auto scope = t.module("dequantised", kGptq, Group::buffers);
    const QuantisedMatrix& matrix = base.quantised;
    const Dim groups{matrix.blocks, "in/128"};
    Shape shape;
    shape.append(base.in);
    shape.append(base.out);
    Tensor zeros;
    {
        const Tensor shifted = t.make("zero points in int32", {groups, base.out}, DType::int32);
        zeros = t.make("zero points", {groups, base.out}, DType::int8);
    }
    zeros = t.make("zero points + 1", {groups, base.out}, DType::int8);
    zeros = t.make("zero points of 4 bits", {groups, base.out}, DType::int8);
    Tensor codes;
    {
        const Tensor shifted = t.make("codes in int32", shape, DType::int32);
        codes = t.make("codes", shape, DType::int8);
    }
    codes = t.make("codes of 4 bits", shape, DType::int8);
    const Tensor centred = t.make("codes − zero points", shape, DType::int8);
    return t.make("weight", shape, matrix.dtype);
}

/// QuantLinear.forward: from 128 rows on the weight is made whole, and kept for the gradient of the input.
Tensor gptq(Context& c, const Linear& base, const Tensor& x) {
    auto scope = c.t.module("", kGptq);
    Tape& t = c.t;
    const Dim rows{x.elements() / base.in.size, "b·s"};
    Tensor out;
    if (rows.size < kKernelRows) {
        const Tensor wide = t.make("output in fp32", {rows, base.out}, DType::fp32);
        const Tensor scales =
            t.make("scales in fp32", {{base.quantised.blocks, "in/128"}, base.out}, DType::fp32);
        out = t.to(wide, x.dtype(), "output");
    } else {
        const Tensor weight = unpacked_gptq(t, base);
        out = t.to(t.matmul(t.reshape(x, {rows, base.in}), weight, "output"), x.dtype());
    }
    out = t.reshape(std::move(out), output_shape(x, base.out));
    return base.bias.defined() ? t.add(out, base.bias, "output with bias") : out;
}

/// The weight whole, out of its codes: HQQ's takes the zero points off and multiplies by the scales; the others are
/// made by one kernel.
Tensor unpacked(Context& c, const QuantisedMatrix& matrix) {
    Tape& t = c.t;
    auto scope = t.module("dequantised", kStored, Group::buffers);
    if (matrix.stored != QuantMethod::hqq) {
        return t.make("weight", matrix.dense, matrix.dtype);
    }
    Tensor codes = t.make("codes in the compute type", matrix.dense, matrix.dtype);
    codes = t.make("codes − zero points", matrix.dense, matrix.dtype);
    return t.make("weight", matrix.dense, matrix.dtype);
}

/// The product with weights as a checkpoint stores them.
Tensor stored_product(Context& c, const Linear& base, const Tensor& x) {
    auto scope = c.t.module("", kStored);
    Tape& t = c.t;
    const QuantisedMatrix& matrix = base.quantised;
    Tensor whole;
    switch (matrix.stored) {
        case QuantMethod::packed:
        case QuantMethod::int8:
        case QuantMethod::hqq: whole = unpacked(c, matrix); break;
        case QuantMethod::gptq:
            if (c.run.serving.stored.ordered) {  // columns in the order of their groups
                whole = t.make("input in the groups' order", x.shape(), x.dtype());
            }
            break;
        default: break;
    }
    return t.make("output", output_shape(x, base.out), x.dtype());  // the bias is added in place
}

}  // namespace

Tensor quantised_product(Context& c, const Linear& base, const Tensor& x) {
    if (base.quantised.stored != QuantMethod::none) {
        return stored_product(c, base, x);
    }
    if (base.quantised.kind == Quant::gptq) {
        return gptq(c, base, x);
    }
    auto scope = c.t.module("", kFunctions);
    Tape& t = c.t;
    if (!is_four_bit(*base.quantised.kind)) {
        return eight_bit(c, base, x);
    }
    const Tensor input = t.to(x, c.run.recipe.compute, "input in the compute type");
    Tensor bias;
    if (base.bias.defined()) {
        bias = t.to(base.bias, c.run.recipe.compute, "bias in the compute type");
    }
    Tensor output = four_bit(c, base, input);
    bias.reset();
    return t.to(std::move(output), x.dtype(), "output in the input's type");
}

}  // namespace tensorledger::hf
