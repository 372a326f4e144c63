#include "core/profiles/hf/latent.h"

namespace tensorledger::hf {

LatentAttention::LatentAttention(Context& c, const Attention& a, const AttentionStyle& look)
    : shape(a), style(look) {
    auto scope = c.t.module("self_attn");
    const Latent& latent = *a.latent;
    const Dim query_rank{latent.query_rank, "q_rank"};
    const Dim kv_rank{latent.kv_rank, "kv_rank"};
    const Dim queries{a.heads * a.head_dim, "a·d"};
    const Dim values{a.heads * a.value_head_dim, "a·d_v"};
    if (latent.query_rank == 0) {
        q_proj = Linear(c, "q_proj", c.h, queries);
    } else {
        q_a_proj = Linear(c, "q_a_proj", c.h, query_rank, latent.bias);
        q_a_layernorm = Norm(c, NormCode::rms, "q_a_layernorm", {query_rank});
        q_b_proj = Linear(c, "q_b_proj", query_rank, queries);
    }
    kv_a_proj_with_mqa =
        Linear(c, "kv_a_proj_with_mqa", c.h,
               {latent.kv_rank + latent.rope_head_dim, "kv_rank + d_rot"}, latent.bias);
    kv_a_layernorm = Norm(c, NormCode::rms, "kv_a_layernorm", {kv_rank});
    kv_b_proj = Linear(c, "kv_b_proj", kv_rank,
                       {a.heads * (latent.nope_head_dim + a.value_head_dim), "a·(d_nope + d_v)"});
    o_proj = Linear(c, "o_proj", values, c.h, a.output_bias);
}

Tensor LatentAttention::operator()(Context& c, const Tensor& x, const DecoderInputs& inputs) const {
    auto scope = c.t.module("self_attn");
    Tape& t = c.t;
    const Latent& latent = *shape.latent;
    const Dim a = heads(shape);
    const Dim d = head_dim(shape);
    const Dim nope{latent.nope_head_dim, "d_nope"};
    const Dim rope{latent.rope_head_dim, "d_rot"};
    const Dim rank{latent.kv_rank, "kv_rank"};
    const Dim value_dim{shape.value_head_dim, "d_v"};
    const Dim one{1, "1"};
    Tensor query =
        latent.query_rank == 0 ? q_proj(c, x) : q_b_proj(c, q_a_layernorm(c, q_a_proj(c, x)));
    query = t.transpose(t.view(query, {c.b, c.s, a, d}), 1, 2);
    std::vector<Tensor> queries = t.split(query, -1, {nope, rope});
    const Tensor compressed = kv_a_proj_with_mqa(c, x);
    std::vector<Tensor> parts = t.split(compressed, -1, {rank, rope});
    Tensor kv = kv_a_layernorm(c, parts[0]);
    kv = t.view(kv, {c.b, one, c.s, rank});
    Tensor key_turned = t.view(parts[1], {c.b, one, c.s, rope});
    parts.clear();
    {
        Rotated rotated =
            apply_rotary(c, style.rotation, queries[1], key_turned, inputs.tables(shape));
        queries[1] = std::move(rotated.query);
        key_turned = std::move(rotated.key);
    }
    update_cache(c, kv, key_turned, shape.window);
    std::vector<Tensor> halves = queries;
    const Tensor query_states = t.cat(std::move(halves), -1, d, "query");
    Tensor key_states;
    Tensor values;
    {
        const Dim seen = kv.dim(2);
        const Tensor expanded = t.transpose(
            t.view(kv_b_proj(c, kv), {c.b, seen, a, {nope.size + value_dim.size, "d_nope + d_v"}}),
            1, 2);
        std::vector<Tensor> both = t.split(expanded, -1, {nope, value_dim});
        values = std::move(both[1]);
        // new_empty, and two copies into its parts: in memory one new tensor, whose gradient is cut in two.
        std::vector<Tensor> joined;
        joined.push_back(std::move(both[0]));
        joined.push_back(t.expand(key_turned, {c.b, a, seen, rope}));
        key_states = t.cat(std::move(joined), -1, d, "key");
    }
    t.line(204);
    Tensor output = attention(c, query_states, key_states, values, inputs.mask(shape),
                              {.causal = true, .dropout = c.dropout.attention});
    output =
        t.contiguous(t.reshape(output, {c.b, c.s, {shape.heads * shape.value_head_dim, "a·d_v"}}));
    output = o_proj(c, output);
    return output;
}

}  // namespace tensorledger::hf
