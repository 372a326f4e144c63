// GPT-J and GPT-Neo: attention written out in fp32 without a scaled kernel. GPT-J gathers its rotary
// tables in every layer and runs attention and MLP side by side; GPT-Neo has learned positions, no
// scaling, and a buffer of the causal (or local) mask in every layer.
// Source: transformers 5.16.0.dev0, models/gptj/modeling_gptj.py, models/gpt_neo/modeling_gpt_neo.py.

#include "core/profiles/hf/decoder.h"

namespace tensorledger::hf {

namespace {

struct Attended {
    Tensor output;
    Tensor weights;  // handed back beside the output; alive as long as the layer runs
};

/// softmax of masked scores, in the values' type, times the values; heads merged.
Attended weighted_values(Context& c, Tensor scores, const Tensor& mask, const Tensor& value,
                         Dim width) {
    Tape& t = c.t;
    if (mask.defined()) {
        scores = t.add(scores, mask, "masked scores");
    }
    scores = t.softmax(scores, std::nullopt, "attention weights");
    scores = t.to(scores, value.dtype(), "attention weights in the values' type");
    scores = t.dropout(scores, c.dropout.attention, "dropped attention weights");
    Tensor output = t.matmul(scores, value, "attention output");
    output = t.contiguous(t.permute(std::move(output), {0, 2, 1, 3}), "attention output by token");
    output = t.view(output, {c.b, c.s, width});
    return {std::move(output), std::move(scores)};
}

Tensor split_heads(Context& c, const Attention& a, const Tensor& x) {
    return c.t.permute(c.t.view(x, {c.b, c.s, heads(a), head_dim(a)}), {0, 2, 1, 3});
}

/// What the two have in common: four projections.
struct Projections {
    Linear k_proj, v_proj, q_proj, out_proj;

    Projections(Context& c, const Attention& a) {
        k_proj = Linear(c, "k_proj", c.h, query_width(a));
        v_proj = Linear(c, "v_proj", c.h, query_width(a));
        q_proj = Linear(c, "q_proj", c.h, query_width(a));
        out_proj = Linear(c, "out_proj", query_width(a), c.h, a.output_bias);
    }
};

// --- GPT-J ---------------------------------------------------------------------------------------

/// tensor * cos + rotate_every_two(tensor) * sin on [b, s, heads, d].
Tensor rotate_every_two(Context& c, const Tensor& x, const Tensor& sin_table,
                        const Tensor& cos_table) {
    Tape& t = c.t;
    const Dim one{1, "1"};
    const Dim two{2, "2"};
    const auto twice = [&](const Tensor& table, const char* name) {
        Tensor wide = t.unsqueeze(t.unsqueeze(table, 2), -1);
        wide = t.expand(std::move(wide), {table.dim(0), table.dim(1), one, table.dim(2), two});
        return t.view(t.clone(std::move(wide), name), {table.dim(0), table.dim(1), one, x.dim(-1)});
    };
    const Tensor sin = twice(sin_table, "sin twice");
    const Tensor cos = twice(cos_table, "cos twice");
    Tensor direct = t.mul(x, cos, "x cos");
    Tensor turned;
    {
        const Tensor first = t.slice(x, -1, {x.size(-1) / 2, "d/2"});
        const Tensor second = t.slice(x, -1, {x.size(-1) / 2, "d/2"});
        std::vector<Tensor> parts;
        parts.push_back(t.unsqueeze(t.scale(second, "-x2"), -1));
        parts.push_back(t.unsqueeze(first, -1));
        turned = t.view(t.cat(std::move(parts), -1, two, "turned pairs"), x.shape());
    }
    return t.add(std::move(direct), t.mul(std::move(turned), sin, "turned pairs sin"), "rotated");
}

struct GptjAttention : Projections {
    const Attention& shape;
    Tensor embed_positions;

    GptjAttention(Context& c, const Attention& a) : Projections(c, a), shape(a) {
        embed_positions =
            c.t.resident("embed_positions", {{c.model.max_position, "positions"}, rotary_width()},
                         c.weight, Group::buffers);
    }

    Dim rotary_width() const { return {shape.rotary_dim, "d_rot"}; }

    Attended operator()(Context& c, const Tensor& x, const DecoderInputs& inputs) const {
        auto scope = c.t.module("attn");
        Tape& t = c.t;
        const Dim d = head_dim(shape);
        const Dim one{1, "1"};
        const Dim half{shape.rotary_dim / 2, "d_rot/2"};
        t.line(180);
        Tensor query = q_proj(c, x);
        Tensor key = k_proj(c, x);
        Tensor value = v_proj(c, x);
        query = t.view(query, {c.b, c.s, heads(shape), d});
        key = t.view(key, {c.b, c.s, heads(shape), d});
        value = split_heads(c, shape, value);
        const Tensor positions_table =
            t.make("embed_positions", {one, embed_positions.dim(0), rotary_width()}, c.weight);
        const Tensor repeated =
            t.make("repeated position ids", {one, c.s, rotary_width()}, DType::int64);
        const Tensor sincos = t.to(t.make("sin and cos", {one, c.s, rotary_width()}, c.weight),
                                   key.dtype(), "sin and cos in the keys' type");
        const std::vector<Tensor> tables = t.split(sincos, -1, {half, half});
        const Dim rest{d.size - shape.rotary_dim, "d − d_rot"};
        Tensor key_turning = t.slice(key, -1, rotary_width());
        const Tensor key_passed = t.slice(key, -1, rest);
        Tensor query_turning = t.slice(query, -1, rotary_width());
        const Tensor query_passed = t.slice(query, -1, rest);
        key_turning = rotate_every_two(c, key_turning, tables[0], tables[1]);
        query_turning = rotate_every_two(c, query_turning, tables[0], tables[1]);
        const auto joined = [&](const Tensor& turned, const Tensor& passed, const char* name) {
            std::vector<Tensor> parts;
            parts.push_back(turned);
            parts.push_back(passed);
            return t.cat(std::move(parts), -1, d, name);
        };
        key = joined(key_turning, key_passed, "rotated key");
        query = joined(query_turning, query_passed, "rotated query");
        key = t.permute(key, {0, 2, 1, 3});
        query = t.permute(query, {0, 2, 1, 3});
        update_cache(c, key, value, 0);
        Attended attended;
        {
            const Tensor wide_query = t.to(query, DType::fp32, "query in fp32");
            const Tensor wide_key = t.to(key, DType::fp32, "key in fp32");
            Tensor scores = t.matmul(wide_query, t.transpose(wide_key, -1, -2), "scores");
            scores = t.scale(scores, "scaled scores");
            attended =
                weighted_values(c, std::move(scores), inputs.full, value, query_width(shape));
        }
        attended.output = out_proj(c, attended.output);
        attended.output = t.dropout(attended.output, c.dropout.residual, "dropped output");
        return attended;
    }
};

struct GptjBlock {
    using Norm = LayerNorm;

