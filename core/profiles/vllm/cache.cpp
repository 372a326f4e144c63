#include "core/profiles/vllm/cache.h"

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>

#include "core/profiles/vllm/ranks.h"

namespace tensorledger::vllm {

namespace {

std::int64_t ceil_divide(std::int64_t number, std::int64_t by) {
    return number / by + (number % by != 0 ? 1 : 0);
}

std::int64_t size_of(DType dtype) { return info(dtype).block_bytes; }

std::int64_t sum(std::int64_t left, std::int64_t right) {
    return (Bytes(left) + Bytes(right)).count();
}

/// The format of a recurrent state: the computation's, or fp32 where the family's configuration says so.
DType state_dtype(const Model& model, DType computed) {
    for (const std::string_view family : {"qwen3_5", "nemotron_h"}) {
        if (model.model_type.starts_with(family)) return DType::fp32;
    }
    return computed;
}

bool attends(const Layer& layer) {
    return layer.mixer == MixerKind::attention || layer.has_parallel_attention;
}

bool has_state(const Layer& layer) {
    switch (layer.mixer) {
        case MixerKind::mamba1:
        case MixerKind::mamba2:
        case MixerKind::gated_delta_net:
        case MixerKind::kimi_delta:
        case MixerKind::short_conv:
        case MixerKind::lightning: return true;
        default: return false;
    }
}

/// The sizes of a state on one device, before its page is padded.
LayerCache state_of(const Model& model, const Layer& layer, const CacheQuestion& question) {
    LayerCache made;
    made.kind = CacheKind::state;
    made.state = state_bytes(model, layer, question);
    made.page = made.state;
    return made;
}

LayerCache attention_of(const Attention& attention, const CacheQuestion& question) {
    LayerCache made;
    made.is_latent = attention.latent.has_value();
    if (question.groups) {
        made.reach = attention.window > 0 ? attention.window : attention.chunk;
        made.kind = attention.window > 0  ? CacheKind::window
                    : attention.chunk > 0 ? CacheKind::chunk
                                          : CacheKind::full;
    }
    made.per_token = bytes_per_token(attention, question);
    made.block = question.block;
    made.page = checked_product(made.per_token, made.block);
    return made;
}

struct Entry {
    LayerCache spec;
    std::int64_t layer;
};

/// A state takes one page of the attention layers: their blocks are made longer until it fits.
void fit_states(std::vector<Entry>& entries, CachePlan& plan) {
    std::int64_t state = 0;
    std::int64_t per_token = 0;
    for (const Entry& entry : entries) {
        state = std::max(state, entry.spec.state);
        if (entry.spec.kind != CacheKind::state) {
            per_token = std::max(per_token, entry.spec.per_token);
        }
    }
    plan.unpadded_state = state;
    if (state == 0 || per_token == 0) return;
    constexpr std::int64_t alignment = 16;  // of the attention kernels' blocks
    const std::int64_t step = std::max(alignment, plan.block);
    const std::int64_t fitting =
        checked_product(step, ceil_divide(state, checked_product(step, per_token)));
    plan.block = std::max(plan.block, fitting);
    for (Entry& entry : entries) {
        LayerCache& spec = entry.spec;
        if (spec.kind == CacheKind::state) {
            spec.page = checked_product(plan.block, per_token);
        } else {
            spec.block = plan.block;
            spec.page = checked_product(plan.block, spec.per_token);
        }
    }
}

/// Smaller pages get more tokens, so that all are of one size.
std::optional<Issue> unify_pages(std::vector<Entry>& entries) {
    std::int64_t largest = 0;
    for (const Entry& entry : entries) largest = std::max(largest, entry.spec.page);
    for (Entry& entry : entries) {
        LayerCache& spec = entry.spec;
        if (spec.page == largest) continue;
        if (spec.page == 0 || largest % spec.page != 0) {
            return Issue{"model", "impossible",
                         "vLLM cannot make blocks of one size for this model's layers: " +
                             std::to_string(spec.page) + " bytes do not divide " +
                             std::to_string(largest) + "."};
        }
        spec.block = checked_product(spec.block, largest / spec.page);
        spec.page = largest;
    }
    return std::nullopt;
}

bool same_kind(const std::vector<Entry>& entries) {
    return std::all_of(entries.begin(), entries.end(), [&](const Entry& entry) {
        const LayerCache& first = entries.front().spec;
        return entry.spec.kind == first.kind && entry.spec.reach == first.reach;
    });
}

bool same_page(const std::vector<Entry>& entries) {
    return std::all_of(entries.begin(), entries.end(), [&](const Entry& entry) {
        return entry.spec.page == entries.front().spec.page;
    });
}

std::int64_t count_of(const CacheGroup& group) {
    return static_cast<std::int64_t>(group.layers.size());
}

/// Groups of equally many layers: as many as the rarest kind has, or as the most frequent where that is less than
/// half as many again. The i-th group of a kind has every n-th layer of it from the i-th on.
void group(const std::vector<Entry>& entries, CachePlan& plan) {
    std::vector<CacheGroup> kinds;
    for (const Entry& entry : entries) {
        auto known = std::find_if(kinds.begin(), kinds.end(),
                                  [&](const CacheGroup& kind) { return kind.spec == entry.spec; });
        if (known == kinds.end()) known = kinds.insert(kinds.end(), {entry.spec, {}});
        known->layers.push_back(entry.layer);
    }
    std::int64_t fewest = std::numeric_limits<std::int64_t>::max();
    std::int64_t most = 0;
    for (const CacheGroup& kind : kinds) {
        fewest = std::min(fewest, count_of(kind));
        most = std::max(most, count_of(kind));
    }
    const std::int64_t size = 2 * most < 3 * fewest ? most : fewest;
    for (const CacheGroup& kind : kinds) {
        const std::int64_t parts = ceil_divide(count_of(kind), size);
        for (std::int64_t part = 0; part < parts; ++part) {
            CacheGroup& made = plan.groups.emplace_back(CacheGroup{kind.spec, {}});
            for (std::int64_t i = part; i < count_of(kind); i += parts) {
                made.layers.push_back(kind.layers[static_cast<std::uint32_t>(i)]);
            }
        }
    }
}

std::vector<Entry> entries_of(const Model& model, const CacheQuestion& question) {
    std::vector<Entry> entries;
    std::int64_t index = 0;
    const auto add = [&](const Layer& layer) {
        if (attends(layer) && layer.stores_kv) {
            entries.push_back({attention_of(layer.attention, question), index});
        }
        if (has_state(layer)) entries.push_back({state_of(model, layer, question), index});
        ++index;
    };
    for (const Layer& layer : model.decoder.layers) add(layer);
    if (question.next_token && !model.next_token_layers.empty()) {
        add(model.next_token_layers.front());
    }
    return entries;
}

}  // namespace

std::int64_t bytes_per_token(const Attention& attention, const CacheQuestion& question) {
    const std::int64_t size = size_of(question.stored);
    if (attention.latent) {
        const Latent& latent = *attention.latent;
        const bool is_sparse = latent.index_head_dim > 0;
        // FlashMLA's own format for sparse attention: 512 B of the latent, four fp32 scales, the rotary part in bf16.
        const std::int64_t main =
            is_sparse && question.stored == DType::fp8
                ? latent.kv_rank + latent.kv_rank / 128 * 4 + latent.rope_head_dim * 2
                : checked_product(latent.kv_rank + latent.rope_head_dim, size);
        // The indexer's keys are fp8 with an fp32 scale for each 128.
        const std::int64_t index =
            is_sparse ? latent.index_head_dim + ceil_divide(latent.index_head_dim, 128) * 4 : 0;
        return sum(main, index);
    }
    const std::int64_t width = attention.head_dim + attention.value_head_dim;
    return checked_product(checked_product(kv_heads(attention, question.tp), width), size);
}

std::int64_t state_bytes(const Model& model, const Layer& layer, const CacheQuestion& question) {
    const Recurrent& r = layer.recurrent;
    const std::int64_t tp = question.tp;
    const std::int64_t convolution = size_of(question.computed);
    const std::int64_t recurrent = size_of(state_dtype(model, question.computed));
    const std::int64_t kept = std::max<std::int64_t>(r.conv_kernel - 1, 0) + question.guessed;
    const auto times = checked_product;
    const auto state = [&](std::int64_t channels, std::int64_t elements, std::int64_t size) {
        return sum(times(times(ceil_divide(channels, tp), kept), convolution),
                   times(ceil_divide(elements, tp), size));
    };
    switch (layer.mixer) {
        case MixerKind::mamba1: return state(r.inner, times(r.inner, r.state), recurrent);
        case MixerKind::mamba2: {
            const std::int64_t groups = r.groups % tp == 0 ? r.groups : std::max(r.groups, tp);
            return state(sum(r.inner, times(2 * groups, r.state)),
                         times(times(r.heads, r.head_dim), r.state), recurrent);
        }
        case MixerKind::gated_delta_net:
            return state(r.conv_channels, times(times(r.heads, r.head_dim), r.state), recurrent);
        case MixerKind::kimi_delta:
            return state(r.conv_channels, times(times(r.heads, r.head_dim), r.state), 4);
        case MixerKind::lightning:
            return times(ceil_divide(times(times(r.heads, r.head_dim), r.state), tp), recurrent);
        case MixerKind::short_conv: return state(r.conv_channels, 0, recurrent);
        default: return 0;
    }
}

CachePlanOrIssue plan_cache(const Model& model, const CacheQuestion& question) {
    CachePlanOrIssue result;
    CachePlan& plan = result.plan;
    plan.block = question.block;
    for (const Layer& layer : model.decoder.layers) {
        const bool is_compressed = attends(layer) && layer.attention.compression > 0;
        const bool is_other = layer.mixer == MixerKind::rwkv || layer.mixer == MixerKind::xlstm;
        if (is_compressed || is_other) {
            result.issue = Issue{"model", "not-listed",
                                 "The cache that this engine keeps for a model of type " +
                                     model.model_type + " is not listed yet."};
            return result;
        }
    }
    std::vector<Entry> entries = entries_of(model, question);
    if (entries.empty()) return result;
    fit_states(entries, plan);
    if (same_kind(entries)) {
        CacheGroup& only = plan.groups.emplace_back(CacheGroup{entries.front().spec, {}});
        for (const Entry& entry : entries) only.layers.push_back(entry.layer);
        plan.is_mixed_width = !same_page(entries);
        for (const Entry& entry : entries) {
            if (plan.is_mixed_width) plan.pages.push_back(entry.spec.page);
        }
        return result;
    }
    result.issue = unify_pages(entries);
    if (!result.issue) group(entries, plan);
    return result;
}

std::int64_t blocks_of_sequence(const CachePlan& plan, const CacheQuestion& question,
                                std::int64_t tokens, std::int64_t tokens_per_forward) {
    std::int64_t blocks = 0;
    for (const CacheGroup& group : plan.groups) {
        const LayerCache& spec = group.spec;
        switch (spec.kind) {
            case CacheKind::full: blocks += ceil_divide(tokens, spec.block); break;
            case CacheKind::window:
                blocks +=
                    ceil_divide(std::min(spec.reach - 1 + tokens_per_forward, tokens), spec.block) +
                    1;
                break;
            case CacheKind::chunk:
                blocks +=
                    ceil_divide(std::min(spec.reach + tokens_per_forward, tokens), spec.block);
                break;
            case CacheKind::state:
                blocks += (question.keeps_states ? 2 : 1) + question.guessed;
                break;
        }
    }
    return blocks;
}

std::int64_t tokens_by_groups(const CachePlan& plan, std::int64_t blocks) {
    std::int64_t shortest = 0;
    for (const CacheGroup& group : plan.groups) {
        const std::int64_t block = group.spec.block;
        if (block > 0 && (shortest == 0 || block < shortest)) shortest = block;
    }
    const auto groups = static_cast<std::int64_t>(plan.groups.size());
    return groups == 0 ? 0 : checked_product(blocks / groups, shortest);
}

std::int64_t shared_blocks(const CachePlan& plan, std::int64_t tokens) {
    std::int64_t blocks = 0;
    for (const CacheGroup& group : plan.groups) {
        if (group.spec.kind == CacheKind::full) blocks += tokens / group.spec.block;
    }
    return blocks;
}

Bytes bytes_of_block(const CachePlan& plan, std::int64_t first, std::int64_t layers) {
    const auto is_here = [&](std::int64_t layer) {
        return layer >= first && layer < first + layers;
    };
    if (plan.is_mixed_width) {
        Bytes bytes;
        const std::vector<std::int64_t>& all = plan.groups.front().layers;
        for (std::uint32_t i = 0; i < all.size(); ++i) {
            if (is_here(all[i])) bytes += Bytes(plan.pages[i]);
        }
        return bytes;
    }
    std::int64_t most = 0;
    std::int64_t page = 0;
    for (const CacheGroup& group : plan.groups) {
        most = std::max<std::int64_t>(
            most, std::count_if(group.layers.begin(), group.layers.end(), is_here));
        page = group.spec.page;
    }
    return Bytes(page) * most;
}

}  // namespace tensorledger::vllm
