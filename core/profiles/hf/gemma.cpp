// Gemma and Gemma 2: embeddings scaled by a buffer, RMS norms in fp32 with 1 + weight, a GELU gate;
// Gemma 2 caps scores and logits by tanh, norms before and after each block, and alternates
// sliding with full attention.
// Source: transformers 5.16.0.dev0, models/gemma/modeling_gemma.py, models/gemma2/modeling_gemma2.py.

#include "core/profiles/hf/decoder.h"

namespace tensorledger::hf {

namespace {

struct GemmaLayer {
    using Norm = GemmaRmsNorm;

    RotaryAttention<> self_attn;
    GatedMlp mlp;
    GemmaRmsNorm input_layernorm, post_attention_layernorm;

    GemmaLayer(Context& c, const Layer& layer)
        : self_attn(c, layer.attention),
          mlp(c, layer.feed_forward, layer.feed_forward.width),
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

struct Gemma2Layer {
    using Norm = GemmaRmsNorm;

    RotaryAttention<> self_attn;
    GatedMlp mlp;
    GemmaRmsNorm input_layernorm, post_attention_layernorm;
    GemmaRmsNorm pre_feedforward_layernorm, post_feedforward_layernorm;

    Gemma2Layer(Context& c, const Layer& layer)
        : self_attn(c, layer.attention, {.softcap = layer.attention.capped_scores}),
          mlp(c, layer.feed_forward, layer.feed_forward.width),
          input_layernorm(c, "input_layernorm", c.h),
          post_attention_layernorm(c, "post_attention_layernorm", c.h),
          pre_feedforward_layernorm(c, "pre_feedforward_layernorm", c.h),
          post_feedforward_layernorm(c, "post_feedforward_layernorm", c.h) {}

    Tensor operator()(Context& c, const Tensor& x, const DecoderInputs& inputs) const {
        Tape& t = c.t;
        Tensor residual = x;
        Tensor hidden = input_layernorm(c, x);
        hidden = self_attn(c, hidden, inputs);
        hidden = post_attention_layernorm(c, hidden);
        hidden = t.add(residual, hidden, "after attention");
        residual = hidden;
        hidden = pre_feedforward_layernorm(c, hidden);
        hidden = mlp(c, hidden);
        hidden = post_feedforward_layernorm(c, hidden);
        hidden = t.add(residual, hidden, "output");
        return hidden;
    }
};

}  // namespace

Listing gemma(Context& c) {
    return rotary_decoder<GemmaLayer>(
        c, {.source = "transformers:models/gemma/modeling_gemma.py", .scaled_embedding = true});
}

Listing gemma2(Context& c) {
    return rotary_decoder<Gemma2Layer>(c,
                                       {.source = "transformers:models/gemma2/modeling_gemma2.py",
                                        .softcap_logits = c.model.capped_logits,
                                        .scaled_embedding = true});
}

}  // namespace tensorledger::hf