    LayerNorm ln_1;
    std::optional<GptjAttention> attn;
    PlainMlp mlp;

    GptjBlock(Context& c, const Layer& layer)
        : ln_1(c, "ln_1", c.h), mlp(c, layer.feed_forward, "fc_in", "fc_out") {
        auto scope = c.t.module("attn");
        attn.emplace(c, layer.attention);
    }

    Tensor operator()(Context& c, const Tensor& x, const DecoderInputs& inputs) const {
        Tape& t = c.t;
        const Tensor hidden = ln_1(c, x);
        const Attended attended = (*attn)(c, hidden, inputs);
        c.hands_out(attended.weights);
        const Tensor forwarded =
            t.dropout(mlp(c, hidden), c.dropout.residual, "dropped MLP output");
        return t.add(t.add(attended.output, forwarded, "both blocks"), x, "output");
    }
};

// --- GPT-Neo -------------------------------------------------------------------------------------

struct GptNeoAttention : Projections {
    const Attention& shape;
    Tensor bias;

    GptNeoAttention(Context& c, const Attention& a) : Projections(c, a), shape(a) {
        const Dim one{1, "1"};
        const Dim longest{c.model.positions, "positions"};
        bias = c.t.resident("bias", {one, one, longest, longest}, DType::boolean, Group::buffers);
    }

    Attended operator()(Context& c, const Tensor& x, const DecoderInputs& inputs) const {
        auto scope = c.t.module("attn");
        Tape& t = c.t;
        t.line(120);
        Tensor query = q_proj(c, x);
        Tensor key = k_proj(c, x);
        Tensor value = v_proj(c, x);
        query = split_heads(c, shape, query);
        key = split_heads(c, shape, key);
        value = split_heads(c, shape, value);
        update_cache(c, key, value, 0);
        Attended attended;
        {
            const Tensor wide_query = t.to(query, DType::fp32, "query in fp32");
            const Tensor wide_key = t.to(key, DType::fp32, "key in fp32");
            Tensor scores = t.matmul(wide_query, t.transpose(wide_key, -1, -2), "scores");
            const Tensor causal = t.slice(t.slice(bias, 2, c.s), 3, key.dim(2));
            const Tensor lowest = t.make("lowest", {}, scores.dtype());
            scores = t.where(causal, scores, lowest, "scores where seen");
            attended =
                weighted_values(c, std::move(scores), inputs.full, value, query_width(shape));
        }
        attended.output = out_proj(c, attended.output);
        attended.output = t.dropout(attended.output, c.dropout.residual, "dropped output");
        return attended;
    }
};

struct GptNeoBlock {
    using Norm = LayerNorm;

    LayerNorm ln_1, ln_2;
    std::optional<GptNeoAttention> attn;
    PlainMlp mlp;

    GptNeoBlock(Context& c, const Layer& layer)
        : ln_1(c, "ln_1", c.h), ln_2(c, "ln_2", c.h), mlp(c, layer.feed_forward, "c_fc", "c_proj") {
        auto scope = c.t.module("attn");
        attn.emplace(c, layer.attention);
    }

    Tensor operator()(Context& c, const Tensor& x, const DecoderInputs& inputs) const {
        Tape& t = c.t;
        Tensor residual = x;
        Tensor hidden = ln_1(c, x);
        const Attended attended = (*attn)(c, hidden, inputs);
        c.hands_out(attended.weights);
        hidden = t.add(attended.output, residual, "after attention");
        residual = hidden;
        hidden = ln_2(c, hidden);
        const Tensor forwarded =
            t.dropout(mlp(c, hidden), c.dropout.residual, "dropped MLP output");
        hidden = t.add(residual, forwarded, "output");
        return hidden;
    }
};

}  // namespace

Listing gptj(Context& c) {
    c.eager_only = true;
    return rotary_decoder<GptjBlock>(c, {.source = "transformers:models/gptj/modeling_gptj.py",
                                         .embed = "wte",
                                         .stack = "h",
                                         .norm = "ln_f",
                                         .places = Places::by_the_layer});
}

Listing gpt_neo(Context& c) {
    c.eager_only = true;
    return rotary_decoder<GptNeoBlock>(c,
                                       {.source = "transformers:models/gpt_neo/modeling_gpt_neo.py",
                                        .embed = "wte",
                                        .stack = "h",
                                        .norm = "ln_f",
                                        .places = Places::learned,
                                        .own_windows = true});
}

}  // namespace tensorledger::hf
