#include "core/profiles/llamacpp/graph.h"

#include <algorithm>

namespace tensorledger::llamacpp {

namespace {

using ggml::Extents;
using ggml::Graph;
using ggml::Id;
using ggml::kNone;
using ggml::Op;

constexpr DType kF32 = DType::fp32;
constexpr std::int64_t kRotation = 64;  // smallest Hadamard matrix that turns what is quantised

/// Whether the weights of the chosen experts are divided by their sum, which most of llama.cpp's models do whatever
/// their configuration says.
enum class Shares : std::uint8_t { divided, as_they_are, as_the_config_says };

/// What sets the graphs of families apart beyond what the model itself says.
struct Traits {
    std::string_view model_type;
    bool learned_positions = false;
    bool falcon = false;        // one norm for attention and feed-forward, both added at the end
    bool scaled_query = false;  // the query is scaled after its rotation
    bool layer_first = false;   // the residual is the first operand of the last sum
    bool lfm = false;           // likewise of the sum after the mixer
    Shares shares = Shares::divided;
    bool scaled_shares = false;
    std::int64_t groups = 1;  // of experts: only those of the best groups are chosen from
    std::int64_t groups_used = 1;
    bool late_rows = false;  // rows without logits are dropped after the last layer
    bool delta = false;      // Qwen3-Next: what is dropped is dropped after the last norm
    bool scaled_residual = false;
    bool scaled_logits = false;
};

// clang-format off
constexpr Traits kTraits[] = {
    {.model_type = "llama"},
    {.model_type = "mistral"},
    {.model_type = "mixtral"},
    {.model_type = "qwen2"},
    {.model_type = "qwen3"},
    {.model_type = "qwen3_moe"},
    {.model_type = "gemma",       .scaled_query = true},
    {.model_type = "gemma2",      .scaled_query = true},
    {.model_type = "gemma3_text", .scaled_query = true},
    {.model_type = "phi3",        .scaled_query = true, .layer_first = true},
    {.model_type = "gpt2",        .learned_positions = true},
    {.model_type = "bloom"},
    {.model_type = "falcon",      .falcon = true},
    {.model_type = "gpt_oss",     .late_rows = true},
    {.model_type = "deepseek_v2", .shares = Shares::as_the_config_says},
    {.model_type = "deepseek_v3", .shares = Shares::as_the_config_says, .scaled_shares = true, .groups = 8, .groups_used = 4},
    {.model_type = "kimi_k2",     .shares = Shares::as_the_config_says, .scaled_shares = true},
    {.model_type = "mamba"},
    {.model_type = "mamba2"},
    {.model_type = "jamba",       .layer_first = true, .lfm = true, .shares = Shares::as_they_are},
    {.model_type = "granitemoehybrid", .scaled_residual = true, .scaled_logits = true},
    {.model_type = "falcon_h1"},
    {.model_type = "lfm2",        .layer_first = true, .lfm = true},
    {.model_type = "qwen3_next",  .late_rows = true, .delta = true},
};
// clang-format on

const Traits* traits_of(const Model& model) {
    for (const Traits& traits : kTraits) {
        if (traits.model_type == model.model_type) return &traits;
    }
    return nullptr;
}

/// What the attention of one kind of cache reads beside it.
struct AttentionInputs {
    std::int64_t cells = 0;
    Id keys_at = kNone;
    Id values_at = kNone;
    Id mask = kNone;
    Id turn_keys = kNone;
    Id turn_values = kNone;
};

class Lister {
public:
    Lister(const Model& model, const Setup& setup, const Traits& traits, const GgufTensors& file)
        : model_(model), setup_(setup), traits_(traits), file_(file) {
        u_ = setup.tokens;
        for (const GgufTensor& tensor : file.tensors) {
            has_factors_ = has_factors_ || tensor.stem.starts_with("rope_");
        }
        g_.tensors.reserve(model.decoder.layers.size() * 64 + 64);
        g_.nodes.reserve(model.decoder.layers.size() * 64 + 64);
    }

    Graph list();

private:
    // --- tensors ---
    Id weight(std::string_view stem, const Extents& ne = {1, 1, 1, 1});
    Id bias(std::string_view stem, std::int64_t width);
    Id vector_on(std::int8_t device, std::int64_t width);
    const GgufTensor* stored_as(std::string_view stem);
    Id outside(std::string_view stem, std::int8_t device, const Extents& ne);
    Id input(DType type, const Extents& ne);
    Id cache(CacheTensor::Kind kind);

    // --- operations ---
    Id op(Op kind, Extents ne, std::initializer_list<Id> sources) {
        return g_.make(kind, kF32, ne, sources);
    }
    /// An operation that may write over its first operand.
    Id over(Id x, Id other = kNone, Id third = kNone) {
        return op(Op::in_place, g_[x].ne, {x, other, third});
    }
    Id add(Id x, Id y) { return over(x, y); }
    Id mul(Id x, Id y) { return over(x, y); }
    Id product(Id w, Id x, std::int64_t rows) {
        const Extents& ne = g_[x].ne;
        return op(Op::mul_mat, {rows, ne[1], ne[2], ne[3]}, {w, x});
    }
    Id linear(std::string_view stem, Id x, std::int64_t rows) {
        return product(weight(stem, {g_[x].ne[0], rows, 1, 1}), x, rows);
    }
    Id linear(std::string_view stem, Id x, std::int64_t rows, bool has_bias) {
        const Id y = linear(stem, x, rows);
        return has_bias ? add(y, bias(stem, rows)) : y;
    }
    Id norm(Id x, std::string_view stem, bool rms, bool has_bias);
    Id norm(Id x, std::string_view stem) { return norm(x, stem, rms_, has_norm_bias_); }
    Id cont(Id x, Extents ne) { return op(Op::plain, ne, {x}); }
    Id rows(Id table, Id ids, Extents ne) { return op(Op::get_rows, ne, {table, ids}); }
    Id glu(Id gate, Id up) { return op(Op::plain, g_[gate].ne, {gate, up}); }
    void write(Id what, Id memory, Id at = kNone);
    Id last_rows(Id x);
    Id rope(Id x, const Attention& attention);
    Id turned(Id x, Id rotation);

