#pragma once

// bitsandbytes' linear layers: weights in 4 bits (NF4, FP4) or 8 (LLM.int8()), brought back to the compute type
// while they are multiplied.
// Source: bitsandbytes 0.49.2, nn/modules.py, autograd/_functions.py, functional.py, backends/cuda/ops.py.
// And AutoGPTQ's, 0.7.1, whose 4 bits have a scale and a zero point for groups of inputs. For inference, weights as a
// checkpoint stores them (GPTQ, AWQ, fp8, compressed-tensors, HQQ, mxfp4 of experts), with the kernels that
// transformers 5.16 takes: GPTQ, AWQ and fp8 are multiplied as they are stored (Marlin, Triton), the others are made
// whole for each product.

#include <optional>
#include <string_view>
#include <vector>

#include "core/profiles/torch/tape.h"
#include "core/run/run.h"

namespace tensorledger::hf {

struct Context;
struct Linear;

/// Is the projection of this name quantised? Every nn.Linear and Conv1D is, but the output head and what the
/// architecture keeps in fp32.
bool is_quantised(const Context& c, std::string_view module);

/// What lies beside the packed weight, and what making it whole again takes.
struct QuantisedMatrix {
    std::optional<Quant> kind;               // of bitsandbytes or AutoGPTQ; empty: not so
    QuantMethod stored = QuantMethod::none;  // as a checkpoint says
    std::vector<torch::Tensor> states;
    Shape dense;                // [out, in]
    DType dtype = DType::bf16;  // of the weight before it was quantised
    std::int64_t blocks = 0;    // with a scale each
    bool nested = false;        // the scales are quantised too
    bool defined() const { return kind.has_value() || stored != QuantMethod::none; }
};

/// Whether single layers are named among what a quantiser leaves alone: then no layer stands for another.
bool keeps_single_layers(const Run& run);

/// Why weights stored so cannot be listed; null: they can.
const char* not_listed_storage(const Run& run);

/// A stack of experts' matrices [experts, out, in], as the run stores them: packed, or as they are.
struct ExpertMatrix {
    torch::Parameter weight;
    std::vector<torch::Tensor> states;
    bool packed = false;
};
ExpertMatrix expert_matrix(Context& c, const char* name, Dim experts, Dim out, Dim in,
                           bool transposed);

/// Makes the packed weight [n/2, 1] or [out, in] and its states, in the projection's scope.
torch::Parameter make_quantised(Context& c, Linear& base);

/// Linear4bit.forward, Linear8bitLt.forward.
torch::Tensor quantised_product(Context& c, const Linear& base, const torch::Tensor& x);

/// The weight as a dense matrix (dequantize_module_weight).
torch::Tensor dequantised(torch::Tape& t, const QuantisedMatrix& matrix);

}  // namespace tensorledger::hf
