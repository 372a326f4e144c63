#pragma once

// The feed-forwards of transformers' decoders.
// Source: transformers 5.16.0.dev0, models/llama/modeling_llama.py and the models named below.

#include "core/profiles/hf/norms.h"

namespace tensorledger::hf {

/// down(act(gate(x)) * up(x)), in BitNet with a norm before the last matrix.
struct GatedMlp {
    const char* name = "mlp";
    Norm norm;
    Linear gate_proj, up_proj, down_proj;
    std::string_view act;

    GatedMlp() = default;
    GatedMlp(Context& c, const FeedForward& ff, std::int64_t width, const char* module = "mlp",
             bool norms = false);
    Tensor operator()(Context& c, const Tensor& x) const;
};

/// The same with gate and up in one matrix (Phi-3, GLM).
struct PackedMlp {
    const char* name = "mlp";
    Linear gate_up_proj, down_proj;
    std::string_view act;

    PackedMlp(Context& c, const FeedForward& ff, std::int64_t width, const char* module = "mlp",
              const char* gate_up = "gate_up_proj", const char* down = "down_proj");
    Tensor operator()(Context& c, const Tensor& x) const;
};

/// XIELUActivation by its Python code: an activation with two trained numbers (Apertus).
struct Xielu {
    Parameter alpha_p, alpha_n;
    Tensor beta, eps;

    explicit Xielu(Context& c);
    Tensor operator()(Context& c, const Tensor& x) const;
};

/// fc2(act(fc1(x))), by the names that the model gives the two.
struct PlainMlp {
    Linear first, second;
    std::string_view act;
    std::optional<Xielu> xielu;

    PlainMlp(Context& c, const FeedForward& ff, const char* up, const char* down);
    Tensor operator()(Context& c, const Tensor& x) const;
};

}  // namespace tensorledger::hf
