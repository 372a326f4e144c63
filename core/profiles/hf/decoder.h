#pragma once

// What the rotary decoders of transformers share (Llama and the many models that are written from
// it): the feed-forwards, the attention with its rotation, and the frame from token ids to the loss.
// A model is a layer type put into `RotaryCausalLM`.
// Source: transformers 5.16.0.dev0, models/llama/modeling_llama.py and the models named in each
// listing.

#include "core/profiles/hf/blocks.h"
#include "core/profiles/hf/cache.h"
#include "core/profiles/hf/heads.h"
#include "core/profiles/hf/moe.h"
#include "core/profiles/hf/norms.h"

namespace tensorledger::hf {

// --- rotation ------------------------------------------------------------------------------------

enum class Rotation : std::uint8_t {
    whole,          // x cos + rotate_half(x) sin on the whole head (Llama)
    partial,        // on the first part of the head, the rest passed on (GPT-NeoX)
    joined,         // the same, joined in one expression per operand (Phi-3)
    interleaved,    // on a part of the head, in pairs of neighbours (GLM)
    halves,         // first and second half by themselves, tables of half the width (gpt-oss)
    pairs,          // the whole head in pairs of neighbours (Helium, ERNIE 4.5)
    complex,        // as products of complex numbers (DeepSeek-V2)
    pairs_in_fp32,  // the same in fp32, by tables of pairs (Cohere)
};

struct Rotated {
    Tensor query;
    Tensor key;
};
/// apply_rotary_pos_emb on query and key [b, heads, s, d], in each model's spelling.
Rotated apply_rotary(Context& c, Rotation rotation, const Tensor& query, const Tensor& key,
                     const Rotary& tables);

/// The slopes of the heads times the positions: [b·a, 1, s] from a mask (BLOOM), [a, 1, longest
/// context] (MPT).
Tensor alibi(Context& c, const Tensor& mask, DType dtype);
Tensor alibi_by_max_length(Context& c);

/// The tables of gpt-oss: cos and sin of half the width.
Rotary half_rotary_tables(Context& c, const Tensor& hidden, Dim rotary_dim);
/// One table of complex numbers: pairs in fp32.
Rotary complex_rotary_table(Context& c, Dim rotary_dim);

// --- attention -----------------------------------------------------------------------------------

/// What every layer of a stack is called with.
struct DecoderInputs {
    Rotary rotary;
    Rotary local_rotary;  // of sliding layers, where they have their own (Gemma 3)
    Tensor full;          // the causal mask; undefined: the kernel's own causality
    Tensor sliding;
    Tensor positions;  // [1, s]
    Tensor alibi;      // a slope per head times the distance (BLOOM, MPT)

    const Tensor& mask(const Attention& a) const { return a.window > 0 ? sliding : full; }
    const Rotary& tables(const Attention& a) const {
        return a.window > 0 && local_rotary.cos.defined() ? local_rotary : rotary;
    }
};

/// Eager attention with a learned logit per head beside the scores (gpt-oss).
Tensor sink_attention(Context& c, const Tensor& q, const Tensor& k, const Tensor& v,
                      const Tensor& mask, const Parameter& sinks, const AttentionCall& call);

/// Where queries and keys are normed: each projection's heads as soon as they are there, the whole
/// width before it is cut into heads (OLMo 2), the heads after all three projections, before
/// (Cohere) or behind their transposition (Gemma 3), or once they are rotated (HunYuan).
enum class HeadNormPlace : std::uint8_t {
    at_once,
    full_width,
    after_projections,
    transposed,
    rotated,
};

struct AttentionStyle {
    Rotation rotation = Rotation::whole;
    HeadNormPlace norms = HeadNormPlace::at_once;
    NormCode head_norm = NormCode::rms;
    const char* module = "self_attn";
    const char* packed = "qkv_proj";
    const char* output = "o_proj";
    const char* q_norm = "q_norm";
    const char* k_norm = "k_norm";
    bool scales_query = false;  // by a factor of the position (Ministral 3)
    bool norms_output = false;  // before o_proj (BitNet)
};

/// Grouped-query attention with rotary positions: q, k and v of separate matrices or of one.
struct RotaryAttention {
    const Attention& shape;
    AttentionStyle style;
    Linear q_proj, k_proj, v_proj, qkv_proj, o_proj;
    std::vector<Norm> q_norm, k_norm;  // none, one, or one a head (StableLM)
    Norm output_norm;
    Parameter sinks;

