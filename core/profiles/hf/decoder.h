#pragma once

// What the rotary decoders of transformers share (Llama and the many models that are written from
// it): the feed-forwards, the attention with its rotation, and the frame from token ids to the loss.
// A model is a layer type put into `RotaryCausalLM`.
// Source: transformers 5.16.0.dev0, models/llama/modeling_llama.py and the models named in each
// listing.

#include "core/profiles/hf/blocks.h"
#include "core/profiles/hf/cache.h"
#include "core/profiles/hf/heads.h"

namespace tensorledger::hf {

// --- feed-forwards -------------------------------------------------------------------------------

/// down(act(gate(x)) * up(x)).
struct GatedMlp {
    const char* name = "mlp";
    Linear gate_proj, up_proj, down_proj;
    std::string_view act;

    GatedMlp() = default;
    GatedMlp(Context& c, const FeedForward& ff, std::int64_t width, const char* module = "mlp");
    Tensor operator()(Context& c, const Tensor& x) const;
};

/// The same with gate and up in one matrix (Phi-3, GLM).
struct PackedMlp {
    Linear gate_up_proj, down_proj;
    std::string_view act;

    PackedMlp(Context& c, const FeedForward& ff);
    Tensor operator()(Context& c, const Tensor& x) const;
};

/// fc2(act(fc1(x))), by the names that the model gives the two.
struct PlainMlp {
    Linear first, second;
    std::string_view act;

    PlainMlp(Context& c, const FeedForward& ff, const char* up, const char* down);
    Tensor operator()(Context& c, const Tensor& x) const;
};

// --- norms ---------------------------------------------------------------------------------------

/// GemmaRMSNorm: scaled by 1 + weight, all of it in fp32.
struct GemmaRmsNorm {
    const char* name = "";
    Parameter weight;

    GemmaRmsNorm() = default;
    GemmaRmsNorm(Context& c, const char* module, Dim width);
    Tensor operator()(Context& c, const Tensor& x) const;
};

/// GptOssRMSNorm: the weight applied in fp32 too.
struct Fp32RmsNorm {
    const char* name = "";
    Parameter weight;

    Fp32RmsNorm() = default;
    Fp32RmsNorm(Context& c, const char* module, Dim width);
    Tensor operator()(Context& c, const Tensor& x) const;
};

// --- rotation ------------------------------------------------------------------------------------

enum class Rotation : std::uint8_t {
    whole,        // x cos + rotate_half(x) sin on the whole head (Llama)
    partial,      // on the first part of the head, the rest passed on (GPT-NeoX)
    joined,       // the same, joined in one expression per operand (Phi-3)
    interleaved,  // on a part of the head, in pairs of neighbours (GLM)
    wide,         // as whole, with tables in fp32; what comes out is cast back (OLMo)
    halves,       // first and second half by themselves, tables of half the width (gpt-oss)
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
/// width before it is cut into heads (OLMo 2), or the heads after all three projections (Gemma 3).
enum class HeadNormPlace : std::uint8_t { at_once, full_width, after_projections };

struct AttentionStyle {
    Rotation rotation = Rotation::whole;
    bool softcap = false;  // tanh of the scores (eager)
    bool rotates = true;
    HeadNormPlace norms = HeadNormPlace::at_once;
};

/// q, k, v, o of separate matrices; q and k normed by head where the model does.
template <class HeadNorm = RmsNorm>
struct RotaryAttention {
    const Attention& shape;
    AttentionStyle style;
    Linear q_proj, k_proj, v_proj, o_proj;
    std::optional<HeadNorm> q_norm, k_norm;
    Parameter sinks;

    RotaryAttention(Context& c, const Attention& a, AttentionStyle look = {},
                    const char* output = "o_proj")
        : shape(a), style(look) {
        auto scope = c.t.module("self_attn");
        q_proj = Linear(c, "q_proj", c.h, query_width(a), a.query_bias);
        k_proj = Linear(c, "k_proj", c.h, kv_width(a), a.key_bias);
        v_proj = Linear(c, "v_proj", c.h, kv_width(a), a.value_bias);
        o_proj = Linear(c, output, query_width(a), c.h, a.output_bias);
        if (a.qk_norm == QkNorm::per_head || a.qk_norm == QkNorm::per_head_layer_norm) {
            q_norm.emplace(c, "q_norm", head_dim(a));
            k_norm.emplace(c, "k_norm", head_dim(a));
        }
        if (a.qk_norm == QkNorm::full_width) {
            q_norm.emplace(c, "q_norm", query_width(a));
            k_norm.emplace(c, "k_norm", kv_width(a));
        }
        if (a.sinks) {
            sinks = c.parameter("sinks", {heads(a)}, c.weight);
        }
    }

