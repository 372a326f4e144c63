#include "core/profiles/hf/decoder.h"

#include <algorithm>

namespace tensorledger::hf {

// --- rotation ------------------------------------------------------------------------------------

namespace {

Tensor joined(Context& c, Tensor rotated, const Tensor& passed, Dim width) {
    std::vector<Tensor> parts;
    parts.push_back(std::move(rotated));
    parts.push_back(passed);
    return c.t.cat(std::move(parts), -1, width, "rotated and passed");
}

/// rotate_half of neighbours: torch.stack((-x2, x1), -1).flatten(-2).
Tensor turned_pairs(Context& c, const Tensor& x) {
    Tape& t = c.t;
    const Dim half{x.size(-1) / 2, "d/2"};
    const Tensor first = t.slice(x, -1, half);
    const Tensor second = t.slice(x, -1, half);
    std::vector<Tensor> parts;
    parts.push_back(t.unsqueeze(t.scale(second, "-x2"), -1));
    parts.push_back(t.unsqueeze(first, -1));
    return t.view(t.cat(std::move(parts), -1, Dim{2, "2"}, "turned pairs"), x.shape());
}

Tensor rotate_pairs(Context& c, const Tensor& x, const Tensor& cos, const Tensor& sin) {
    Tape& t = c.t;
    // Operands are cast where the tables stay in fp32 (ERNIE 4.5).
    Tensor direct = t.mul(t.to(x, cos.dtype(), "x in fp32"), cos, "x cos");
    Tensor turned = t.to(turned_pairs(c, x), sin.dtype(), "turned pairs in fp32");
    return t.add(std::move(direct), t.mul(std::move(turned), sin, "turned pairs sin"), "rotated");
}

/// cos[..., : d/2].repeat_interleave(2, dim=-1).
Tensor each_twice(Context& c, const Tensor& table) {
    Tape& t = c.t;
    const Dim half{table.size(-1) / 2, "d/2"};
    Tensor pairs = t.unsqueeze(t.slice(table, -1, half), -1);
    pairs = t.expand(std::move(pairs), {table.dim(0), table.dim(1), table.dim(2), half, {2, "2"}});
    return t.view(t.clone(std::move(pairs), "each twice"), table.shape());
}

Tensor rotate_halves(Context& c, const Tensor& x, const Tensor& cos, const Tensor& sin) {
    Tape& t = c.t;
    const Dim half{x.size(-1) / 2, "d/2"};
    const std::vector<Tensor> parts = t.split(x, -1, {half, half});
    Tensor first = t.mul(parts[0], cos, "x1 cos");
    first = t.sub(std::move(first), t.mul(parts[1], sin, "x2 sin"), "first half");
    Tensor second = t.mul(parts[1], cos, "x2 cos");
    second = t.add(std::move(second), t.mul(parts[0], sin, "x1 sin"), "second half");
    std::vector<Tensor> both;
    both.push_back(first);
    both.push_back(second);
    return t.cat(std::move(both), -1, x.dim(-1), "rotated");
}

/// view_as_real(view_as_complex(x.float()) * table).type_as(x); a complex number is a pair in fp32.
Rotated rotate_complex(Context& c, const Tensor& query, const Tensor& key, const Tensor& table) {
    Tape& t = c.t;
    const Dim half{query.size(-1) / 2, "d/2"};
    const Dim two{2, "2"};
    const auto pairs = [&](const Tensor& x) {
        return t.view(t.to(x, DType::fp32, "in fp32"), {x.dim(0), x.dim(1), x.dim(2), half, two});
    };
    const Tensor query_pairs = pairs(query);
    const Tensor key_pairs = pairs(key);
    const Tensor factors = t.unsqueeze(table, 1);
    const auto turned = [&](const Tensor& numbers, const Tensor& x) {
        return t.to(t.view(t.mul(numbers, factors, "rotated"), x.shape()), x.dtype(),
                    "rotated in the model's type");
    };
    Rotated result;
    result.query = turned(query_pairs, query);
    result.key = turned(key_pairs, key);
    return result;
}

}  // namespace

Rotated apply_rotary(Context& c, Rotation rotation, const Tensor& query, const Tensor& key,
                     const Rotary& tables) {
    Tape& t = c.t;
    t.line(143);
    if (rotation == Rotation::complex) {
        return rotate_complex(c, query, key, tables.cos);
    }
    Tensor cos = t.unsqueeze(tables.cos, 1);
    Tensor sin = t.unsqueeze(tables.sin, 1);
    Rotated result;
    // What is rotated in fp32 is cast back, query and key after both are there.
    const auto cast_back = [&](const Tensor& wide_query, const Tensor& wide_key) -> Rotated {
        return {t.to(wide_query, query.dtype(), "rotated query"),
                t.to(wide_key, key.dtype(), "rotated key")};
    };
    if (rotation == Rotation::whole) {  // by tables in fp32 in OLMo
        const bool fused = c.liger();
        const Tensor turned_query =
            fused ? t.rotate_over(query, cos, sin) : rotate(c, query, cos, sin);
        const Tensor turned_key = fused ? t.rotate_over(key, cos, sin) : rotate(c, key, cos, sin);
        return cast_back(turned_query, turned_key);
    }
    if (rotation == Rotation::pairs_in_fp32) {
        const Tensor wide_query = t.to(query, DType::fp32, "query in fp32");
        const Tensor wide_key = t.to(key, DType::fp32, "key in fp32");
        const Tensor turned_query = rotate_pairs(c, wide_query, cos, sin);
        const Tensor turned_key = rotate_pairs(c, wide_key, cos, sin);
        return cast_back(turned_query, turned_key);
    }
    if (rotation == Rotation::pairs) {
        cos = each_twice(c, cos);
        sin = each_twice(c, sin);
        const Tensor turned_query = rotate_pairs(c, query, cos, sin);
        const Tensor turned_key = rotate_pairs(c, key, cos, sin);
        return cast_back(turned_query, turned_key);
    }
    if (rotation == Rotation::halves) {
        if (cos.size(-1) == query.size(-1)) {  // of tables of the whole width (DeepSeek-V3)
            const Dim half{cos.size(-1) / 2, "d/2"};
            cos = t.slice(cos, -1, half);
            sin = t.slice(sin, -1, half);
        }
        result.query = rotate_halves(c, query, cos, sin);
        result.key = rotate_halves(c, key, cos, sin);
        return result;
    }
    if (rotation == Rotation::interleaved) {
        cos = each_twice(c, cos);
        sin = each_twice(c, sin);
    }
    const Dim width = query.dim(-1);
    const Dim turning = cos.dim(-1);
    const Dim rest{width.size - turning.size, "d − d_rot"};
    const Tensor query_turning = t.slice(query, -1, turning);
    const Tensor query_passed = t.slice(query, -1, rest);
    const Tensor key_turning = t.slice(key, -1, turning);
    const Tensor key_passed = t.slice(key, -1, rest);
    if (rotation == Rotation::joined) {
        result.query = joined(c, rotate(c, query_turning, cos, sin), query_passed, width);
        result.key = joined(c, rotate(c, key_turning, cos, sin), key_passed, width);
        return result;
    }
    const auto turn = [&](const Tensor& x) {
        return rotation == Rotation::interleaved ? rotate_pairs(c, x, cos, sin)
                                                 : rotate(c, x, cos, sin);
    };
    result.query = turn(query_turning);
    result.key = turn(key_turning);
    result.query = joined(c, result.query, query_passed, width);
    result.key = joined(c, result.key, key_passed, width);
    return result;
}

Tensor sink_attention(Context& c, const Tensor& q, const Tensor& k, const Tensor& v,
                      const Tensor& mask, const Parameter& sinks, const AttentionCall& call) {
    Tape& t = c.t;
    const Tensor key = repeat_kv(c, k, call.groups);
    const Tensor value = repeat_kv(c, v, call.groups);
    Tensor weights = t.scale(t.matmul(q, t.transpose(key, 2, 3), "scores"), "scaled scores");
    if (mask.defined()) {
        weights = t.add(weights, mask, "masked scores");
    }
    const Dim one{1, "1"};
    const Tensor sink = t.expand(t.view(sinks, {one, sinks.dim(0), one, one}),
                                 {q.dim(0), sinks.dim(0), q.dim(2), one});
    const Dim keys = weights.dim(-1);
    std::vector<Tensor> parts;
    parts.push_back(weights);
    parts.push_back(sink);
    Tensor combined = t.cat(std::move(parts), -1, {keys.size + 1, "s+1"}, "scores and sinks");
    combined = t.sub(combined, t.topk(combined, one).values, "scores below their largest");
    const Tensor probabilities =
        t.softmax(combined, combined.dtype(), "attention weights and sinks");
    const Tensor scores = t.slice(probabilities, -1, keys);
    weights = t.to(t.dropout(scores, call.dropout, "dropped attention weights"), value.dtype(),
                   "attention weights");
    Tensor output = t.matmul(weights, value, "attention output");
    output = t.transpose(output, 1, 2);
    return t.contiguous(output, "attention output by token");
}

Tensor alibi(Context& c, const Tensor& mask, DType dtype) {
    auto scope = c.t.module("alibi", nullptr, Group::buffers);
    Tape& t = c.t;
    const Dim a = heads(c.model.decoder.layers.front().attention);
    const Dim one{1, "1"};
    const Dim rows{checked_product(c.b.size, a.size), "b·a"};
    const Tensor slopes = t.make("slopes", {a}, DType::fp32);
    // A mask of ones is floating; a given one holds integers.
    const Tensor distances = t.make("positions", {c.b, one, c.kv}, mask.dtype());
    Tensor result =
        t.view(t.make("slopes × positions", {c.b, a, c.kv}, DType::fp32), {rows, one, c.kv});
    return t.to(std::move(result), dtype, "alibi");
}

Tensor alibi_by_max_length(Context& c) {
    auto scope = c.t.module("alibi", nullptr, Group::buffers);
    Tape& t = c.t;
    const Dim a = heads(c.model.decoder.layers.front().attention);
    const Dim one{1, "1"};
    const Dim longest{c.model.max_position, "longest context"};
    const Tensor distances = t.make("distances", {one, one, longest}, DType::int32);
    const Tensor slopes = t.make("slopes", {a, one, one}, DType::fp32);
    return t.make("alibi", {a, one, longest}, DType::fp32);
}

Rotary half_rotary_tables(Context& c, const Tensor& hidden, Dim rotary_dim) {
    auto scope = c.t.module("rotary_emb", nullptr, Group::buffers);
    Tape& t = c.t;
    const bool recorded = std::exchange(t.grad_enabled, false);
    const Dim one{1, "1"};
    const Dim half{rotary_dim.size / 2, "d/2"};
    const Tensor positions = t.make("positions in fp32", {one, one, c.s}, DType::fp32);
    const Tensor angles = t.make("angles", {one, c.s, half}, DType::fp32);
    Tensor cos = t.scale(t.make_like("cos of angles", angles, DType::fp32), "cos in fp32");
    Tensor sin = t.scale(t.make_like("sin of angles", angles, DType::fp32), "sin in fp32");
    Rotary tables;
    tables.cos = t.to(cos, hidden.dtype(), "cos");
    tables.sin = t.to(sin, hidden.dtype(), "sin");
    t.share(tables.cos);
    t.share(tables.sin);
    t.grad_enabled = recorded;
    return tables;
}

Rotary complex_rotary_table(Context& c, Dim rotary_dim) {
    auto scope = c.t.module("rotary_emb", nullptr, Group::buffers);
    Tape& t = c.t;
    const bool recorded = std::exchange(t.grad_enabled, false);
    const Dim one{1, "1"};
    const Dim half{rotary_dim.size / 2, "d/2"};
    const Dim two{2, "2"};
    const Tensor positions = t.make("positions in fp32", {one, one, c.s}, DType::fp32);
    const Tensor angles = t.make("angles", {one, c.s, half}, DType::fp32);
    Tensor numbers = t.make("complex numbers", {one, c.s, half, two}, DType::fp32);
    numbers = t.scale(numbers, "scaled complex numbers");
    t.share(numbers);
    t.grad_enabled = recorded;
    return {numbers, {}};
}

// --- the frame -----------------------------------------------------------------------------------

namespace {

struct RotaryCausalLM {
    DecoderStyle style;
    Embedding embed_tokens;
    Embedding position_embeddings;
    LayerNorm embedding_norm;
    Layers<DecoderLayer> layers;
    std::unique_ptr<FinalNorm> norm;
    Linear lm_head;
    Dim rotary_dim;
    std::int64_t window = 0;
    bool any_full = false;

