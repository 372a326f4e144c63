#include "core/profiles/hf/seq2seq.h"

namespace tensorledger::hf {

Seq2SeqAttention::Seq2SeqAttention(Context& c, const char* module, const Attention& a,
                                   const Seq2SeqStyle& kind, bool is_causal, bool is_cross)
    : name(module), shape(a), style(kind), causal(is_causal), cross(is_cross) {
    auto scope = c.t.module(module);
    k_proj = Linear(c, "k_proj", c.h, c.h, kind.key_bias);
    v_proj = Linear(c, "v_proj", c.h, c.h, true);
    q_proj = Linear(c, "q_proj", c.h, c.h, true);
    out_proj = Linear(c, "out_proj", c.h, c.h, true);
}

Tensor Seq2SeqAttention::operator()(Context& c, const Tensor& x, const Tensor& states,
                                    const Tensor& mask) const {
    auto scope = c.t.module(name);
    Tape& t = c.t;
    const Dim d = head_dim(shape);
    const auto split = [&](Tensor projected) {
        const Dim tokens = projected.dim(1);
        Tensor heads_first =
            t.transpose(t.view(std::move(projected), {c.b, tokens, heads(shape), d}), 1, 2);
        return style.scaled_query ? t.contiguous(std::move(heads_first), "heads first")
                                  : heads_first;
    };
    Tensor query = q_proj(c, x);
    if (style.scaled_query) {
        query = t.scale(std::move(query), "scaled query");
    }
    query = split(std::move(query));
    Tensor key;
    Tensor value;
    const bool is_kept = cross && kept_cross(c, key, value);
    if (is_kept) {
        // The encoder's tokens do not change.
    } else if (style.scaled_query) {
        key = split(k_proj(c, states));
        value = split(v_proj(c, states));
    } else {
        key = k_proj(c, states);
        value = v_proj(c, states);
        key = split(std::move(key));
        value = split(std::move(value));
    }
    if (causal) {
        update_cache(c, key, value, 0);
    } else if (cross && !is_kept) {
        keep_cross(c, key, value);
    }
    Tensor output = attention(c, query, key, value, mask,
                              {.causal = causal,
                               .dropout = c.dropout.attention,
                               .softmax_fp32 = false,
                               .cast_weights = false});
    output = t.contiguous(t.reshape(output, {c.b, x.dim(1), c.h}));
    output = out_proj(c, output);
    return output;
}

Seq2SeqLayer::Seq2SeqLayer(Context& c, const Layer& layer, const Seq2SeqStyle& kind)
    : style(kind), shape(layer.feed_forward) {
    const bool decoder = layer.cross_attention.has_value();
    const Dim f{shape.width, "f"};
    self_attn =
        std::make_unique<Seq2SeqAttention>(c, "self_attn", layer.attention, kind, decoder, false);
    self_attn_norm = LayerNorm(c, "self_attn_layer_norm", c.h);
    if (decoder) {
        encoder_attn = std::make_unique<Seq2SeqAttention>(c, "encoder_attn", *layer.cross_attention,
                                                          kind, false, true);
        encoder_attn_norm = LayerNorm(c, "encoder_attn_layer_norm", c.h);
    }
    fc1 = Linear(c, "fc1", c.h, f, true);
    fc2 = Linear(c, "fc2", f, c.h, true);
    final_layer_norm = LayerNorm(c, "final_layer_norm", c.h);
}

Tensor Seq2SeqLayer::attend(Context& c, const Seq2SeqAttention& block, const LayerNorm& norm,
                            const Tensor& x, const Tensor* states, const Tensor& mask) const {
    Tape& t = c.t;
    Tensor hidden = style.norm_first ? norm(c, x) : x;
    hidden = block(c, hidden, states != nullptr ? *states : hidden, mask);
    hidden = t.dropout(hidden, c.dropout.residual, "dropped output");
    hidden = t.add(x, hidden, "with residual");
    if (!style.norm_first) {
        hidden = norm(c, hidden);
    }
    return hidden;
}

Tensor Seq2SeqLayer::operator()(Context& c, const Tensor& x, const Seq2SeqGiven& given) const {
    Tape& t = c.t;
    Tensor hidden = attend(c, *self_attn, self_attn_norm, x, nullptr, given.mask);
    if (encoder_attn != nullptr) {
        hidden =
            attend(c, *encoder_attn, encoder_attn_norm, hidden, &given.encoded, given.encoded_mask);
    }
    const Tensor residual = hidden;
    if (style.norm_first) {
        hidden = final_layer_norm(c, hidden);
    }
    hidden = activation(c, shape.activation, fc1(c, hidden));
    hidden = t.dropout(hidden, c.dropout.activation, "dropped hidden");
    hidden = fc2(c, hidden);
    hidden = t.dropout(hidden, c.dropout.residual, "dropped output");
    hidden = t.add(residual, hidden, "with residual");
    if (!style.norm_first) {
        hidden = final_layer_norm(c, hidden);
    }
    return hidden;
}

Tensor run_seq2seq(Context& c, const Layers<Seq2SeqLayer>& layers, Tensor hidden,
                   const Seq2SeqGiven& given) {
    return layers.run_each(c, "layers", std::move(hidden), [&c, &given](const Seq2SeqLayer& layer) {
        const Seq2SeqLayer* block = &layer;
        LayerCall call;
        call.run = [&c, block, given](const Tensor& x) { return (*block)(c, x, given); };
        for (const Tensor* argument : {&given.mask, &given.encoded}) {
            if (argument->defined()) {
                call.arguments.push_back(*argument);
            }
        }
        return call;
    });
}

}  // namespace tensorledger::hf
