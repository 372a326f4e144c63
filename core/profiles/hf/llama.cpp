// Llama, Mistral, Qwen2, Qwen3: pre-norm decoder with rotary grouped-query attention and a gated
// MLP; Qwen3 norms queries and keys by head.
// Source: transformers 5.16.0.dev0, models/llama/modeling_llama.py (and mistral, qwen2, qwen3, whose
// code is generated from it).

#include "core/profiles/hf/decoder.h"

namespace tensorledger::hf {

namespace {

struct LlamaLayer {
    using Norm = RmsNorm;

    RotaryAttention<> self_attn;
    GatedMlp mlp;
    RmsNorm input_layernorm, post_attention_layernorm;

    LlamaLayer(Context& c, const Layer& layer)
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

}  // namespace

Listing llama(Context& c) {
    return rotary_decoder<LlamaLayer>(c, {.source = "transformers:models/llama/modeling_llama.py"});
}

}  // namespace tensorledger::hf