    // --- parts ---
    Id embedding();
    void projections(const Attention& a, Id x, Id& q, Id& k, Id& v);
    Id head_norm(Id x, std::string_view stem, const Attention& a, std::int64_t heads);
    AttentionInputs& inputs_of(const Layer& layer);
    Id attention(const Layer& layer, Id x);
    Id attend(const Layer& layer, Id q, Id k, Id v, Id v_mla);
    Id latent_attention(const Layer& layer, Id x);
    Id feed_forward(const FeedForward& f, Id x);
    Id dense(Id x, std::int64_t width, bool gated, bool packed, bool has_bias,
             const std::string_view (&stems)[3]);
    Id mixture(const FeedForward& f, Id x);
    Id in_best_groups(Id scores, std::int64_t experts);
    bool divides_shares(const FeedForward& f) const;
    Id route(const FeedForward& f, Id probs, Id& chosen, Id logits);
    void clear(Id memory, std::int64_t width);
    Id states(Id memory, std::int64_t width);
    void spill(Id memory, std::int64_t width);
    Id convolved(Id x, std::int64_t channels, std::int64_t kernel, Id kept);
    Id mamba1(const Layer& layer, Id x);
    Id mamba2(const Layer& layer, Id x);
    Id short_conv(const Layer& layer, Id x);
    Id delta_net(const Layer& layer, Id x);
    Id mixed(const Layer& layer, Id x);
    Id layer(const Layer& layer, Id x);
    Id falcon(const Layer& layer, Id x);

    bool is_last() const {
        return layer_ + 1 == static_cast<std::int32_t>(model_.decoder.layers.size());
    }
    std::int64_t streams() const { return setup_.streams; }
    std::int64_t sequences() const { return setup_.asked.sequences; }

