#pragma once

// What is a network? A description that every later question reads: parameters and their bytes, what a
// cache holds, what a step allocates. `formats/` fills it from a config.json, `weights.h` lists its tensors.
// Texts are views of static storage, so that a layer copies as plain data.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/names.h"
#include "core/model/quantisation.h"
#include "core/model/tensor.h"
#include "core/quantity/dtype.h"
#include "core/quantity/issue.h"

namespace tensorledger {

/// How a config stretches its rotary positions, as far as that leaves a table with the weights: llama.cpp
/// stores Llama 3's divisors, and the two lists of LongRoPE.
enum class RopeScaling : std::uint8_t { none, llama3, longrope };

enum class NormKind : std::uint8_t {
    none,
    rms,
    layer,
    layer_without_bias,
    layer_without_weight,
    rms_without_weight,
};

enum class QkNorm : std::uint8_t {
    none,
    per_head,             // one RMS weight of head_dim elements, shared by the heads (Qwen3)
    full_width,           // one RMS weight over all heads (OLMo 2)
    per_head_layer_norm,  // one LayerNorm (weight and bias) of head_dim elements (Persimmon, Phi)
    layer_norm_of_every_head,  // a LayerNorm weight of its own for each head (Command-R, StableLM)
    without_weight,
    full_width_layer_norm,  // LayerNorm weights over all heads (MPT)
};

/// DeepSeek's multi-head latent attention: queries and keys/values go through low-rank latents.
struct Latent {
    std::int64_t query_rank = 0;  // 0: the query is not compressed
    std::int64_t kv_rank = 0;
    std::int64_t nope_head_dim = 0;
    std::int64_t rope_head_dim = 0;
    bool bias = false;  // of the down projections
    // The sparse-attention indexer (DeepSeek-V3.2); 0 heads: this layer has none.
    std::int64_t index_heads = 0;
    std::int64_t index_head_dim = 0;

    friend bool operator==(const Latent&, const Latent&) = default;
};

/// Softmax attention of one layer: MHA, GQA, MQA or MLA, full, sliding or chunked.
struct Attention {
    std::int64_t heads = 0;
    std::int64_t kv_heads = 0;
    std::int64_t head_dim = 0;        // of queries and keys
    std::int64_t value_head_dim = 0;  // usually head_dim
    bool query_bias = false;
    bool key_bias = false;
    bool value_bias = false;
    bool output_bias = false;
    bool packed_qkv = false;     // one projection holds q, k and v (GPT-2, Phi-3, Falcon)
    bool sinks = false;          // one learned logit per head (gpt-oss)
    bool clips = false;          // queries, keys and values are clamped (OLMo's clip_qkv)
    bool capped_scores = false;  // cap · tanh(scores / cap) (Gemma 2)
    bool output_gate = false;    // q_proj is doubled, half of it gates the output (Qwen3-Next)
    bool head_gate = false;  // g_proj: one gate per head, or per element where gate_width says so
    bool values_are_keys = false;  // no v projection: values are the keys before rotation (Gemma 4)
    bool borrows_kv = false;       // no k and v projections: an earlier layer's cache is read
    QkNorm qk_norm = QkNorm::none;
    std::int64_t window = 0;  // sliding window in tokens; 0: none
    std::int64_t chunk = 0;   // chunked attention in tokens; 0: none
    bool rotary = true;
    std::int64_t rotary_dim = 0;   // elements of a head that rotate
    std::int64_t gate_width = 0;   // outputs of g_proj where head_gate
    std::int64_t input_width = 0;  // 0: hidden; else what q, k and v read (Zamba's concatenation)
    std::int64_t compression = 0;  // tokens that one cached entry stands for (DeepSeek-V4); 0: one
    bool listed_apart = false;     // its weights are among the model's parts
    std::optional<Latent> latent;

    friend bool operator==(const Attention&, const Attention&) = default;
};

enum class FeedForwardKind : std::uint8_t { none, plain, gated, moe };

/// Feed-forward of one layer: plain (two matrices), gated (three) or a mixture of such experts.
struct FeedForward {
    FeedForwardKind kind = FeedForwardKind::none;
    std::int64_t width = 0;  // of the dense MLP; of a mixture: of the dense MLP beside it, 0: none
    bool bias = false;
    bool packed_gate_up = false;
    std::string_view activation = "silu";  // as the config names it: "silu", "gelu_new", "relu2" …
    std::int64_t experts = 0;
    std::int64_t experts_per_token = 0;
    std::int64_t expert_width = 0;
    bool expert_gated = true;
    bool expert_bias = false;
    bool router_bias = false;        // a trained one
    bool router_correction = false;  // a buffer that steers the choice of experts (DeepSeek-V3)
    bool router_correction_trained = false;  // the same as a parameter (ERNIE 4.5)
    bool router_normalised = true;           // the chosen experts' weights are divided by their sum
    std::int64_t router_groups =
        0;  // groups that the experts are chosen from (DeepSeek); 0: no such
    std::int64_t router_chosen_groups = 0;
    bool shared_gate = false;       // one logit gates the shared expert (Qwen2-MoE)
    std::int64_t shared_width = 0;  // all shared experts together; 0: none
    std::int64_t latent_width =
        0;  // experts read and write this width instead of hidden; 0: hidden

