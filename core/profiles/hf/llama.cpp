// Llama, Mistral, Qwen2: pre-norm decoder with rotary grouped-query attention and a gated MLP.
// Source: transformers 5.16.0.dev0, models/llama/modeling_llama.py (and mistral, qwen2, whose code
// is generated from it).

#include "core/profiles/hf/blocks.h"

namespace tensorledger::hf {

namespace {

struct LlamaMlp {
    Linear gate_proj, up_proj, down_proj;
    std::string_view act;

    LlamaMlp(Context& c, const FeedForward& ff) : act(ff.activation) {
        auto scope = c.t.module("mlp");
        const Dim f{ff.width, "f"};
        gate_proj = Linear(c, "gate_proj", c.h, f, ff.bias);
        up_proj = Linear(c, "up_proj", c.h, f, ff.bias);
        down_proj = Linear(c, "down_proj", f, c.h, ff.bias);
    }

    Tensor operator()(Context& c, const Tensor& x) const {
        auto scope = c.t.module("mlp");
        c.t.line(175);
        Tensor gate = activation(c, act, gate_proj(c, x));
        Tensor product = c.t.mul(std::move(gate), up_proj(c, x), "gate × up");
        return down_proj(c, std::move(product));
    }
};

struct LlamaAttention {
    const Attention& shape;
    Linear q_proj, k_proj, v_proj, o_proj;

    LlamaAttention(Context& c, const Attention& a) : shape(a) {
        auto scope = c.t.module("self_attn");
        q_proj = Linear(c, "q_proj", c.h, query_width(a), a.query_bias);
        k_proj = Linear(c, "k_proj", c.h, kv_width(a), a.key_bias);
        v_proj = Linear(c, "v_proj", c.h, kv_width(a), a.value_bias);
        o_proj = Linear(c, "o_proj", query_width(a), c.h, a.output_bias);
    }

    Tensor operator()(Context& c, const Tensor& x, const Rotary& rotary, const Tensor& mask) const {
        auto scope = c.t.module("self_attn");
        Tape& t = c.t;
        const Dim d = head_dim(shape);
        t.line(254);
        Tensor query = t.transpose(t.view(q_proj(c, x), {c.b, c.s, heads(shape), d}), 1, 2);
        Tensor key = t.transpose(t.view(k_proj(c, x), {c.b, c.s, kv_heads(shape), d}), 1, 2);
        Tensor value = t.transpose(t.view(v_proj(c, x), {c.b, c.s, kv_heads(shape), d}), 1, 2);
        {
            const Tensor cos = t.unsqueeze(rotary.cos, 1);
            const Tensor sin = t.unsqueeze(rotary.sin, 1);
            t.line(143);
            Tensor rotated_query = rotate(c, query, cos, sin);
            Tensor rotated_key = rotate(c, key, cos, sin);
            query = std::move(rotated_query);
            key = std::move(rotated_key);
        }
        t.line(204);
        Tensor output = attention(c, query, key, value, mask,
                                  {.causal = true,
                                   .dropout = c.dropout.attention,
                                   .groups = shape.heads / shape.kv_heads});
        output = t.contiguous(t.reshape(output, {c.b, c.s, query_width(shape)}));
        t.line(280);
        output = o_proj(c, output);
        return output;
    }
};

struct LlamaLayer {
    LlamaAttention self_attn;
    LlamaMlp mlp;
    RmsNorm input_layernorm, post_attention_layernorm;
    std::int64_t window;

    LlamaLayer(Context& c, const Layer& layer)
        : self_attn(c, layer.attention),
          mlp(c, layer.feed_forward),
          input_layernorm(c, "input_layernorm", c.h),
          post_attention_layernorm(c, "post_attention_layernorm", c.h),
          window(layer.attention.window) {}

    Tensor operator()(Context& c, const Tensor& x, const Rotary& rotary, const Tensor& mask) const {
        Tape& t = c.t;
        Tensor residual = x;
        Tensor hidden = input_layernorm(c, x);
        hidden = self_attn(c, hidden, rotary, mask);
        hidden = t.add(residual, hidden, "after attention");
        residual = hidden;
        hidden = post_attention_layernorm(c, hidden);
        hidden = mlp(c, hidden);
        hidden = t.add(residual, hidden, "output");
        return hidden;
    }
};

struct LlamaForCausalLM {
    Embedding embed_tokens;
    Layers<LlamaLayer> layers;
    RmsNorm norm;
    Linear lm_head;
    Dim rotary_dim;
    std::int64_t window = 0;
    bool mixed_windows = false;

    explicit LlamaForCausalLM(Context& c) {
        const std::vector<Layer>& stack = c.model.decoder.layers;
        const Attention& first = stack.front().attention;
        rotary_dim = {first.rotary_dim > 0 ? first.rotary_dim : first.head_dim, "d"};
        embed_tokens = Embedding(c, "embed_tokens", c.v, c.h);
        layers.make(c, "layers", stack);
        norm = RmsNorm(c, "norm", c.h);
        rotary_buffers(c, rotary_dim);
        if (c.model.tied_head) {
            lm_head.name = "lm_head";
            lm_head.weight = embed_tokens.weight;
        } else {
            auto scope = c.t.module("", nullptr, Group::logits);
            lm_head = Linear(c, "lm_head", c.h, c.v);
        }
        for (const Layer& layer : stack) {
            window = layer.attention.window > 0 ? layer.attention.window : window;
        }
    }

    Tensor hidden_states(Context& c, const Tensor& ids, const Tensor& padding) const {
        Tape& t = c.t;
        const Tensor embeddings = embed_tokens(c, ids);
        const Tensor positions = t.make("position ids", {Dim{1, "1"}, c.s}, DType::int64);
        bool any_full = false;
        for (const auto& block : layers.blocks) {
            any_full = any_full || block->window == 0;
        }
        Tensor full;
        Tensor sliding;
        if (any_full) {
            full = causal_mask(c, embeddings, padding);
        }
        if (window > 0) {
            sliding = causal_mask(c, embeddings, padding, window);
        }
        const Rotary rotary = rotary_tables(c, embeddings, rotary_dim);
        Tensor hidden = layers.run(
            c, "layers", embeddings, [&c, rotary, full, sliding, positions](const LlamaLayer& layer, const Tensor& x) {
                return layer(c, x, rotary, layer.window > 0 ? sliding : full);
            });
        hidden = norm(c, hidden);
        return hidden;
    }

    Tensor loss(Context& c, const Tensor& ids, const Tensor& labels, const Tensor& padding) const {
        Tensor hidden;
        {
            auto scope = c.t.module("", "transformers:models/llama/modeling_llama.py");
            hidden = hidden_states(c, ids, padding);
        }
        Tensor logits;
        {
            auto scope = c.t.module("", "transformers:models/llama/modeling_llama.py", Group::logits);
            c.t.line(480);
            logits = lm_head(c, hidden);
        }
        return causal_lm_loss(c, logits, labels);
    }
};

}  // namespace

Listing llama(Context& c) {
    auto network = std::make_shared<LlamaForCausalLM>(c);
    return {[&c, network](const Tensor& ids, const Tensor& labels, const Tensor& mask) {
        return network->loss(c, ids, labels, mask);
    }};
}

}  // namespace tensorledger::hf
