#include "core/model/weights.h"

#include "core/model/names.h"

namespace tensorledger {

namespace {

constexpr std::int64_t lost = Bytes::overflow().count();

std::int64_t sum(std::int64_t left, std::int64_t right) {
    return (Bytes(left) + Bytes(right)).count();
}

// clang-format off

/// Sizes of a layer, by their symbol in the ledger.
#define TENSORLEDGER_LAYER_SIZES(X)                                                            \
    X(none,          "")                                                                       \
    X(one,           "1")                                                                      \
    X(hidden,        "h")                                                                      \
    X(two_hidden,    "2·h")                                                                    \
    X(heads,         "a")                                                                      \
    X(head,          "d")                                                                      \
    X(input,         "h")                                                                      \
    X(query,         "a·d")                                                                    \
    X(query_gated,   "2·a·d")                                                                  \
    X(key,           "k·d")                                                                    \
    X(value,         "k·d_v")                                                                  \
    X(packed,        "(a+2k)·d")                                                               \
    X(output,        "a·d_v")                                                                  \
    X(kv_heads,      "k")                                                                      \
    X(gate,          "g")                                                                      \
    X(query_rank,    "r_q")                                                                    \
    X(latent_query,  "a·(d_nope+d_rope)")                                                      \
    X(kv_rank,       "r_kv")                                                                   \
    X(kv_down,       "r_kv+d_rope")                                                            \
    X(kv_up,         "a·(d_nope+d_v)")                                                         \
    X(index_query,   "a_i·d_i")                                                                \
    X(index_head,    "d_i")                                                                    \
    X(index_heads,   "a_i")                                                                    \
    X(inner,         "d_inner")                                                                \
    X(two_inner,     "2·d_inner")                                                              \
    X(three_inner,   "3·d_inner")                                                              \
    X(state,         "d_state")                                                                \
    X(time_rank,     "dt_rank")                                                                \
    X(time_state,    "dt_rank+2·d_state")                                                      \
    X(channels,      "d_conv")                                                                 \
    X(kernel,        "kernel")                                                                 \
    X(ssm_heads,     "heads")                                                                  \
    X(ssm_in,        "d_inner+d_conv+heads")                                                   \
    X(two_ssm_heads, "2·a_v")                                                                  \
    X(delta_value,   "a_v·d_v")                                                                \
    X(delta_head,    "d_v")                                                                    \
    X(delta_in,      "2·a_k·d_k+2·a_v·d_v")                                                    \
    X(width,         "f")                                                                      \
    X(two_width,     "2·f")                                                                    \
    X(experts,       "E")                                                                      \
    X(expert_width,  "f_e")                                                                    \
    X(expert_in,     "h")                                                                      \
    X(latent_width,  "latent")                                                                 \
    X(shared_width,  "f_s")                                                                    \
    X(two_shared,    "2·f_s")

enum class Size : std::uint8_t {
#define X(name, symbol) name,
    TENSORLEDGER_LAYER_SIZES(X)
#undef X
};

constexpr std::string_view symbols[] = {
#define X(name, symbol) symbol,
    TENSORLEDGER_LAYER_SIZES(X)
#undef X
};

/// When a row applies, or its bias is there.
enum class If : std::uint8_t {
    never, always, separate, packed, plain_query, gated_query, own_kv, own_value, query_bias, key_bias, value_bias,
    output_bias, sinks, head_gate, norm_head, norm_full, norm_head_ln, norm_every, norm_full_ln,
    low_rank_query, full_rank_query, latent_bias, indexer,
    conv_bias, projection_bias, inner_norms, split, fused,
    gate_up, gate_and_up, mlp_bias, router_bias, correction, latent_experts, gated_experts, expert_bias, shared_gate,
};

/// The module that a row's name is in.
enum class In : std::uint8_t { attention, mixer, delta, mlp, moe, expert, shared };

/// One tensor of a layer: when it is there, where, its name (a member of Names or a text), its shape and role.
struct Row {
    If when;
    In in;
    std::string_view Names::* name;
    std::string_view text;
    Size rows, middle, columns;
    If bias;
    WeightRole role;
};

using enum If;
using N = Names;
using S = Size;
using R = WeightRole;

constexpr Row attention_rows[] = {
    {packed,      In::attention, &N::qkv,    "",       S::packed,      S::none, S::input,  query_bias,  R::attention},
    {plain_query, In::attention, &N::q,      "",       S::query,       S::none, S::input,  query_bias,  R::attention},
    {gated_query, In::attention, &N::q,      "",       S::query_gated, S::none, S::input,  query_bias,  R::attention},
    {own_kv,      In::attention, &N::k,      "",       S::key,         S::none, S::input,  key_bias,    R::attention},
    {own_value,   In::attention, &N::v,      "",       S::value,       S::none, S::input,  value_bias,  R::attention},
    {always,      In::attention, &N::o,      "",       S::hidden,      S::none, S::output, output_bias, R::attention},
    {norm_head,   In::attention, &N::q_norm, "",       S::head,        S::none, S::none,   never,       R::norm},
    {norm_full,   In::attention, &N::q_norm, "",       S::query,       S::none, S::none,   never,       R::norm},
    {norm_head_ln, In::attention, &N::q_norm, "",      S::head,        S::none, S::none,   always,      R::norm},
    {norm_every,  In::attention, &N::q_norm, "",       S::heads,       S::none, S::head,   never,       R::norm},
    {norm_full_ln, In::attention, &N::q_norm, "",      S::query,       S::none, S::none,   always,      R::norm},
    {sinks,       In::attention, nullptr,    "sinks",  S::heads,       S::none, S::none,   never,       R::attention},
    {head_gate,   In::attention, nullptr,    "g_proj", S::gate,        S::none, S::hidden, never,       R::attention},
};

/// Beside its own keys: a layer that borrows an earlier one's has no norm of keys either.
constexpr Row key_norm_rows[] = {
    {norm_head,    In::attention, &N::k_norm, "", S::head,     S::none, S::none, never,  R::norm},
    {norm_full,    In::attention, &N::k_norm, "", S::key,      S::none, S::none, never,  R::norm},
    {norm_head_ln, In::attention, &N::k_norm, "", S::head,     S::none, S::none, always, R::norm},
    {norm_every,   In::attention, &N::k_norm, "", S::kv_heads, S::none, S::head, never,  R::norm},
    {norm_full_ln, In::attention, &N::k_norm, "", S::key,      S::none, S::none, always, R::norm},
};

constexpr Row latent_rows[] = {
    {low_rank_query,  In::attention, nullptr, "q_a_proj",             S::query_rank,   S::none, S::hidden,     latent_bias, R::attention},
    {low_rank_query,  In::attention, nullptr, "q_a_layernorm",        S::query_rank,   S::none, S::none,       never,       R::norm},
    {low_rank_query,  In::attention, nullptr, "q_b_proj",             S::latent_query, S::none, S::query_rank, never,       R::attention},
    {full_rank_query, In::attention, nullptr, "q_proj",               S::latent_query, S::none, S::hidden,     never,       R::attention},
    {always,          In::attention, nullptr, "kv_a_proj_with_mqa",   S::kv_down,      S::none, S::hidden,     latent_bias, R::attention},
    {always,          In::attention, nullptr, "kv_a_layernorm",       S::kv_rank,      S::none, S::none,       never,       R::norm},
    {always,          In::attention, nullptr, "kv_b_proj",            S::kv_up,        S::none, S::kv_rank,    never,       R::attention},
    {always,          In::attention, nullptr, "o_proj",               S::hidden,       S::none, S::output,     output_bias, R::attention},
    {indexer,         In::attention, nullptr, "indexer.wq_b",         S::index_query,  S::none, S::query_rank, never,       R::attention},
    {indexer,         In::attention, nullptr, "indexer.wk",           S::index_head,   S::none, S::hidden,     never,       R::attention},
    {indexer,         In::attention, nullptr, "indexer.k_norm",       S::index_head,   S::none, S::none,       always,      R::norm},
    {indexer,         In::attention, nullptr, "indexer.weights_proj", S::index_heads,  S::none, S::hidden,     never,       R::attention},
};

constexpr Row mamba1_rows[] = {
    {always,      In::mixer, nullptr, "in_proj",      S::two_inner,  S::none, S::hidden,    projection_bias, R::mixer},
    {always,      In::mixer, nullptr, "conv1d",       S::inner,      S::one,  S::kernel,    conv_bias,       R::mixer},
    {always,      In::mixer, nullptr, "x_proj",       S::time_state, S::none, S::inner,     never,           R::mixer},
    {always,      In::mixer, nullptr, "dt_proj",      S::inner,      S::none, S::time_rank, always,          R::mixer},
    {always,      In::mixer, nullptr, "A_log",        S::inner,      S::none, S::state,     never,           R::mixer},
    {always,      In::mixer, nullptr, "D",            S::inner,      S::none, S::none,      never,           R::mixer},
    {always,      In::mixer, nullptr, "out_proj",     S::hidden,     S::none, S::inner,     projection_bias, R::mixer},
    {inner_norms, In::mixer, nullptr, "dt_layernorm", S::time_rank,  S::none, S::none,      never,           R::norm},
    {inner_norms, In::mixer, nullptr, "b_layernorm",  S::state,      S::none, S::none,      never,           R::norm},
    {inner_norms, In::mixer, nullptr, "c_layernorm",  S::state,      S::none, S::none,      never,           R::norm},
};

constexpr Row mamba2_rows[] = {
    {always,      In::mixer, nullptr, "in_proj",  S::ssm_in,    S::none, S::hidden, projection_bias, R::mixer},
    {always,      In::mixer, nullptr, "conv1d",   S::channels,  S::one,  S::kernel, conv_bias,       R::mixer},
    {always,      In::mixer, nullptr, "dt_bias",  S::ssm_heads, S::none, S::none,   never,           R::mixer},
    {always,      In::mixer, nullptr, "A_log",    S::ssm_heads, S::none, S::none,   never,           R::mixer},
    {always,      In::mixer, nullptr, "D",        S::ssm_heads, S::none, S::none,   never,           R::mixer},
    {inner_norms, In::mixer, nullptr, "norm",     S::inner,     S::none, S::none,   never,           R::norm},
    {always,      In::mixer, nullptr, "out_proj", S::hidden,    S::none, S::inner,  projection_bias, R::mixer},
};

constexpr Row delta_rows[] = {
    {split,  In::delta, nullptr, "in_proj_qkv",  S::channels,      S::none, S::hidden,      never, R::mixer},
    {split,  In::delta, nullptr, "in_proj_z",    S::delta_value,   S::none, S::hidden,      never, R::mixer},
    {split,  In::delta, nullptr, "in_proj_b",    S::ssm_heads,     S::none, S::hidden,      never, R::mixer},
    {split,  In::delta, nullptr, "in_proj_a",    S::ssm_heads,     S::none, S::hidden,      never, R::mixer},
    {fused,  In::delta, nullptr, "in_proj_qkvz", S::delta_in,      S::none, S::hidden,      never, R::mixer},
    {fused,  In::delta, nullptr, "in_proj_ba",   S::two_ssm_heads, S::none, S::hidden,      never, R::mixer},
    {always, In::delta, nullptr, "conv1d",       S::channels,      S::one,  S::kernel,      never, R::mixer},
    {always, In::delta, nullptr, "dt_bias",      S::ssm_heads,     S::none, S::none,        never, R::mixer},
    {always, In::delta, nullptr, "A_log",        S::ssm_heads,     S::none, S::none,        never, R::mixer},
    {always, In::delta, nullptr, "norm",         S::delta_head,    S::none, S::none,        never, R::norm},
    {always, In::delta, nullptr, "out_proj",     S::hidden,        S::none, S::delta_value, never, R::mixer},
};

constexpr Row short_conv_rows[] = {
    {always, In::mixer, nullptr, "in_proj",  S::three_inner, S::none, S::hidden, projection_bias, R::mixer},
    {always, In::mixer, nullptr, "conv",     S::inner,       S::one,  S::kernel, conv_bias,       R::mixer},
    {always, In::mixer, nullptr, "out_proj", S::hidden,      S::none, S::inner,  projection_bias, R::mixer},
};

constexpr Row lightning_rows[] = {
    {always, In::attention, nullptr, "qkv_proj",    S::three_inner, S::none, S::hidden, never, R::mixer},
    {always, In::attention, nullptr, "output_gate", S::inner,       S::none, S::hidden, never, R::mixer},
    {always, In::attention, nullptr, "out_proj",    S::hidden,      S::none, S::inner,  never, R::mixer},
    {always, In::attention, nullptr, "norm",        S::inner,       S::none, S::none,   never, R::norm},
};

constexpr Row linear_rows[] = {
    {always, In::attention, nullptr, "linear_attn", S::hidden, S::none, S::hidden, never, R::mixer},
};

constexpr Row mlp_rows[] = {
    {gate_up,     In::mlp, &N::gate_up, "", S::two_width, S::none, S::hidden, mlp_bias, R::mlp},
    {gate_and_up, In::mlp, &N::gate,    "", S::width,     S::none, S::hidden, mlp_bias, R::mlp},
    {separate,    In::mlp, &N::up,      "", S::width,     S::none, S::hidden, mlp_bias, R::mlp},
    {always,      In::mlp, &N::down,    "", S::hidden,    S::none, S::width,  mlp_bias, R::mlp},
};

constexpr Row moe_rows[] = {
    {always,         In::moe,    &N::router,      "",                        S::experts,      S::none, S::hidden,       router_bias, R::router},
    {correction,     In::moe,    nullptr,         "e_score_correction_bias", S::experts,      S::none, S::none,         never,       R::router},
    {latent_experts, In::moe,    nullptr,         "fc1_latent_proj",         S::latent_width, S::none, S::hidden,       never,       R::mlp},
    {latent_experts, In::moe,    nullptr,         "fc2_latent_proj",         S::hidden,       S::none, S::latent_width, never,       R::mlp},
    {gated_experts,  In::expert, &N::expert_gate, "",                        S::expert_width, S::none, S::expert_in,    expert_bias, R::expert},
    {always,         In::expert, &N::expert_up,   "",                        S::expert_width, S::none, S::expert_in,    expert_bias, R::expert},
    {always,         In::expert, &N::expert_down, "",                        S::expert_in,    S::none, S::expert_width, expert_bias, R::expert},
};

constexpr Row shared_rows[] = {
    {gate_up,     In::shared, &N::gate_up, "",                   S::two_shared,   S::none, S::hidden,       mlp_bias, R::mlp},
    {gate_and_up, In::shared, &N::gate,    "",                   S::shared_width, S::none, S::hidden,       mlp_bias, R::mlp},
    {separate,    In::shared, &N::up,      "",                   S::shared_width, S::none, S::hidden,       mlp_bias, R::mlp},
    {always,      In::shared, &N::down,    "",                   S::hidden,       S::none, S::shared_width, mlp_bias, R::mlp},
    {shared_gate, In::moe,    nullptr,     "shared_expert_gate", S::one,          S::none, S::hidden,       never,    R::mlp},
};
// clang-format on

/// Whether the tensor of that text is a parameter of its own and not a module's `weight`.
bool is_bare(std::string_view text) {
    return text == "A_log" || text == "D" || text == "dt_bias" || text == "sinks" ||
           text == "e_score_correction_bias";
}

/// Writes the tensors of one kind of layer, or of what surrounds the layers.
class Lister {
public:
    Lister(const Model& model, const Names& names, std::string_view prefix,
           std::vector<WeightTensor>& out)
        : model_(model), names_(names), prefix_(prefix), out_(out) {}

