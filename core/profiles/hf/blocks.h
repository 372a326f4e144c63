#pragma once

// What the modelling codes of transformers share: the set-up of a listing, linear layers, norms,
// masks, rotary tables, losses, and how equal layers are listed once.
// Source: transformers 5.16.0.dev0 (commit decba1d2), src/transformers.

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "core/model/model.h"
#include "core/profiles/hf/adapters.h"
#include "core/profiles/hf/prompts.h"
#include "core/profiles/hf/quantised.h"
#include "core/profiles/torch/tape.h"
#include "core/run/run.h"

namespace tensorledger::hf {

/// A stretch of layers `[first, first + length)` that is listed once and stands for `times`.
struct Stretch {
    std::int32_t first = 0;
    std::int32_t length = 1;
    std::int32_t times = 1;
    std::int32_t region = -1;
    const char* name = "layers";  // the module that holds them
};

/// The input of a layer that a model hands out, and the region that made it.
struct HiddenState {
    Tensor tensor;
    std::int32_t region = -1;
};

/// What every listing reads: the tape, the network, the run, and the dimensions that all share.
struct Context {
    Tape& t;
    const Model& model;
    const Run& run;
    Dropout dropout;            // probabilities in force
    Dim b;                      // sequences
    Dim s;                      // tokens of each
    Dim h;                      // hidden
    Dim v;                      // vocabulary
    DType weight;               // of the parameters
    Dim kv;                     // tokens that a query sees: s, and the cached ones before them
    Cache* cache = nullptr;     // while generating
    std::int32_t layer = 0;     // the place of the running layer in the listing
    std::vector<Stretch> plan;  // of every stack made so far
    bool has_input_embedding = false;
    AdapterSites sites;
    std::int64_t layers_made = 0;  // in the stacks so far: the number of the next one's first layer
    std::int64_t layer_number = 0;     // of the running layer, an encoder's before its decoder's
    const Stretch* stretch = nullptr;  // that the running layer stands in
    std::vector<Tensor> outputs;       // what the model returns besides the loss
    bool hands_out_hidden_states = false;    // output_hidden_states=True
    std::vector<HiddenState> hidden_states;  // those of the forward: the input of every layer
    // Of a model whose layers return a tuple: what stands in it beside the hidden states. The model's loop holds
    // the tuple of the layer before until the next layer is done.
    Tensor held_of_layer_before;
    Tensor held_of_layer;
    // What the run asks for and this modelling code is not listed with; null: nothing.
    const char* not_listed_with = nullptr;
    Prompts prompts;
    bool has_own_loss = true;  // none of those that `loss` and `compiled_loss` choose between
    std::int32_t linears = 0;  // nn.Linear modules made so far
    std::int32_t float8_products = 0;  // of them in fp8, in the forwards so far
    std::int64_t te_modules = 0;       // that became Transformer Engine's
    const char* te_refusal = nullptr;  // why that cannot be followed; null: nothing

    Context(Tape& tape, const Model& network, const Run& job);

    /// Whether to take the loss that is asked for in place of full logits; where it does not fit, it is said.
    bool spares_logits(bool fits) {
        const bool spares = run.loss == Loss::chunked || run.loss == Loss::fused;
        if (spares && !fits) {
            not_listed_with = "a chunked or fused loss";
        }
        return spares && fits;
    }
    /// Whether Liger's kernels stand in for norms, rotation and gate.
    bool liger() const { return training() && run.kernels == Kernels::liger; }
    /// Whether something of the layer of this number is run again in the backward.
    bool checkpoints(std::int64_t number) const {
        return training() && run.checkpointing != Checkpointing::none &&
               (number + 1) % run.checkpoint_every == 0;
    }
    /// Whether that is its attention alone.
    bool checkpoints_attention() const {
        return run.checkpointing == Checkpointing::selective &&
               run.checkpoint_policy == CheckpointPolicy::attention;
    }

