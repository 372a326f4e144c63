#include "core/profiles/hf/moe.h"

namespace tensorledger::hf {

namespace {

constexpr const char* kExperts = "transformers:integrations/moe.py";

}  // namespace

// --- the router ----------------------------------------------------------------------------------

TopKRouter::TopKRouter(Context& c, const char* module, const FeedForward& ff, RouterStyle look)
    : name(module), style(look), chosen(ff.experts_per_token) {
    auto scope = c.t.module(name);
    const Dim experts{ff.experts, "E"};
    weight = c.parameter("weight", {experts, c.h}, c.weight);
    if (ff.router_bias) {
        bias = c.parameter("bias", {experts}, c.weight);
    }
}

Routing TopKRouter::operator()(Context& c, const Tensor& tokens) const {
    auto scope = c.t.module(name);
    Tape& t = c.t;
    const Dim k{chosen, "k"};
    Routing routing;
    routing.logits = t.linear(tokens, weight, bias, "router logits");
    if (style == RouterStyle::softmax_of_the_chosen) {
        Tape::TopK top = t.topk(routing.logits, k);
        routing.weights = t.softmax(top.values, top.values.dtype(), "routing weights");
        routing.indices = std::move(top.indices);
        return routing;
    }
    const Tensor probabilities =
        style == RouterStyle::normalised
            ? t.softmax(t.to(routing.logits, DType::fp32, "router logits in fp32"), std::nullopt,
                        "router probabilities")
            : t.softmax(routing.logits, DType::fp32, "router probabilities");
    Tape::TopK top = t.topk(probabilities, k);
    if (style != RouterStyle::cast) {
        t.div_in_place(top.values, t.sum_axis(top.values, -1, true, "sum of the chosen"));
    }
    routing.weights = style == RouterStyle::normalised
                          ? std::move(top.values)
                          : t.to(std::move(top.values), routing.logits.dtype(), "routing weights");
    routing.indices = std::move(top.indices);
    return routing;
}

// --- the experts ---------------------------------------------------------------------------------

Experts::Experts(Context& c, const FeedForward& ff, ExpertGate look)
    : act(ff.activation),
      gate(look),
      transposed(look == ExpertGate::interleaved),
      count(ff.experts) {
    auto scope = c.t.module("experts");
    const Dim experts{ff.experts, "E"};
    const Dim f{ff.expert_width, "f_e"};
    width = ff.expert_width;
    const Dim both{2 * ff.expert_width, "2·f_e"};
    gate_up_proj = expert_matrix(c, "gate_up_proj", experts, both, c.h, transposed);
    down_proj = expert_matrix(c, "down_proj", experts, c.h, f, transposed);
    gate_up_adapter = adapter_of_experts(c, "gate_up_proj", gate_up_proj.weight, transposed);
    down_adapter = adapter_of_experts(c, "down_proj", down_proj.weight, transposed);
    if (ff.expert_bias) {
        gate_up_proj_bias = c.parameter("gate_up_proj_bias", {experts, both}, c.weight);
        down_proj_bias = c.parameter("down_proj_bias", {experts, c.h}, c.weight);
    }
}

Tensor Experts::product(Context& c, const Tensor& rows, const Parameter& weight, bool packed,
                        Dim out_width, const Tensor& bias) const {
    Tape& t = c.t;
    t.line(332);
    Tensor out = packed       ? t.make("expert product", {rows.dim(0), out_width}, rows.dtype())
                 : transposed ? t.grouped_mm(rows, weight, "expert product")
                              : t.grouped_mm(rows, t.transpose(weight, -2, -1), "expert product");
    if (bias.defined()) {
        t.add_in_place(out, bias);
    }
    return out;
}

Tensor Experts::gated(Context& c, const Tensor& gate_up) const {
    Tape& t = c.t;
    const Dim f{gate_up.size(-1) / 2, "f_e"};
    if (gate == ExpertGate::halves) {
        const std::vector<Tensor> parts = t.split(gate_up, -1, {f, f});
        t.line(520);
        return t.mul(activation(c, act, parts[0]), parts[1], "gate × up");
    }
    Tensor gate_part = t.slice(gate_up, -1, f);
    Tensor up = t.slice(gate_up, -1, f);
    gate_part = t.clamp(gate_part, "clamped gate");
    up = t.clamp(up, "clamped up");
    const Tensor glu =
        t.mul(gate_part, t.sigmoid(t.scale(gate_part, "α gate"), "sigmoid"), "gate × sigmoid");
    Tensor output = t.mul(t.shift(up, "up + 1"), glu, "gated output");
    return output;
}

Tensor Experts::operator()(Context& c, const Tensor& tokens, const Routing& routing) const {
    auto scope = c.t.module("experts", kExperts);
    Tape& t = c.t;
    const Dim experts{count, "E"};
    const Dim both{2 * width, "2·f_e"};
    // The parametrisations of PEFT: both changes are there until the experts are done, each sum from its first use on.
    const bool adapts_gate_up = gate_up_adapter.active();
    const bool adapts_down = down_adapter.active();
    const Tensor gate_up_change =
        adapts_gate_up ? change_of_experts(c, gate_up_adapter, gate_up_proj.weight) : Tensor();
    const Tensor down_change =
        adapts_down ? change_of_experts(c, down_adapter, down_proj.weight) : Tensor();
    const Dim rows{checked_product(tokens.size(0), routing.indices.size(1)), "b·s·k"};
    const Tensor sample_weights = t.reshape(routing.weights, {rows});
    const Tensor expert_ids = t.reshape(routing.indices, {rows});
    t.line(393);
    const Tensor sorted_ids = t.make("sorted expert ids", {rows}, DType::int64);
    const Tensor order = t.make("order", {rows}, DType::int64);
    Tensor selected = t.index(tokens, t.make("token of each row", {rows}, DType::int64),
                              "selected hidden states");
    const Tensor sorted_weights = t.index(sample_weights, order, "sorted weights");
    const Tensor histogram_input = t.make("expert ids in int32", {rows}, DType::int32);
    const Tensor tokens_per_expert = t.make("tokens per expert", {experts}, DType::int32);
    const Tensor offsets = t.make("offsets", {experts}, DType::int32);
    const Tensor sentinels = t.unsqueeze(t.make("sentinels", {rows}, DType::boolean), -1);
    Tensor biases = gate_up_proj_bias.defined()
                        ? t.index(gate_up_proj_bias, sorted_ids, "selected biases")
                        : Tensor();
    t.masked_fill_in_place(selected, sentinels);
    const Tensor gate_up =
        adapts_gate_up ? t.add(gate_up_proj.weight, gate_up_change, "gate and up with their change")
                       : gate_up_proj.weight;
    Tensor out = product(c, selected, gate_up, gate_up_proj.packed, both, biases);
    out = gated(c, out);
    if (down_proj_bias.defined()) {
        biases = t.index(down_proj_bias, sorted_ids, "selected biases");
    }
    const Tensor down = adapts_down ? t.add(down_proj.weight, down_change, "down with its change")
                                    : down_proj.weight;
    out = product(c, out, down, down_proj.packed, c.h, biases);
    t.line(462);
    Tensor weighted = t.mul(out, t.unsqueeze(sorted_weights, -1), "weighted output");
    t.masked_fill_in_place(weighted, sentinels);
    const Tensor inverse = t.make("inverse order", {rows}, DType::int64);
    { const Tensor places = t.make("arange", {rows}, DType::int64); }
    weighted = t.index(weighted, inverse, "restored order");
    const Tensor final_states = t.sum_axis(
        t.view(weighted, {tokens.dim(0), routing.indices.dim(1), c.h}), 1, false, "summed experts");
    return t.to(final_states, tokens.dtype(), "output");
}

// --- the block -----------------------------------------------------------------------------------

SparseMoe::SparseMoe(Context& c, const FeedForward& ff, RouterStyle style, ExpertGate gate,
                     const char* router_name) {
    auto scope = c.t.module("mlp");
    router = TopKRouter(c, router_name, ff, style);
    experts = Experts(c, ff, gate);
    if (ff.shared_width > 0) {
        shared_expert.emplace(c, ff, ff.shared_width, "shared_expert");
        shared_expert_gate = Linear(c, "shared_expert_gate", c.h, {1, "1"});
    }
}

Tensor SparseMoe::operator()(Context& c, const Tensor& x) const {
    auto scope = c.t.module("mlp");
    Tape& t = c.t;
    const Dim tokens{checked_product(x.size(0), x.size(1)), "b·s"};
    const Tensor flat = t.view(x, {tokens, c.h});
    Tensor shared;
    if (shared_expert) {
        shared = (*shared_expert)(c, flat);
    }
    const Routing routing = router(c, flat);
    Tensor output = experts(c, flat, routing);
    if (shared_expert) {
        shared = t.mul(t.sigmoid(shared_expert_gate(c, flat), "gate of the shared expert"), shared,
                       "gated shared expert");
        output = t.add(output, shared, "experts and shared expert");
    }
    output = t.reshape(output, x.shape());
    return output;
}

}  // namespace tensorledger::hf
