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
    bool always_mask = false;           // the boolean mask is made for sdpa too (Falcon)
    bool half_tables = false;           // rotary tables of half the width (gpt-oss)
    bool local_tables = false;          // sliding layers have tables of their own (Gemma 3)
    bool softcap_logits = false;        // tanh of the logits (Gemma 2)
    bool scaled_logits = false;         // a factor on the logits (Cohere, Granite)
    bool scaled_embedding = false;      // a buffer times the embeddings (Gemma)
    bool multiplied_embedding = false;  // a number times the embeddings (Granite)
};

/// Embedding, layers, norm and head. `DecoderLayer` is made from (Context&, const Layer&), called
/// with (c, hidden, DecoderInputs), and names its norm as `Norm`.
template <class DecoderLayer>
struct RotaryCausalLM {
    DecoderStyle style;
    Embedding embed_tokens;
    Tensor embed_scale;
    Embedding position_embeddings;
    LayerNorm embedding_norm;
    Layers<DecoderLayer> layers;
    std::optional<typename DecoderLayer::Norm> norm;
    Linear lm_head;
    Dim rotary_dim;
    std::int64_t window = 0;
    bool any_full = false;

    RotaryCausalLM(Context& c, DecoderStyle look) : style(look) {
        auto scope = c.t.module("", style.source);
        const std::vector<Layer>& stack = c.model.decoder.layers;
        const Attention& first = stack.front().attention;
        rotary_dim = {first.rotary_dim > 0 ? first.rotary_dim : first.head_dim, "d"};
        embed_tokens = Embedding(c, style.embed, c.v, c.h);
        if (style.places == Places::learned) {
            position_embeddings = Embedding(c, "wpe", {c.model.positions, "positions"}, c.h);
        }
        if (style.embedding_norm) {
            embedding_norm = LayerNorm(c, "word_embeddings_layernorm", c.h);
        }
        if (style.scaled_embedding) {
            auto inner = c.t.module(style.embed);
            embed_scale = c.t.resident("embed_scale", {}, c.weight, Group::buffers);
        }
        layers.make(c, style.stack, stack);
        norm.emplace(c, style.norm, c.h);
        if (style.places == Places::rotary) {
            rotary_buffers(c, rotary_dim);
            if (style.local_tables) {
                rotary_buffers(c, rotary_dim);
            }
        }
        if (head_of(c.model) != HeadKind::language) {
            lm_head.name = "";
        } else if (c.model.tied_head) {
            lm_head = Linear(c, "lm_head", embed_tokens);
        } else {
            auto head = c.t.module("", nullptr, Group::logits);
            lm_head = Linear(c, "lm_head", c.h, c.v, c.model.head_bias);
        }
        for (const Layer& layer : stack) {
            window = layer.attention.window > 0 ? layer.attention.window : window;
            any_full = any_full || layer.attention.window == 0;
        }
    }

    Tensor embedded(Context& c, const Tensor& ids) const {
        Tape& t = c.t;
        if (style.scaled_embedding) {
            return t.mul(embed_tokens(c, ids), embed_scale, "scaled embeddings");
        }
        Tensor embeddings = embed_tokens(c, ids);
        if (style.multiplied_embedding) {
            embeddings = t.scale(embeddings, "scaled embeddings");
        }
        return embeddings;
    }

    Tensor hidden_states(Context& c, const Tensor& ids, const Tensor& padding) const {
        Tape& t = c.t;
        const Tensor embeddings = embedded(c, ids);
        const Tensor positions = t.make("position ids", {Dim{1, "1"}, c.s}, DType::int64);
        Tensor hidden = style.embedding_norm ? embedding_norm(c, embeddings) : embeddings;
        DecoderInputs inputs;
        inputs.positions = positions;
        Tensor mask = padding;
        if (style.places == Places::alibi) {
            if (!mask.defined()) {
                mask = t.make("attention mask of ones", {c.b, c.s}, DType::fp32);
            }
            inputs.alibi = alibi(c, mask, hidden.dtype());
        } else if (style.places == Places::alibi_by_max_length) {
            inputs.alibi = alibi_by_max_length(c);
        }
        if (any_full) {
            inputs.full = causal_mask(c, embeddings, mask, 0, style.always_mask);
        }
        if (window > 0) {
            inputs.sliding = causal_mask(c, embeddings, mask, window);
        }
        if (style.places == Places::alibi_by_max_length) {
            inputs.full = t.make("boolean mask", inputs.full.shape(), DType::boolean);
        }
        if (style.places == Places::learned) {
            hidden = t.add(hidden, position_embeddings(c, positions), "embeddings");
        }
        hidden = t.dropout(hidden, c.dropout.embedding, "dropped embeddings");
        if (style.places == Places::rotary) {
            inputs.rotary = style.half_tables ? half_rotary_tables(c, hidden, rotary_dim)
                                              : rotary_tables(c, hidden, rotary_dim);
            if (style.local_tables && window > 0) {
                inputs.local_rotary = rotary_tables(c, hidden, rotary_dim);
            }
        }
        hidden = layers.run(c, style.stack, std::move(hidden),
                            [&c, inputs](const DecoderLayer& layer, const Tensor& x) {
                                return layer(c, x, inputs);
                            });
        hidden = (*norm)(c, hidden);
        return hidden;
    }

    /// lm_head with what the model does to its result.
    Tensor scores(Context& c, const Tensor& hidden) const {
        auto scope = c.t.module("", style.source, Group::logits);
        Tensor logits = lm_head(c, hidden);
        if (style.scaled_logits) {
            logits = c.t.scale(logits, "scaled logits");
        }
        if (style.softcap_logits) {
            logits = c.t.scale(logits, "logits / cap");
            logits = c.t.tanh(logits, "tanh of logits");
            logits = c.t.scale(logits, "capped logits");
        }
        return logits;
    }

    Tensor hidden_states_of(Context& c, const Tensor& ids, const Tensor& padding) const {
        auto scope = c.t.module("", style.source);
        return hidden_states(c, ids, padding);
    }

    Tensor loss(Context& c, const Tensor& ids, const Tensor& labels, const Tensor& padding) const {
        const Tensor hidden = hidden_states_of(c, ids, padding);
        const Tensor logits = scores(c, hidden);
        return causal_lm_loss(c, logits, labels);
    }

    Tensor logits(Context& c, const Tensor& ids) const {
        const Tensor hidden = hidden_states_of(c, ids, {});
        return scores(c, kept_for_logits(c, hidden));
    }
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

template <class DecoderLayer>
Listing rotary_decoder(Context& c, DecoderStyle style) {
    return listing_of(c, std::make_shared<RotaryCausalLM<DecoderLayer>>(c, style));
}

}  // namespace tensorledger::hf
