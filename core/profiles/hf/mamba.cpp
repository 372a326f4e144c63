// Mamba: a selective state space as torch runs it without a kernel of its own, one token after the
// other; residuals in fp32.
// Source: transformers 5.16.0.dev0, models/mamba/modeling_mamba.py.

#include "core/profiles/hf/cache.h"
#include "core/profiles/hf/decoder.h"

namespace tensorledger::hf {

namespace {

constexpr const char* kSource = "transformers:models/mamba/modeling_mamba.py";

struct Scanned {
    Tensor output;  // [b, D, s]
    Tensor state;   // [b, D, N] after the last token
};

struct MambaMixer {
    const Recurrent& shape;
    Dim inner, state, rank;
    Linear in_proj, x_proj, out_proj;
    Parameter conv_weight, conv_bias, dt_weight, dt_bias, a_log, d;

    MambaMixer(Context& c, const Recurrent& r)
        : shape(r), inner{r.inner, "D"}, state{r.state, "N"}, rank{r.time_rank, "R"} {
        auto scope = c.t.module("mixer");
        const Dim one{1, "1"};
        {
            auto conv = c.t.module("conv1d");
            conv_weight = c.parameter("weight", {inner, one, {r.conv_kernel, "kernel"}}, c.weight);
            if (r.conv_bias) {
                conv_bias = c.parameter("bias", {inner}, c.weight);
            }
        }
        in_proj = Linear(c, "in_proj", c.h, {2 * inner.size, "2·D"}, r.projection_bias);
        x_proj = Linear(c, "x_proj", inner, {rank.size + 2 * state.size, "R + 2N"});
        {
            auto dt = c.t.module("dt_proj");
            dt_weight = c.parameter("weight", {inner, rank}, c.weight);
            dt_bias = c.parameter("bias", {inner}, c.weight);
        }
        a_log = c.parameter("A_log", {inner, state}, c.weight);
        d = c.parameter("D", {inner}, c.weight);
        out_proj = Linear(c, "out_proj", inner, c.h, r.projection_bias);
    }

    /// Padded positions are set to zero.
    Tensor unpadded(Context& c, Tensor x, const Tensor& padding) const {
        if (!padding.defined()) {
            return x;
        }
        return c.t.to(c.t.mul(x, c.t.unsqueeze(padding, -1), "unpadded"), x.dtype());
    }

    /// The recurrence: x [b, D, s], dt [b, D, s], B and C [b, s, N], the gate z [b, D, s].
    Scanned scan(Context& c, const Tensor& x, Tensor dt, const Tensor& a, const Tensor& b,
                 const Tensor& transition, const Tensor& skip, const Tensor& z,
                 const Tensor& bias) const {
        Tape& t = c.t;
        const Dim one{1, "1"};
        t.line(205);
        dt = t.add(dt, t.unsqueeze(t.to(bias, dt.dtype(), "bias of dt"), -1), "dt with bias");
        dt = t.softplus(dt, "dt");
        const Tensor discrete_a = t.exp(
            t.mul(t.view(a, {one, inner, one, state}), t.unsqueeze(dt, -1), "A dt"), "exp(A dt)");
        const Tensor discrete_b =
            t.mul(t.unsqueeze(dt, -1), t.to(t.unsqueeze(b, 1), DType::fp32, "B in fp32"), "B dt");
        const Tensor delta_b_u =
            t.mul(discrete_b, t.to(t.unsqueeze(x, -1), DType::fp32, "x in fp32"), "B dt x");
        Tensor states = t.make("state", {c.b, inner, state}, x.dtype());
        std::vector<Tensor> outputs;
        t.line(263);
        for (std::int64_t token = 0; token < c.s.size; ++token) {
            states = t.add(t.mul(t.select(discrete_a, 2), states, "decayed state"),
                           t.select(delta_b_u, 2), "state");
            const Tensor output = t.matmul(t.to(states, x.dtype(), "state in the model's type"),
                                           t.unsqueeze(t.select(transition, 1), -1), "C state");
            outputs.push_back(t.select(output, 2));
        }
        Tensor result;
        {
            std::vector<Tensor> parts;
            parts.reserve(outputs.size());
            for (const Tensor& output : outputs) {
                parts.push_back(t.unsqueeze(output, -1));
            }
            result = t.cat(std::move(parts), -1, c.s, "outputs");
        }
        result = t.add(result, t.mul(x, t.view(skip, {one, inner, one}), "D x"), "with the skip");
        result = t.mul(result, t.silu(z, "silu of the gate"), "gated");
        return {std::move(result), std::move(states)};
    }

