// gpt-oss: a learned sink beside the scores, rotary tables of half the width, alternating sliding and
// full attention, and experts with biases and clamped gates; eager attention only.
// Source: transformers 5.16.0.dev0, models/gpt_oss/modeling_gpt_oss.py.

#include "core/profiles/hf/moe.h"

namespace tensorledger::hf {

namespace {

struct GptOssLayer {
    using Norm = Fp32RmsNorm;

    RotaryAttention<> self_attn;
    SparseMoe mlp;
    Fp32RmsNorm input_layernorm, post_attention_layernorm;

    GptOssLayer(Context& c, const Layer& layer)
        : self_attn(c, layer.attention, {.rotation = Rotation::halves}),
          mlp(c, layer.feed_forward, RouterStyle::softmax_of_the_chosen, ExpertGate::interleaved,
              "router"),
          input_layernorm(c, "input_layernorm", c.h),
          post_attention_layernorm(c, "post_attention_layernorm", c.h) {}

    Tensor operator()(Context& c, const Tensor& x, const DecoderInputs& inputs) const {
        Tape& t = c.t;
        Tensor residual = x;
        Tensor hidden = input_layernorm(c, x);
        hidden = self_attn(c, hidden, inputs);
        hidden = t.add(residual, hidden, "after attention");
        residual = hidden;
        hidden = post_attention_layernorm(c, hidden);
        hidden = mlp(c, hidden);
        hidden = t.add(residual, hidden, "output");
        return hidden;
    }
};

}  // namespace

Listing gpt_oss(Context& c) {
    c.eager_only = true;
    return rotary_decoder<GptOssLayer>(
        c, {.source = "transformers:models/gpt_oss/modeling_gpt_oss.py", .half_tables = true});
}

}  // namespace tensorledger::hf
