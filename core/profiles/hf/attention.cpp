#include "core/profiles/hf/decoder.h"

namespace tensorledger::hf {

RotaryAttention::RotaryAttention(Context& c, const Attention& a, const AttentionStyle& look)
    : shape(a), style(look) {
    auto scope = c.t.module(style.module);
    if (a.clips) {
        c.not_listed_with = "the clamping of queries, keys and values (clip_qkv)";
    }
    const Dim width = query_width(a);
    const Dim narrow = kv_width(a);
    if (a.packed_qkv) {
        o_proj = Linear(c, style.output, width, c.h, a.output_bias);
        qkv_proj = Linear(c, style.packed, c.h, {width.size + 2 * narrow.size, "(a + 2k)·d"},
                          a.query_bias);
    } else {
        q_proj = Linear(c, "q_proj", c.h, width, a.query_bias);
        k_proj = Linear(c, "k_proj", c.h, narrow, a.key_bias);
        v_proj = Linear(c, "v_proj", c.h, narrow, a.value_bias);
        o_proj = Linear(c, style.output, width, c.h, a.output_bias);
    }
    make_head_norms(c);
    if (style.norms_output) {
        output_norm = Norm(c, NormCode::rms, "attn_sub_norm", {c.h});
    }
    if (a.sinks) {
        sinks = c.parameter("sinks", {heads(a)}, c.weight);
    }
}

void RotaryAttention::make_head_norms(Context& c) {
    const Dim d = head_dim(shape);
    const auto make = [&](const char* name, std::initializer_list<Dim> width, bool has_bias) {
        return Norm(c, style.head_norm, name, width, has_bias);
    };
    switch (shape.qk_norm) {
        case QkNorm::none: return;
        case QkNorm::full_width:
            q_norm.push_back(make(style.q_norm, {query_width(shape)}, false));
            k_norm.push_back(make(style.k_norm, {kv_width(shape)}, false));
            return;
        case QkNorm::layer_norm_of_every_head:
            if (style.head_norm != NormCode::layer) {  // one module of a weight for each head
                q_norm.push_back(make(style.q_norm, {heads(shape), d}, false));
                k_norm.push_back(make(style.k_norm, {kv_heads(shape), d}, false));
                return;
            }
            for (std::int64_t head = 0; head < shape.heads; ++head) {
                q_norm.push_back(make(style.q_norm, {d}, false));
            }
            for (std::int64_t head = 0; head < shape.kv_heads; ++head) {
                k_norm.push_back(make(style.k_norm, {d}, false));
            }
            return;
        default:
            q_norm.push_back(make(style.q_norm, {d}, true));
            k_norm.push_back(make(style.k_norm, {d}, true));
    }
}

/// The heads normed: all by one norm, or each by its own (split, norm, cat).
Tensor RotaryAttention::normed(Context& c, const std::vector<Norm>& norms,
                               const Tensor& states) const {
    if (norms.size() <= 1) {
        return norms.empty() ? states : norms.front()(c, states);
    }
    Tape& t = c.t;
    const std::vector<Tensor> each =
        t.split(states, 1, std::vector<Dim>(norms.size(), Dim{1, "1"}));
    std::vector<Tensor> parts;
    for (std::size_t head = 0; head < norms.size(); ++head) {
        parts.push_back(norms[head](c, each[head]));
    }
    return t.cat(std::move(parts), 1, states.dim(1), "normed heads");
}

Tensor RotaryAttention::projected(Context& c, const Linear& projection,
                                  const std::vector<Norm>& norms, const Tensor& x,
                                  Dim count) const {
    Tape& t = c.t;
    Tensor states = projection(c, x);
    if (style.norms == HeadNormPlace::full_width) {
        states = normed(c, norms, states);
    }
    states = t.view(states, {c.b, c.s, count, head_dim(shape)});
    if (style.norms == HeadNormPlace::at_once) {
        states = normed(c, norms, states);
    }
    return style.norms == HeadNormPlace::after_projections ? states
                                                           : t.transpose(std::move(states), 1, 2);
}

Tensor RotaryAttention::operator()(Context& c, const Tensor& x, const DecoderInputs& inputs) const {
    auto scope = c.t.module(style.module);
    Tape& t = c.t;
    t.line(254);
    Tensor qkv;
    Tensor query;
    Tensor key;
    Tensor value;
    if (shape.packed_qkv) {
        qkv = qkv_proj(c, x);
        const auto part = [&](Dim width, Dim count) {
            const Tensor states =
                t.view(t.slice(qkv, -1, width), {c.b, c.s, count, head_dim(shape)});
            return style.norms == HeadNormPlace::after_projections ? states
                                                                   : t.transpose(states, 1, 2);
        };
        query = part(query_width(shape), heads(shape));
        key = part(kv_width(shape), kv_heads(shape));
        value = part(kv_width(shape), kv_heads(shape));
    } else {
        query = projected(c, q_proj, q_norm, x, heads(shape));
        key = projected(c, k_proj, k_norm, x, kv_heads(shape));
        value = projected(c, v_proj, {}, x, kv_heads(shape));
    }
    if (style.norms == HeadNormPlace::transposed ||
        style.norms == HeadNormPlace::after_projections) {
        query = normed(c, q_norm, query);
        key = normed(c, k_norm, key);
    }
    if (style.norms == HeadNormPlace::after_projections) {
        query = t.transpose(std::move(query), 1, 2);
        key = t.transpose(std::move(key), 1, 2);
        value = t.transpose(std::move(value), 1, 2);
    }
    return attend(c, std::move(query), std::move(key), std::move(value), inputs);
}

Tensor RotaryAttention::attend(Context& c, Tensor query, Tensor key, Tensor value,
                               const DecoderInputs& inputs) const {
    Tape& t = c.t;
    if (shape.rotary && inputs.rotary.cos.defined()) {
        Rotated rotated = apply_rotary(c, style.rotation, query, key, inputs.tables(shape));
        query = std::move(rotated.query);
        key = std::move(rotated.key);
    }
    if (style.norms == HeadNormPlace::rotated) {
        query = normed(c, q_norm, query);
        key = normed(c, k_norm, key);
    }
    if (style.scales_query) {
        const Dim one{1, "1"};
        const Tensor factor = t.make("factor of the position", {one, one, c.s, one}, query.dtype());
        query = t.mul(query, factor, "scaled query");
    }
    update_cache(c, key, value, shape.window);
    t.line(204);
    const AttentionCall call{.causal = true,
                             .dropout = c.dropout.attention,
                             .groups = shape.heads / shape.kv_heads,
                             .softcap = shape.capped_scores};
    const Tensor& mask = inputs.mask(shape);
    Tensor output = shape.sinks ? sink_attention(c, query, key, value, mask, sinks, call)
                                : attention(c, query, key, value, mask, call);
    output = t.contiguous(t.reshape(output, {c.b, c.s, query_width(shape)}));
    output = output_norm(c, output);
    t.line(280);
    output = o_proj(c, output);
    return output;
}

}  // namespace tensorledger::hf