    /// Old and new cache of all layers are there together.
    bool tuple_cache = run.serving.cache == CacheKind::tuple;
    /// The cache has its whole length from the start.
    bool static_cache() const { return caches(CacheKind::fixed); }
    /// Whether keys and values are cached in this way.
    bool caches(CacheKind kind) const {
        return cache != nullptr && !training() && run.serving.cache == kind;
    }
    bool eager_only = false;  // the modelling code has no other attention
    bool eager() const { return eager_only || run.attention == AttentionKind::eager; }
    bool flash() const { return !eager_only && run.attention == AttentionKind::flash; }
    bool training() const { return run.task == Task::train; }
    bool frozen_base() const {
        return training() && run.method != Method::full && run.method != Method::freeze;
    }
    /// A parameter of the module entered: trained, frozen, or frozen beside a trained copy.
    Parameter parameter(const char* name, std::initializer_list<Dim> dims, DType dtype);
    /// The trained copy of a frozen parameter, if the module entered is one that has copies; else itself.
    Parameter copy_if_saved(const char* name, const Parameter& original);
    bool freezes(FrozenPart part) const {
        return training() && run.method == Method::freeze && run.frozen == part;
    }
    /// Whether the weights of the layer of this number are trained.
    bool trains_layer(std::int64_t number) const;
    /// The running layer hands this out beside its hidden states (in a training step autograd has it anyway).
    void hands_out(const Tensor& beside) {
        if (!training()) {
            held_of_layer = beside;
        }
    }
    /// The model returns this tensor beside its loss: a loop may hold on to it.
    void returns(const Tensor& output) {
        if (training() && run.keep_output) {
            outputs.push_back(output);
        }
    }
};

/// While it lives, weights that are made are trained, or are not.
class TrainingGuard {
public:
    TrainingGuard(Context& c, bool trains)
        : tape_(c.t), outer_(std::exchange(c.t.trains_new_parameters, trains)) {}
    TrainingGuard(const TrainingGuard&) = delete;
    TrainingGuard& operator=(const TrainingGuard&) = delete;
    ~TrainingGuard() { tape_.trains_new_parameters = outer_; }

private:
    Tape& tape_;
    bool outer_;
};

/// A listing of one architecture: its modules are made; `loss` runs the forward of one micro-batch
/// from token ids and labels to the loss, `logits` (inference) up to the head. What is read in place
/// of token ids (images, sound) and labels that are not one a token are made by `input` and `labels`.
struct Listing {
    std::function<Tensor(const Tensor& ids, const Tensor& labels, const Tensor& mask)> loss;
    std::function<Tensor(const Tensor& ids)> logits = nullptr;  // empty: generation is not listed
    std::function<Tensor(const Tensor& ids)> values =
        nullptr;  // a classifier's outputs of all tokens
    std::function<Tensor()> input = nullptr;
    std::function<Tensor()> labels = nullptr;
    // Inference of an encoder–decoder: from ids (or the input) to the encoder's hidden states, and from the
    // decoder's ids and those to the scores. They are in place of `logits`.
    std::function<Tensor(const Tensor& ids)> encode = nullptr;
    std::function<Tensor(const Tensor& ids, const Tensor& encoded)> decode = nullptr;
};

/// A listing of an encoder–decoder: `network` has loss, encoded and logits.
template <class Network>
Listing encoder_decoder(Context& c, const std::shared_ptr<Network>& network) {
    Listing listing;
    listing.loss = [&c, network](const Tensor& ids, const Tensor& labels, const Tensor& mask) {
        return network->loss(c, ids, labels, mask);
    };
    listing.encode = [&c, network](const Tensor& ids) { return network->encoded(c, ids); };
    listing.decode = [&c, network](const Tensor& ids, const Tensor& encoded) {
        return network->logits(c, ids, encoded);
    };
    return listing;
}

// --- modules -------------------------------------------------------------------------------------

struct Embedding;

/// nn.Linear, by its module's name.
struct Linear {
    const char* name = "";
    Parameter weight;         // [out, in]; transformers' Conv1D: [in, out]
    Parameter bias;           // undefined: none
    bool transposed = false;  // Conv1D
    std::int32_t number = 0;  // among the model's nn.Linear modules, from 1
    Dim in;
    Dim out;
    QuantisedMatrix quantised;
    ModuleAdapter adapter;

    Linear() = default;
    Linear(Context& c, const char* module, Dim inputs, Dim outputs, bool has_bias = false);
    /// A head whose weight is the embedding's.
    Linear(Context& c, const char* module, const Embedding& tied);
    Tensor operator()(Context& c, torch::Operand x) const;
    /// What the module alone computes.
    Tensor product(Context& c, torch::Operand x) const;
};

/// transformers' Conv1D: a linear layer with the weight transposed (GPT-2).
struct Conv1D : Linear {
    Conv1D() = default;
    Conv1D(Context& c, const char* module, Dim inputs, Dim outputs);
};

/// nn.LayerNorm.
struct LayerNorm {
    const char* name = "";
    Parameter weight;
    Parameter bias;

    LayerNorm() = default;
    LayerNorm(Context& c, const char* module, Dim width, bool has_bias = true);
    Tensor operator()(Context& c, const Tensor& x) const;
};

/// LlamaRMSNorm and its copies: statistics in fp32, the weight applied in the model's type.
struct RmsNorm {
    const char* name = "";
    Parameter weight;