    /// The recurrence of one token: x, dt and the gate z [b, D], B and C [b, N].
    Tensor step(Context& c, const Tensor& x, Tensor dt, const Tensor& a, const Tensor& b,
                const Tensor& transition, const Tensor& z, const Tensor& bias) const {
        Tape& t = c.t;
        const DType wide = DType::fp32;
        const Dim one{1, "1"};
        t.line(145);
        dt = t.add(dt, t.to(bias, dt.dtype(), "bias of dt"), "dt with bias");
        dt = t.softplus(dt, "dt");
        const auto column = [&](const Tensor& values, const char* name) {
            return t.unsqueeze(t.to(values, wide, name), -1);
        };
        const Tensor discrete_a = t.exp(t.mul(column(dt, "dt in fp32"), a, "A dt"), "exp(A dt)");
        const Tensor discrete_b =
            t.mul(column(dt, "dt in fp32"), t.view(t.to(b, wide, "B in fp32"), {c.b, one, state}),
                  "B dt");
        const Tensor delta_b_u = t.mul(discrete_b, column(x, "x in fp32"), "B dt x");
        const Tensor stepped =
            t.add(t.mul(t.to(cached_layer(c).recurrent, wide), discrete_a, "decayed state"),
                  delta_b_u, "state");
        Tensor out = t.squeeze(t.matmul(t.to(stepped, transition.dtype(), "state in the type of C"),
                                        t.unsqueeze(transition, -1), "C state"),
                               -1);
        out = t.add(out, t.mul(x, d, "D x"), "with the skip");
        out = t.mul(out, t.silu(z, "silu of the gate"), "gated");
        return t.to(out, x.dtype());
    }

    /// The convolution over the sequence, or over one token and the inputs that are kept.
    Tensor convolved(Context& c, const Tensor& hidden) const {
        Tape& t = c.t;
        if (has_states(c)) {
            std::vector<Tensor> parts;
            parts.push_back(cached_layer(c).convolution);
            parts.push_back(hidden);
            const Dim longer{shape.conv_kernel + 1, "kernel + 1"};
            const Tensor inputs =
                t.to(t.cat(std::move(parts), -1, longer, "kept inputs and the new one"), c.weight);
            Tensor out = t.slice(t.convolution(inputs, conv_weight, conv_bias,
                                               {c.b, inner, {2, "2"}}, "convolution"),
                                 2, c.s);
            out = t.silu(out, "activated");
            return t.to(out, hidden.dtype());
        }
        keep_convolution(c, hidden, {shape.conv_kernel, "kernel"});
        const Dim longer{c.s.size + shape.conv_kernel - 1, "s + kernel − 1"};
        Tensor out = t.slice(t.convolution(t.to(hidden, c.weight), conv_weight, conv_bias,
                                           {c.b, inner, longer}, "convolution"),
                             2, c.s);
        out = t.silu(out, "activated");
        return t.to(out, hidden.dtype(), "convolved");
    }

    Tensor operator()(Context& c, const Tensor& input, const Tensor& padding) const {
        auto scope = c.t.module("mixer");
        Tape& t = c.t;
        const DType dtype = input.dtype();
        const Tensor projected = t.transpose(in_proj(c, unpadded(c, input, padding)), 1, 2);
        const Tensor a =
            t.scale(t.exp(t.to(a_log, DType::fp32, "A_log in fp32"), "exp(A_log)"), "A");
        std::vector<Tensor> halves = t.split(projected, 1, {inner, inner});
        Tensor hidden = std::move(halves[0]);
        const Tensor gate = std::move(halves[1]);
        const bool continues = has_states(c);
        hidden = convolved(c, hidden);
        hidden = unpadded(c, t.transpose(hidden, 1, 2), padding);
        const std::vector<Tensor> parts = t.split(x_proj(c, hidden), -1, {rank, state, state});
        Tensor dt = t.contiguous(
            t.transpose(t.linear(parts[0], dt_weight, {}, "dt by token"), 1, 2), "dt projected");
        const Tensor bias = t.to(dt_bias, DType::fp32, "bias of dt in fp32");
        if (continues) {
            const Tensor result = t.unsqueeze(
                step(c, t.select(t.transpose(hidden, 1, 2), -1), t.select(dt, -1), a,
                     t.select(parts[1], 1), t.select(parts[2], 1), t.select(gate, -1), bias),
                -1);
            return out_proj(c, t.to(t.transpose(result, 1, 2), dtype));
        }
        Scanned scanned = scan(c, t.transpose(hidden, 1, 2), dt, a, parts[1], parts[2],
                               t.to(d, DType::fp32, "D in fp32"), gate, bias);
        if (c.cache != nullptr) {
            keep_state(c, scanned.state);
        } else {
            scanned.state.reset();
        }
        return out_proj(
            c, t.to(t.transpose(scanned.output, 1, 2), dtype, "scanned in the model's type"));
    }
};

struct MambaBlock {
    RmsNorm norm;
    MambaMixer mixer;

