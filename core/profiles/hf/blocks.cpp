#include "core/profiles/hf/blocks.h"

#include <algorithm>

#include "core/profiles/hf/cache.h"
#include "core/profiles/hf/float8.h"
#include "core/profiles/hf/transformer_engine.h"

namespace tensorledger::hf {

namespace {

constexpr const char* kMasks = "transformers:masking_utils.py";
constexpr const char* kSdpa = "transformers:integrations/sdpa_attention.py";
constexpr const char* kFlash = "transformers:modeling_flash_attention_utils.py";
constexpr const char* kLoss = "transformers:loss/loss_utils.py";
constexpr const char* kActivations = "transformers:activations.py";

}  // namespace

namespace {

/// The type of what is not quantised: prepare_model_for_kbit_training casts it to fp32.
DType weight_dtype(const Run& run) {
    if (run.task != Task::train) {
        return run.serving.weights;
    }
    if (!run.quant) {
        return run.recipe.weight;
    }
    const bool cast = run.upcast_rest && run.quant != Quant::gptq;  // which is left as it is
    return cast ? DType::fp32 : run.recipe.compute;
}

}  // namespace

Context::Context(Tape& tape, const Model& network, const Run& job)
    : t(tape),
      model(network),
      run(job),
      dropout(job.task == Task::train ? dropout_of(job, network) : Dropout{}),
      b{job.batch, "b"},
      s{job.seq, "s"},
      h{network.hidden, "h"},
      v{network.vocab, "v"},
      weight(weight_dtype(job)),
      kv(s),
      sites(network, job) {
    tape.trains_new_parameters = !frozen_base() && job.optimizer != Optimizer::badam &&
                                 !freezes(FrozenPart::all_but_last_layer);
    const Dim longer{run.seq + run.adapter.virtual_tokens, "s + virtual tokens"};
    if (has_virtual_embeddings(*this)) {
        s = longer;
    }
    if (has_virtual_embeddings(*this) || has_prefix(*this)) {
        kv = longer;
    }
}

bool Context::trains_layer(std::int64_t number) const {
    if (frozen_base()) {
        return false;
    }
    if (training() && run.optimizer == Optimizer::badam) {
        return number == 0;  // one block at a time; the first stands for all
    }
    if (freezes(FrozenPart::all_but_last_layer)) {
        const auto encoder =
            model.encoder ? static_cast<std::int64_t>(model.encoder->layers.size()) : 0;
        return number + 1 == encoder + static_cast<std::int64_t>(model.decoder.layers.size());
    }
    return !freezes(FrozenPart::lowest_layers) || number >= run.frozen_layers;
}

Tensor kept_for_logits(Context& c, const Tensor& hidden) {
    const std::int64_t keep = c.run.serving.logits_to_keep;
    if (keep == 0 || keep >= c.s.size) {
        return hidden;
    }
    return c.t.slice(hidden, 1, {keep, "kept tokens"});
}

// --- modules -------------------------------------------------------------------------------------

Parameter Context::parameter(const char* name, std::initializer_list<Dim> dims, DType dtype) {
    if (!frozen_base()) {
        return t.parameter(name, dims, dtype);
    }
    if (run.method == Method::bitfit && std::string_view(name).ends_with("bias")) {
        t.trains_new_parameters = true;
        Parameter bias = t.parameter(name, dims, dtype);
        t.trains_new_parameters = false;
        return bias;
    }
    return copy_if_saved(name, t.parameter(name, dims, dtype));
}

Parameter Context::copy_if_saved(const char* name, const Parameter& original) {
    if (!frozen_base() || !sites.trains_copy_of(run, t.path())) {
        return original;
    }
    t.keep_resident(original);
    auto scope = t.module("modules_to_save", "peft:utils/other.py");
    t.trains_new_parameters = true;
    Parameter copy = t.parameter(name, original.shape(), original.dtype());
    t.trains_new_parameters = false;
    return copy;
}

Linear::Linear(Context& c, const char* module, Dim inputs, Dim outputs, bool has_bias)
    : name(module), number(++c.linears), in(inputs), out(outputs) {
    auto scope = c.t.module(module);
    weight = is_quantised(c, module) ? make_quantised(c, *this)
                                     : c.parameter("weight", {out, in}, c.weight);
    if (has_bias) {
        bias = c.parameter("bias", {out}, c.weight);
    }
    make_te_state(c, *this);
    adapter = adapter_beside(c, *this);
}

Linear::Linear(Context& c, const char* module, const Embedding& tied)
    : name(module), number(++c.linears), in(tied.weight.dim(1)), out(tied.weight.dim(0)) {
    auto scope = c.t.module(module);
    weight = c.copy_if_saved("weight", tied.original);
    adapter = c.run.method == Method::tokens ? tied.adapter : adapter_beside(c, *this);
    if (becomes_te_linear(c, *this)) {
        c.te_refusal = kTeTied;
    }
}

Tensor Linear::product(Context& c, torch::Operand x) const {
    if (quantised.defined()) {
        Tensor output = quantised_product(c, *this, *x);
        x.done();
        return output;
    }
    if (transposed) {
        return c.t.conv1d(x, weight, bias, "output");
    }
    if (multiplies_in_float8(c, *this)) {
        Tensor output = float8_product(c, *this, *x);
        x.done();
        return output;
    }
    if (asks_for_te(c.run) && number != c.linears) {  // the head is the last to be converted
        c.te_refusal = kTeUnaligned;
    }
    return c.t.linear(x, weight, bias, "output");
}

Tensor Linear::operator()(Context& c, torch::Operand x) const {
    auto scope = c.t.module(name, transposed ? "transformers:pytorch_utils.py" : nullptr);
    if (transposed) {
        c.t.line(119);
    }
    if (!adapter.active()) {
        return product(c, x);
    }
    Tensor result = adapted(c, *this, *x);
    x.done();
    return result;
}

Conv1D::Conv1D(Context& c, const char* module, Dim inputs, Dim outputs) {
    name = module;
    in = inputs;
    out = outputs;
    transposed = true;
    auto scope = c.t.module(module);
    weight = is_quantised(c, module) ? make_quantised(c, *this)
                                     : c.parameter("weight", {in, out}, c.weight);
    bias = c.parameter("bias", {out}, c.weight);
    adapter = adapter_beside(c, *this);
}

LayerNorm::LayerNorm(Context& c, const char* module, Dim width, bool has_bias) : name(module) {
    if (asks_for_te(c.run)) {
        c.te_refusal = kTeLayerNorm;
    }
    auto scope = c.t.module(module);
    weight = c.parameter("weight", {width}, c.weight);
    if (has_bias) {
        bias = c.parameter("bias", {width}, c.weight);
    }
}

Tensor LayerNorm::operator()(Context& c, const Tensor& x) const {
    auto scope = c.t.module(name);
    return c.t.layer_norm(x, weight, bias, "output");
}

RmsNorm::RmsNorm(Context& c, const char* module, Dim width) : name(module) {
    auto scope = c.t.module(module);
    weight = c.parameter("weight", {width}, c.weight);
}

Tensor RmsNorm::operator()(Context& c, const Tensor& x) const {
    auto scope = c.t.module(name);
    return rms_norm(c, weight, x);
}

Tensor rms_norm(Context& c, const Parameter& weight, const Tensor& x) {
    Tape& t = c.t;
    if (c.liger()) {
        return t.norm_over(x, weight, "output");
    }
    const DType input_dtype = x.dtype();
    Tensor hidden = t.to(x, DType::fp32, "input in fp32");
    const Tensor variance = t.mean_last(t.pow(hidden, 2, "square"), "variance");
    hidden = t.mul(hidden, t.rsqrt(t.shift(variance, "variance + ε"), "rsqrt"), "normalised");
    return t.mul(weight, t.to(hidden, input_dtype, "normalised in the model's type"), "output");
}

Embedding::Embedding(Context& c, const char* module, Dim rows, Dim width) : name(module) {
    auto scope = c.t.module(module);
    const bool in_layer = std::exchange(c.t.makes_layers, false);
    {
        // T5's tables of relative positions are a layer's own, and trained with it.
        const bool frozen = !in_layer && c.training() && c.run.method == Method::freeze;
        const TrainingGuard guard(c, c.t.trains_new_parameters && !frozen);
        original = c.t.parameter("weight", {rows, width}, c.weight);
    }
    weight = c.copy_if_saved("weight", original);
    c.t.makes_layers = in_layer;
    is_input = !std::exchange(c.has_input_embedding, true);
    adapter = adapter_beside(c, *this);
}

Tensor Embedding::operator()(Context& c, const Tensor& ids) const {
    auto scope = c.t.module(name);
    Tensor output =
        adapter.active() ? adapted(c, *this, ids) : c.t.embedding(weight, ids, "output");
    if (scale.defined()) {
        output = c.t.mul(std::move(output), scale, "scaled output");
    }
    const bool checkpointed = c.run.checkpointing != Checkpointing::none;
    if (is_input && c.frozen_base() && (checkpointed || c.run.adapter.input_grads)) {
        // PEFT makes the embeddings require a gradient, so that checkpointed layers get one.
        c.t.require_grad(output);
    }
    if (is_input && has_virtual_embeddings(c)) {
        return with_virtual_tokens(c, std::move(output));
    }
    return output;
}

Tensor activation(Context& c, std::string_view name, torch::Operand x) {
    auto scope = c.t.module("act_fn", kActivations);
    Tape& t = c.t;
    if (name == "silu" || name == "swish") {
        return t.silu(x, "output");
    }
    if (name == "relu") {
        return t.relu(x, "output");
    }
    if (name == "relu2") {
        Tensor result = t.pow(t.relu(*x, "relu"), 2, "output");
        x.done();
        return result;
    }
    if (name == "gelu_new" || name == "gelu_fast" || name == "gelu_python_tanh") {
        // 0.5 * x * (1 + tanh(√(2/π) * (x + 0.044715 * x³))), term by term.
        t.line(66);
        const Tensor half = t.scale(*x, "0.5 x");
        Tensor inner = t.add(*x, t.scale(t.pow(*x, 3, "x³"), "0.044715 x³"), "x + 0.044715 x³");
        inner = t.scale(std::move(inner), "tanh argument");
        const Tensor one_plus = t.shift(t.tanh(std::move(inner), "tanh"), "1 + tanh");
        Tensor result = t.mul(half, one_plus, "output");
        x.done();
        return result;
    }
    return t.gelu(x, "output");  // gelu, gelu_pytorch_tanh: one kernel
}

// --- attention -----------------------------------------------------------------------------------

namespace {

/// Keys that a query of a sliding layer is given: the cache keeps one token less than the window.
Dim windowed_keys(const Context& c, std::int64_t window) {
    const std::int64_t before = c.kv.size - c.s.size;
    if (c.static_cache()) {
        const Dim room = static_room(c, window);
        return before >= room.size             ? Dim{room.size + c.s.size - 1, "window"}
               : before + c.s.size > room.size ? c.kv
                                               : room;
    }
    return before >= window ? Dim{window - 1 + c.s.size, "window"} : c.kv;
}

/// get_mask_sizes: keys that the masks of these layers are made for.
Dim keys_seen(const Context& c, std::int64_t window) {
    return window > 0 ? windowed_keys(c, window) : c.static_cache() ? static_room(c, 0) : c.kv;
}

/// Boolean mask [b, 1, s, s]; with padding the whole is stored, without it is one matrix expanded.
Tensor boolean_mask(Context& c, const Tensor& padding, bool causal, std::int64_t window) {
    Tape& t = c.t;
    const Dim one{1, "1"};
    const Dim seen = keys_seen(c, window);
    Tensor mask;
    if (causal) {
        mask = t.make("causal comparison", {one, one, c.s, seen}, DType::boolean);
        Tensor base = t.make("ones", {}, DType::boolean);
        if (window > 0) {
            const Tensor sliding =
                t.make("window comparison", {one, one, c.s, seen}, DType::boolean);
            Tensor first = t.make("window mask", {one, one, c.s, seen}, DType::boolean);
            mask = t.make("causal mask", {one, one, c.s, seen}, DType::boolean);
        } else if (padding.defined()) {
            mask = t.make("causal mask", {one, one, c.s, seen}, DType::boolean);
        }
    } else {
        mask = t.make("bidirectional mask", {one, one, c.s, one}, DType::boolean);
    }
    if (padding.defined()) {
        mask = t.make("mask with padding", {c.b, one, c.s, seen}, DType::boolean);
    }
    return mask;
}

}  // namespace

Tensor causal_mask(Context& c, const Tensor& embeddings, const Tensor& padding, std::int64_t window,
                   bool always) {
    auto scope = c.t.module("mask", kMasks, Group::buffers);
    Tape& t = c.t;
    if (c.flash()) {
        return padding.defined() ? t.make("mask with padding", {c.b, c.kv}, DType::boolean)
                                 : Tensor();
    }
    const Dim seen = keys_seen(c, window);
    const bool windowed = window > 0 && seen.size >= window;
    const bool after_others = has_prefix(c) && c.s.size > 1;
    const bool compiled =
        c.static_cache() && c.s.size == 1;  // so that every step has the same graph
    if (!c.eager() && !padding.defined() && !windowed && !always && !after_others && !compiled) {
        return {};
    }
    Tensor mask = boolean_mask(c, padding, true, window);
    t.share(mask);
    const Dim one{1, "1"};
    if (!c.eager()) {
        // Expanded to the batch: a view, but the kernels' additive copy of it is as large as it looks.
        return t.expand(mask, {c.b, one, c.s, seen});
    }
    t.line(603);
    Tensor additive = t.make("additive mask", {c.b, one, c.s, seen}, embeddings.dtype());
    t.share(additive);
    return additive;
}

Tensor bidirectional_mask(Context& c, const Tensor& embeddings, const Tensor& padding) {
    auto scope = c.t.module("mask", kMasks, Group::buffers);
    if (!padding.defined()) {
        return {};
    }
    if (c.flash()) {
        return c.t.make("mask with padding", {c.b, c.kv}, DType::boolean);
    }
    Tensor mask = boolean_mask(c, padding, false, 0);
    if (c.eager()) {
        const Dim one{1, "1"};
        mask = c.t.make("additive mask", {c.b, one, c.s, c.kv}, embeddings.dtype());
    }
    c.t.share(mask);
    return mask;
}

Tensor shift_right(Context& c, const Tensor& labels) {
    Tape& t = c.t;
    Tensor shifted = t.make("decoder input ids", labels.shape(), DType::int64);
    const Tensor replaced = t.make("labels to replace", labels.shape(), DType::boolean);
    return shifted;
}

void rotary_buffers(Context& c, Dim rotary_dim) {
    auto scope = c.t.module("rotary_emb");
    const Dim half{rotary_dim.size / 2, "d/2"};
    c.t.keep_resident(c.t.resident("inv_freq", {half}, DType::fp32, Group::buffers));
    c.t.keep_resident(c.t.resident("original_inv_freq", {half}, DType::fp32, Group::buffers));
}

Rotary rotary_tables(Context& c, DType dtype, Dim rotary_dim) {
    auto scope = c.t.module("rotary_emb", nullptr, Group::buffers);
    Tape& t = c.t;
    const bool recorded = std::exchange(t.grad_enabled, false);
    const Dim one{1, "1"};
    const Dim half{rotary_dim.size / 2, "d/2"};
    const Tensor positions = t.make("positions in fp32", {one, one, c.s}, DType::fp32);
    Tensor angles = t.make("angles", {one, c.s, half}, DType::fp32);
    const Tensor both = t.make("angles twice", {one, c.s, rotary_dim}, DType::fp32);
    Tensor cos = t.scale(t.make_like("cos of angles", both, DType::fp32), "cos in fp32");
    Tensor sin = t.scale(t.make_like("sin of angles", both, DType::fp32), "sin in fp32");
    Rotary tables;
    tables.cos = t.to(cos, dtype, "cos");
    tables.sin = t.to(sin, dtype, "sin");
    t.share(tables.cos);
    t.share(tables.sin);
    t.grad_enabled = recorded;
    return tables;
}

Tensor rotate(Context& c, const Tensor& x, const Tensor& cos, const Tensor& sin) {
    Tape& t = c.t;
    const Dim half{x.size(-1) / 2, "d/2"};
    Tensor direct = t.mul(x, cos, "x cos");
    Tensor turned;
    {
        const Tensor first = t.slice(x, -1, half);
        const Tensor second = t.slice(x, -1, half);
        std::vector<Tensor> parts;
        parts.push_back(t.scale(second, "-x2"));
        parts.push_back(first);
        turned = t.cat(std::move(parts), -1, x.dim(-1), "rotated half");
    }
    return t.add(std::move(direct), t.mul(std::move(turned), sin, "rotated half sin"), "rotated");
}

Tensor repeat_kv(Context& c, const Tensor& x, std::int64_t groups) {
    if (groups == 1) {
        return x;
    }
    const Dim repeat{groups, "a/k"};
    const Dim all{x.size(1) * groups, "a"};
    Tensor wide = c.t.expand(c.t.unsqueeze(x, 2), {x.dim(0), x.dim(1), repeat, x.dim(2), x.dim(3)});
    return c.t.reshape(std::move(wide), {x.dim(0), all, x.dim(2), x.dim(3)}, "repeated");
}

namespace {

Tensor eager_attention(Context& c, const Tensor& q, const Tensor& k, const Tensor& v,
                       const Tensor& mask, const AttentionCall& call) {
    Tape& t = c.t;
    const Tensor key = repeat_kv(c, k, call.groups);
    const Tensor value = repeat_kv(c, v, call.groups);
    Tensor weights = t.scale(t.matmul(q, t.transpose(key, 2, 3), "scores"), "scaled scores");
    if (call.softcap) {
        weights = t.scale(weights, "scores / cap");
        weights = t.tanh(weights, "tanh of scores");
        weights = t.scale(weights, "capped scores");
    }
    if (call.position_bias.defined()) {
        weights = t.add(weights, call.position_bias, "scores with position bias");
    }
    if (mask.defined()) {
        weights = t.add(weights, mask, "masked scores");
    }
    if (call.softmax_fp32) {
        weights = t.to(t.softmax(weights, DType::fp32, "attention weights in fp32"), q.dtype(),
                       "attention weights");
    } else {
        weights = t.softmax(weights, std::nullopt, "attention weights");
        if (call.cast_weights) {
            weights = t.to(weights, v.dtype(), "attention weights in the model's type");
        }
    }
    weights = t.dropout(weights, call.dropout, "dropped attention weights");
    Tensor output = t.matmul(weights, value, "attention output");
    output = t.transpose(output, 1, 2);
    return call.contiguous ? t.contiguous(output, "attention output by token") : output;
}

/// flash-attn through transformers: operands by token, in half precision; with padding, the tokens that are
/// there one after another. How many that are is not known: all of them, at most.
Tensor flash_attention(Context& c, const Tensor& q, const Tensor& k, const Tensor& v,
                       const Tensor& mask, const AttentionCall& call) {
    auto scope = c.t.module("flash_attention", kFlash);
    Tape& t = c.t;
    if (call.position_bias.defined() || q.size(-1) > 256 || q.size(-1) != v.size(-1)) {
        c.not_listed_with = "FlashAttention";
        return t.transpose(q, 1, 2);
    }
    const DType half = c.run.recipe.compute;
    Tensor query = t.to(t.transpose(q, 1, 2), half, "query in half precision");
    Tensor key = t.to(t.transpose(k, 1, 2), half, "key in half precision");
    Tensor value = t.to(t.transpose(v, 1, 2), half, "value in half precision");
    if (!mask.defined()) {
        return t.flash_attn(std::move(query), std::move(key), std::move(value), 0);
    }
    const Tensor indices = t.make(
        "places of the tokens", {Dim{checked_product(k.size(0), k.size(2)), "b·s"}}, DType::int64);
    const Tensor starts =
        t.make("starts of the sequences", {Dim{c.b.size + 1, "b+1"}}, DType::int32);
    const auto packed = [&](const Tensor& x, const char* name) {
        Shape rows = x.shape();
        rows.rank = 3;
        rows.dims[0] = {checked_product(x.size(0), x.size(1)), "b·s"};
        rows.dims[1] = x.dim(2);
        rows.dims[2] = x.dim(3);
        return t.index(t.reshape(x, rows, "tokens of the batch"), indices, name);
    };
    key = packed(key, "packed key");
    value = packed(value, "packed value");
    const Shape whole = query.shape();
    query = packed(query, "packed query");
    Tensor output = t.flash_attn(std::move(query), std::move(key), std::move(value), c.b.size);
    // Put back among zeros: one new tensor, and the places are kept.
    return t.view(t.index(std::move(output), indices, "padded output"), whole);
}

/// create_position_bias_mask: the additive mask of sdpa, masked places at the type's minimum.
Tensor position_bias_mask(Context& c, const Tensor& bias, const Tensor& mask, bool causal) {
    Tape& t = c.t;
    if (mask.defined()) {
        return t.where(mask, bias, "position bias where seen");
    }
    if (!causal) {
        return bias;
    }
    const Dim one{1, "1"};
    const Tensor triangle =
        t.make("causal comparison", {one, one, bias.dim(2), bias.dim(3)}, DType::boolean);
    return t.where(triangle, bias, "causal position bias");
}

Tensor sdpa_attention(Context& c, const Tensor& q, Tensor k, Tensor v, Tensor mask,
                      const AttentionCall& call) {
    auto scope = c.t.module("sdpa", kSdpa);
    Tape& t = c.t;
    bool grouped = false;
    if (call.groups > 1) {
        grouped = !mask.defined() && k.size(-1) == v.size(-1) && v.size(-1) <= 256;
        if (!grouped) {
            k = repeat_kv(c, k, call.groups);
            v = repeat_kv(c, v, call.groups);
        }
    }
    bool causal = call.causal && q.size(2) > 1 && !mask.defined();
    if (causal && k.size(2) > q.size(2)) {  // the prompt in an empty static cache
        k = t.slice(std::move(k), 2, q.dim(2));
        v = t.slice(std::move(v), 2, q.dim(2));
    }
    if (call.position_bias.defined()) {
        mask = position_bias_mask(c, call.position_bias, mask, causal);
        causal = false;
    }
    t.line(154);
    Tensor output =
        t.sdpa(q, k, v, mask, {.causal = causal, .dropout = call.dropout, .grouped = grouped});
    return t.contiguous(t.transpose(std::move(output), 1, 2), "attention output by token");
}

}  // namespace

Tensor attention(Context& c, const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask,
                 const AttentionCall& call) {
    const auto attend = [&c, call](const Tensor& query, const Tensor& key, const Tensor& value,
                                   const Tensor& seen) {
        return c.eager()   ? eager_attention(c, query, key, value, seen, call)
               : c.flash() ? flash_attention(c, query, key, value, seen, call)
                           : sdpa_attention(c, query, key, value, seen, call);
    };
    if (!c.checkpoints_attention() || !c.checkpoints(c.layer_number)) {
        return attend(q, k, v, mask);
    }
    // Query, key and value are kept; scores, softmax and their product with the values are run again.
    return c.t.checkpoint(
        [attend, k, v, mask](const Tensor& query) { return attend(query, k, v, mask); }, q,
        torch::CheckpointKind::nonreentrant, {}, {k, v});
}

// --- layers --------------------------------------------------------------------------------------

LayerGuard::LayerGuard(Context& c, bool trains)
    : t_(c.t), trained_(std::exchange(c.t.trains_new_parameters, trains)) {
    t_.makes_layers = true;
}

LayerGuard::~LayerGuard() {
    t_.makes_layers = false;
    t_.trains_new_parameters = trained_;
}

std::vector<Stretch> stretches(Context& c, const std::vector<Layer>& layers) {
    const auto count = static_cast<std::int32_t>(layers.size());
    std::vector<Stretch> plan;
    const auto equal_layers = [&](std::int32_t left, std::int32_t right) {
        return layers[static_cast<std::uint32_t>(left)] ==
                   layers[static_cast<std::uint32_t>(right)] &&
               c.trains_layer(c.layers_made + left) == c.trains_layer(c.layers_made + right) &&
               c.checkpoints(c.layers_made + left) == c.checkpoints(c.layers_made + right);
    };
    for (std::int32_t at = 0; at < count;) {
        std::int32_t best_period = 1;
        std::int32_t best_times = 1;
        for (std::int32_t period = 1; period <= 12 && at + period <= count; ++period) {
            std::int32_t end = at + period;
            while (end < count && equal_layers(end, end - period)) {
                ++end;
            }
            const std::int32_t times = (end - at) / period;
            if (times >= 3 && period * times > best_period * best_times) {
                best_period = period;
                best_times = times;
            }
        }
        if (best_times < 4 || c.run.unrolled || keeps_single_layers(c.run)) {
            plan.push_back({at, 1, 1, -1});
            ++at;
            continue;
        }
        plan.push_back({at, best_period, 1, -1});
        const std::int32_t region = c.t.new_region(best_times - 2);
        plan.push_back({at + best_period, best_period, best_times - 2, region});
        at += best_period * (best_times - 1);
        plan.push_back({at, best_period, 1, -1});
        at += best_period;
    }
    return plan;
}

void LayerPlan::make_all(Context& c, const char* name, const std::vector<Layer>& layers,
                         Callback<void, const Layer&> make) {
    plan = stretches(c, layers);
    first_number = c.layers_made;
    for (Stretch& stretch : plan) {
        stretch.name = name;
        c.t.enter_region(stretch.region);
        for (std::int32_t index = 0; index < stretch.length; ++index) {
            auto scope = c.t.module(name);
            c.layer_number = first_number + stretch.first + index;
            const LayerGuard layer(c, c.trains_layer(c.layer_number));
            make(layers[static_cast<std::uint32_t>(stretch.first + index)]);
        }
        c.t.leave_region();
    }
    c.layers_made += static_cast<std::int64_t>(layers.size());
    c.plan.insert(c.plan.end(), plan.begin(), plan.end());
}

Tensor LayerPlan::run_all(Context& c, const char* name, Tensor hidden,
                          Callback<LayerCall, std::uint32_t> call) const {
    std::uint32_t at = 0;
    std::int32_t made_in = -1;
    for (const Stretch& stretch : plan) {
        c.t.enter_region(stretch.region);
        for (std::int32_t index = 0; index < stretch.length; ++index, ++at) {
            auto scope = c.t.module(name);
            c.t.begin_layer();
            c.layer = static_cast<std::int32_t>(at);
            c.layer_number = first_number + stretch.first + index;
            c.stretch = &stretch;
            if (c.hands_out_hidden_states) {
                c.hidden_states.push_back({hidden, made_in});
            }
            hidden = checkpointed(c, hidden, call(at));
            made_in = stretch.region;
            c.held_of_layer_before = std::move(c.held_of_layer);
            c.t.end_layer();
        }
        c.t.leave_region();
    }
    return hidden;
}

Tensor checkpointed(Context& c, const Tensor& x, LayerCall layer) {
    if (!c.checkpoints(c.layer_number) || c.checkpoints_attention()) {
        return layer.run(x);
    }
    const auto kind = c.run.checkpointing == Checkpointing::selective
                          ? torch::CheckpointKind::keeps_products
                          : torch::CheckpointKind::nonreentrant;
    return c.t.checkpoint(layer.run, x, kind, std::move(layer.arguments));
}

// --- losses --------------------------------------------------------------------------------------

namespace {

/// Llama's own loss before there was one for all: logits = logits.float(), and of them and of the labels a copy each
/// without the last or the first token.
Tensor shifted_lm_loss(Context& c, Tensor logits, const Tensor& labels) {
    Tape& t = c.t;
    logits = t.to(logits, DType::fp32, "logits in fp32");
    c.returns(logits);
    const Dim tokens{c.s.size - 1, "s−1"};
    const Dim rows{checked_product(c.b.size, tokens.size), "b·(s−1)"};
    const Tensor shifted = t.contiguous(t.slice(logits, 1, tokens), "shifted logits");
    const Tensor targets = t.contiguous(t.slice(labels, 1, tokens), "shifted labels");
    return t.cross_entropy(t.view(shifted, {rows, c.v}), t.view(targets, {rows}),
                           "log-probabilities");
}

/// The models whose code before 4.46 widened the logits first.
bool widened_logits(const Model& model) {
    for (const char* type : {"llama", "mistral", "mixtral", "qwen2", "gemma", "gemma2", "phi",
                             "phi3", "stablelm", "starcoder2", "olmo", "cohere"}) {
        if (model.model_type == type) {
            return true;
        }
    }
    return false;
}

}  // namespace

Tensor causal_lm_loss(Context& c, Tensor given, const Tensor& labels) {
    auto scope = c.t.module("loss", kLoss, Group::logits);
    Tape& t = c.t;
    if (c.run.loss == Loss::shifted && !c.run.compiled_loss && widened_logits(c.model)) {
        c.has_own_loss = false;
        return shifted_lm_loss(c, std::move(given), labels);
    }
    c.has_own_loss = c.run.loss == Loss::shifted;  // which this model's code then had not
    c.returns(given);
    t.line(55);
    if (c.run.compiled_loss) {
        const Dim rows{checked_product(c.b.size, c.s.size), "b·s"};
        return compiled_cross_entropy(c, t.view(given, {rows, c.v}), t.view(labels, {rows}));
    }
    Tensor logits = t.to(given, DType::fp32, "logits in fp32");
    const Dim rows{checked_product(c.b.size, c.s.size), "b·s"};
    const Tensor padded = t.make("padded labels", {c.b, {c.s.size + 1, "s+1"}}, DType::int64);
    Tensor shifted = t.contiguous(t.slice(padded, 1, c.s), "shifted labels");
    logits = t.view(logits, {rows, c.v});
    shifted = t.view(shifted, {rows});
    t.line(40);
    (void)labels;
    c.spares_logits(false);
    return t.cross_entropy(logits, shifted, "log-probabilities");
}

Tensor masked_lm_loss(Context& c, const Tensor& logits, const Tensor& labels) {
    auto scope = c.t.module("loss", nullptr, Group::logits);
    Tape& t = c.t;
    c.returns(logits);
    c.spares_logits(false);
    const bool decoded = logits.size(1) != c.s.size;
    const Dim rows{checked_product(c.b.size, logits.size(1)), decoded ? "b·t" : "b·s"};
    return t.cross_entropy(t.view(logits, {rows, c.v}), t.view(labels, {rows}),
                           "log-probabilities");
}

Shape listed_shape(const Model& model, std::string_view text) {
    for (const WeightTensor& part : model.parts) {
        if (part.name.find(text) != std::string::npos) {
            return part.shape;
        }
    }
    return {};
}

}  // namespace tensorledger::hf