    RmsNorm() = default;
    RmsNorm(Context& c, const char* module, Dim width);
    Tensor operator()(Context& c, const Tensor& x) const;
};

Tensor rms_norm(Context& c, const Parameter& weight, const Tensor& x);

/// nn.Embedding.
struct Embedding {
    const char* name = "";
    Parameter weight;
    Parameter original;     // what a tied head reads: `weight`, or what it is a trained copy of
    bool is_input = false;  // get_input_embeddings(): the model's first
    Tensor scale;           // a buffer that the module multiplies its output with; undefined: none
    ModuleAdapter adapter;

    Embedding() = default;
    Embedding(Context& c, const char* module, Dim rows, Dim width);
    Tensor operator()(Context& c, const Tensor& ids) const;
};

/// ACT2FN: "silu", "gelu", "gelu_new", "relu", … ; false when the tape does not know it.
Tensor activation(Context& c, std::string_view name, torch::Operand x);

// --- attention -----------------------------------------------------------------------------------

/// The mask that create_causal_mask hands to every layer: none where the kernel's own causality
/// does; [b, 1, s, s] otherwise (boolean for sdpa, in the model's type for eager).
/// `always`: the boolean one is made even where the kernel's causality would do.
Tensor causal_mask(Context& c, const Tensor& embeddings, const Tensor& padding,
                   std::int64_t window = 0, bool always = false);
Tensor bidirectional_mask(Context& c, const Tensor& embeddings, const Tensor& padding);

/// While it lives, masks are made for so many queries and keys: a decoder's, or cross-attention's.
class TokensGuard {
public:
    TokensGuard(Context& c, Dim queries, Dim keys) : c_(c), s_(c.s), kv_(c.kv) {
        c.s = queries;
        c.kv = keys;
    }
    TokensGuard(const TokensGuard&) = delete;
    TokensGuard& operator=(const TokensGuard&) = delete;
    ~TokensGuard() {
        c_.s = s_;
        c_.kv = kv_;
    }

private:
    Context& c_;
    Dim s_;
    Dim kv_;
};
/// shift_tokens_right: the decoder's input ids, made of the labels.
Tensor shift_right(Context& c, const Tensor& labels);

/// cos and sin of the positions, [1, s, rotary_dim] each, in the type of the hidden states.
struct Rotary {
    Tensor cos;
    Tensor sin;
};
/// The last tokens whose logits are asked for: hidden_states[:, -logits_to_keep:, :].
Tensor kept_for_logits(Context& c, const Tensor& hidden);
/// Makes the buffers of a LlamaRotaryEmbedding (inv_freq and its original copy).
void rotary_buffers(Context& c, Dim rotary_dim);
Rotary rotary_tables(Context& c, DType dtype, Dim rotary_dim);
/// apply_rotary_pos_emb on [b, heads, s, d].
Tensor rotate(Context& c, const Tensor& x, const Tensor& cos, const Tensor& sin);

Tensor repeat_kv(Context& c, const Tensor& x, std::int64_t groups);

struct AttentionCall {
    bool causal = true;
    double dropout = 0;
    std::int64_t groups = 1;    // query heads per key head
    bool softmax_fp32 = true;   // softmax(dtype=float32).to(query.dtype)
    bool contiguous = true;     // the eager path ends with transpose(1, 2).contiguous()
    bool softcap = false;       // cap * tanh(scores / cap) before the mask (eager)
    bool cast_weights = true;   // without softmax_fp32: the softmax is cast to the values' type
    Tensor position_bias = {};  // added to the scores (T5)
};

/// ALL_ATTENTION_FUNCTIONS: q, k, v [b, heads, s, d] to [b, s, heads, d], eager or sdpa.
Tensor attention(Context& c, const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask,
                 const AttentionCall& call);

// --- layers and losses ---------------------------------------------------------------------------

/// One layer's forward and what it is given by position besides the hidden states: a checkpoint keeps
/// that as well.
struct LayerCall {
    std::function<Tensor(const Tensor&)> run;
    std::vector<Tensor> arguments;
};

/// GradientCheckpointingLayer: the layer's call, checkpointed when the run asks for it.
Tensor checkpointed(Context& c, const Tensor& x, LayerCall layer);

/// How a stack is listed: runs of equal layers (or of equal groups of layers) are listed three
/// times — the first, one in the middle that repeats, the last — and all else layer by layer.
std::vector<Stretch> stretches(Context& c, const std::vector<Layer>& layers);

/// While it lives, the weights made are a layer's, and are trained or not.
class LayerGuard {
public:
    LayerGuard(Context& c, bool trains);
    LayerGuard(const LayerGuard&) = delete;
    LayerGuard& operator=(const LayerGuard&) = delete;
    ~LayerGuard();

private:
    torch::Tape& t_;
    bool trained_;
};

/// A function that is called while its caller waits.
template <class Result, class... Given>
class Callback {
public:
    template <class Function>
    Callback(const Function& function)
        : function_(&function), call_([](const void* held, Given... given) -> Result {
              return (*static_cast<const Function*>(held))(given...);
          }) {}
    Result operator()(Given... given) const { return call_(function_, given...); }

private:
    const void* function_;
    Result (*call_)(const void*, Given...);
};

/// How a stack is walked, whatever its layers are.
struct LayerPlan {
    std::vector<Stretch> plan;
    std::int64_t first_number = 0;

