// T5: an encoder and a decoder whose scores carry a learned bias of the relative position. The first
// layer of each stack makes the bias and the others share it, so its gradient is summed over the
// layers; cross-attention carries a bias of zeros.
// Source: transformers 5.16.0.dev0, models/t5/modeling_t5.py.

#include "core/profiles/hf/cache.h"

namespace tensorledger::hf {

namespace {

constexpr const char* kSource = "transformers:models/t5/modeling_t5.py";

/// T5LayerNorm: no mean, no bias; only the variance is taken in fp32.
struct T5LayerNorm {
    const char* name = "";
    Parameter weight;

    T5LayerNorm() = default;
    T5LayerNorm(Context& c, const char* module) : name(module) {
        auto scope = c.t.module(module);
        weight = c.parameter("weight", {c.h}, c.weight);
    }

    Tensor operator()(Context& c, const Tensor& x) const {
        auto scope = c.t.module(name);
        Tape& t = c.t;
        t.line(65);
        const Tensor variance =
            t.mean_last(t.pow(t.to(x, DType::fp32, "input in fp32"), 2, "square"), "variance");
        t.line(66);
        Tensor hidden = t.mul(x, t.rsqrt(t.shift(variance, "variance + ε"), "rsqrt"), "normalised");
        if (weight.dtype() != DType::fp32) {
            hidden = t.to(hidden, weight.dtype(), "normalised in the model's type");
        }
        return t.mul(weight, hidden, "output");
    }
};

struct T5Attention {
    const char* name;
    const Attention& shape;
    bool causal;
    bool cross;
    Linear q, k, v, o;
    Embedding relative_attention_bias;  // of a stack's first layer

    T5Attention(Context& c, const char* module, const Attention& a, bool is_causal, bool is_cross,
                Dim buckets)
        : name(module), shape(a), causal(is_causal), cross(is_cross) {
        auto scope = c.t.module(module);
        q = Linear(c, "q", c.h, query_width(a));
        k = Linear(c, "k", c.h, query_width(a));
        v = Linear(c, "v", c.h, query_width(a));
        o = Linear(c, "o", query_width(a), c.h);
        if (buckets.size > 0) {
            relative_attention_bias = Embedding(c, "relative_attention_bias", buckets, heads(a));
        }
    }

    /// Which bucket each distance falls into, [queries, keys] of int64.
    Tensor position_buckets(Context& c, Dim queries, Dim keys) const {
        Tape& t = c.t;
        const auto table = [&](const char* what, DType dtype) {
            return t.make(what, {queries, keys}, dtype);
        };
        const Tensor relative = table("relative positions", DType::int64);
        Tensor buckets = causal ? Tensor() : table("buckets of the sign", DType::int64);
        const Tensor distance = table("distances", DType::int64);
        const Tensor is_small = table("short distances", DType::boolean);
        Tensor far = t.scale(t.to(distance, DType::fp32), "relative distances");
        far = t.scale(t.scale(std::move(far), "log of distances"), "buckets of long distances");
        Tensor large = t.shift(t.to(std::move(far), DType::int64), "long buckets");
        {
            const Tensor last = table("last bucket", DType::int64);
            large = table("long buckets below the last", DType::int64);
        }
        const Tensor chosen = table("buckets of distances", DType::int64);
        return buckets.defined() ? buckets : t.shift(chosen, "buckets");
    }

    Tensor position_bias(Context& c, Dim queries, Dim keys, DType dtype) const {
        Tape& t = c.t;
        if (!relative_attention_bias.weight.defined()) {
            Tensor zeros =
                t.make("position bias of zeros", {Dim{1, "1"}, heads(shape), queries, keys}, dtype);
            if (c.run.checkpointing == Checkpointing::full) {
                t.require_grad(zeros);
            }
            return zeros;
        }
        const Tensor buckets = position_buckets(c, queries, keys);
        const Tensor values = relative_attention_bias(c, buckets);
        return t.unsqueeze(t.permute(values, {2, 0, 1}), 0);
    }

    /// Attention over `states`, which are the keys' and values' source; `bias` is made when empty.
    Tensor operator()(Context& c, const Tensor& x, const Tensor& states, const Tensor& mask,
                      Tensor& bias) const {
        auto scope = c.t.module(name);
        Tape& t = c.t;
        const Dim d = head_dim(shape);
        const auto split = [&](const Linear& projection, const Tensor& from) {
            return t.transpose(t.view(projection(c, from), {c.b, from.dim(1), heads(shape), d}), 1,
                               2);
        };
        t.line(304);
        const Tensor query = split(q, x);
        Tensor key;
        Tensor value;
        if (!cross || !kept_cross(c, key, value)) {
            key = split(k, states);
            value = split(v, states);
            if (causal) {
                update_cache(c, key, value, 0);
            } else if (cross) {
                keep_cross(c, key, value);
            }
        }
        if (!bias.defined()) {
            bias = position_bias(c, x.dim(1), key.dim(2), query.dtype());
        }
        t.line(159);
        Tensor output = attention(c, query, key, value, mask,
                                  {.causal = causal,
                                   .dropout = c.dropout.attention,
                                   .softmax_fp32 = false,
                                   .cast_weights = false,
                                   .position_bias = bias});
        output = t.contiguous(t.reshape(output, {c.b, x.dim(1), query_width(shape)}));
        t.line(367);
        return o(c, output);
    }
};

struct T5FeedForward {
    const FeedForward& shape;
    Linear wi, wi_1, wo;
    T5LayerNorm layer_norm;

