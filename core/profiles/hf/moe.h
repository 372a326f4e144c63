#pragma once

// Mixtures of experts in transformers: a router chooses k experts for each token, and the chosen
// rows, sorted by expert, go through the experts' stacked matrices in grouped products.
// Source: transformers 5.16.0.dev0, integrations/moe.py (`grouped_mm_experts_forward`, the default).

#include "core/profiles/hf/feed_forward.h"

namespace tensorledger::hf {

struct Routing {
    Tensor logits;   // [tokens, experts]; alive as long as the block runs
    Tensor weights;  // [tokens, k]
    Tensor indices;  // [tokens, k]
};

/// Where the softmax of the scores stands, and what is done to the chosen weights.
enum class RouterStyle : std::uint8_t {
    normalised,                  // softmax, top k, divided by their sum (Mixtral)
    cast,                        // softmax, top k, divided if the config says so, cast (Qwen-MoE)
    softmax_of_the_chosen,       // top k of the logits, softmax over them (gpt-oss)
    fp32_softmax_of_the_chosen,  // the same on logits in fp32 (Granite)
    sigmoid,                     // of the logits in fp32; chosen with a correction (MiniMax-M2)
    sigmoid_in_groups,  // the product in fp32 too; chosen from the best groups (DeepSeek-V3)
    softmax_in_groups,  // the same by softmax, without a correction (DeepSeek-V2)
    corrected_softmax,  // product in fp32, chosen with a correction (ERNIE 4.5)
};

struct TopKRouter {
    const char* name = "gate";
    RouterStyle style = RouterStyle::normalised;
    const FeedForward* shape = nullptr;
    Parameter weight;   // [experts, hidden]
    Parameter bias;     // undefined: none
    Tensor correction;  // [experts], added where experts are chosen; undefined: none

    TopKRouter() = default;
    TopKRouter(Context& c, const char* module, const FeedForward& ff, RouterStyle look);
    Routing operator()(Context& c, const Tensor& tokens) const;

private:
    Tensor without_other_groups(Context& c, const Tensor& scores) const;
    Routing by_group(Context& c, Routing routing) const;
    Routing by_softmax(Context& c, Routing routing) const;
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

/// Where the shared expert stands.
enum class SharedPlace : std::uint8_t {
    first,   // before the router and the experts
    last,    // behind them, on the block's input (DeepSeek)
    packed,  // the same, gate and up in one matrix, a module of the layer (Granite)
};

struct MoeStyle {
    RouterStyle router = RouterStyle::normalised;
    ExpertGate gate = ExpertGate::halves;
    SharedPlace place = SharedPlace::first;
    const char* module = "mlp";
    const char* router_name = "gate";
    const char* shared = "shared_experts";
};

/// A sparse block of router and experts, in place of the MLP; beside them shared experts where the
/// model has some, with a gate of their own in Qwen2-MoE.
struct SparseMoe {
    MoeStyle style;
    TopKRouter router;
    Experts experts;
    std::optional<GatedMlp> shared_expert;
    std::optional<PackedMlp> packed_expert;
    Linear shared_expert_gate;

    SparseMoe(Context& c, const FeedForward& ff, const MoeStyle& look);
    Tensor operator()(Context& c, const Tensor& x) const;

private:
    Tensor routed(Context& c, const Tensor& x) const;
};

}  // namespace tensorledger::hf