    bool gated() const {
        return kind == FeedForwardKind::moe ? expert_gated : kind == FeedForwardKind::gated;
    }

    friend bool operator==(const FeedForward&, const FeedForward&) = default;
};

enum class MixerKind : std::uint8_t {
    none,
    attention,
    mamba1,
    mamba2,
    gated_delta_net,
    kimi_delta,
    short_conv,
    rwkv,
    xlstm,
    linear,     // one matrix in place of attention (Nemotron-NAS)
    lightning,  // linear attention with a decay per head (MiniMax-01)
};

/// A recurrent mixer (state-space, linear attention, short convolution): constant state per sequence.
struct Recurrent {
    std::int64_t inner = 0;   // D: channels
    std::int64_t state = 0;   // N: state elements per channel (mamba) or key head size (delta nets)
    std::int64_t groups = 0;  // of B and C (mamba 2); key heads (delta nets)
    std::int64_t heads = 0;   // value heads of a delta net
    std::int64_t head_dim = 0;
    std::int64_t time_rank = 0;  // mamba 1
    std::int64_t conv_kernel = 0;
    std::int64_t conv_channels = 0;  // channels that the convolution's cache keeps
    std::int64_t state_elements =
        0;  // recurrent state, elements per sequence, without the convolution's
    bool conv_bias = false;
    bool projection_bias = false;
    bool inner_norms = false;  // mamba 1: norms of dt, B and C (Jamba); mamba 2: gated norm of D
    bool split_projections = false;  // separate q, k, v, b, a matrices instead of fused ones

    friend bool operator==(const Recurrent&, const Recurrent&) = default;
};

/// One layer: a mixer (or an attention and a recurrent one side by side, Falcon-H1) and a feed-forward.
struct Layer {
    std::string_view
        kind;  // what the ledger calls it: "attention+mlp", "mamba2", "attention+moe" …
    MixerKind mixer = MixerKind::attention;
    Attention attention;  // when mixer == attention (or has_parallel_attention)
    Recurrent recurrent;  // when the mixer is a recurrent one
    bool has_parallel_attention = false;
    std::optional<Attention> cross_attention;
    FeedForward feed_forward;
    NormKind norm = NormKind::rms;
    int norms = 2;  // norms of width hidden in the layer
    bool parallel_block =
        false;  // attention and MLP read the same normalised input (GPT-J, Phi, Command-R)
    bool listed_apart = false;  // its weights are among the model's parts
    bool stores_kv = true;      // false: shares an earlier layer's cache (Gemma 3n) or has none

    friend bool operator==(const Layer&, const Layer&) = default;
};

/// Dropout probabilities that the modelling code applies while training, as the config states them.
struct Dropout {
    double embedding = 0;
    double attention = 0;
    double residual = 0;
    double activation = 0;
};

/// A decoder-only or encoder-only network, or one half of an encoder–decoder.
struct Stack {
    std::vector<Layer> layers;
    bool is_decoder = true;
    // Of the encoder of an encoder–decoder; the other stack's are the model's.
    Names names;
    std::string_view prefix;
};

struct Model {
    std::string id;          // catalog id or empty
    std::string model_type;  // config.json's model_type of the text model: "llama", "gpt2", "t5" …
    std::string architecture;  // architectures[0]: "LlamaForCausalLM", "BertForMaskedLM" …
    std::string_view source;   // where the mechanism was read: a key of the bibliography and a path
    std::int64_t hidden = 0;
    std::int64_t vocab = 0;
    std::int64_t extra_embeddings = 0;  // rows of the token table that no logit belongs to (Mllama)
    std::int64_t embedding_width =
        0;  // ALBERT, OPT-350m, ELECTRA: narrower than hidden; else hidden
    std::int64_t position_width = 0;  // of the learned positions; usually the embedding's
    std::int64_t positions = 0;       // rows of the learned position table; 0: none
    std::int64_t max_position = 0;    // longest context that the config names
    RopeScaling rope_scaling = RopeScaling::none;
    std::int64_t token_types = 0;
    bool tied_head = false;
    bool has_head = true;  // false: the bare model, without logits
    bool head_bias = false;
    bool scaled_embedding = false;  // Gemma multiplies by sqrt(hidden)
    bool capped_logits = false;     // cap · tanh(logits / cap) (Gemma 2)
    bool scaled_head = false;       // T5 divides what its head reads by sqrt(hidden)
    bool embedding_norm = false;    // a norm right after the embedding (BLOOM, BERT)
    NormKind embedding_norm_kind = NormKind::layer;
    NormKind final_norm = NormKind::rms;
    Dropout dropout;
    DType dtype = DType::bf16;  // how the checkpoint stores its weights
    bool gradient_checkpointing_supported = true;
    Names names;
    std::string_view prefix = "model.";  // of every module but the head
    Stack decoder;                       // the layers of a decoder-only or encoder-only network
    std::optional<Stack> encoder;        // the encoder of an encoder–decoder
    std::vector<Layer>
        next_token_layers;  // multi-token prediction: stated by the config, not loaded
    std::vector<WeightTensor>
        parts;                  // what is not a plain layer: towers, projectors, heads, MTP layers
    Quantisation quantisation;  // how the checkpoint says that it is stored
    std::string quantisation_issue;  // why that is not described, in a sentence
    Notes notes;  // "partial": a part that this config does not determine is left out
};

}  // namespace tensorledger
