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

constexpr const char* kQuanto = "optimum-quanto:optimum/quanto/tensor";
constexpr const char* kHqq = "hqq:hqq/core/quantize.py";

bool by_quanto(const Context& c) { return c.run.serving.cache_backend == CacheBackend::quanto; }

/// Bytes that so many codes take: quanto packs whole rows of groups, hqq ten codes of 3 bits in a word.
std::int64_t code_bytes(const Context& c, std::int64_t elements) {
    const Serving& serving = c.run.serving;
    const auto ceiling = [](std::int64_t value, std::int64_t step) {
        return (value + step - 1) / step;
    };
    if (serving.cache_bits == 3) {
        return 4 * ceiling(elements, 10);
    }
    const std::int64_t per_byte = 8 / serving.cache_bits;
    return by_quanto(c) ? checked_product(ceiling(ceiling(elements, serving.cache_group), per_byte),
                                          serving.cache_group)
                        : ceiling(elements, per_byte);
}

PackedStates packed_states(Context& c, std::int64_t elements, DType dtype) {
    const Dim codes{code_bytes(c, elements), "bytes of codes"};
    const Dim groups{(elements + c.run.serving.cache_group - 1) / c.run.serving.cache_group,
                     "groups"};
    PackedStates packed;
    packed.codes = c.t.make("codes", {codes}, DType::uint8);
    packed.scales = c.t.make("scales", {groups}, dtype);
    packed.zeros = c.t.make("zero points", {groups}, dtype);
    return packed;
}

/// _quantize: the temporaries, then what is kept.
PackedStates quantised_states(Context& c, const Tensor& given) {
    Tape& t = c.t;
    const Tensor base = t.contiguous(given, "contiguous");
    auto scope = t.module("quantised", by_quanto(c) ? kQuanto : kHqq);
    const DType wide = by_quanto(c) ? base.dtype() : DType::fp32;
    Tensor codes;
    {
        Tensor whole;
        if (!by_quanto(c)) {
            whole = t.make_like("in fp32", base, wide);
        }
        Tensor scaled = t.make_like(by_quanto(c) ? "shifted" : "scaled", base, wide);
        scaled = t.make_like(by_quanto(c) ? "scaled" : "with zero point", base, wide);
        scaled = t.make_like("rounded", base, wide);
        const Tensor clamped = t.make_like("clamped", base, wide);
        codes = t.make_like("codes, a byte each", base, DType::uint8);
    }
    return packed_states(c, base.elements(), base.dtype());
}

/// _dequantize.
Tensor whole_states(Context& c, const CacheLayer& layer, std::int64_t elements, Dim heads,
                    const Tensor& fresh) {
    Tape& t = c.t;
    auto scope = t.module("dequantised", by_quanto(c) ? kQuanto : kHqq);
    Shape shape = fresh.shape();
    shape.dims[1] = heads;
    const std::int64_t tokens =
        elements / checked_product(checked_product(shape.dims[0].size, heads.size), fresh.size(-1));
    shape.dims[2] = {tokens, "quantised tokens"};
    if (by_quanto(c)) {
        const Tensor codes = t.make("codes, a byte each", shape, DType::uint8);
        return t.make("dequantised", shape, layer.dtype);
    }
    Tensor codes = t.make("codes in the cache's type", shape, layer.dtype);
    codes = t.make("codes − zero points", shape, layer.dtype);
    return t.make("dequantised", shape, layer.dtype);
}

Tensor joined(Context& c, std::initializer_list<const Tensor*> given) {
    std::vector<Tensor> parts;
    std::int64_t tokens = 0;
    for (const Tensor* part : given) {
        if (part->defined()) {
            parts.push_back(*part);
            tokens += part->size(-2);
        }
    }
    return c.t.cat(std::move(parts), -2, {tokens, tokens == c.kv.size ? c.kv.symbol : "residual"},
                   "cached");
}

/// QuantizedLayer.update.
void update_quantised(Context& c, CacheLayer& layer, Tensor& key, Tensor& value) {
    c.t.line(646);
    if (!layer.packed_keys.codes.defined()) {
        layer.packed_keys = quantised_states(c, key);
        layer.packed_values = quantised_states(c, value);
        layer.tokens = key.size(-2);
        return;
    }
    const std::int64_t residual = layer.keys.defined() ? layer.keys.size(-2) : 0;
    const std::int64_t packed = (layer.tokens - residual) * c.b.size;
    const Tensor whole_keys = whole_states(c, layer, packed * layer.key_elements, key.dim(1), key);
    const Tensor whole_values =
        whole_states(c, layer, packed * layer.value_elements, value.dim(1), value);
    Tensor all_keys = joined(c, {&whole_keys, &layer.keys, &key});
    Tensor all_values = joined(c, {&whole_values, &layer.values, &value});
    layer.tokens += key.size(-2);
    if (residual > 0 && residual + 1 >= c.run.serving.cache_residual) {
        layer.packed_keys = quantised_states(c, all_keys);
        layer.packed_values = quantised_states(c, all_values);
        layer.keys.reset();
        layer.values.reset();
    } else {
        layer.keys = joined(c, {&layer.keys, &key});
        layer.values = joined(c, {&layer.values, &value});
    }
    key = std::move(all_keys);
    value = std::move(all_values);
}

