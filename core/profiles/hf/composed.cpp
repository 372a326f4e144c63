// Decoders put together from blocks that were measured in others: their code was read, and no
// measurement of them as a whole backs it yet.
// Source: transformers 5.16.0.dev0, the modeling file that each listing names.

#include "core/profiles/hf/moe.h"

namespace tensorledger::hf {

namespace {

/// Granite: Llama with factors on the embeddings, on both branches and on the logits.
struct GraniteLayer {
    using Norm = RmsNorm;

    RotaryAttention<> self_attn;
    GatedMlp mlp;
    RmsNorm input_layernorm, post_attention_layernorm;

    GraniteLayer(Context& c, const Layer& layer)
        : self_attn(c, layer.attention),
          mlp(c, layer.feed_forward, layer.feed_forward.width),
          input_layernorm(c, "input_layernorm", c.h),
          post_attention_layernorm(c, "post_attention_layernorm", c.h) {}

    Tensor operator()(Context& c, const Tensor& x, const DecoderInputs& inputs) const {
        Tape& t = c.t;
        Tensor residual = x;
        Tensor hidden = input_layernorm(c, x);
        hidden = self_attn(c, hidden, inputs);
        hidden = t.add(residual, t.scale(hidden, "scaled attention"), "after attention");
        residual = hidden;
        hidden = post_attention_layernorm(c, hidden);
        hidden = mlp(c, hidden);
        hidden = t.add(residual, t.scale(hidden, "scaled MLP output"), "output");
        return hidden;
    }
};

/// SmolLM3: Llama where some layers do not rotate.
struct SmolLm3Layer {
    using Norm = RmsNorm;

    RotaryAttention<> self_attn;
    GatedMlp mlp;
    RmsNorm input_layernorm, post_attention_layernorm;

    SmolLm3Layer(Context& c, const Layer& layer)
        : self_attn(c, layer.attention, {.rotates = layer.attention.rotary}),
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

/// StarCoder2: LayerNorm, a plain MLP, dropout behind both blocks.
struct Starcoder2Layer {
    using Norm = LayerNorm;

    RotaryAttention<> self_attn;
    PlainMlp mlp;
    LayerNorm input_layernorm, post_attention_layernorm;

    Starcoder2Layer(Context& c, const Layer& layer)
        : self_attn(c, layer.attention),
          mlp(c, layer.feed_forward, "c_fc", "c_proj"),
          input_layernorm(c, "input_layernorm", c.h),
          post_attention_layernorm(c, "post_attention_layernorm", c.h) {}

    Tensor operator()(Context& c, const Tensor& x, const DecoderInputs& inputs) const {
        Tape& t = c.t;
        Tensor residual = x;
        Tensor hidden = input_layernorm(c, x);
        hidden = t.dropout(self_attn(c, hidden, inputs), c.dropout.residual, "dropped attention");
        hidden = t.add(residual, hidden, "after attention");
        residual = hidden;
        hidden = post_attention_layernorm(c, hidden);
        hidden = t.dropout(mlp(c, hidden), c.dropout.residual, "dropped output");
        hidden = t.add(residual, hidden, "output");
        return hidden;
    }
};

/// Phi: attention and MLP side by side on one LayerNorm, a part of each head rotates.
struct PhiLayer {
    using Norm = LayerNorm;

    RotaryAttention<LayerNorm> self_attn;
    PlainMlp mlp;
    LayerNorm input_layernorm;

    PhiLayer(Context& c, const Layer& layer)
        : self_attn(c, layer.attention,
                    {.rotation = Rotation::partial, .norms = HeadNormPlace::after_projections},
                    "dense"),
          mlp(c, layer.feed_forward, "fc1", "fc2"),
          input_layernorm(c, "input_layernorm", c.h) {}

    Tensor operator()(Context& c, const Tensor& x, const DecoderInputs& inputs) const {
        Tape& t = c.t;
        const Tensor hidden = input_layernorm(c, x);
        Tensor attended = self_attn(c, hidden, inputs);
        attended = t.dropout(attended, c.dropout.residual, "dropped attention");
        const Tensor forwarded = t.dropout(mlp(c, hidden), c.dropout.residual, "dropped output");
        return t.add(t.add(attended, forwarded, "both blocks"), x, "output");
    }
};

/// OLMo 2 and EXAONE 4: the norms stand behind the blocks; queries and keys are normed over their
/// whole width (OLMo 2) or by head (EXAONE 4, whose full layers do not rotate beside sliding ones).
template <class LayerNormKind>
struct PostNormLayer {
    using Norm = LayerNormKind;

    RotaryAttention<LayerNormKind> self_attn;
    GatedMlp mlp;
    LayerNormKind post_attention_layernorm, post_feedforward_layernorm;