    MambaBlock(Context& c, const Layer& layer) : norm(c, "norm", c.h), mixer(c, layer.recurrent) {}

    Tensor operator()(Context& c, const Tensor& x, const Tensor& padding) const {
        Tape& t = c.t;
        Tensor hidden = norm(c, t.to(x, c.weight, "input in the model's type"));
        const Tensor residual = t.to(x, DType::fp32, "residual in fp32");
        hidden = mixer(c, hidden, padding);
        hidden = t.add(residual, hidden, "output");
        return hidden;
    }
};

struct MambaForCausalLM {
    Embedding embeddings;
    Layers<MambaBlock> layers;
    RmsNorm norm_f;
    Linear lm_head;

    explicit MambaForCausalLM(Context& c) {
        auto scope = c.t.module("", kSource);
        embeddings = Embedding(c, "embeddings", c.v, c.h);
        layers.make(c, "layers", c.model.decoder.layers);
        norm_f = RmsNorm(c, "norm_f", c.h);
        if (c.model.tied_head) {
            lm_head = Linear(c, "lm_head", embeddings);
        } else {
            auto head = c.t.module("", nullptr, Group::logits);
            lm_head = Linear(c, "lm_head", c.h, c.v);
        }
    }

    Tensor hidden_states(Context& c, const Tensor& ids, const Tensor& padding) const {
        auto scope = c.t.module("", kSource);
        const Tensor embedded = embeddings(c, ids);
        Tensor hidden = layers.run(c, "layers", embedded,
                                   [&c, padding](const MambaBlock& block, const Tensor& x) {
                                       return block(c, x, padding);
                                   });
        hidden = norm_f(c, hidden);
        return hidden;
    }

    Tensor scores(Context& c, const Tensor& hidden) const {
        auto scope = c.t.module("", kSource, Group::logits);
        c.t.line(775);
        Tensor logits = lm_head(c, c.t.to(hidden, c.weight));
        return c.t.to(std::move(logits), DType::fp32, "logits in fp32");
    }

    Tensor logits(Context& c, const Tensor& ids) const {
        const Tensor hidden = hidden_states(c, ids, {});
        return scores(c, kept_for_logits(c, hidden));
    }

    Tensor loss(Context& c, const Tensor& ids, const Tensor& labels, const Tensor& padding) const {
        Tape& t = c.t;
        const Tensor hidden = hidden_states(c, ids, padding);
        const Tensor logits = scores(c, hidden);
        auto scope = c.t.module("", kSource, Group::logits);
        c.returns(logits);
        const Dim fewer{c.s.size - 1, "s−1"};
        const Dim rows{checked_product(c.b.size, fewer.size), "b·(s−1)"};
        const Tensor shifted = t.contiguous(t.slice(logits, 1, fewer), "shifted logits");
        const Tensor targets = t.contiguous(t.slice(labels, 1, fewer), "shifted labels");
        return t.cross_entropy(t.view(shifted, {rows, c.v}), t.view(targets, {rows}),
                               "log-probabilities");
    }
};

}  // namespace

Listing mamba(Context& c) {
    auto network = std::make_shared<MambaForCausalLM>(c);
    Listing listing;
    listing.loss = [&c, network](const Tensor& ids, const Tensor& labels, const Tensor& mask) {
        return network->loss(c, ids, labels, mask);
    };
    listing.logits = [&c, network](const Tensor& ids) { return network->logits(c, ids); };
    return listing;
}

}  // namespace tensorledger::hf