std::int64_t encoder_layers(const Context& c) {
    return static_cast<std::int64_t>(c.model.encoder ? c.model.encoder->layers.size() : 0);
}

/// The next layer's keys and values come over while this one's grow; then these go to the host, and are here as long
/// as the attention reads them. The last layer brings the first one's.
void update_offloaded(Context& c, CacheLayer& layer, Tensor& key, Tensor& value) {
    Cache& cache = *c.cache;
    Tensor old_keys = std::move(cache.next_keys);
    Tensor old_values = std::move(cache.next_values);
    const bool is_last =
        c.layer_number + 1 ==
        encoder_layers(c) + static_cast<std::int64_t>(c.model.decoder.layers.size());
    const std::int64_t before = c.kv.size - c.s.size;
    const auto brought = [&](const Tensor& like, const char* name) {
        Shape shape = like.shape();
        shape.dims[2] = is_last ? c.kv : Dim{before, "cached tokens"};
        return c.t.make(name, shape, like.dtype());
    };
    c.t.line(1373);
    if (before > 0 || is_last) {
        cache.next_keys = brought(key, "keys of the next layer");
        cache.next_values = brought(value, "values of the next layer");
    }
    key = appended(c, old_keys, key);
    old_keys.reset();
    value = appended(c, old_values, value);
    layer.tokens = c.kv.size;
}

}  // namespace

std::int64_t quantising_period(const Run& run) {
    return std::max<std::int64_t>(run.serving.cache_residual, 2);
}

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
    layer.key_elements = key.size(1) * key.size(-1);
    layer.value_elements = value.size(1) * value.size(-1);
    layer.dtype = key.dtype();
    if (c.caches(CacheKind::quantised)) {
        update_quantised(c, layer, key, value);
        return;
    }
    if (c.caches(CacheKind::offloaded)) {
        update_offloaded(c, layer, key, value);
        return;
    }
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

namespace {

/// The same tensor with another number of tokens, made when the old one is gone.
Tensor longer(Context& c, Tensor& cached, Dim tokens) {
    Shape shape = cached.shape();
    shape.dims[2] = tokens;
    const DType dtype = cached.dtype();
    cached.reset();
    return c.t.make("cached", shape, dtype);
}

/// So many steps after the prefill, the last of them are not quantised.
void grow_quantised(Context& c, CacheLayer& layer, Dim tokens) {
    const std::int64_t residual = (tokens.size - c.cache->first_tokens) % quantising_period(c.run);
    const std::int64_t quantised = (tokens.size - residual) * c.b.size;
    c.t.enter_region(layer.stretch.region);
    auto layer_scope = c.t.module(layer.stretch.name);
    auto scope = c.t.module("cache", kSource, Group::kv_cache);
    const auto residual_of = [&](std::int64_t elements) {
        return residual == 0
                   ? Tensor()
                   : c.t.make("cached", {c.b, {1, "1"}, {residual, "residual"}, {elements, "k·d"}},
                              layer.dtype);
    };
    layer.packed_keys = {};
    layer.packed_values = {};
    layer.keys.reset();
    layer.values.reset();
    layer.packed_keys = packed_states(c, quantised * layer.key_elements, layer.dtype);
    layer.packed_values = packed_states(c, quantised * layer.value_elements, layer.dtype);
    layer.keys = residual_of(layer.key_elements);
    layer.values = residual_of(layer.value_elements);
    layer.tokens = tokens.size;
    c.t.leave_region();
}

}  // namespace

void reorder_cache(Context& c) {
    auto outer = c.t.module("");
    const Tensor beams = c.t.make("selected beams", {c.b}, DType::int64);
    for (CacheLayer& layer : c.cache->layers) {
        c.t.enter_region(layer.stretch.region);
        auto layer_scope = c.t.module(layer.stretch.name);
        auto scope = c.t.module("cache", kSource, Group::kv_cache);
        for (Tensor* cached : {&layer.keys, &layer.values, &layer.cross_keys, &layer.cross_values,
                               &layer.convolution, &layer.recurrent}) {
            if (cached->defined()) {
                *cached = c.t.make("cached", cached->shape(), cached->dtype());
            }
        }
        c.t.leave_region();
    }
}