    void before_layers();
    void after_layers();
    void layers(const std::vector<Layer>& layers);
    void next_token(const Layer& layer, std::int64_t count);

private:
    void layer(const Layer& layer, std::int64_t count);
    template <std::size_t n>
    void rows(const Row (&list)[n]) {
        rows(list, list + n);
    }
    void rows(const Row* first, const Row* last);
    void row(const Row& row);
    void recurrent(MixerKind kind);
    void feed_forward();
    void norm(std::string_view name, Dim width, NormKind kind);
    void add(std::string_view group, std::string_view name, std::string_view suffix,
             const Shape& shape, WeightRole role);

    bool holds(If condition) const;
    std::int64_t size(Size size) const;
    Dim dim(Size wanted) const { return {size(wanted), symbols[static_cast<std::size_t>(wanted)]}; }
    Dim embedding_width() const {
        return {model_.embedding_width, model_.embedding_width == model_.hidden ? "h" : "e"};
    }

    const Model& model_;
    const Names& names_;
    std::string_view prefix_;
    std::vector<WeightTensor>& out_;
    std::string_view layer_prefix_;
    std::string_view attention_group_;
    const Attention* attention_ = nullptr;
    const Recurrent* recurrent_ = nullptr;
    const FeedForward* feed_forward_ = nullptr;
    std::int64_t layers_ = 1;
    std::int64_t experts_ = 1;
    std::int64_t used_ = 1;
    WeightPart part_ = WeightPart::text;
};

bool Lister::holds(If condition) const {
    const Attention* a = attention_;
    const Recurrent* r = recurrent_;
    const FeedForward* f = feed_forward_;
    switch (condition) {
        case never: return false;
        case always: return true;
        case packed: return a->packed_qkv;
        case plain_query: return !a->packed_qkv && !a->output_gate;
        case gated_query: return !a->packed_qkv && a->output_gate;
        case own_kv: return !a->packed_qkv && !a->borrows_kv;
        case own_value: return !a->packed_qkv && !a->borrows_kv && !a->values_are_keys;
        case query_bias: return a->query_bias;
        case key_bias: return a->key_bias;
        case value_bias: return a->value_bias;
        case output_bias: return a->output_bias;
        case sinks: return a->sinks;
        case head_gate: return a->head_gate;
        case norm_head: return a->qk_norm == QkNorm::per_head;
        case norm_full: return a->qk_norm == QkNorm::full_width;
        case norm_head_ln: return a->qk_norm == QkNorm::per_head_layer_norm;
        case norm_every: return a->qk_norm == QkNorm::layer_norm_of_every_head;
        case norm_full_ln: return a->qk_norm == QkNorm::full_width_layer_norm;
        case low_rank_query: return a->latent->query_rank > 0;
        case full_rank_query: return a->latent->query_rank == 0;
        case latent_bias: return a->latent->bias;
        case indexer: return a->latent->index_heads > 0;
        case conv_bias: return r->conv_bias;
        case projection_bias: return r->projection_bias;
        case inner_norms: return r->inner_norms;
        case split: return r->split_projections;
        case fused: return !r->split_projections;
        case separate: return !(f->gated() && f->packed_gate_up);
        case gate_up: return f->gated() && f->packed_gate_up;
        case gate_and_up: return f->gated() && !f->packed_gate_up;
        case mlp_bias: return f->bias;
        case router_bias: return f->router_bias;
        case correction: return f->router_correction;
        case latent_experts: return f->latent_width > 0;
        case gated_experts: return f->expert_gated;
        case expert_bias: return f->expert_bias;
        case shared_gate: return f->shared_gate;
    }
    return false;
}

std::int64_t Lister::size(Size wanted) const {
    const Attention* a = attention_;
    const Recurrent* r = recurrent_;
    const FeedForward* f = feed_forward_;
    const auto times = checked_product;
    switch (wanted) {
        case S::none:
        case S::one: return 1;
        case S::hidden: return model_.hidden;
        case S::two_hidden: return times(2, model_.hidden);
        case S::heads: return a->heads;
        case S::kv_heads: return a->kv_heads;
        case S::head: return a->head_dim;
        case S::input: return a->input_width > 0 ? a->input_width : model_.hidden;
        case S::query: return times(a->heads, a->head_dim);
        case S::query_gated: return times(2, size(S::query));
        case S::key: return times(a->kv_heads, a->head_dim);
        case S::value: return times(a->kv_heads, a->value_head_dim);
        case S::packed: return sum(size(S::query), sum(size(S::key), size(S::value)));
        case S::output: return times(a->heads, a->value_head_dim);
        case S::gate: return a->gate_width;
        case S::query_rank: return a->latent->query_rank;
        case S::latent_query:
            return times(a->heads, sum(a->latent->nope_head_dim, a->latent->rope_head_dim));
        case S::kv_rank: return a->latent->kv_rank;
        case S::kv_down: return sum(a->latent->kv_rank, a->latent->rope_head_dim);
        case S::kv_up: return times(a->heads, sum(a->latent->nope_head_dim, a->value_head_dim));
        case S::index_query: return times(a->latent->index_heads, a->latent->index_head_dim);
        case S::index_head: return a->latent->index_head_dim;
        case S::index_heads: return a->latent->index_heads;
        case S::inner: return r->inner;
        case S::two_inner: return times(2, r->inner);
        case S::three_inner: return times(3, r->inner);
        case S::state: return r->state;
        case S::time_rank: return r->time_rank;
        case S::time_state: return sum(r->time_rank, times(2, r->state));
        case S::channels: return r->conv_channels;
        case S::kernel: return r->conv_kernel;
        case S::ssm_heads: return r->heads;
        case S::ssm_in: return sum(sum(r->inner, r->conv_channels), r->heads);
        case S::two_ssm_heads: return times(2, r->heads);
        case S::delta_value: return times(r->heads, r->head_dim);
        case S::delta_head: return r->head_dim;
        case S::delta_in: return sum(r->conv_channels, size(S::delta_value));
        case S::width: return f->width;
        case S::two_width: return times(2, f->width);
        case S::experts: return f->experts;
        case S::expert_width: return f->expert_width;
        case S::expert_in: return f->latent_width > 0 ? f->latent_width : model_.hidden;
        case S::latent_width: return f->latent_width;
        case S::shared_width: return f->shared_width;
        case S::two_shared: return times(2, f->shared_width);
    }
    return lost;
}

void Lister::add(std::string_view group, std::string_view name, std::string_view suffix,
                 const Shape& shape, WeightRole role) {
    WeightTensor& made = out_.emplace_back();
    if (name.starts_with('/')) {
        name.remove_prefix(1);
    } else if (role != WeightRole::head) {
        made.name += prefix_;
    }
    for (const std::string_view piece : {layer_prefix_, group, name, suffix}) {
        made.name += piece;
    }
    made.shape = shape;
    made.count = checked_product(layers_, experts_);
    made.layers = layers_;
    made.used = used_;
    made.of = experts_;
    made.dtype = model_.dtype;
    made.role = role;
    made.part = part_;
}

void Lister::row(const Row& row) {
    if (!holds(row.when)) {
        return;
    }
    std::string_view group;
    std::string path;
    switch (row.in) {
        case In::attention: group = attention_group_; break;
        case In::mixer: group = names_.mixer; break;
        case In::delta: group = "linear_attn."; break;
        case In::mlp: group = names_.mlp; break;
        case In::moe: group = names_.moe; break;
        case In::shared: group = names_.shared; break;
        case In::expert:
            path = names_.moe;
            path += "experts.{e}.";
            group = path;
            experts_ = feed_forward_->experts;
            used_ = feed_forward_->experts_per_token;
    }
    const std::string_view name = row.name == nullptr ? row.text : names_.*row.name;
    const bool turned = names_.input_first && row.role != WeightRole::norm;
    Shape shape;
    shape.append(dim(turned ? row.columns : row.rows));
    if (row.middle != Size::none) {
        shape.append(dim(row.middle));
    }
    if (row.columns != Size::none) {
        shape.append(dim(turned ? row.rows : row.columns));
    }
    add(group, name, is_bare(row.text) ? "" : ".weight", shape, row.role);
    if (row.when == correction) {
        out_.back().dtype = DType::fp32;
        if (!feed_forward_->router_correction_trained && part_ == WeightPart::text) {
            out_.back().part = WeightPart::buffer;
        }
    }
    if (holds(row.bias)) {
        Shape bias;
        bias.append(dim(row.rows));
        add(group, name, ".bias", bias, row.role);
    }
    experts_ = 1;
    used_ = 1;
}

void Lister::rows(const Row* first, const Row* last) {
    for (; first != last; ++first) {
        row(*first);
    }
}

void Lister::norm(std::string_view name, Dim width, NormKind kind) {
    if (kind == NormKind::none || kind == NormKind::layer_without_weight ||
        kind == NormKind::rms_without_weight) {
        return;
    }
    Shape shape;
    shape.append(width);
    add("", name, ".weight", shape, WeightRole::norm);
    if (kind == NormKind::layer) {
        add("", name, ".bias", shape, WeightRole::norm);
    }
}

void Lister::before_layers() {
    if (model_.vocab == 0) {
        return;
    }
    const struct {
        std::int64_t count;
        std::string_view symbol;
        std::string_view name;
        WeightRole role;
    } tables[] = {
        {sum(model_.vocab, model_.extra_embeddings), "v", names_.embed, WeightRole::embedding},
        {model_.positions, "p", names_.position, WeightRole::position},
        {model_.token_types, "types", names_.token_type, WeightRole::position},
    };
    for (const auto& table : tables) {
        if (table.count > 0) {
            Shape shape;
            shape.append({table.count, table.symbol});
            shape.append(table.name == names_.position
                             ? Dim{model_.position_width, embedding_width().symbol}
                             : embedding_width());
            add("", table.name, ".weight", shape, table.role);
        }
    }
    if (model_.embedding_norm) {
        norm(names_.embed_norm, embedding_width(), model_.embedding_norm_kind);
    }
}

void Lister::after_layers() {
    layer_prefix_ = {};
    layers_ = 1;
    norm(names_.final_norm, dim(S::hidden), model_.final_norm);
    if (!model_.has_head) {
        return;
    }
    Shape shape;
    shape.append({model_.vocab, "v"});
    if (model_.head_bias) {
        add("", names_.head, ".bias", shape, WeightRole::head);
    }
    if (!model_.tied_head) {
        shape.append(embedding_width());
        add("", names_.head, ".weight", shape, WeightRole::head);
    }
}

void Lister::recurrent(MixerKind kind) {
    switch (kind) {
        case MixerKind::mamba1: rows(mamba1_rows); break;
        case MixerKind::mamba2: rows(mamba2_rows); break;
        case MixerKind::gated_delta_net: rows(delta_rows); break;
        case MixerKind::short_conv: rows(short_conv_rows); break;
        case MixerKind::lightning: rows(lightning_rows); break;
        case MixerKind::linear: rows(linear_rows); break;
        default: break;  // what has tensors of its own kind lists them as parts of the model
    }
}

void Lister::feed_forward() {
    if (feed_forward_->kind == FeedForwardKind::moe) {
        rows(moe_rows);
        if (feed_forward_->shared_width > 0) {
            rows(shared_rows);
        }
    }
    if (feed_forward_->kind != FeedForwardKind::none && feed_forward_->width > 0) {
        rows(mlp_rows);
    }
}

void Lister::layer(const Layer& layer, std::int64_t count) {
    if (layer.listed_apart) {
        return;
    }
    layer_prefix_ = names_.layer;
    layers_ = count;
    recurrent_ = &layer.recurrent;
    feed_forward_ = &layer.feed_forward;
    const auto attend = [&](std::string_view group, const Attention& attention) {
        if (attention.listed_apart) {
            return;
        }
        attention_ = &attention;
        attention_group_ = group;
        if (attention.latent) {
            rows(latent_rows);
            return;
        }
        rows(attention_rows);
        if (!attention.borrows_kv) {
            rows(key_norm_rows);
        }
    };
    if (layer.mixer == MixerKind::attention || layer.has_parallel_attention) {
        attend(names_.attention, layer.attention);
    }
    if (layer.cross_attention) {
        attend(names_.cross_attention, *layer.cross_attention);
    }
    attention_group_ = names_.attention;
    recurrent(layer.mixer);
    feed_forward();
    for (std::size_t i = 0; i < names_.norm.size() && static_cast<int>(i) < layer.norms; ++i) {
        norm(names_.norm[i], dim(S::hidden), layer.norm);
    }
}

/// Each distinct layer once, with how often it occurs.
void Lister::layers(const std::vector<Layer>& layers) {
    std::vector<std::int64_t> counts(layers.size());  // at the first of each kind
    for (std::size_t i = 0; i < layers.size(); ++i) {
        std::size_t first = 0;
        while (first < i && (counts[first] == 0 || !(layers[first] == layers[i]))) {
            ++first;
        }
        ++counts[first];
    }
    for (std::size_t i = 0; i < layers.size(); ++i) {
        if (counts[i] > 0) {
            layer(layers[i], counts[i]);
        }
    }
}

/// A layer that predicts one token more: it reads the hidden state and the next embedding, each normed,
/// through one matrix (DeepSeek-V3's report, section 2.2). Embedding and head are the model's own.
void Lister::next_token(const Layer& shape, std::int64_t count) {
    part_ = WeightPart::next_token;
    layer(shape, count);
    Shape joint;
    joint.append(dim(S::hidden));
    joint.append(dim(S::two_hidden));
    add("", "eh_proj", ".weight", joint, WeightRole::other);
    for (const std::string_view name : {"enorm", "hnorm", "shared_head.norm"}) {
        norm(name, dim(S::hidden), NormKind::rms);
    }
}

}  // namespace

std::vector<WeightTensor> weight_tensors(const Model& model) {
    std::vector<WeightTensor> tensors;
    tensors.reserve(32 + model.parts.size());
    Lister lister(model, model.names, model.prefix, tensors);
    lister.before_layers();
    if (model.encoder) {
        Lister(model, model.encoder->names, model.encoder->prefix, tensors)
            .layers(model.encoder->layers);
    }
    lister.layers(model.decoder.layers);
    lister.after_layers();
    if (!model.next_token_layers.empty()) {
        lister.next_token(model.next_token_layers.front(),
                          static_cast<std::int64_t>(model.next_token_layers.size()));
    }
    tensors.insert(tensors.end(), model.parts.begin(), model.parts.end());
    return tensors;
}

ParameterCounts count_parameters(const std::vector<WeightTensor>& tensors) {
    ParameterCounts counts;
    for (const WeightTensor& tensor : tensors) {
        const std::int64_t elements = tensor.elements();
        if (tensor.part == WeightPart::buffer) {
            counts.buffers = sum(counts.buffers, elements);
        } else if (tensor.part == WeightPart::next_token) {
            counts.next_token = sum(counts.next_token, elements);
        } else {
            counts.total = sum(counts.total, elements);
            const bool all = tensor.used >= tensor.of || elements == lost;
            counts.active = sum(
                counts.active, all ? elements : checked_product(elements / tensor.of, tensor.used));
            if (tensor.role == WeightRole::embedding) {
                counts.embedding = sum(counts.embedding, elements);
            }
        }
    }
    counts.trainable = counts.total;
    return counts;
}

ParameterCounts count_parameters(const Model& model) {
    return count_parameters(weight_tensors(model));
}

}  // namespace tensorledger