    RotaryCausalLM(Context& c, const DecoderStyle& look, const DecoderParts& parts) : style(look) {
        auto scope = c.t.module("", style.source);
        const std::vector<Layer>& stack = c.model.decoder.layers;
        rotary_dim = {0, "d"};
        for (const Layer& layer : stack) {
            rotary_dim.size = std::max(rotary_dim.size, layer.attention.rotary_dim);
        }
        if (rotary_dim.size == 0) {
            rotary_dim.size = stack.front().attention.head_dim;
        }
        embed_tokens = Embedding(c, style.embed, c.v, c.h);
        if (style.places == Places::learned) {
            position_embeddings = Embedding(c, "wpe", {c.model.positions, "positions"}, c.h);
        }
        if (style.embedding_norm) {
            embedding_norm = LayerNorm(c, "word_embeddings_layernorm", c.h);
        }
        if (c.model.scaled_embedding) {
            auto inner = c.t.module(style.embed);
            embed_tokens.scale = c.t.resident("embed_scale", {}, c.weight, Group::buffers);
        }
        if (style.causal_buffer) {
            const Dim positions{c.model.positions, "positions"};
            c.t.keep_resident(
                c.t.resident("bias", {positions, positions}, DType::boolean, Group::buffers));
        }
        layers.make_each(c, style.stack, stack,
                         [&](const Layer& layer) { return parts.layer(c, style, layer); });
        norm = parts.norm(c, style);
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
            const bool windowed = layer.attention.window > 0 && !style.own_windows;
            window = windowed ? layer.attention.window : window;
            any_full = any_full || !windowed;
        }
    }