void grow_cache(Context& c, Dim tokens) {
    if (c.static_cache()) {
        return;
    }
    auto outer = c.t.module("");
    if (c.caches(CacheKind::offloaded)) {
        auto scope = c.t.module("cache", kSource, Group::kv_cache);
        for (Tensor* brought : {&c.cache->next_keys, &c.cache->next_values}) {
            *brought = longer(c, *brought, tokens);
        }
        return;
    }
    for (CacheLayer& layer : c.cache->layers) {
        if (layer.packed_keys.codes.defined()) {
            grow_quantised(c, layer, tokens);
            continue;
        }
        if (!layer.keys.defined()) {
            continue;
        }
        c.t.enter_region(layer.stretch.region);
        auto layer_scope = c.t.module(layer.stretch.name);
        auto scope = c.t.module("cache", kSource, Group::kv_cache);
        const Dim length =
            layer.window > 0 && tokens.size > layer.window ? Dim{layer.window, "window"} : tokens;
        layer.tokens = length.size;
        for (Tensor* cached : {&layer.keys, &layer.values}) {
            *cached = longer(c, *cached, length);
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

CacheRow row_of_layer(const Context& c, const CacheLayer& layer) {
    CacheRow row;
    row.holds = "keys and values";
    row.layers = layer.stretch.times;
    row.key_elements = layer.key_elements;
    row.value_elements = layer.value_elements;
    row.key_dtype = row.value_dtype = name(layer.dtype);
    row.tokens = layer.tokens;
    row.window = layer.window;
    row.per_token =
        (bytes_of(layer.dtype, row.key_elements) + bytes_of(layer.dtype, row.value_elements)) *
        row.layers;
    row.capped = row.per_token * row.window;
    row.bytes = row.per_token * row.tokens * c.b.size;
    if (layer.counter.defined()) {
        row.state = bytes_of(DType::int64, row.layers);
        row.bytes += row.state;
    }
    if (c.caches(CacheKind::offloaded)) {
        const bool is_first = &layer == c.cache->layers.data();
        row.holds = "keys and values, on the host but for one layer";
        row.bytes = Bytes(is_first ? row.bytes.count() / row.layers : 0);
    }
    return row;
}

Bytes bytes_of(const Tensor& tensor) {
    return tensor.defined() ? bytes_of(tensor.dtype(), tensor.elements()) : Bytes(0);
}

/// Of a quantised cache: what a token takes once it is quantised.
CacheRow row_of_packed(const Context& c, const CacheLayer& layer) {
    constexpr std::string_view names[] = {"", "int1", "int2", "int3", "int4", "", "", "", "int8"};
    CacheRow row = row_of_layer(c, layer);
    row.holds = "keys and values, quantised but for the last tokens";
    row.key_dtype = row.value_dtype = names[c.run.serving.cache_bits];
    Bytes packed;
    for (const PackedStates* states : {&layer.packed_keys, &layer.packed_values}) {
        packed += bytes_of(states->codes) + bytes_of(states->scales) + bytes_of(states->zeros);
    }
    const std::int64_t residual = layer.keys.defined() ? layer.keys.size(-2) : 0;
    const std::int64_t tokens = std::max<std::int64_t>(layer.tokens - residual, 1) * c.b.size;
    row.per_token = Bytes(packed.count() / tokens) * row.layers;
    row.bytes = (packed + bytes_of(layer.keys) + bytes_of(layer.values)) * row.layers;
    return row;
}

CacheRow row_of_cross(const Context& c, const CacheLayer& layer) {
    CacheRow row;
    row.holds = "keys and values of the encoder";
    row.layers = layer.stretch.times;
    row.key_elements = per_token(layer.cross_keys);
    row.value_elements = per_token(layer.cross_values);
    row.key_dtype = name(layer.cross_keys.dtype());
    row.value_dtype = name(layer.cross_values.dtype());
    row.tokens = layer.cross_keys.size(-2);
    row.bytes = (bytes_of(layer.cross_keys) + bytes_of(layer.cross_values)) * row.layers;
    row.state = Bytes(row.bytes.count() / c.b.size);
    return row;
}

CacheRow row_of_states(const Context& c, const CacheLayer& layer) {
    CacheRow row;
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
    for (const CacheLayer& layer : c.cache->layers) {
        const auto add = [&](CacheRow row) {
            row.kind =
                c.model.decoder.layers[static_cast<std::uint32_t>(layer.number - encoder_layers(c))]
                    .kind;
            row.source = kSource;
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
        if (layer.packed_keys.codes.defined()) {
            add(row_of_packed(c, layer));
        } else if (layer.tokens > 0) {
            add(row_of_layer(c, layer));
        }
        if (layer.cross_keys.defined()) {
            add(row_of_cross(c, layer));
        }
        if (layer.convolution.defined() || layer.recurrent.defined()) {
            add(row_of_states(c, layer));
        }
    }
    return rows;
}

}  // namespace tensorledger::hf