    T5FeedForward(Context& c, const FeedForward& ff) : shape(ff) {
        const Dim f{ff.width, "f"};
        {
            auto scope = c.t.module("DenseReluDense");
            wi = Linear(c, ff.gated() ? "wi_0" : "wi", c.h, f);
            if (ff.gated()) {
                wi_1 = Linear(c, "wi_1", c.h, f);
            }
            wo = Linear(c, "wo", f, c.h);
        }
        layer_norm = T5LayerNorm(c, "layer_norm");
    }

    Tensor dense(Context& c, const Tensor& x) const {
        auto scope = c.t.module("DenseReluDense");
        Tape& t = c.t;
        Tensor hidden;
        if (shape.gated()) {
            const Tensor gate = activation(c, shape.activation, wi(c, x));
            const Tensor linear = wi_1(c, x);
            hidden = t.mul(gate, linear, "gate × linear");
            hidden = t.dropout(hidden, c.dropout.activation, "dropped hidden");
            hidden = t.to(hidden, wo.weight.dtype());
            return wo(c, hidden);
        }
        hidden = wi(c, x);
        hidden = activation(c, shape.activation, hidden);
        hidden = t.dropout(hidden, c.dropout.activation, "dropped hidden");
        hidden = t.to(hidden, wo.weight.dtype());
        hidden = wo(c, hidden);
        return hidden;
    }

    Tensor operator()(Context& c, const Tensor& x) const {
        Tape& t = c.t;
        Tensor forwarded = layer_norm(c, x);
        forwarded = dense(c, forwarded);
        return t.add(x, t.dropout(forwarded, c.dropout.residual, "dropped output"), "output");
    }
};

/// What a stack's layers are given and share.
struct Shared {
    Tensor mask, encoded, encoded_mask;
    Tensor bias, cross_bias;  // made by the first layer
};

struct T5Block {
    std::unique_ptr<T5Attention> self_attention, cross_attention;
    T5LayerNorm self_norm, cross_norm;
    std::unique_ptr<T5FeedForward> feed_forward;

    /// `buckets` are given to the first layer alone.
    T5Block(Context& c, const Layer& layer, bool decoder, Dim& buckets) {
        {
            auto scope = c.t.module("layer.0");
            self_attention = std::make_unique<T5Attention>(c, "SelfAttention", layer.attention,
                                                           decoder, false, buckets);
            self_norm = T5LayerNorm(c, "layer_norm");
            buckets.size = 0;
        }
        if (decoder) {
            auto scope = c.t.module("layer.1");
            cross_attention = std::make_unique<T5Attention>(
                c, "EncDecAttention", *layer.cross_attention, false, true, buckets);
            cross_norm = T5LayerNorm(c, "layer_norm");
        }
        auto scope = c.t.module(decoder ? "layer.2" : "layer.1");
        feed_forward = std::make_unique<T5FeedForward>(c, layer.feed_forward);
    }

    Tensor operator()(Context& c, const Tensor& x, Shared& shared) const {
        Tape& t = c.t;
        Tensor hidden = x;
        {
            auto scope = c.t.module("layer.0");
            const Tensor normed = self_norm(c, hidden);
            Tensor out = (*self_attention)(c, normed, normed, shared.mask, shared.bias);
            hidden = t.add(hidden, t.dropout(out, c.dropout.residual, "dropped output"),
                           "after attention");
        }
        if (cross_attention != nullptr) {
            auto scope = c.t.module("layer.1");
            const Tensor normed = cross_norm(c, hidden);
            Tensor out = (*cross_attention)(c, normed, shared.encoded, shared.encoded_mask,
                                            shared.cross_bias);
            hidden = t.add(hidden, t.dropout(out, c.dropout.residual, "dropped output"),
                           "after cross-attention");
        }
        auto scope = c.t.module(cross_attention != nullptr ? "layer.2" : "layer.1");
        return (*feed_forward)(c, hidden);
    }
};

struct T5Stack {
    const char* name;
    Layers<T5Block> blocks;
    T5LayerNorm final_layer_norm;