    Tensor projected(Context& c, const Linear& projection, const std::optional<HeadNorm>& norm,
                     const Tensor& x, Dim count) const {
        Tape& t = c.t;
        Tensor states = projection(c, x);
        if (norm && style.norms == HeadNormPlace::full_width) {
            states = (*norm)(c, states);
        }
        states = t.view(states, {c.b, c.s, count, head_dim(shape)});
        if (norm && style.norms == HeadNormPlace::at_once) {
            states = (*norm)(c, states);
        }
        return t.transpose(std::move(states), 1, 2);
    }

    Tensor operator()(Context& c, const Tensor& x, const DecoderInputs& inputs) const {
        auto scope = c.t.module("self_attn");
        Tape& t = c.t;
        t.line(254);
        Tensor query = projected(c, q_proj, q_norm, x, heads(shape));
        Tensor key = projected(c, k_proj, k_norm, x, kv_heads(shape));
        Tensor value = projected(c, v_proj, std::nullopt, x, kv_heads(shape));
        if (q_norm && style.norms == HeadNormPlace::after_projections) {
            query = (*q_norm)(c, query);
            key = (*k_norm)(c, key);
        }
        if (style.rotates) {
            Rotated rotated = apply_rotary(c, style.rotation, query, key, inputs.tables(shape));
            query = std::move(rotated.query);
            key = std::move(rotated.key);
        }
        update_cache(c, key, value, shape.window);
        t.line(204);
        const AttentionCall call{.causal = true,
                                 .dropout = c.dropout.attention,
                                 .groups = shape.heads / shape.kv_heads,
                                 .softcap = style.softcap};
        const Tensor& mask = inputs.mask(shape);
        Tensor output = shape.sinks ? sink_attention(c, query, key, value, mask, sinks, call)
                                    : attention(c, query, key, value, mask, call);
        output = t.contiguous(t.reshape(output, {c.b, c.s, query_width(shape)}));
        t.line(280);
        output = o_proj(c, output);
        return output;
    }
};

// --- the frame -----------------------------------------------------------------------------------

/// What tells tokens their places.
enum class Places : std::uint8_t { rotary, by_the_layer, learned, alibi, alibi_by_max_length };

/// How a model differs from Llama outside of its layers.
struct DecoderStyle {
    const char* source = "";
    const char* embed = "embed_tokens";
    const char* stack = "layers";
    const char* norm = "norm";
    Places places = Places::rotary;
    bool embedding_norm = false;
    bool always_mask = false;  // the boolean mask is made for sdpa too (Falcon)
    bool half_tables = false;  // rotary tables of half the width (gpt-oss)
    bool wide_tables =
        false;  // rotary tables stay in fp32, and what they rotate is cast back (OLMo 2)
    bool local_tables = false;          // sliding layers have tables of their own (Gemma 3)
    bool softcap_logits = false;        // tanh of the logits (Gemma 2)
    bool scaled_logits = false;         // a factor on the logits (Cohere, Granite)
    bool scaled_embedding = false;      // a buffer times the embeddings (Gemma)
    bool own_windows = false;           // layers mask their windows themselves (GPT-Neo)
    bool multiplied_embedding = false;  // a number times the embeddings (Granite)
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
    std::unique_ptr<DecoderLayer> (*layer)(Context& c, const Layer& layer);
    std::unique_ptr<FinalNorm> (*norm)(Context& c, const char* name);
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
        {[](Context& context, const Layer& description) -> std::unique_ptr<DecoderLayer> {
             return std::make_unique<Held>(context, description);
         },
         [](Context& context, const char* name) -> std::unique_ptr<FinalNorm> {
             return std::make_unique<HeldNorm>(context, name);
         }});
}

}  // namespace tensorledger::hf