    const Model& model_;
    const Setup& setup_;
    const Traits& traits_;
    const GgufTensors& file_;
    std::size_t found_ = 0;  // where the last weight was found in the file
    Graph g_;
    std::int64_t u_ = 0;
    std::int32_t layer_ = 0;
    bool has_factors_ = false;  // the rotation reads a tensor of factors
    bool rms_ = true;
    bool has_norm_bias_ = false;
    Id positions_ = kNone;
    Id out_ids_ = kNone;
    Id state_rows_ = kNone;  // of rs_s_copy
    Id other_rows_ = kNone;
    AttentionInputs full_;
    AttentionInputs windowed_;
    std::vector<Id> shared_;  // one weight for each device, where only its place matters
};

Id Lister::outside(std::string_view stem, std::int8_t device, const Extents& ne) {
    const bool copied = setup_.devices > 0 && device == setup_.cpu();
    if (!copied) {
        if (shared_.empty()) shared_.assign(static_cast<std::uint32_t>(setup_.devices) + 1, kNone);
        Id& known = shared_[static_cast<std::uint32_t>(device)];
        if (known != kNone) return known;
        known = g_.make(Op::none, kF32, {1, 1, 1, 1});
        g_[known].home = device;
        g_[known].weight = true;
        return known;
    }
    DType type = DType::fp16;
    Extents stored = ne;
    if (const GgufTensor* tensor = stored_as(stem)) {
        type = tensor->type;
        stored = tensor->ne;
    }
    const Id made = g_.make(Op::none, type, stored);
    g_[made].home = device;
    g_[made].weight = true;
    return made;
}

/// A matrix of the file. The search begins where the last one ended: the graph and the file go through the layers
/// in one order.
const GgufTensor* Lister::stored_as(std::string_view stem) {
    const bool is_factors = stem == "rope_";  // of whichever length
    const bool is_outside = is_factors || stem == "output" || stem == "token_embd" ||
                            stem == "position_embd" || stem == "token_embd_norm";
    const std::int32_t layer = is_outside ? -1 : layer_;
    const std::size_t count = file_.tensors.size();
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t at = (found_ + i) % count;
        const GgufTensor& tensor = file_.tensors[at];
        const bool is_it = is_factors ? tensor.stem.starts_with(stem) : tensor.is(stem);
        if (tensor.layer != layer || !is_it) continue;
        while (found_ < count && file_.tensors[found_].layer < layer_) ++found_;
        return &tensor;
    }
    return stem == "output" ? stored_as("token_embd") : nullptr;  // one table for both
}

Id Lister::weight(std::string_view stem, const Extents& ne) {
    return outside(stem, setup_.device_of(layer_), ne);
}

Id Lister::bias(std::string_view, std::int64_t width) {
    return vector_on(setup_.device_of(layer_), width);
}

Id Lister::vector_on(std::int8_t device, std::int64_t width) {
    if (setup_.devices == 0 || device != setup_.cpu()) return outside({}, device, {});
    const Id made = g_.make(Op::none, kF32, {width, 1, 1, 1});
    g_[made].home = device;
    g_[made].weight = true;
    return made;
}

Id Lister::input(DType type, const Extents& ne) {
    const Id made = g_.make(Op::none, type, ne);
    g_[made].input = true;
    return made;
}

Id Lister::cache(CacheTensor::Kind kind) {
    for (const CacheTensor& tensor : setup_.caches) {
        if (tensor.layer != layer_ || tensor.kind != kind) continue;
        const Id made = g_.make(Op::none, tensor.type, {tensor.width, tensor.rows, 1, 1});
        g_[made].home = static_cast<std::int8_t>(tensor.device);
        return made;
    }
    return kNone;
}

/// What only the positions of `what` in `memory` are written of.
void Lister::write(Id what, Id memory, Id at) {
    const Id made = g_.make(Op::write, g_[memory].type, g_[memory].ne, {what, at, memory});
    const Id root = g_[memory].view_of;
    g_[made].view_of = root == kNone ? memory : root;
    g_.expand(made);
}

Id Lister::norm(Id x, std::string_view stem, bool rms, bool has_bias) {
    Id y = op(rms ? Op::in_place : Op::plain, g_[x].ne, {x});
    if (stem.empty()) return y;
    y = mul(y, bias(stem, g_[x].ne[0]));
    return has_bias ? add(y, bias(stem, g_[x].ne[0])) : y;
}

Id Lister::last_rows(Id x) {
    if (out_ids_ == kNone) out_ids_ = input(DType::int32, {setup_.outputs, 1, 1, 1});
    return rows(x, out_ids_, {g_[x].ne[0], setup_.outputs, 1, 1});
}

Id Lister::rope(Id x, const Attention& attention) {
    if (!attention.rotary) return x;
    if (positions_ == kNone) positions_ = input(DType::int32, {u_, 1, 1, 1});
    const Id factors = has_factors_ ? outside("rope_", setup_.device_of(layer_), {}) : kNone;
    return op(Op::rope, g_[x].ne, {x, positions_, factors});
}

Id Lister::turned(Id x, Id rotation) {
    if (rotation == kNone) return x;
    const Extents ne = g_[x].ne;
    const std::int64_t n = g_[rotation].ne[0];
    const std::int64_t others = ne[0] * ne[1] * ne[2] * ne[3] / n;
    const bool contiguous = g_[x].bytes == 4 * n * others && g_[x].nb[1] == 4 * ne[0];
    const Id flat = contiguous ? g_.reshape(x, {n, others, 1, 1}) : cont(x, {n, others, 1, 1});
    return g_.reshape(product(rotation, flat, n), ne);
}

Id Lister::embedding() {
    const std::int64_t d = model_.hidden;
    const Id tokens = input(DType::int32, {u_, 1, 1, 1});
    const Id table = outside("token_embd", setup_.cpu(), {d, model_.vocab, 1, 1});
    Id x = rows(table, tokens, {d, u_, 1, 1});
    if (traits_.scaled_residual) x = over(x);
    g_.expand(x);
    g_.expand(input(kF32, {d, u_, 1, 1}));  // embeddings instead of tokens; never read here
    if (model_.scaled_embedding) x = over(x);
    if (traits_.learned_positions) {
        positions_ = input(DType::int32, {u_, 1, 1, 1});
        const Id learned = outside("position_embd", setup_.cpu(), {d, model_.positions, 1, 1});
        x = add(x, rows(learned, positions_, {d, u_, 1, 1}));
    }
    if (model_.embedding_norm) {
        x = op(Op::plain, g_[x].ne, {x});
        x = mul(x, vector_on(setup_.layer_device.back(), d));
        x = add(x, vector_on(setup_.layer_device.back(), d));
    }
    return x;
}

Id Lister::head_norm(Id x, std::string_view stem, const Attention& a, std::int64_t heads) {
    static_cast<void>(heads);
    switch (a.qk_norm) {
        case QkNorm::per_head: return norm(x, stem, true, false);
        default: return x;
    }
}

void Lister::projections(const Attention& a, Id x, Id& q, Id& k, Id& v) {
    const std::int64_t d = a.head_dim;
    const std::int64_t dv = a.value_head_dim;
    if (a.packed_qkv) {
        const std::int64_t width = a.heads * d + a.kv_heads * (d + dv);
        const Id all = linear("attn_qkv", x, width, a.query_bias);
        const auto part = [&](std::int64_t heads, std::int64_t size, bool later) {
            return g_.view(all, {size, heads, u_, 1}, {4, 4 * size, 4 * width, 4 * width * u_},
                           later);
        };
        q = part(a.heads, d, false);
        k = part(a.kv_heads, d, true);
        v = part(a.kv_heads, dv, true);
    } else {
        const std::int64_t gate = a.output_gate ? 2 : 1;
        q = linear("attn_q", x, gate * a.heads * d, a.query_bias);
        k = linear("attn_k", x, a.kv_heads * d, a.key_bias);
        v = linear("attn_v", x, a.kv_heads * dv, a.value_bias);
        q = g_.reshape(q, {gate * d, a.heads, u_, 1});
        k = g_.reshape(k, {d, a.kv_heads, u_, 1});
        v = g_.reshape(v, {dv, a.kv_heads, u_, 1});
    }
}

AttentionInputs& Lister::inputs_of(const Layer& layer) {
    const bool window = has_window(model_, layer);
    AttentionInputs& known = window ? windowed_ : full_;
    if (known.mask != kNone) return known;
    const Attention& a = layer.attention;
    const Parameters& asked = setup_.asked;
    known.cells = window ? setup_.window_cells : setup_.sequence_cells;
    known.keys_at = input(DType::int64, {u_, 1, 1, 1});
    std::int64_t widest = 0;
    for (const Layer& other : model_.decoder.layers) {
        if (other.mixer == MixerKind::attention || other.has_parallel_attention) {
            widest = std::max(widest, value_width(other.attention));
        }
    }
    known.values_at = input(DType::int64, {asked.flash ? u_ : u_ * widest, 1, 1, 1});
    known.mask =
        input(asked.flash ? DType::fp16 : kF32, {known.cells, u_ / streams(), 1, streams()});
    const std::int64_t key = a.head_dim;
    const std::int64_t value = a.value_head_dim;
    if (a.latent) return known;  // which is cached as it is
    if (info(asked.key_type).block_elements > 1 && key % kRotation == 0) {
        std::int64_t n = kRotation;
        while (key % (2 * n) == 0) n *= 2;
        known.turn_keys = input(kF32, {n, n, 1, 1});
    }
    if (info(asked.value_type).block_elements > 1 && value % kRotation == 0) {
        known.turn_values = input(kF32, {kRotation, kRotation, 1, 1});
    }
    return known;
}

Id Lister::attend(const Layer& layer, Id q, Id k, Id v, Id v_mla) {
    const Attention& a = layer.attention;
    AttentionInputs& in = inputs_of(layer);
    const Parameters& asked = setup_.asked;
    const bool latent = a.latent.has_value();
    const std::int64_t kd = latent ? key_width(a) : a.head_dim;
    const std::int64_t vd = latent ? value_width(a) : a.value_head_dim;
    const std::int64_t kv_heads = latent ? 1 : a.kv_heads;
    q = turned(q, in.turn_keys);
    k = turned(k, in.turn_keys);
    v = turned(v, in.turn_values);

    g_.expand(q);
    if (has_window(model_, layer) || setup_.window > 0) {
        g_.expand(k);
        g_.expand(v);
    } else {
        g_.expand(v);
        g_.expand(k);
    }
    const Id key_cache = cache(CacheTensor::Kind::key);
    const Id value_cache = latent ? key_cache : cache(CacheTensor::Kind::value);
    const auto flat = [&](Id x, std::int64_t width) {
        return g_.view(x, {width, u_, 1, 1}, {4, g_[x].nb[2], g_[x].nb[2] * u_, g_[x].nb[2] * u_},
                       false);
    };
    write(flat(k, kv_heads * kd), key_cache, in.keys_at);
    if (!latent) {
        const std::int64_t width = kv_heads * vd;
        if (asked.flash) {
            write(flat(v, width), value_cache, in.values_at);
        } else {
            const bool contiguous = g_[v].nb[2] == 4 * width;
            Id all = contiguous ? g_.reshape(v, {width, u_, 1, 1}) : cont(v, {width, u_, 1, 1});
            all = g_.reshape(all, {1, width * u_, 1, 1});
            write(all,
                  g_.reshape(value_cache, {1, g_[value_cache].ne[0] * g_[value_cache].ne[1], 1, 1}),
                  in.values_at);
        }
    }

    const std::int64_t s = streams();
    const Extents split{g_[q].ne[0], g_[q].ne[1], u_ / s, s};
    const Extents qb = g_[q].nb;
    const Id queries =
        g_.permute(g_.view(q, split, {qb[0], qb[1], qb[2], qb[3] / s}, false), {0, 2, 1, 3});
    // Heads of all cells of a cache: rows of `size` elements, or (transposed) of cells.
    const auto cached = [&](Id memory, std::int64_t size) {
        const Bytes head = tensorledger::bytes_of(g_[memory].type, size);
        const std::int64_t row = g_[memory].nb[1];
        return g_.view(memory, {size, in.cells, kv_heads, s},
                       {g_[memory].nb[0], row, head.count(), row * in.cells}, false);
    };
    const auto transposed = [&](Id memory, std::int64_t size) {
        const std::int64_t one = g_[memory].nb[0];
        return g_.view(memory, {in.cells, size, kv_heads, s},
                       {one, one * in.cells, one * in.cells * size, g_[memory].nb[1] * in.cells},
                       false);
    };
    const Id keys = cached(key_cache, kd);
    const Extents result{vd, a.heads, u_ / s, s};
    Id y = kNone;
    if (asked.flash) {
        Id values = cached(value_cache, vd);
        Id all_keys = keys;
        if (asked.key_type == kF32) {
            all_keys = g_.make(Op::plain, DType::fp16, g_[keys].ne, {keys});
        }
        if (asked.value_type == kF32) {
            values = g_.make(Op::plain, DType::fp16, g_[values].ne, {values});
        }
        const Id sinks = a.sinks ? bias("attn_sinks", a.heads) : kNone;
        y = op(Op::attention, result, {queries, all_keys, values, in.mask, sinks});
        const auto converted = [&](DType type, std::int64_t width) {
            return type == DType::fp16 || type == kF32 ? 0 : 2 * width * kv_heads * in.cells * s;
        };
        const auto aligned = [](std::int64_t bytes) { return (bytes + 127) / 128 * 128; };
        g_[y].scratch = aligned(converted(asked.key_type, kd)) +
                        (latent ? 0 : aligned(converted(asked.value_type, vd)));
        if (v_mla != kNone) {
            y = g_.permute(y, {0, 2, 1, 3});
            y = op(Op::mul_mat, {a.value_head_dim, g_[y].ne[1], a.heads, s}, {v_mla, y});
            y = g_.permute(y, {0, 2, 1, 3});
            y = cont(y, g_[y].ne);
        }
        y = g_.reshape(y, {g_[y].ne[0] * a.heads, u_, 1, 1});
    } else {
        Id values = kNone;
        Id scores = op(Op::mul_mat, {in.cells, u_ / s, a.heads, s}, {keys, queries});
        if (a.capped_scores) scores = over(over(over(scores)));
        const Id sinks = a.sinks ? bias("attn_sinks", a.heads) : kNone;
        scores = over(scores, in.mask, sinks);
        if (latent) {
            values = cached(value_cache, vd);
            values = g_.permute(values, {1, 0, 2, 3});
            values = g_.make(Op::plain, asked.key_type, g_[values].ne, {values});
        } else {
            values = transposed(value_cache, vd);
        }
        y = op(Op::mul_mat, {vd, u_ / s, a.heads, s}, {values, scores});
        if (v_mla != kNone) {
            y = op(Op::mul_mat, {a.value_head_dim, u_ / s, a.heads, s}, {v_mla, y});
        }
        const std::int64_t width = g_[y].ne[0];
        y = cont(g_.permute(y, {0, 2, 1, 3}), {width * a.heads, u_, 1, 1});
    }
    g_.expand(y);
    return turned(y, in.turn_values);
}

Id Lister::latent_attention(const Layer& layer, Id x) {
    const Attention& a = layer.attention;
    const Latent& latent = *a.latent;
    const std::int64_t head = latent.nope_head_dim + latent.rope_head_dim;
    Id q = kNone;
    if (latent.query_rank > 0) {
        q = norm(linear("attn_q_a", x, latent.query_rank), "attn_q_a_norm", true, false);
        q = linear("attn_q_b", q, a.heads * head);
    } else {
        q = linear("attn_q", x, a.heads * head);
    }
    const std::int64_t rank = latent.kv_rank;
    const std::int64_t dr = latent.rope_head_dim;
    const Extents strides{4, 4 * head, 4 * head * a.heads, 4 * head * a.heads * u_};
    const Id nope = g_.view(q, {latent.nope_head_dim, a.heads, u_, 1}, strides, false);
    Id q_pe = g_.view(q, {dr, a.heads, u_, 1}, strides, true);
    const Id compressed = linear("attn_kv_a_mqa", x, rank + dr);
    const std::int64_t row = 4 * (rank + dr);
    Id kv = g_.view(compressed, {rank, u_, 1, 1}, {4, row, row * u_, row * u_}, false);
    Id k_pe = g_.view(compressed, {dr, 1, u_, 1}, {4, row, row, row * u_}, true);
    q_pe = rope(q_pe, a);
    k_pe = rope(k_pe, a);
    kv = norm(kv, "attn_kv_a_norm", true, false);
    const Id absorbed = op(Op::mul_mat, {rank, u_, a.heads, 1},
                           {weight("attn_k_b", {latent.nope_head_dim, rank, a.heads, 1}),
                            g_.permute(nope, {0, 2, 1, 3})});
    q = op(Op::plain, {rank + dr, a.heads, u_, 1}, {g_.permute(absorbed, {0, 2, 1, 3}), q_pe});
    const Id v = g_.reshape(kv, {rank, 1, u_, 1});
    const Id k = op(Op::plain, {rank + dr, 1, u_, 1}, {v, k_pe});
    const Id v_b = weight("attn_v_b", {rank, a.value_head_dim, a.heads, 1});
    return linear("attn_output", attend(layer, q, k, v, v_b), model_.hidden);
}

Id Lister::attention(const Layer& layer, Id x) {
    const Attention& a = layer.attention;
    if (a.latent) return latent_attention(layer, x);
    Id q = kNone;
    Id k = kNone;
    Id v = kNone;
    projections(a, x, q, k, v);
    Id gate = kNone;
    if (a.output_gate) {
        const Extents strides = g_[q].nb;
        const Id all = q;
        q = g_.view(all, {a.head_dim, a.heads, u_, 1}, strides, false);
        gate = g_.view(all, {a.head_dim, a.heads, u_, 1}, strides, true);
    }
    q = head_norm(q, "attn_q_norm", a, a.heads);
    k = head_norm(k, "attn_k_norm", a, a.kv_heads);
    q = rope(q, a);
    k = rope(k, a);
    if (traits_.scaled_query) q = over(q);
    Id y = attend(layer, q, k, v, kNone);
    if (gate != kNone) {
        const Id open = over(cont(gate, {a.head_dim * a.heads, u_, 1, 1}));
        y = mul(y, open);
    }
    return linear("attn_output", y, model_.hidden, a.output_bias);
}

Id Lister::dense(Id x, std::int64_t width, bool gated, bool packed, bool has_bias,
                 const std::string_view (&stems)[3]) {
    Id y = kNone;
    if (packed) {
        const Id up = linear(stems[1], x, 2 * width, has_bias);
        y = op(Op::plain, {width, g_[x].ne[1], g_[x].ne[2], g_[x].ne[3]}, {up});
    } else {
        const Id up = linear(stems[1], x, width, has_bias);
        y = gated ? glu(linear(stems[0], x, width, has_bias), up) : over(up);
    }
    return linear(stems[2], y, g_[x].ne[0], has_bias);
}

bool Lister::divides_shares(const FeedForward& f) const {
    switch (traits_.shares) {
        case Shares::as_they_are: return false;
        case Shares::as_the_config_says: return f.router_normalised;
        case Shares::divided: return true;
    }
    return true;
}

/// The scores of experts outside of the best groups are put out; a group is as good as its two best experts.
Id Lister::in_best_groups(Id scores, std::int64_t experts) {
    const std::int64_t n = g_[scores].ne[1];
    const std::int64_t groups = traits_.groups;
    const std::int64_t each = experts / groups;
    const auto best = [&](Id from, std::int64_t count) {
        const Extents ne = g_[from].ne;
        const Id sorted = g_.make(Op::plain, DType::int32, ne, {from});
        const Extents nb = g_[sorted].nb;
        return g_.view(sorted, {count, ne[1], ne[2], ne[3]}, nb, false);
    };
    const Id grouped = g_.reshape(scores, {each, groups, n, 1});
    Id of_group =
        rows(g_.reshape(grouped, {1, each, groups, n}), best(grouped, 2), {1, 2, groups, n});
    of_group = op(Op::plain, {1, groups, n, 1}, {g_.reshape(of_group, {2, groups, n, 1})});
    of_group = g_.reshape(of_group, {groups, n, 1, 1});
    const Id chosen = best(of_group, traits_.groups_used);
    const Id kept = rows(grouped, chosen, {each, traits_.groups_used, n, 1});
    const Id nothing = over(grouped);
    const Id put = g_.make(Op::write, kF32, g_[nothing].ne, {kept, chosen, nothing});
    g_[put].view_of = nothing;
    return g_.reshape(put, {experts, n, 1, 1});
}

/// The experts that each token goes to, and how much of each.
Id Lister::route(const FeedForward& f, Id probs, Id& chosen, Id logits) {
    const std::int64_t n = g_[probs].ne[1];
    const std::int64_t used = f.experts_per_token;
    const bool late_softmax = probs == logits;
    Id selection = probs;
    if (f.router_correction) selection = add(probs, bias("exp_probs_b", f.experts));
    if (traits_.groups > 1) selection = in_best_groups(selection, f.experts);
    const Id sorted = g_.make(Op::plain, DType::int32, {f.experts, n, 1, 1}, {selection});
    chosen = g_.view(sorted, {used, n, 1, 1},
                     {4, 4 * f.experts, 4 * f.experts * n, 4 * f.experts * n}, false);
    const Id each = g_.reshape(probs, {1, f.experts, n, 1});
    Id shares = rows(each, chosen, {1, used, n, 1});
    if (late_softmax) {
        shares = g_.reshape(over(g_.reshape(shares, {used, n, 1, 1})), {1, used, n, 1});
    }
    if (!late_softmax && divides_shares(f)) {
        const Id flat = g_.reshape(shares, {used, n, 1, 1});
        const Id sum = over(op(Op::plain, {1, n, 1, 1}, {flat}));
        shares = g_.reshape(over(flat, sum), {1, used, n, 1});
    }
    if (traits_.scaled_shares) shares = over(shares);
    g_.expand(shares);
    return shares;
}

Id Lister::mixture(const FeedForward& f, Id x) {
    const std::int64_t n = g_[x].ne[1];
    const std::int64_t d = model_.hidden;
    const std::int64_t used = f.experts_per_token;
    const Id logits = linear("ffn_gate_inp", x, f.experts, f.router_bias);
    const bool late_softmax = model_.model_type == "gpt_oss";
    const Id probs = late_softmax ? logits : over(logits);
    Id chosen = kNone;
    const std::size_t first = g_.nodes.size();
    const Id shares = route(f, probs, chosen, logits);
    const std::size_t last = g_.nodes.size();

    const Id each = g_.reshape(x, {d, 1, n, 1});
    const auto experts = [&](std::string_view stem, Id in, std::int64_t rows_out) {
        const Id w = weight(stem, {g_[in].ne[0], rows_out, f.experts, 1});
        Id y = op(Op::mul_mat_id, {rows_out, used, n, 1}, {w, in, chosen});
        if (f.expert_bias) y = over(y, bias(stem, rows_out * f.experts), chosen);
        return y;
    };
    const Id up = experts("ffn_up_exps", each, f.expert_width);
    const Id inner =
        f.expert_gated ? glu(experts("ffn_gate_exps", each, f.expert_width), up) : over(up);
    const Id down = experts("ffn_down_exps", inner, d);
    const Id weighted = mul(down, shares);
    std::vector<Id> parts;
    for (std::int64_t i = 0; i < used; ++i) {
        const std::int64_t row = 4 * d * used;
        parts.push_back(g_.view(weighted, {d, n, 1, 1}, {4, row, row * n, row * n}, i > 0));
        g_.expand(parts.back());
    }
    Id sum = parts[0];
    for (std::uint32_t i = 1; i < parts.size(); ++i) sum = add(sum, parts[i]);
    if (used == 1) sum = cont(sum, {d, n, 1, 1});
    g_.expand(sum);

    // Kernels of CUDA that compute several nodes at once, and what they read until their last one.
    const bool choice_fused = !late_softmax && traits_.groups == 1 &&
                              (f.experts & (f.experts - 1)) == 0 && f.experts <= 512;
    if (choice_fused) {
        bool begun = false;
        for (std::size_t i = first; i < last; ++i) {
            const Id node = g_.nodes[i];
            begun = begun || node == probs;
            if (!begun) continue;
            g_.keeps.push_back({node, each});
            for (const Id source : g_[node].src) {
                if (source != kNone && !g_[source].weight) g_.keeps.push_back({source, each});
            }
        }
    }
    if (used > 1 && used <= 15) {
        g_.keeps.push_back({g_[weighted].src[0], sum});
        g_.keeps.push_back({shares, sum});
    }
    return sum;
}

Id Lister::feed_forward(const FeedForward& f, Id x) {
    if (f.kind != FeedForwardKind::moe) {
        return dense(x, f.width, f.gated(), f.packed_gate_up, f.bias,
                     {"ffn_gate", "ffn_up", "ffn_down"});
    }
    Id y = mixture(f, x);
    if (f.shared_width > 0) {
        Id shared = dense(x, f.shared_width, true, false, false,
                          {"ffn_gate_shexp", "ffn_up_shexp", "ffn_down_shexp"});
        if (f.shared_gate) shared = mul(shared, over(linear("ffn_gate_inp_shexp", x, 1)));
        y = add(y, shared);
    }
    return y;
}

/// The rows of a state's memory that belong to this micro-batch: all of them, and none beside.
void Lister::clear(Id memory, std::int64_t width) {
    const Id all = g_.reshape(memory, {width, sequences(), 1, 1});
    const Id one = g_.view(all, {width, 1, 1, 1}, {4, 4 * width, 4 * width, 4 * width}, false);
    const Id zero = op(Op::write, {width, 1, 1, 1}, {one});
    g_[zero].view_of = memory;
    g_.expand(zero);
    if (state_rows_ != kNone) return;
    const Id ids = input(DType::int32, {sequences(), 1, 1, 1});
    const std::int64_t all_rows = 4 * sequences();
    state_rows_ = g_.view(ids, {sequences(), 1, 1, 1}, {4, all_rows, all_rows, all_rows}, false);
    other_rows_ = g_.view(ids, {0, 1, 1, 1}, {4, 0, 0, 0}, true);
}

Id Lister::states(Id memory, std::int64_t width) {
    clear(memory, width);
    const Id all = g_.reshape(memory, {width, sequences(), 1, 1});
    const Id mine = rows(all, state_rows_, {width, sequences(), 1, 1});
    g_.expand(mine);
    spill(memory, width);
    return mine;
}

/// The rows that are moved within the memory: none in the worst case, but they are in the graph.
void Lister::spill(Id memory, std::int64_t width) {
    const Id all = g_.reshape(memory, {width, sequences(), 1, 1});
    const Id others = rows(all, other_rows_, {width, 0, 1, 1});
    write(others, memory);
}

/// The channels of all tokens behind what the convolution's state has kept of earlier ones; the last ones are kept.
Id Lister::convolved(Id x, std::int64_t channels, std::int64_t kernel, Id kept) {
    const std::int64_t n = u_ / sequences();
    const std::int64_t length = n + kernel - 1;
    const Id before = g_.reshape(kept, {kernel - 1, channels, sequences(), 1});
    const Id all =
        op(Op::plain, {length, channels, sequences(), 1}, {before, g_.permute(x, {1, 0, 2, 3})});
    const std::int64_t row = 4 * length;
    const Id last = g_.view(all, {kernel - 1, channels, sequences(), 1},
                            {4, row, row * channels, row * channels * sequences()}, true);
    write(last, cache(CacheTensor::Kind::convolution));
    return all;
}

Id Lister::mamba1(const Layer& layer, Id x) {
    const Recurrent& r = layer.recurrent;
    const std::int64_t n = u_ / sequences();
    const std::int64_t s = sequences();
    const Id kept = states(cache(CacheTensor::Kind::convolution), (r.conv_kernel - 1) * r.inner);
    const Id in = linear("ssm_in", g_.reshape(x, {model_.hidden, n, s, 1}), 2 * r.inner);
    const Extents wide{4, 8 * r.inner, 8 * r.inner * n, 8 * r.inner * u_};
    Id y = g_.view(in, {r.inner, n, s, 1}, wide, false);
    const Id z = g_.view(in, {r.inner, n, s, 1}, wide, true);
    y = convolved(y, r.inner, r.conv_kernel, kept);
    y = op(Op::plain, {r.inner, n, s, 1}, {y, bias("ssm_conv1d", r.conv_kernel * r.inner)});
    y = over(over(y, r.conv_bias ? bias("ssm_conv1d", r.inner) : kNone));
    const std::int64_t parts = r.time_rank + 2 * r.state;
    const Id all = linear("ssm_x", y, parts);
    const std::int64_t row = 4 * parts;
    const auto part = [&](std::int64_t width, bool later) {
        return g_.view(all, {width, n, s, 1}, {4, row, row * n, row * u_}, later);
    };
    Id dt = part(r.time_rank, false);
    Id b = part(r.state, true);
    Id c = part(r.state, true);
    if (r.inner_norms) {
        dt = norm(dt, "ssm_dt_norm", true, false);
        b = norm(b, "ssm_b_norm", true, false);
        c = norm(c, "ssm_c_norm", true, false);
    } else {
        dt = cont(dt, g_[dt].ne);
    }
    dt = add(linear("ssm_dt", dt, r.inner), bias("ssm_dt", r.inner));
    const Id memory = cache(CacheTensor::Kind::recurrent);
    const std::int64_t width = r.inner * r.state;
    clear(memory, width);
    const Id before = g_.reshape(memory, {r.state, 1, r.inner, s});
    const Id scanned = op(Op::plain, {r.inner * u_ + width * s, 1, 1, 1},
                          {before, g_.reshape(y, {1, r.inner, n, s}), dt,
                           bias("ssm_a", r.state * r.inner), b, c, state_rows_});
    g_.expand(scanned);
    spill(memory, width);
    write(g_.view(scanned, {width * s, 1, 1, 1}, {4, 4 * width * s, 4 * width * s, 4 * width * s},
                  true),
          memory);
    Id out = g_.view(scanned, {r.inner, n, s, 1},
                     {4, 4 * r.inner, 4 * r.inner * n, 4 * r.inner * u_}, false);
    out = op(Op::in_place, g_[out].ne, {out, mul(y, bias("ssm_d", r.inner))});
    out = glu(cont(z, g_[z].ne), out);
    out = linear("ssm_out", out, model_.hidden);
    return g_.reshape(out, {model_.hidden, u_, 1, 1});
}

Id Lister::mamba2(const Layer& layer, Id x) {
    const Recurrent& r = layer.recurrent;
    const std::int64_t n = u_ / sequences();
    const std::int64_t s = sequences();
    const std::int64_t channels = r.conv_channels;
    const Id kept = states(cache(CacheTensor::Kind::convolution), (r.conv_kernel - 1) * channels);
    const std::int64_t width = r.inner + channels + r.heads;
    Id in = linear("ssm_in", x, width);
    in = g_.reshape(in, {width, n, s, 1});
    const std::int64_t row = 4 * width;
    const Id z = g_.view(in, {r.head_dim, r.heads, n, s}, {4, 4 * r.head_dim, row, row * n}, false);
    Id y = g_.view(in, {channels, n, s, 1}, {4, row, row * n, row * u_}, true);
    Id dt = g_.view(in, {r.heads, n, s, 1}, {4, row, row * n, row * u_}, true);
    y = convolved(y, channels, r.conv_kernel, kept);
    y = op(Op::plain, {channels, n, s, 1}, {y, bias("ssm_conv1d", r.conv_kernel * channels)});
    y = over(over(y, bias("ssm_conv1d", channels)));
    const std::int64_t all = 4 * channels;
    const Id inner =
        g_.view(y, {r.head_dim, r.heads, n, s}, {4, 4 * r.head_dim, all, all * n}, false);
    const Extents grouped{4, 4 * r.state, all, all * n};
    const Id b = g_.view(y, {r.state, r.groups, n, s}, grouped, true);
    const Id c = g_.view(y, {r.state, r.groups, n, s}, grouped, true);
    dt = add(cont(dt, g_[dt].ne), bias("ssm_dt", r.heads));
    const Id memory = cache(CacheTensor::Kind::recurrent);
    const std::int64_t state = r.inner * r.state;
    clear(memory, state);
    const Id before = g_.reshape(memory, {r.state, r.head_dim, r.heads, s});
    const Id scanned = op(Op::plain, {r.inner * u_ + state * s, 1, 1, 1},
                          {before, inner, dt, bias("ssm_a", r.heads), b, c, state_rows_});
    g_.expand(scanned);
    spill(memory, state);
    write(g_.view(scanned, {state * s, 1, 1, 1}, {4, 4 * state * s, 4 * state * s, 4 * state * s},
                  true),
          memory);
    Id out = g_.view(scanned, {r.head_dim, r.heads, n, s},
                     {4, 4 * r.head_dim, 4 * r.inner, 4 * r.inner * n}, false);
    out = op(Op::in_place, g_[out].ne,
             {out, op(Op::in_place, g_[inner].ne, {inner, bias("ssm_d", r.heads)})});
    out = glu(cont(z, g_[z].ne), out);
    if (r.inner_norms) {
        out = g_.reshape(out, {r.inner / r.groups, r.groups, n, s});
        out = norm(out, "ssm_norm", true, false);
    }
    return linear("ssm_out", g_.reshape(out, {r.inner, u_, 1, 1}), model_.hidden);
}

Id Lister::short_conv(const Layer& layer, Id x) {
    const Recurrent& r = layer.recurrent;
    const std::int64_t n = u_ / sequences();
    const std::int64_t s = sequences();
    const std::int64_t d = model_.hidden;
    const Id kept = states(cache(CacheTensor::Kind::convolution), (r.conv_kernel - 1) * d);
    const Id in = linear("shortconv.in_proj", g_.reshape(x, {d, n, s, 1}), 3 * d);
    const auto part = [&](bool later) {
        return g_.view(in, {d, n, s, 1}, {4, 12 * d, 12 * d * n, 12 * d * u_}, later);
    };
    const Id b = part(false);
    const Id c = part(true);
    const Id bx = op(Op::in_place, g_[b].ne, {b, part(true)});
    const Id all = convolved(bx, d, r.conv_kernel, kept);
    const Id y = op(Op::plain, {d, n, s, 1}, {all, bias("shortconv.conv", r.conv_kernel * d)});
    const Id out = linear("shortconv.out_proj", op(Op::in_place, g_[c].ne, {c, y}), d);
    return g_.reshape(out, {d, u_, 1, 1});
}

Id Lister::delta_net(const Layer& layer, Id x) {
    const Recurrent& r = layer.recurrent;
    const std::int64_t n = u_ / sequences();
    const std::int64_t s = sequences();
    const std::int64_t channels = r.conv_channels;
    const std::int64_t keys = r.groups;
    const std::int64_t dk = r.state;
    const std::int64_t dv = r.head_dim;
    const std::int64_t heads = r.heads;
    g_.expand(x);
    const Id kept = states(cache(CacheTensor::Kind::convolution), (r.conv_kernel - 1) * channels);
    Id qkv = linear("attn_qkv", x, channels);
    qkv = g_.reshape(qkv, {channels, n, s, 1});
    const Id all = convolved(qkv, channels, r.conv_kernel, kept);
    const Id memory = cache(CacheTensor::Kind::recurrent);
    const std::int64_t state = dk * dv * heads;
    const Id before = states(memory, state);
    Id y = op(Op::plain, {channels, n, s, 1}, {all, bias("ssm_conv1d", r.conv_kernel * channels)});
    y = over(y);
    const std::int64_t row = 4 * channels;
    const auto normed = [&](bool later) {
        Id part = g_.view(y, {dk, keys, n, s}, {4, 4 * dk, row, row * n}, later);
        part = over(over(part));
        if (keys == heads) return part;
        part = g_.reshape(part, {dk, 1, keys, u_});
        part = op(Op::plain, {dk, heads / keys, keys, u_}, {part});
        return g_.reshape(part, {dk, heads, n, s});
    };
    const Id q = normed(false);
    const Id k = normed(true);
    const Id v = g_.view(y, {dv, heads, n, s}, {4, 4 * dv, row, row * n}, true);
    Id mixed_ba = linear("ssm_ba", x, 2 * heads);
    const std::int64_t per = 2 * heads / keys;
    mixed_ba = g_.reshape(mixed_ba, {per, keys, n, s});
    const Extents strides{4, 4 * per, 8 * heads, 8 * heads * n};
    const Id b_part = g_.view(mixed_ba, {per / 2, keys, n, s}, strides, false);
    const Id a_part = g_.view(mixed_ba, {per / 2, keys, n, s}, strides, true);
    Id gate = cont(a_part, {heads, n, s, 1});
    gate = mul(over(add(gate, bias("ssm_dt", heads))), bias("ssm_a", heads));
    gate = g_.reshape(gate, {1, heads, n, s});
    Id beta = over(cont(b_part, g_[b_part].ne));
    beta = g_.reshape(beta, {1, heads, n, s});
    const Id out = op(Op::plain, {dv * heads, u_ + dk * s, 1, 1},
                      {q, k, v, gate, beta, g_.reshape(before, {dv, dk, heads, s})});
    write(g_.view(out, {dv, dk, heads, s}, {4, 4 * dv, 4 * dv * dk, 4 * state}, true), memory);
    Id result =
        g_.view(out, {dv, heads, n, s}, {4, 4 * dv, 4 * dv * heads, 4 * dv * heads * n}, false);
    result = norm(result, "ssm_norm", true, false);
    const Id z = g_.reshape(linear("attn_gate", x, dv * heads), {dv, heads, n, s});
    result = mul(result, op(Op::in_place, g_[z].ne, {z}));
    result = g_.reshape(result, {dv * heads, n, s, 1});
    result = linear("ssm_out", result, model_.hidden);
    return g_.reshape(result, {model_.hidden, u_, 1, 1});
}

Id Lister::mixed(const Layer& layer, Id x) {
    switch (layer.mixer) {
        case MixerKind::attention: return attention(layer, x);
        case MixerKind::mamba1: return mamba1(layer, x);
        case MixerKind::mamba2: return mamba2(layer, x);
        case MixerKind::short_conv: return short_conv(layer, x);
        case MixerKind::gated_delta_net: return delta_net(layer, x);
        default: return x;
    }
}

Id Lister::falcon(const Layer& layer, Id x) {
    Id normed = norm(x, "attn_norm");
    const Id read = layer.norms > 1 ? norm(x, "attn_norm_2") : normed;
    Id y = attention(layer, read);
    if (is_last()) {
        y = last_rows(y);
        x = last_rows(x);
        normed = last_rows(normed);
    }
    const Id inner = feed_forward(layer.feed_forward, normed);
    return add(add(inner, y), x);
}

Id Lister::layer(const Layer& layer, Id x) {
    const bool sandwich = layer.norms == 4;
    if (layer.has_parallel_attention) {
        const Id attended = attention(layer, norm(x, "attn_norm"));
        x = add(add(attended, mixed(layer, norm(x, "attn_norm"))), x);
        if (is_last()) x = last_rows(x);
        return add(feed_forward(layer.feed_forward, norm(x, "ffn_norm")), x);
    }
    Id y = mixed(layer, norm(x, "attn_norm"));
    if (is_last() && !traits_.late_rows) {
        y = last_rows(y);
        x = last_rows(x);
    }
    if (sandwich) y = norm(y, "post_attention_norm");
    if (traits_.scaled_residual) y = over(y);
    x = traits_.lfm ? add(x, y) : add(y, x);
    if (layer.feed_forward.kind == FeedForwardKind::none) return x;
    y = feed_forward(layer.feed_forward, norm(x, "ffn_norm"));
    if (sandwich) y = norm(y, "post_ffw_norm");
    if (traits_.scaled_residual) y = over(y);
    return traits_.layer_first ? add(x, y) : add(y, x);
}

Graph Lister::list() {
    const auto& layers = model_.decoder.layers;
    rms_ = layers.empty() || layers.front().norm == NormKind::rms;
    has_norm_bias_ = !layers.empty() && layers.front().norm == NormKind::layer;
    Id x = embedding();
    for (const Layer& each : layers) {
        x = traits_.falcon ? falcon(each, x) : layer(each, x);
        ++layer_;
    }
    if (traits_.late_rows && !traits_.delta) {
        g_[x].output = true;
        x = last_rows(x);
    }
    x = op(rms_ ? Op::in_place : Op::plain, g_[x].ne, {x});
    x = mul(x, bias("output_norm", model_.hidden));
    if (has_norm_bias_) x = add(x, bias("output_norm", model_.hidden));
    g_[x].output = true;
    if (traits_.late_rows && traits_.delta) {
        x = last_rows(x);
        g_[x].output = true;
    }
    if (setup_.asked.embeddings && model_.model_type == "lfm2") {  // which then has no head
        g_.expand(x);
        return std::move(g_);
    }
    x = linear("output", x, model_.vocab);
    if (model_.capped_logits) x = over(over(over(x)));
    if (traits_.scaled_logits) x = over(x);
    g_[x].output = true;
    g_.expand(x);
    return std::move(g_);
}

}  // namespace

bool has_graph(const Model& model) { return traits_of(model) != nullptr; }

Graph prompt_graph(const Model& model, const Setup& setup, const GgufTensors& file) {
    const Traits* traits = traits_of(model);
    if (traits == nullptr) return {};
    return Lister(model, setup, *traits, file).list();
}

}  // namespace tensorledger::llamacpp