    static AttentionStyle look(const Context& c, const Attention& a) {
        if (a.qk_norm == QkNorm::full_width) {
            return {.rotation = Rotation::wide, .norms = HeadNormPlace::full_width};
        }
        bool slides = false;
        for (const Layer& layer : c.model.decoder.layers) {
            slides = slides || layer.attention.window > 0;
        }
        return {.rotates = !slides || a.window > 0, .norms = HeadNormPlace::after_projections};
    }

    PostNormLayer(Context& c, const Layer& layer)
        : self_attn(c, layer.attention, look(c, layer.attention)),
          mlp(c, layer.feed_forward, layer.feed_forward.width),
          post_attention_layernorm(c, "post_attention_layernorm", c.h),
          post_feedforward_layernorm(c, "post_feedforward_layernorm", c.h) {}

    Tensor operator()(Context& c, const Tensor& x, const DecoderInputs& inputs) const {
        Tape& t = c.t;
        Tensor residual = x;
        Tensor hidden = self_attn(c, x, inputs);
        hidden = post_attention_layernorm(c, hidden);
        hidden = t.add(residual, hidden, "after attention");
        residual = hidden;
        hidden = mlp(c, hidden);
        hidden = post_feedforward_layernorm(c, hidden);
        hidden = t.add(residual, hidden, "output");
        return hidden;
    }
};

/// Gemma 3: Gemma 2's four norms, norms of queries and keys, tables of their own for sliding layers.
struct Gemma3Layer {
    using Norm = GemmaRmsNorm;

    RotaryAttention<GemmaRmsNorm> self_attn;
    GatedMlp mlp;
    GemmaRmsNorm input_layernorm, post_attention_layernorm;
    GemmaRmsNorm pre_feedforward_layernorm, post_feedforward_layernorm;

    Gemma3Layer(Context& c, const Layer& layer)
        : self_attn(c, layer.attention,
                    {.softcap = layer.attention.capped_scores,
                     .norms = HeadNormPlace::after_projections}),
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

/// GLM-4: GLM with a norm behind each block too.
struct Glm4Layer {
    using Norm = RmsNorm;

    RotaryAttention<> self_attn;
    PackedMlp mlp;
    RmsNorm input_layernorm, post_attention_layernorm, post_self_attn_layernorm, post_mlp_layernorm;

    Glm4Layer(Context& c, const Layer& layer)
        : self_attn(c, layer.attention, {.rotation = Rotation::interleaved}),
          mlp(c, layer.feed_forward),
          input_layernorm(c, "input_layernorm", c.h),
          post_attention_layernorm(c, "post_attention_layernorm", c.h),
          post_self_attn_layernorm(c, "post_self_attn_layernorm", c.h),
          post_mlp_layernorm(c, "post_mlp_layernorm", c.h) {}

    Tensor operator()(Context& c, const Tensor& x, const DecoderInputs& inputs) const {
        Tape& t = c.t;
        Tensor residual = x;
        Tensor hidden = input_layernorm(c, x);
        hidden = self_attn(c, hidden, inputs);
        hidden = post_self_attn_layernorm(c, hidden);
        hidden = t.add(residual, hidden, "after attention");
        residual = hidden;
        hidden = post_attention_layernorm(c, hidden);
        hidden = mlp(c, hidden);
        hidden = post_mlp_layernorm(c, hidden);
        hidden = t.add(residual, hidden, "output");
        return hidden;
    }
};

}  // namespace

Listing granite(Context& c) {
    return rotary_decoder<GraniteLayer>(
        c, {.source = "transformers:models/granite/modeling_granite.py",
            .scaled_logits = true,
            .multiplied_embedding = true});
}

Listing smollm3(Context& c) {
    return rotary_decoder<SmolLm3Layer>(
        c, {.source = "transformers:models/smollm3/modeling_smollm3.py"});
}

Listing starcoder2(Context& c) {
    return rotary_decoder<Starcoder2Layer>(
        c, {.source = "transformers:models/starcoder2/modeling_starcoder2.py"});
}

Listing phi(Context& c) {
    return rotary_decoder<PhiLayer>(
        c, {.source = "transformers:models/phi/modeling_phi.py", .norm = "final_layernorm"});
}

Listing olmo2(Context& c) {
    return rotary_decoder<PostNormLayer<Fp32RmsNorm>>(
        c, {.source = "transformers:models/olmo2/modeling_olmo2.py", .wide_tables = true});
}

Listing exaone4(Context& c) {
    return rotary_decoder<PostNormLayer<RmsNorm>>(
        c, {.source = "transformers:models/exaone4/modeling_exaone4.py"});
}

Listing gemma3(Context& c) {
    return rotary_decoder<Gemma3Layer>(c,
                                       {.source = "transformers:models/gemma3/modeling_gemma3.py",
                                        .local_tables = true,
                                        .softcap_logits = c.model.capped_logits,
                                        .scaled_embedding = true});
}

Listing glm4(Context& c) {
    return rotary_decoder<Glm4Layer>(c, {.source = "transformers:models/glm4/modeling_glm4.py"});
}

}  // namespace tensorledger::hf