    Tensor embedded(Context& c, const Tensor& ids) const {
        Tape& t = c.t;
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
                mask = t.make("attention mask of ones", {c.b, c.kv}, DType::fp32);
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
        Tensor places;  // a local of the model's forward
        if (style.places == Places::learned) {
            places = position_embeddings(c, positions);
            hidden = t.add(hidden, places, "embeddings");
        }
        hidden = t.dropout(hidden, c.dropout.embedding, "dropped embeddings");
        if (style.places == Places::rotary) {
            inputs.rotary = tables(c, hidden);
            if (style.local_tables && window > 0) {
                inputs.local_rotary = tables(c, hidden);
            }
        }
        if (style.normed_embedding) {
            hidden = (*norm)(c, hidden);
        }
        hidden = layers.run(c, style.stack, std::move(hidden),
                            [&c, inputs](const DecoderLayer& layer, const Tensor& x) {
                                return layer(c, x, inputs);
                            });
        hidden = (*norm)(c, hidden);
        c.held_of_layer_before.reset();
        return hidden;
    }

    Rotary tables(Context& c, const Tensor& hidden) const {
        switch (style.tables) {
            case Tables::halves: return half_rotary_tables(c, hidden, rotary_dim);
            case Tables::complex: return complex_rotary_table(c, rotary_dim);
            case Tables::fp32: return rotary_tables(c, DType::fp32, rotary_dim);
            default: return rotary_tables(c, hidden.dtype(), rotary_dim);
        }
    }

    /// lm_head with what the model does to its result.
    Tensor scores(Context& c, const Tensor& hidden) const {
        auto scope = c.t.module("", style.source, Group::logits);
        Tensor logits = lm_head(c, hidden);
        if (style.scaled_logits) {
            logits = c.t.scale(logits, "scaled logits");
        }
        if (c.model.capped_logits) {
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
        const bool plain = !style.scaled_logits && !c.model.capped_logits;
        if (c.spares_logits(plain && sparing_loss_fits(lm_head))) {
            auto scope = c.t.module("", style.source);
            return sparing_loss(c, hidden, lm_head);
        }
        return causal_lm_loss(c, scores(c, hidden), labels);
    }

    Tensor logits(Context& c, const Tensor& ids) const {
        const Tensor hidden = hidden_states_of(c, ids, {});
        return scores(c, kept_for_logits(c, hidden));
    }
};

}  // namespace

Listing rotary_decoder(Context& c, const DecoderStyle& style, const DecoderParts& parts) {
    return listing_of(c, std::make_shared<RotaryCausalLM>(c, style, parts));
}

}  // namespace tensorledger::hf
