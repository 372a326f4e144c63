// Mixtral and Qwen3-MoE: Llama's layer with a mixture of experts in place of the MLP.
// Source: transformers 5.16.0.dev0, models/mixtral/modeling_mixtral.py,
// models/qwen3_moe/modeling_qwen3_moe.py.

#include "core/profiles/hf/moe.h"

namespace tensorledger::hf {

namespace {

template <RouterStyle style>
struct MoeLayer {
    using Norm = RmsNorm;

    RotaryAttention<> self_attn;
    std::optional<SparseMoe> experts;
    std::optional<GatedMlp> dense;
    RmsNorm input_layernorm, post_attention_layernorm;

    MoeLayer(Context& c, const Layer& layer)
        : self_attn(c, layer.attention),
          input_layernorm(c, "input_layernorm", c.h),
          post_attention_layernorm(c, "post_attention_layernorm", c.h) {
        const FeedForward& ff = layer.feed_forward;
        if (ff.kind == FeedForwardKind::moe) {
            experts.emplace(c, ff, style);
        } else {
            dense.emplace(c, ff, ff.width);
        }
    }

    Tensor operator()(Context& c, const Tensor& x, const DecoderInputs& inputs) const {
        Tape& t = c.t;
        Tensor residual = x;
        Tensor hidden = input_layernorm(c, x);
        hidden = self_attn(c, hidden, inputs);
        hidden = t.add(residual, hidden, "after attention");
        residual = hidden;
        hidden = post_attention_layernorm(c, hidden);
        hidden = experts ? (*experts)(c, hidden) : (*dense)(c, hidden);
        hidden = t.add(residual, hidden, "output");
        return hidden;
    }
};

}  // namespace

Listing mixtral(Context& c) {
    return rotary_decoder<MoeLayer<RouterStyle::normalised>>(
        c, {.source = "transformers:models/mixtral/modeling_mixtral.py"});
}

Listing qwen3_moe(Context& c) {
    constexpr const char* kSource = "transformers:models/qwen3_moe/modeling_qwen3_moe.py";
    const std::vector<Layer>& layers = c.model.decoder.layers;
    const bool normalised = layers.front().feed_forward.router_normalised &&
                            layers.back().feed_forward.router_normalised;
    if (!normalised) {
        return rotary_decoder<MoeLayer<RouterStyle::cast>>(c, {.source = kSource});
    }
    return rotary_decoder<MoeLayer<RouterStyle::normalised_and_cast>>(c, {.source = kSource});
}

}  // namespace tensorledger::hf
