#include "core/profiles/sglang/pools.h"

#include <algorithm>
#include <cmath>

namespace tensorledger::sglang {

namespace {

constexpr std::int64_t kMiB = std::int64_t{1} << 20;

/// One step of the table by memory: up to so many MiB.
struct Step {
    std::int64_t below;
    std::int64_t chunk;
    std::int64_t batch;       // up to three devices
    std::int64_t wide_batch;  // from four on
};
// clang-format off
constexpr Step steps[] = {
    { 20480,  2048,   8,   8},
    { 35840,  2048,  24,  80},
    { 61440,  4096,  32, 160},
    {163840,  8192, 256, 512},
    {1LL << 40,  16384, 512, 512},
};
// clang-format on

/// Shapes of a prefill that are captured, up to a number of tokens.
std::int64_t prefill_graphs(std::int64_t tokens) {
    constexpr struct {
        std::int64_t first, last, step;
    } ranges[] = {{4, 32, 4},      {48, 256, 16},     {288, 512, 32},
                  {576, 1024, 64}, {1280, 4096, 256}, {4608, std::int64_t{1} << 40, 512}};
    std::int64_t count = 0;
    for (const auto& range : ranges) {
        const std::int64_t last = std::min(tokens, range.last);
        if (last >= range.first) count += (last - range.first) / range.step + 1;
    }
    return count;
}

bool attends(const Layer& layer) {
    return layer.mixer == MixerKind::attention || layer.has_parallel_attention;
}

}  // namespace

Defaults defaults_of(const DefaultsQuestion& question) {
    const std::int64_t memory = question.card.count() / kMiB;
    const Step* step = steps;
    while (memory >= step->below) ++step;
    Defaults made;
    made.chunk = question.chunk.value_or(step->chunk);
    made.graph_batch = question.tp < 4 ? step->batch : step->wide_batch;
    double reserved = 512 + 1.5 * static_cast<double>(std::max<std::int64_t>(made.chunk, 2048));
    reserved += static_cast<double>(question.tp) * static_cast<double>(question.pp) * 128;
    if (question.captures) {
        reserved += static_cast<double>(2 * made.graph_batch);
        reserved +=
            question.is_latent ? 1536.0 : 8.0 * static_cast<double>(prefill_graphs(made.chunk));
    }
    if (memory > 61440) reserved = std::max(reserved, 10240.0);
    const double card = static_cast<double>(std::max<std::int64_t>(memory, 1));
    made.fraction = std::round((card - reserved) / card * 1000) / 1000;
    return made;
}

vllm::CachePlan plan_pools(const Model& model, const vllm::CacheQuestion& question) {
    vllm::CachePlan plan;
    plan.block = question.block;
    plan.is_mixed_width = true;
    vllm::CacheGroup& pool = plan.groups.emplace_back();
    pool.spec.block = question.block;
    const bool any_full = std::any_of(
        model.decoder.layers.begin(), model.decoder.layers.end(), [](const Layer& layer) {
            return attends(layer) && layer.stores_kv && layer.attention.window == 0;
        });
    std::int64_t index = 0;
    const auto add = [&](const Layer& layer) {
        if (attends(layer) && layer.stores_kv) {
            std::int64_t page =
                checked_product(question.block, vllm::bytes_per_token(layer.attention, question));
            if (layer.attention.window > 0 && any_full) {
                page = checked_product(page, kWindowShare) / kFullShare;
            }
            pool.layers.push_back(index);
            plan.pages.push_back(page);
            pool.spec.is_latent = layer.attention.latent.has_value();
        }
        ++index;
    };
    for (const Layer& layer : model.decoder.layers) add(layer);
    if (question.next_token && !model.next_token_layers.empty()) {
        add(model.next_token_layers.front());
    }
    if (pool.layers.empty()) plan.groups.clear();
    return plan;
}

std::int64_t widest_window(const Model& model) {
    std::int64_t widest = 0;
    for (const Layer& layer : model.decoder.layers) {
        if (attends(layer)) widest = std::max(widest, layer.attention.window);
    }
    return widest;
}

Bytes states_of_sequence(const Model& model, const vllm::CacheQuestion& question,
                         std::int64_t first, std::int64_t layers) {
    Bytes bytes;
    for (std::int64_t i = first; i < first + layers; ++i) {
        const Layer& layer = model.decoder.layers[static_cast<std::uint32_t>(i)];
        bytes += Bytes(vllm::state_bytes(model, layer, question));
    }
    return bytes;
}

std::int64_t state_slots(Bytes rest, Bytes states_of_one) {
    if (rest <= Bytes(0) || states_of_one <= Bytes(0)) return 0;
    const std::int64_t share = rest.count() / 19 * 9;
    return std::max<std::int64_t>((share - states_of_one.count()) / states_of_one.count(), 0);
}

}  // namespace tensorledger::sglang
