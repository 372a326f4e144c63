#include "core/profiles/hf/cache.h"

#include <algorithm>

namespace tensorledger::hf {

namespace {

/// torch.cat([cached, new], dim=-2).
Tensor appended(Context& c, const Tensor& cached, const Tensor& fresh) {
    const std::int64_t before = cached.defined() ? cached.size(-2) : 0;
    const std::int64_t all = before + fresh.size(-2);
    const Dim length{all, all == c.kv.size ? c.kv.symbol : "window"};
    std::vector<Tensor> parts;
    if (cached.defined()) {
        parts.push_back(cached);
    }
    parts.push_back(fresh);
    return c.t.cat(std::move(parts), -2, length, "cached");
}

/// full[:, :, -window + 1:, :]: a view, which keeps all of its storage until the next forward.
Tensor last_of(Context& c, const Tensor& full, std::int64_t window) {
    return full.size(-2) > window - 1 ? c.t.slice(full, -2, {window - 1, "window − 1"}) : full;
}

}  // namespace

void update_cache(Context& c, Tensor& key, Tensor& value, std::int64_t window) {
    if (c.cache == nullptr) {
        return;
    }
    auto scope = c.t.module("cache", "transformers:cache_utils.py", Group::kv_cache);
    std::vector<CacheLayer>& layers = c.cache->layers;
    if (layers.size() <= static_cast<std::uint32_t>(c.layer)) {
        layers.resize(static_cast<std::uint32_t>(c.layer) + 1);
    }
    CacheLayer& layer = layers[static_cast<std::uint32_t>(c.layer)];
    layer.window = window;
    if (window > 0 && !layer.window_tensor.defined()) {
        layer.window_tensor = c.t.make("window length", {}, DType::int64);
    }
    if (window == 0) {
        if (c.tuple_cache && layer.keys.defined()) {
            c.cache->past.push_back(layer.keys);
            c.cache->past.push_back(layer.values);
        }
        c.t.line(144);
        layer.keys = appended(c, layer.keys, key);
        layer.values = appended(c, layer.values, value);
        key = layer.keys;
        value = layer.values;
        return;
    }
    c.t.line(252);
    Tensor all_keys = appended(c, layer.keys, key);
    Tensor all_values = appended(c, layer.values, value);
    layer.keys = last_of(c, all_keys, window);
    layer.values = last_of(c, all_values, window);
    key = std::move(all_keys);
    value = std::move(all_values);
}

void grow_cache(Context& c, const std::vector<Stretch>& plan, Dim tokens) {
    auto outer = c.t.module("");
    std::uint32_t at = 0;
    for (const Stretch& stretch : plan) {
        c.t.enter_region(stretch.region);
        for (std::int32_t index = 0; index < stretch.length; ++index, ++at) {
            if (at >= c.cache->layers.size() || !c.cache->layers[at].keys.defined()) {
                continue;
            }
            auto layer_scope = c.t.module(stretch.name);
            auto scope = c.t.module("cache", "transformers:cache_utils.py", Group::kv_cache);
            CacheLayer& layer = c.cache->layers[at];
            for (Tensor* cached : {&layer.keys, &layer.values}) {
                Shape shape = cached->shape();
                shape.dims[2] = layer.window > 0 && tokens.size > layer.window
                                    ? Dim{layer.window, "window"}
                                    : tokens;
                const DType dtype = cached->dtype();
                cached->reset();
                *cached = c.t.make("cached", shape, dtype);
            }
        }
        c.t.leave_region();
    }
}

}  // namespace tensorledger::hf
