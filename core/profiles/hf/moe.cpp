#include "core/profiles/hf/moe.h"

namespace tensorledger::hf {

namespace {

constexpr const char* kExperts = "transformers:integrations/moe.py";

}  // namespace

// --- the router ----------------------------------------------------------------------------------

TopKRouter::TopKRouter(Context& c, const char* module, const FeedForward& ff, RouterStyle look)
    : name(module), style(look), shape(&ff) {
    auto scope = c.t.module(name);
    const Dim experts{ff.experts, "E"};
    // ERNIE's router is kept in fp32 (_keep_in_fp32_modules_strict).
    const bool wide = style == RouterStyle::corrected_softmax;
    weight = c.parameter("weight", {experts, c.h}, wide ? DType::fp32 : c.weight);
    if (ff.router_bias) {
        bias = c.parameter("bias", {experts}, c.weight);
    }
    if (ff.router_correction) {
        correction = c.t.resident("e_score_correction_bias", {experts}, DType::fp32,
                                  ff.router_correction_trained ? Group::weights : Group::buffers);
        c.t.keep_resident(correction);
    }
}

Routing TopKRouter::operator()(Context& c, const Tensor& tokens) const {
    auto scope = c.t.module(name);
    Tape& t = c.t;
    const Dim k{shape->experts_per_token, "k"};
    Routing routing;
    switch (style) {
        case RouterStyle::sigmoid_in_groups:
        case RouterStyle::softmax_in_groups:
        case RouterStyle::corrected_softmax: {
            const bool unfused =
                style == RouterStyle::corrected_softmax;  // maybe_autocast(enabled=False)
            const std::optional<DType> autocast = t.autocast;
            t.autocast = unfused ? std::nullopt : autocast;
            routing.logits =
                t.linear(t.to(tokens, DType::fp32, "tokens in fp32"),
                         t.to(weight, DType::fp32, "router weight in fp32"), {}, "router logits");
            routing = by_group(c, std::move(routing));
            t.autocast = autocast;
            routing.weights = unfused ? t.to(std::move(routing.weights), tokens.dtype(),
                                             "routing weights in the model's type")
                                      : std::move(routing.weights);
            return routing;
        }
        case RouterStyle::softmax_of_the_chosen:
        case RouterStyle::fp32_softmax_of_the_chosen: {
            routing.logits = t.linear(tokens, weight, bias, "router logits");
            if (style == RouterStyle::fp32_softmax_of_the_chosen) {
                routing.logits =
                    t.to(std::move(routing.logits), DType::fp32, "router logits in fp32");
            }
            Tape::TopK top = t.topk(routing.logits, k);
            routing.weights = t.softmax(top.values, top.values.dtype(), "routing weights");
            if (style == RouterStyle::fp32_softmax_of_the_chosen) {
                routing.weights = t.to(std::move(routing.weights), tokens.dtype(),
                                       "routing weights in the model's type");
            }
            routing.indices = std::move(top.indices);
            return routing;
        }
        default: routing.logits = t.linear(tokens, weight, bias, "router logits");
    }
    return style == RouterStyle::sigmoid ? by_group(c, std::move(routing))
                                         : by_softmax(c, std::move(routing));
}

/// Softmax over all experts, and the k largest of it.
Routing TopKRouter::by_softmax(Context& c, Routing routing) const {
    Tape& t = c.t;
    const bool mixtral = style == RouterStyle::normalised;
    const Tensor probabilities =
        mixtral ? t.softmax(t.to(routing.logits, DType::fp32, "router logits in fp32"),
                            std::nullopt, "router probabilities")
                : t.softmax(routing.logits, DType::fp32, "router probabilities");
    Tape::TopK top = t.topk(probabilities, {shape->experts_per_token, "k"});
    if (mixtral || shape->router_normalised) {
        t.div_in_place(top.values, t.sum_axis(top.values, -1, true, "sum of the chosen"));
    }
    routing.weights = mixtral
                          ? std::move(top.values)
                          : t.to(std::move(top.values), routing.logits.dtype(), "routing weights");
    routing.indices = std::move(top.indices);
    return routing;
}

/// Scores with those of all but the best groups masked.
Tensor TopKRouter::without_other_groups(Context& c, const Tensor& scores) const {
    Tape& t = c.t;
    const Dim groups{shape->router_groups, "groups"};
    const Dim each{shape->experts / shape->router_groups, "E/groups"};
    const Dim tokens = scores.dim(0);
    const bool sums = style == RouterStyle::sigmoid_in_groups;
    const Tensor by_group = t.view(scores, {tokens, groups, each});
    Tensor group_scores = t.topk(by_group, {sums ? 2 : 1, "best"}).values;
    group_scores = sums ? t.sum_axis(group_scores, -1, false, "scores of the groups")
                        : t.squeeze(group_scores, -1);
    const Tensor chosen =
        t.topk(group_scores, {shape->router_chosen_groups, "chosen groups"}).indices;
    const Tensor mask = t.make_like("mask of groups", group_scores, group_scores.dtype());
    const Tensor wide = t.reshape(t.expand(t.unsqueeze(mask, -1), {tokens, groups, each}),
                                  scores.shape(), "mask of experts");
    const Tensor kept = t.to(wide, DType::boolean, "experts of chosen groups");
    return t.masked_fill(scores, t.make_like("experts of other groups", kept, DType::boolean),
                         "scores in chosen groups");
}

/// Scores in fp32 of all experts, and the weights of those that the corrected scores choose.
Routing TopKRouter::by_group(Context& c, Routing routing) const {
    Tape& t = c.t;
    const Dim k{shape->experts_per_token, "k"};
    const bool grouped = shape->router_groups > 1 || style == RouterStyle::sigmoid_in_groups;
    if (style == RouterStyle::softmax_in_groups) {
        Tensor scores = t.softmax(routing.logits, DType::fp32, "router probabilities");
        scores = grouped ? without_other_groups(c, scores) : std::move(scores);
        Tape::TopK top = t.topk(scores, k);
        routing.weights = t.scale(std::move(top.values), "routing weights");
        routing.indices = std::move(top.indices);
        return routing;
    }
    const bool ernie = style == RouterStyle::corrected_softmax;
    const Tensor scores =
        ernie ? t.softmax(routing.logits, DType::fp32, "router probabilities")
              : t.sigmoid(t.to(routing.logits, DType::fp32, "router logits in fp32"), "scores");
    {
        Tensor choice =
            correction.defined() ? t.add(scores, correction, "corrected scores") : scores;
        choice = style == RouterStyle::sigmoid_in_groups ? without_other_groups(c, choice)
                                                         : std::move(choice);
        routing.indices = t.topk(choice, k).indices;
    }
    routing.weights = t.gather(scores, routing.indices, "weights of the chosen");
    if (ernie) {
        const Tensor sum = t.sum_axis(routing.weights, -1, true, "sum of the chosen");
        routing.weights = t.div(routing.weights, t.clamp(sum, "clamped sum"), "routing weights");
        return routing;
    }
    const bool deepseek = style == RouterStyle::sigmoid_in_groups;
    if (!deepseek || shape->router_normalised) {
        Tensor sum = t.sum_axis(routing.weights, -1, true, "sum of the chosen");
        sum = deepseek ? t.shift(std::move(sum), "sum + ε") : std::move(sum);
        t.div_in_place(routing.weights, std::move(sum));
    }
    if (deepseek) {
        routing.weights = t.scale(std::move(routing.weights), "scaled routing weights");
    }
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

SparseMoe::SparseMoe(Context& c, const FeedForward& ff, const MoeStyle& look) : style(look) {
    {
        auto scope = c.t.module(style.module);
        router = TopKRouter(c, style.router_name, ff, style.router);
        experts = Experts(c, ff, style.gate);
        if (ff.shared_width > 0 && style.place != SharedPlace::packed) {
            shared_expert.emplace(c, ff, ff.shared_width, style.shared);
        }
        if (ff.shared_gate) {
            shared_expert_gate = Linear(c, "shared_expert_gate", c.h, {1, "1"});
        }
    }
    if (ff.shared_width > 0 && style.place == SharedPlace::packed) {
        packed_expert.emplace(c, ff, ff.shared_width, style.shared, "input_linear",
                              "output_linear");
    }
}

Tensor SparseMoe::operator()(Context& c, const Tensor& x) const {
    Tape& t = c.t;
    Tensor output = routed(c, x);
    if (packed_expert) {
        output = t.add(output, (*packed_expert)(c, x), "experts and shared expert");
    }
    return output;
}

Tensor SparseMoe::routed(Context& c, const Tensor& x) const {
    auto scope = c.t.module(style.module);
    Tape& t = c.t;
    const Dim tokens{checked_product(x.size(0), x.size(1)), "b·s"};
    const Tensor flat = t.view(x, {tokens, c.h});
    const bool first = style.place == SharedPlace::first;
    Tensor shared;
    if (shared_expert && first) {
        shared = (*shared_expert)(c, flat);
    }
    const Routing routing = router(c, flat);
    Tensor output = experts(c, flat, routing);
    if (shared_expert && !first) {
        output = t.view(output, x.shape());
        return t.add(output, (*shared_expert)(c, x), "experts and shared experts");
    }
    if (shared_expert_gate.weight.defined()) {
        shared = t.mul(t.sigmoid(shared_expert_gate(c, flat), "gate of the shared expert"), shared,
                       "gated shared expert");
    }
    if (shared_expert) {
        output = t.add(output, shared, "experts and shared expert");
    }
    output = t.reshape(output, x.shape());
    return output;
}

}  // namespace tensorledger::hf