    T5Stack(Context& c, const char* module, const std::vector<Layer>& layers, bool decoder,
            Dim buckets)
        : name(module) {
        auto scope = c.t.module(module);
        blocks.make(c, "block", layers, decoder, buckets);
        final_layer_norm = T5LayerNorm(c, "final_layer_norm");
    }

    /// Runs the blocks; `shared` dies at the end, as the forward's locals do.
    Tensor operator()(Context& c, const Tensor& embeddings, Shared shared) const {
        Tape& t = c.t;
        Tensor hidden = t.dropout(embeddings, c.dropout.embedding, "dropped embeddings");
        // Where the first layer leaves the biases; a run of it in the backward leaves them nowhere.
        const auto made = std::make_shared<Shared*>(&shared);
        hidden = blocks.run_each(
            c, "block", std::move(hidden), [&c, &shared, made](const T5Block& layer) {
                const T5Block* block = &layer;
                LayerCall call;
                call.run = [&c, block, given = shared, made](const Tensor& x) {
                    Shared mine = given;
                    Tensor result = (*block)(c, x, mine);
                    if (*made != nullptr) {
                        (*made)->bias = mine.bias;
                        (*made)->cross_bias = mine.cross_bias;
                    }
                    return result;
                };
                for (const Tensor* argument : {&shared.mask, &shared.bias, &shared.encoded,
                                               &shared.encoded_mask, &shared.cross_bias}) {
                    if (argument->defined()) {
                        call.arguments.push_back(*argument);
                    }
                }
                return call;
            });
        *made = nullptr;
        hidden = final_layer_norm(c, hidden);
        return t.dropout(hidden, c.dropout.residual, "dropped output");
    }
};

struct T5ForConditionalGeneration {
    Embedding shared;
    std::unique_ptr<T5Stack> encoder, decoder;
    Linear lm_head;

    explicit T5ForConditionalGeneration(Context& c) {
        shared = Embedding(c, "shared", c.v, c.h);
        const Dim buckets{listed_shape(c.model, "relative_attention_bias").dims[0].size, "buckets"};
        encoder = std::make_unique<T5Stack>(c, "encoder", c.model.encoder->layers, false, buckets);
        decoder = std::make_unique<T5Stack>(c, "decoder", c.model.decoder.layers, true, buckets);
        lm_head = c.model.tied_head ? Linear(c, "lm_head", shared) : Linear(c, "lm_head", c.h, c.v);
    }

    Tensor encode(Context& c, const Tensor& ids, const Tensor& padding) const {
        auto scope = c.t.module("encoder");
        const Tensor embeddings = shared(c, ids);
        Shared given;
        given.mask = bidirectional_mask(c, embeddings, padding);
        return (*encoder)(c, embeddings, std::move(given));
    }

    Tensor decode(Context& c, const Tensor& ids, const Tensor& encoded,
                  const Tensor& padding) const {
        auto scope = c.t.module("decoder");
        const Tensor embeddings = shared(c, ids);
        Shared given;
        {
            const TokensGuard tokens(c, ids.dim(1), c.cache != nullptr ? c.kv : ids.dim(1));
            given.mask = causal_mask(c, embeddings, {});
        }
        {
            const TokensGuard tokens(c, ids.dim(1), encoded.dim(1));
            given.encoded_mask = bidirectional_mask(c, embeddings, padding);
        }
        given.encoded = encoded;
        return (*decoder)(c, embeddings, std::move(given));
    }

    Tensor loss(Context& c, const Tensor& ids, const Tensor& labels, const Tensor& padding) const {
        auto scope = c.t.module("", kSource);
        const Tensor encoded = encode(c, ids, padding);
        c.returns(encoded);
        const Tensor shifted = shift_right(c, labels);
        const Tensor sequence = decode(c, shifted, encoded, padding);
        Tensor read;
        const Tensor logits = scores(c, sequence, read);
        return masked_lm_loss(c, logits, labels);
    }

    /// `read` is what the head reads, a local of the forward.
    Tensor scores(Context& c, const Tensor& sequence, Tensor& read) const {
        auto head = c.t.module("", nullptr, Group::logits);
        read = sequence;
        if (c.model.scaled_head) {
            read = c.t.scale(sequence, "scaled output");
        }
        c.t.line(1047);
        return lm_head(c, read);
    }

    Tensor encoded(Context& c, const Tensor& ids) const {
        auto scope = c.t.module("", kSource);
        return encode(c, ids, {});
    }

    Tensor logits(Context& c, const Tensor& ids, const Tensor& states) const {
        auto scope = c.t.module("", kSource);
        const Tensor sequence = decode(c, ids, states, {});
        Tensor read;
        return scores(c, sequence, read);
    }
};

}  // namespace

Listing t5(Context& c) {
    auto network = std::make_shared<T5ForConditionalGeneration>(c);
    return encoder_decoder(c, network);
}

}  // namespace tensorledger::hf