    void make_all(Context& c, const char* name, const std::vector<Layer>& layers,
                  Callback<void, const Layer&> make);
    /// `call(index)` is asked when the turn of the layer of that place in the listing comes.
    Tensor run_all(Context& c, const char* name, Tensor hidden,
                   Callback<LayerCall, std::uint32_t> call) const;
};

/// A stack of layers made and run as its stretches say. `Block` is made from (Context&, const
/// Layer&) and called as block(c, hidden, extras...).
template <class Block>
struct Layers : LayerPlan {
    std::vector<std::unique_ptr<Block>> blocks;  // in listing order

    template <class... Arguments>
    void make(Context& c, const char* name, const std::vector<Layer>& layers,
              Arguments&&... arguments) {
        make_each(c, name, layers, [&](const Layer& layer) {
            return std::make_unique<Block>(c, layer, arguments...);
        });
    }

    /// The same where `make_one(layer)` makes a block.
    template <class Make>
    void make_each(Context& c, const char* name, const std::vector<Layer>& layers,
                   const Make& make_one) {
        make_all(c, name, layers, [&](const Layer& layer) { blocks.push_back(make_one(layer)); });
    }

    /// Runs them all: `step(block, hidden)` returns the next hidden states.
    template <class Step>
    Tensor run(Context& c, const char* name, Tensor hidden, const Step& step) const {
        return run_each(c, name, std::move(hidden), [&step](const Block& layer) {
            const Block* block = &layer;
            return LayerCall{[block, step](const Tensor& x) { return step(*block, x); }, {}};
        });
    }

    /// The same where a layer's call depends on what the layers before it made: `call(block)` is
    /// asked when the layer's turn comes.
    template <class Call>
    Tensor run_each(Context& c, const char* name, Tensor hidden, const Call& call) const {
        return run_all(c, name, std::move(hidden),
                       [&](std::uint32_t at) { return call(*blocks[at]); });
    }
};

/// ForCausalLMLoss: logits upcast to fp32, labels padded and shifted, cross-entropy.
Tensor causal_lm_loss(Context& c, Tensor logits, const Tensor& labels);
/// torch.compile on the upcast and the cross-entropy of [tokens, v]: kept are the logits as they came, and two numbers
/// of each row; the backward writes their gradient and nothing else.
Tensor compiled_cross_entropy(Context& c, const Tensor& logits, const Tensor& labels);
/// Whether the chunked and the fused loss can take this head: a product with a matrix and nothing else.
bool sparing_loss_fits(const Linear& head);
/// The head and the loss that the run asks for in place of full logits (losses.cpp).
Tensor sparing_loss(Context& c, const Tensor& hidden, const Linear& head);
/// CrossEntropyLoss on flattened logits and labels, without an upcast (masked language models).
Tensor masked_lm_loss(Context& c, const Tensor& logits, const Tensor& labels);

/// The shape of the listed weight (one that is no plain layer's) whose name holds this text; empty:
/// there is none.
Shape listed_shape(const Model& model, std::string_view text);

/// What a caller of torch names: a dimension of a layer, with the field's symbol.
inline Dim heads(const Attention& a) { return {a.heads, "a"}; }
inline Dim kv_heads(const Attention& a) { return {a.kv_heads, a.kv_heads == a.heads ? "a" : "k"}; }
inline Dim head_dim(const Attention& a) { return {a.head_dim, "d"}; }
inline Dim query_width(const Attention& a) { return {a.heads * a.head_dim, "a·d"}; }
inline Dim kv_width(const Attention& a) {
    return {a.kv_heads * a.head_dim, a.kv_heads == a.heads ? "a·d" : "k·d"};
}

// --- the architectures ---------------------------------------------------------------------------

Listing gpt_neox(Context& c);
Listing gptj(Context& c);
Listing gpt_neo(Context& c);
Listing bloom(Context& c);
Listing falcon(Context& c);
Listing mpt(Context& c);
Listing mamba(Context& c);
Listing opt(Context& c);
Listing qwen(Context& c);
Listing gpt2(Context& c);
Listing bert(Context& c);
Listing roberta(Context& c);
Listing electra(Context& c);
Listing distilbert(Context& c);
Listing albert(Context& c);
Listing t5(Context& c);
Listing bart(Context& c);
Listing whisper(Context& c);
Listing vit(Context& c);
Listing modernbert(Context& c);
Listing deberta_v2(Context& c);

}  // namespace tensorledger::hf
