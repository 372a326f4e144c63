#include "core/profiles/hf/prompts.h"

#include "core/profiles/hf/blocks.h"
#include "core/profiles/hf/cache.h"

namespace tensorledger::hf {

namespace {

constexpr const char* kModel = "peft:peft_model.py";
constexpr Dim kOne{1, "1"};

Dim virtual_tokens(const Context& c) { return {c.run.adapter.virtual_tokens, "virtual tokens"}; }

/// The width inside the encoder: what it encodes unless told otherwise.
Dim encoder_width(const Context& c, Dim otherwise) {
    return c.run.adapter.encoder_hidden > 0 ? Dim{c.run.adapter.encoder_hidden, "encoder width"}
                                            : otherwise;
}

/// Keys and values of one virtual token in one layer.
Dim prefix_width(const Attention& attention) {
    return {2 * attention.kv_heads * attention.head_dim, "2·k·d"};
}

const Attention& attention_of(const Context& c, const Stretch& stretch, std::int32_t index) {
    return c.model.decoder.layers[static_cast<std::uint32_t>(stretch.first + index)].attention;
}

Parameter encoder_parameter(Context& c, const char* name, std::initializer_list<Dim> dims) {
    c.t.trains_new_parameters = true;
    Parameter parameter = c.t.parameter(name, dims, DType::fp32);
    c.t.trains_new_parameters = false;
    return parameter;
}

/// Calls `visit(layer in the listing, its attention)` for each listed layer, in its stretch.
template <class Visit>
void each_listed_layer(Context& c, const Visit& visit) {
    std::uint32_t at = 0;
    for (const Stretch& stretch : c.plan) {
        c.t.enter_region(stretch.region);
        for (std::int32_t index = 0; index < stretch.length; ++index, ++at) {
            auto scope = c.t.module(stretch.name);
            auto inner = c.t.module("prefix", "peft:tuners/prefix_tuning/model.py");
            visit(at, attention_of(c, stretch, index));
        }
        c.t.leave_region();
    }
}

}  // namespace

bool has_virtual_embeddings(const Context& c) {
    return c.training() && (c.run.method == Method::prompt || c.run.method == Method::ptuning);
}

bool has_prefix(const Context& c) { return c.training() && c.run.method == Method::prefix; }

std::optional<Issue> prompt_issue(const Context& c, bool has_cache) {
    if (!has_virtual_embeddings(c) && !has_prefix(c)) {
        return std::nullopt;
    }
    if (c.model.encoder || !c.model.decoder.is_decoder) {
        return Issue{"method", "not-listed",
                     "Virtual tokens are described for decoders that predict the next token; "
                     "this model is none, so no figure is given."};
    }
    if (has_prefix(c) && !has_cache) {
        return Issue{
            "method", "not-listed",
            "A prefix is handed to the layers as a cache, and the cache of the architecture "
            "\"" +
                c.model.model_type + "\" is not described here."};
    }
    if (has_prefix(c) && c.run.checkpointing != Checkpointing::none) {
        return Issue{
            "checkpointing", "impossible",
            "PEFT refuses prefix tuning with activation checkpointing: the prefix is a cache, "
            "which a checkpointed layer does not read."};
    }
    return std::nullopt;
}

void make_prompt_encoder(Context& c) {
    Prompts& prompts = c.prompts;
    if (has_virtual_embeddings(c)) {
        const bool encoded = c.run.method == Method::ptuning;
        auto scope = c.t.module("prompt_encoder", encoded ? "peft:tuners/p_tuning/model.py"
                                                          : "peft:tuners/prompt_tuning/model.py");
        prompts.parts.push_back(encoder_parameter(c, "embedding.weight", {virtual_tokens(c), c.h}));
        if (encoded) {
            const Dim inner = encoder_width(c, c.h);
            for (const auto& [in, out] : {std::pair{c.h, inner}, {inner, inner}, {inner, c.h}}) {
                prompts.parts.push_back(encoder_parameter(c, "mlp_head.weight", {out, in}));
                prompts.parts.push_back(encoder_parameter(c, "mlp_head.bias", {out}));
            }
        }
        return;
    }
    if (!has_prefix(c)) {
        return;
    }
    const bool projected = c.run.adapter.prefix_projection;
    const Attention& first = c.model.decoder.layers.front().attention;
    const Dim width{first.kv_heads * first.head_dim, "k·d"};
    const Dim inner = encoder_width(c, width);
    if (projected) {
        auto scope = c.t.module("prompt_encoder", "peft:tuners/prefix_tuning/model.py");
        prompts.parts.push_back(
            encoder_parameter(c, "embedding.weight", {virtual_tokens(c), width}));
        prompts.parts.push_back(encoder_parameter(c, "transform.0.weight", {inner, width}));
        prompts.parts.push_back(encoder_parameter(c, "transform.0.bias", {inner}));
    }
    // One matrix holds all layers' parts; here each layer's stands by itself.
    each_listed_layer(c, [&](std::uint32_t, const Attention& attention) {
        std::vector<Parameter> parts;
        const Dim both = prefix_width(attention);
        if (projected) {
            parts.push_back(encoder_parameter(c, "transform.2.weight", {both, inner}));
            parts.push_back(encoder_parameter(c, "transform.2.bias", {both}));
        } else {
            parts.push_back(encoder_parameter(c, "embedding.weight", {virtual_tokens(c), both}));
        }
        prompts.prefixes.push_back(std::move(parts));
    });
}

namespace {

/// The prefix as the encoder gives it, [b, tokens, 2·k·d] in fp32 for one layer.
Tensor encoded_prefix(Context& c, const std::vector<Parameter>& parts, const Tensor& inner,
                      const Tensor& tokens) {
    return inner.defined() ? c.t.linear(inner, parts[0], parts[1], "prefix")
                           : c.t.embedding(parts[0], tokens, "prefix");
}

/// get_prompt(): keys and values of the virtual tokens, copied into a cache of their own for each layer.
void make_prefix(Context& c) {
    Tape& t = c.t;
    Prompts& prompts = c.prompts;
    prompts.cache = std::make_shared<Cache>();
    prompts.cache->layers.resize(prompts.prefixes.size());
    const Dim tokens = virtual_tokens(c);
    const Tensor places = t.make("virtual token ids", {c.b, tokens}, DType::int64);
    Tensor inner;
    if (c.run.adapter.prefix_projection) {
        auto scope = t.module("prompt_encoder", "peft:tuners/prefix_tuning/model.py");
        inner = t.embedding(prompts.parts[0], places, "embeddings");
        inner = t.tanh(t.linear(inner, prompts.parts[1], prompts.parts[2], "transform.0 output"),
                       "tanh");
    }
    {
        // All layers' at once, in fp32 and then in the model's type, before they are taken apart.
        auto scope = t.module("prompt_encoder", kModel);
        std::int64_t width = 0;
        for (const Layer& layer : c.model.decoder.layers) {
            width += prefix_width(layer.attention).size;
        }
        const Dim all{width, "Σ 2·k·d"};
        const Tensor whole = t.make("prefix of all layers", {c.b, tokens, all}, DType::fp32);
        const Tensor cast = t.to(t.detach(whole), c.weight, "prefix in the model's type");
    }
    each_listed_layer(c, [&](std::uint32_t at, const Attention& attention) {
        const Dim k = kv_heads(attention);
        const Dim d = head_dim(attention);
        Tensor prefix = t.to(encoded_prefix(c, prompts.prefixes[at], inner, places), c.weight,
                             "prefix in the model's type");
        const std::vector<Tensor> halves =
            t.split(t.view(std::move(prefix), {c.b, tokens, {2 * k.size, "2·k"}, d}), 2, {k, k});
        CacheLayer& layer = prompts.cache->layers[at];
        layer.window = attention.window;
        layer.keys = t.clone(t.transpose(halves[0], 1, 2), "keys of the prefix");
        layer.values = t.clone(t.transpose(halves[1], 1, 2), "values of the prefix");
    });
    c.cache = prompts.cache.get();
}

}  // namespace

Tensor before_forward(Context& c, const Tensor& mask) {
    if (!has_virtual_embeddings(c) && !has_prefix(c)) {
        return mask;
    }
    auto scope = c.t.module("prompts", kModel, Group::buffers);
    Tape& t = c.t;
    const Dim all{c.run.seq + c.run.adapter.virtual_tokens, "s + virtual tokens"};
    Tensor longer = mask;
    if (mask.defined()) {
        c.prompts.held.push_back(t.make("mask of ones", {c.b, virtual_tokens(c)}, DType::fp32));
        longer = t.make("mask with virtual tokens", {c.b, all}, DType::fp32);
    }
    if (has_prefix(c)) {
        make_prefix(c);
        return longer;
    }
    c.prompts.held.push_back(
        t.make("labels of virtual tokens", {c.b, virtual_tokens(c)}, DType::int64));
    c.prompts.held.push_back(t.make("labels with virtual tokens", {c.b, all}, DType::int64));
    return longer;
}

void after_forward(Context& c) {
    c.prompts.held.clear();
    if (!has_prefix(c)) {
        return;
    }
    each_listed_layer(
        c, [&](std::uint32_t at, const Attention&) { c.prompts.cache->layers[at] = {}; });
    c.prompts.cache.reset();
    c.cache = nullptr;
}

Tensor with_virtual_tokens(Context& c, Tensor embeddings) {
    auto scope = c.t.module("prompts", kModel);
    Tape& t = c.t;
    const std::vector<Parameter>& parts = c.prompts.parts;
    const Dim tokens = virtual_tokens(c);
    Tensor prompts = t.embedding(
        parts[0], t.make("virtual token ids", {kOne, tokens}, DType::int64), "embeddings");
    for (std::uint32_t layer = 1; layer < parts.size(); layer += 2) {
        prompts = t.linear(prompts, parts[layer], parts[layer + 1], "encoder output");
        if (layer + 2 < parts.size()) {
            prompts = t.relu(std::move(prompts), "relu");
        }
    }
    prompts = t.clone(t.expand(std::move(prompts), {c.b, tokens, c.h}), "virtual tokens");
    prompts = t.to(std::move(prompts), embeddings.dtype(), "virtual tokens in the model's type");
    c.prompts.held.push_back(prompts);
    std::vector<Tensor> both;
    both.push_back(std::move(prompts));
    both.push_back(std::move(embeddings));
    return t.cat(std::move(both), 1, c.s, "virtual and given tokens");
}

}  // namespace tensorledger::hf
