#include "core/profiles/hf/cache.h"

#include <algorithm>

namespace tensorledger::hf {

namespace {

constexpr const char* kSource = "transformers:cache_utils.py";

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

CacheLayer& running_layer(Context& c) {
    std::vector<CacheLayer>& layers = c.cache->layers;
    if (layers.size() <= static_cast<std::uint32_t>(c.layer)) {
        layers.resize(static_cast<std::uint32_t>(c.layer) + 1);
    }
    CacheLayer& layer = layers[static_cast<std::uint32_t>(c.layer)];
    layer.number = c.layer_number;
    layer.stretch = *c.stretch;
    return layer;
}

/// StaticLayer, StaticSlidingWindowLayer: written in place; a prompt longer than the window is read whole, and its
/// last tokens are copied.
void write_in_place(Context& c, CacheLayer& layer, Tensor& key, Tensor& value) {
    Tape& t = c.t;
    const Dim room = static_room(c, layer.window);
    const std::int64_t before = c.kv.size - c.s.size;
    const auto sized = [&](const Tensor& like) {
        Shape shape = like.shape();
        shape.dims[2] = room;
        return shape;
    };
    if (!layer.keys.defined()) {
        t.line(378);
        layer.keys = t.make("cached", sized(key), key.dtype());
        layer.values = t.make("cached", sized(value), value.dtype());
        layer.counter = t.make("cached tokens", {}, DType::int64);
        layer.tokens = room.size;
    }
    if (layer.window > 0 && before >= room.size && c.s.size == 1) {
        t.line(516);
        const Tensor rolled_keys = t.make_like("rolled keys", layer.keys, key.dtype());
        const Tensor rolled_values = t.make_like("rolled values", layer.values, value.dtype());
    } else if (layer.window > 0 && before + c.s.size > room.size) {
        return;  // the fresh ones are handed on; generate() reads the prompt at once
    } else {
        t.line(423);
        const Tensor counted = t.make("new places", {c.s}, DType::int64);
        const Tensor places = t.make("places", {c.s}, DType::int64);
    }
    key = layer.keys;
    value = layer.values;
}

}  // namespace

Dim static_room(const Context& c, std::int64_t window) {
    const std::int64_t context = c.run.serving.context;
    return window > 0 && window < context ? Dim{window, "window"} : Dim{context, "context"};
}

void update_cache(Context& c, Tensor& key, Tensor& value, std::int64_t window) {
    if (c.cache == nullptr) {
        return;
    }
    auto scope = c.t.module("cache", kSource, Group::kv_cache);
    CacheLayer& layer = running_layer(c);
    layer.window = window;
    if (c.static_cache()) {
        write_in_place(c, layer, key, value);
        return;
    }
    if (window > 0 && !layer.counter.defined()) {
        layer.counter = c.t.make("window length", {}, DType::int64);
    }
    if (window == 0) {
        if (c.tuple_cache && layer.keys.defined()) {
            c.cache->past.push_back(layer.keys);
            c.cache->past.push_back(layer.values);
        }
        c.t.line(144);
        layer.keys = appended(c, layer.keys, key);
        layer.values = appended(c, layer.values, value);
        layer.tokens = layer.keys.size(-2);
        key = layer.keys;
        value = layer.values;
        return;
    }
    c.t.line(252);
    Tensor all_keys = appended(c, layer.keys, key);
    Tensor all_values = appended(c, layer.values, value);
    layer.tokens = all_keys.size(-2);
    layer.keys = last_of(c, all_keys, window);
    layer.values = last_of(c, all_values, window);
    key = std::move(all_keys);
    value = std::move(all_values);
}

void keep_cross(Context& c, Tensor& key, Tensor& value) {
    if (c.cache == nullptr) {
        return;
    }
    auto scope = c.t.module("cross cache", kSource, Group::kv_cache);
    CacheLayer& layer = running_layer(c);
    const auto kept = [&](const Tensor& fresh) {
        std::vector<Tensor> parts;
        parts.push_back(fresh);
        return c.t.cat(std::move(parts), -2, fresh.dim(-2), "cached");
    };
    c.t.line(144);
    layer.cross_keys = kept(key);
    layer.cross_values = kept(value);
    key = layer.cross_keys;
    value = layer.cross_values;
}

bool kept_cross(const Context& c, Tensor& key, Tensor& value) {
    if (c.cache == nullptr) {
        return false;
    }
    const CacheLayer& layer = c.cache->layers[static_cast<std::uint32_t>(c.layer)];
    key = layer.cross_keys;
    value = layer.cross_values;
    return key.defined();
}

const CacheLayer& cached_layer(const Context& c) {
    return c.cache->layers[static_cast<std::uint32_t>(c.layer)];
}

bool has_states(const Context& c) {
    return c.cache != nullptr && c.cache->layers.size() > static_cast<std::uint32_t>(c.layer) &&
           (cached_layer(c).convolution.defined() || cached_layer(c).recurrent.defined());
}

void keep_convolution(Context& c, const Tensor& inputs, Dim kernel) {
    if (c.cache == nullptr) {
        return;
    }
    auto scope = c.t.module("cache", kSource, Group::state);
    Shape shape = inputs.shape();
    shape.dims[2] = kernel;
    c.t.line(878);
    running_layer(c).convolution = c.t.make("convolution state", shape, inputs.dtype());
}

void keep_state(Context& c, const Tensor& state) {
    if (c.cache == nullptr) {
        return;
    }
    auto scope = c.t.module("cache", kSource, Group::state);
    c.t.line(890);
    running_layer(c).recurrent = c.t.make_like("recurrent state", state, state.dtype());
}

void grow_cache(Context& c, Dim tokens) {
    if (c.static_cache()) {
        return;
    }
    auto outer = c.t.module("");
    for (CacheLayer& layer : c.cache->layers) {
        if (!layer.keys.defined()) {
            continue;
        }
        c.t.enter_region(layer.stretch.region);
        auto layer_scope = c.t.module(layer.stretch.name);
        auto scope = c.t.module("cache", kSource, Group::kv_cache);
        for (Tensor* cached : {&layer.keys, &layer.values}) {
            Shape shape = cached->shape();
            shape.dims[2] = layer.window > 0 && tokens.size > layer.window
                                ? Dim{layer.window, "window"}
                                : tokens;
            layer.tokens = shape.dims[2].size;
            const DType dtype = cached->dtype();
            cached->reset();
            *cached = c.t.make("cached", shape, dtype);
            if (layer.window > 0) {
                *cached = last_of(c, *cached, layer.window);
            }
        }
        c.t.leave_region();
    }
}

namespace {

/// Elements of one token of one sequence.
std::int64_t per_token(const Tensor& cached) { return cached.size(1) * cached.size(-1); }

CacheRow row_of_layer(const Context& c, const CacheLayer& layer, bool cross) {
    const Tensor& keys = cross ? layer.cross_keys : layer.keys;
    const Tensor& values = cross ? layer.cross_values : layer.values;
    const auto before =
        static_cast<std::int64_t>(c.model.encoder ? c.model.encoder->layers.size() : 0);
    CacheRow row;
    row.kind = c.model.decoder.layers[static_cast<std::uint32_t>(layer.number - before)].kind;
    row.holds = cross ? "keys and values of the encoder" : "keys and values";
    row.layers = layer.stretch.times;
    row.key_elements = per_token(keys);
    row.value_elements = per_token(values);
    row.key_dtype = name(keys.dtype());
    row.value_dtype = name(values.dtype());
    row.tokens = cross ? keys.size(-2) : layer.tokens;
    const Bytes token =
        bytes_of(keys.dtype(), row.key_elements) + bytes_of(values.dtype(), row.value_elements);
    const Bytes each = token * row.layers;
    row.bytes = each * row.tokens * c.b.size;
    if (cross) {
        row.state = each * row.tokens;
    } else {
        const Bytes counters =
            layer.counter.defined() ? bytes_of(DType::int64, row.layers) : Bytes(0);
        row.window = layer.window;
        row.per_token = each;
        row.capped = each * row.window;
        row.state = counters;
        row.bytes += counters;
    }
    row.source = kSource;
    return row;
}

CacheRow row_of_states(const Context& c, const CacheLayer& layer) {
    CacheRow row;
    row.kind = c.model.decoder.layers[static_cast<std::uint32_t>(layer.number)].kind;
    row.holds = "states";
    row.layers = layer.stretch.times;
    Bytes each;
    const auto add = [&](const Tensor& state, std::int64_t& elements, std::string_view& dtype) {
        if (state.defined()) {
            elements = state.elements() / state.size(0);
            dtype = name(state.dtype());
            each += bytes_of(state.dtype(), elements);
        }
    };
    add(layer.convolution, row.key_elements, row.key_dtype);
    add(layer.recurrent, row.value_elements, row.value_dtype);
    row.state = each * row.layers;
    row.bytes = row.state * c.b.size;
    row.source = kSource;
    return row;
}

/// Whether layers of two rows keep the same.
bool same_kind(const CacheRow& left, const CacheRow& right) {
    return left.kind == right.kind && left.holds == right.holds && left.window == right.window &&
           left.key_elements == right.key_elements && left.value_elements == right.value_elements &&
           left.key_dtype == right.key_dtype && left.value_dtype == right.value_dtype &&
           left.tokens == right.tokens;
}

}  // namespace

std::vector<CacheRow> rows_of_cache(const Context& c) {
    std::vector<CacheRow> rows;
    const auto add = [&rows](const CacheRow& row) {
        const auto same = std::find_if(rows.begin(), rows.end(), [&row](const CacheRow& known) {
            return same_kind(known, row);
        });
        if (same == rows.end()) {
            rows.push_back(row);
            return;
        }
        same->layers += row.layers;
        same->per_token += row.per_token;
        same->capped += row.capped;
        same->state += row.state;
        same->bytes += row.bytes;
    };
    for (const CacheLayer& layer : c.cache->layers) {
        if (layer.keys.defined()) {
            add(row_of_layer(c, layer, false));
        }
        if (layer.cross_keys.defined()) {
            add(row_of_layer(c, layer, true));
        }
        if (layer.convolution.defined() || layer.recurrent.defined()) {
            add(row_of_states(c, layer));
        }
    }
    return rows;
}

}  // namespace tensorledger::hf