    RotaryAttention(Context& c, const Attention& a, const AttentionStyle& look);
    Tensor operator()(Context& c, const Tensor& x, const DecoderInputs& inputs) const;

private:
    void make_head_norms(Context& c);
    Tensor normed(Context& c, const std::vector<Norm>& norms, const Tensor& states) const;
    Tensor projected(Context& c, const Linear& projection, const std::vector<Norm>& norms,
                     const Tensor& x, Dim count) const;
    Tensor attend(Context& c, Tensor query, Tensor key, Tensor value,
                  const DecoderInputs& inputs) const;
};

// --- the frame -----------------------------------------------------------------------------------

/// What tells tokens their places.
enum class Places : std::uint8_t { rotary, by_the_layer, learned, alibi, alibi_by_max_length };

/// What the rotary tables hold.
enum class Tables : std::uint8_t {
    twice,    // cos and sin of every angle twice, in the model's type
    halves,   // of every angle once (gpt-oss)
    fp32,     // twice, and they stay in fp32 (OLMo)
    complex,  // one table of complex numbers (DeepSeek-V2, Llama 4)
};

/// What is added to a layer's input, and how.
enum class Branches : std::uint8_t {
    plain,     // x + attention, + MLP
    scaled,    // x + factor · attention, + factor · MLP (Granite)
    dropped,   // x + dropout(attention), + dropout(MLP)
    named,     // the same, and a name holds what attention made to the end (GPT-BigCode)
    late,      // the same with a dropout behind the MLP alone, all names held to the end (StableLM)
    parallel,  // attention and MLP on the same normed input: x + attention + MLP (Cohere)
    parallel_dropped,  // dropout(attention) + dropout(MLP) + x (Phi)
};

/// How a decoder differs from Llama: in its layers, and outside of them.
struct DecoderStyle {
    const char* source = nullptr;  // null: the file of the model's type
    const char* embed = "embed_tokens";
    const char* stack = "layers";
    const char* norm = "norm";
    Places places = Places::rotary;
    bool embedding_norm = false;
    bool always_mask = false;  // the boolean mask is made for sdpa too (Falcon)
    Tables tables = Tables::twice;
    bool local_tables = false;          // sliding layers have tables of their own (Gemma 3)
    bool scaled_logits = false;         // a factor on the logits (Cohere, Granite)
    bool own_windows = false;           // layers mask their windows themselves (GPT-Neo)
    bool multiplied_embedding = false;  // a number times the embeddings (Granite)
    bool causal_buffer = false;         // a boolean triangle of all positions is kept (GPT-BigCode)
    bool normed_embedding = false;      // by the final norm, which has no weight (nanochat)
    bool eager_only = false;
    // --- the layers ---
    NormCode norms = NormCode::rms;
    AttentionStyle attention = {};
    Branches branches = Branches::plain;
    // The modules of the norms before and behind the two blocks; null: none there.
    const char* before_attention = "input_layernorm";
    const char* after_attention = nullptr;
    const char* before_mlp = "post_attention_layernorm";
    const char* after_mlp = nullptr;
    const char* up = "up_proj";  // of a plain MLP
    const char* down = "down_proj";
    bool norms_mlp = false;  // a norm before the MLP's last matrix (BitNet)
    MoeStyle moe = {};
};

/// A layer of a decoder, and the norm behind the last one: each model has its own.
struct DecoderLayer {
    virtual ~DecoderLayer() = default;
    virtual Tensor operator()(Context& c, const Tensor& x, const DecoderInputs& inputs) const = 0;
};
struct FinalNorm {
    virtual ~FinalNorm() = default;
    virtual Tensor operator()(Context& c, const Tensor& x) const = 0;
};

/// What makes them.
struct DecoderParts {
    std::unique_ptr<DecoderLayer> (*layer)(Context& c, const DecoderStyle& style,
                                           const Layer& layer);
    std::unique_ptr<FinalNorm> (*norm)(Context& c, const DecoderStyle& style);
};

/// A listing of a network that has `loss(c, ids, labels, mask)`, and `logits(c, ids)` where it generates.
template <class Network>
Listing listing_of(Context& c, std::shared_ptr<Network> network) {
    if constexpr (requires(Tensor ids) { network->hidden_states_of(c, ids, ids); }) {
        if (head_of(c.model) != HeadKind::language) {
            return classifying(c, nullptr, [&c, network](const Tensor& ids, const Tensor& mask) {
                return network->hidden_states_of(c, ids, mask);
            });
        }
    }
    Listing listing;
    listing.loss = [&c, network](const Tensor& ids, const Tensor& labels, const Tensor& mask) {
        return network->loss(c, ids, labels, mask);
    };
    if constexpr (requires(Tensor ids) { network->logits(c, ids); }) {
        listing.logits = [&c, network](const Tensor& ids) { return network->logits(c, ids); };
    }
    return listing;
}

/// Embedding, layers, norm and head.
Listing rotary_decoder(Context& c, const DecoderStyle& style, const DecoderParts& parts);

/// The same whose layers the style describes.
Listing styled_decoder(Context& c, const DecoderStyle& style);

/// The same of one type of layer: it is made from (Context&, const Layer&), called with (c, hidden,
/// DecoderInputs), and names its norm as `Norm`.
template <class OneLayer>
Listing rotary_decoder(Context& c, const DecoderStyle& style) {
    struct Held final : DecoderLayer {
        OneLayer layer;
        Held(Context& context, const Layer& description) : layer(context, description) {}
        Tensor operator()(Context& context, const Tensor& x,
                          const DecoderInputs& inputs) const override {
            return layer(context, x, inputs);
        }
    };
    struct HeldNorm final : FinalNorm {
        typename OneLayer::Norm norm;
        HeldNorm(Context& context, const char* name) : norm(context, name, context.h) {}
        Tensor operator()(Context& context, const Tensor& x) const override {
            return norm(context, x);
        }
    };
    return rotary_decoder(
        c, style,
        {[](Context& context, const DecoderStyle&,
            const Layer& description) -> std::unique_ptr<DecoderLayer> {
             return std::make_unique<Held>(context, description);
         },
         [](Context& context, const DecoderStyle& its) -> std::unique_ptr<FinalNorm> {
             return std::make_unique<HeldNorm>(context, its.norm);
         }});
}

}  // namespace tensorledger::hf
