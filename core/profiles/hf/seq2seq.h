#pragma once

// The layers that BART and the encoder–decoders drawn from it share.
// Source: transformers 5.16.0.dev0, models/bart/modeling_bart.py, models/whisper/modeling_whisper.py.

#include "core/profiles/hf/blocks.h"
#include "core/profiles/hf/cache.h"

namespace tensorledger::hf {

/// What tells the copies apart.
struct Seq2SeqStyle {
    bool norm_first = false;    // the norm stands before each block and the residual goes around it
    bool scaled_query = false;  // Whisper scales the query; queries, keys and values are contiguous
    bool key_bias = true;
};

struct Seq2SeqAttention {
    const char* name;
    const Attention& shape;
    const Seq2SeqStyle& style;
    bool causal;
    bool cross;
    Linear k_proj, v_proj, q_proj, out_proj;

    Seq2SeqAttention(Context& c, const char* module, const Attention& a, const Seq2SeqStyle& kind,
                     bool is_causal, bool is_cross);
    /// Attention over `states`, the source of keys and values.
    Tensor operator()(Context& c, const Tensor& x, const Tensor& states, const Tensor& mask) const;
};

/// What the layers of a stack are given.
struct Seq2SeqGiven {
    Tensor mask, encoded, encoded_mask;
};

/// A layer of the encoder, or of the decoder where it has cross-attention.
struct Seq2SeqLayer {
    const Seq2SeqStyle& style;
    const FeedForward& shape;
    std::unique_ptr<Seq2SeqAttention> self_attn, encoder_attn;
    LayerNorm self_attn_norm, encoder_attn_norm, final_layer_norm;
    Linear fc1, fc2;

    Seq2SeqLayer(Context& c, const Layer& layer, const Seq2SeqStyle& kind);
    Tensor operator()(Context& c, const Tensor& x, const Seq2SeqGiven& given) const;

private:
    Tensor attend(Context& c, const Seq2SeqAttention& block, const LayerNorm& norm, const Tensor& x,
                  const Tensor* states, const Tensor& mask) const;
};

/// Runs a stack of them; the mask and the encoder's output are positional arguments of a layer.
Tensor run_seq2seq(Context& c, const Layers<Seq2SeqLayer>& layers, Tensor hidden,
                   const Seq2SeqGiven& given);

}  // namespace tensorledger::hf
