#include "core/profiles/hf/feed_forward.h"

namespace tensorledger::hf {

GatedMlp::GatedMlp(Context& c, const FeedForward& ff, std::int64_t width, const char* module,
                   bool norms)
    : name(module), act(ff.activation) {
    auto scope = c.t.module(name);
    const Dim f{width, "f"};
    gate_proj = Linear(c, "gate_proj", c.h, f, ff.bias);
    up_proj = Linear(c, "up_proj", c.h, f, ff.bias);
    down_proj = Linear(c, "down_proj", f, c.h, ff.bias);
    if (norms) {
        norm = Norm(c, NormCode::rms, "ffn_sub_norm", {f});
    }
}

Tensor GatedMlp::operator()(Context& c, const Tensor& x) const {
    auto scope = c.t.module(name);
    c.t.line(175);
    if (c.liger()) {
        const Tensor product = [&] {
            const Tensor gate = gate_proj(c, x);
            return c.t.gated_over(gate, up_proj(c, x), "silu(gate) × up");
        }();
        return down_proj(c, product);
    }
    Tensor gate = activation(c, act, gate_proj(c, x));
    Tensor product = c.t.mul(std::move(gate), up_proj(c, x), "gate × up");
    if (norm.name != nullptr) {
        product = norm(c, product);
    }
    return down_proj(c, std::move(product));
}

PackedMlp::PackedMlp(Context& c, const FeedForward& ff, std::int64_t width, const char* module,
                     const char* gate_up, const char* down)
    : name(module), act(ff.activation) {
    auto scope = c.t.module(name);
    gate_up_proj = Linear(c, gate_up, c.h, {2 * width, "2·f"}, ff.bias);
    down_proj = Linear(c, down, {width, "f"}, c.h, ff.bias);
}

Tensor PackedMlp::operator()(Context& c, const Tensor& x) const {
    auto scope = c.t.module(name);
    const Dim f{gate_up_proj.out.size / 2, "f"};
    Tensor up = gate_up_proj(c, x);
    std::vector<Tensor> parts = c.t.split(up, -1, {f, f});
    const Tensor gate = std::move(parts[0]);
    up = std::move(parts[1]);
    up = c.t.mul(up, activation(c, act, gate), "up × gate");
    return down_proj(c, up);
}

Xielu::Xielu(Context& c) {
    auto scope = c.t.module("act_fn");
    const Dim one{1, "1"};
    alpha_p = c.parameter("alpha_p", {one}, c.weight);
    alpha_n = c.parameter("alpha_n", {one}, c.weight);
    beta = c.t.resident("beta", {}, c.weight, Group::buffers);
    eps = c.t.resident("eps", {}, c.weight, Group::buffers);
}

Tensor Xielu::operator()(Context& c, const Tensor& x) const {
    auto scope = c.t.module("act_fn", "transformers:activations.py");
    Tape& t = c.t;
    const Tensor positive_factor = t.softplus(alpha_p, "softplus of alpha_p");
    const Tensor negative_factor =
        t.add(beta, t.softplus(alpha_n, "softplus of alpha_n"), "factor of what is below zero");
    Tensor condition = t.make_like("x > 0", x, DType::boolean);
    Tensor above = t.mul(t.mul(positive_factor, x, "factor · x"), x, "factor · x²");
    above = t.add(std::move(above), t.mul(beta, x, "beta · x"), "above zero");
    Tensor below = t.exp(t.clamp(x, "min(x, eps)"), "expm1");
    below = t.mul(t.sub(std::move(below), x, "expm1 − x"), negative_factor, "factor · (expm1 − x)");
    below = t.add(std::move(below), t.mul(beta, x, "beta · x"), "below zero");
    return t.where(std::move(condition), std::move(above), std::move(below), "output");
}

PlainMlp::PlainMlp(Context& c, const FeedForward& ff, const char* up, const char* down)
    : act(ff.activation) {
    auto scope = c.t.module("mlp");
    const Dim f{ff.width, "f"};
    first = Linear(c, up, c.h, f, ff.bias);
    second = Linear(c, down, f, c.h, ff.bias);
    if (act == "xielu") {
        xielu.emplace(c);
    }
}

Tensor PlainMlp::operator()(Context& c, const Tensor& x) const {
    auto scope = c.t.module("mlp");
    Tensor hidden = first(c, x);
    hidden = xielu ? (*xielu)(c, hidden) : activation(c, act, hidden);
    hidden = second(c, hidden);
    return hidden;
}

}  // namespace tensorledger::hf
