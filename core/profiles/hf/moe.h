#pragma once

// Mixtures of experts in transformers: a router chooses k experts for each token, and the chosen
// rows, sorted by expert, go through the experts' stacked matrices in grouped products.
// Source: transformers 5.16.0.dev0, integrations/moe.py (`grouped_mm_experts_forward`, the default).

#include "core/profiles/hf/decoder.h"

namespace tensorledger::hf {

struct Routing {
    Tensor logits;   // [tokens, experts]; alive as long as the block runs
    Tensor weights;  // [tokens, k]
    Tensor indices;  // [tokens, k]
};

/// Where the softmax of the scores stands, and what is done to the chosen weights.
enum class RouterStyle : std::uint8_t {
    normalised,             // softmax, top k, divided by their sum (Mixtral)
    normalised_and_cast,    // the same, cast back to the type of the logits (Qwen3-MoE)
    cast,                   // softmax, top k, cast (Qwen2-MoE)
    softmax_of_the_chosen,  // top k of the logits, softmax over them (gpt-oss)
};

struct TopKRouter {
    const char* name = "gate";
    RouterStyle style = RouterStyle::normalised;
    std::int64_t chosen = 0;
    Parameter weight;  // [experts, hidden]
    Parameter bias;    // undefined: none

    TopKRouter() = default;
    TopKRouter(Context& c, const char* module, const FeedForward& ff, RouterStyle look);
    Routing operator()(Context& c, const Tensor& tokens) const;
};

enum class ExpertGate : std::uint8_t {
    halves,       // act(gate) * up, the halves of one product
    interleaved,  // gpt-oss: every other column, clamped, (up + 1) * gate * sigmoid(α gate)
};

/// The experts' weights as 3D tensors.
struct Experts {
    std::string_view act;
    ExpertGate gate = ExpertGate::halves;
    bool transposed = false;  // stored as [experts, in, out]
    std::int64_t count = 0;
    std::int64_t width = 0;
    ExpertMatrix gate_up_proj, down_proj;
    Parameter gate_up_proj_bias, down_proj_bias;
    ModuleAdapter gate_up_adapter, down_adapter;

    Experts() = default;
    Experts(Context& c, const FeedForward& ff, ExpertGate look);
    Tensor operator()(Context& c, const Tensor& tokens, const Routing& routing) const;

private:
    Tensor product(Context& c, const Tensor& rows, const Parameter& weight, bool packed,
                   Dim out_width, const Tensor& bias) const;
    Tensor gated(Context& c, const Tensor& gate_up) const;
};

/// A sparse block of router and experts, in place of the MLP; beside them a shared expert with a
/// gate of its own where the model has one (Qwen2-MoE).
struct SparseMoe {
    TopKRouter router;
    Experts experts;
    std::optional<GatedMlp> shared_expert;
    Linear shared_expert_gate;

    SparseMoe(Context& c, const FeedForward& ff, RouterStyle style,
              ExpertGate gate = ExpertGate::halves, const char* router_name = "gate");
    Tensor operator()(Context& c, const Tensor& x) const;
};

}  // namespace tensorledger::hf
