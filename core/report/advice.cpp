#include "core/report/advice.h"

#include <algorithm>
#include <functional>
#include <string>

#include "core/options/parse.h"
#include "core/report/estimate.h"

namespace tensorledger {

namespace {

/// A change: the keys that it sets, what it does to the Config, and what it costs. Null when it changes nothing.
struct Change {
    std::string query;
    std::string cost;
    std::function<void(Config&)> apply;
};

/// How many changes are shown.
constexpr std::uint32_t shown = 6;

std::string number(std::int64_t value) { return std::to_string(value); }

/// The changes that this set-up leaves room for, the least costly first.
std::vector<Change> changes(const Config& config) {
    std::vector<Change> list;
    const bool caches = config.task == Task::train || config.engine == Engine::hf;
    if (caches && !config.expandable_segments) {
        list.push_back({"expandable_segments=true",
                        "Nothing: the allocator leaves fewer gaps, and maps memory page by page.",
                        [](Config& c) { c.expandable_segments = true; }});
    }
    if (config.task == Task::inference) {
        return list;
    }
    const bool plain_adamw =
        config.optimizer == Optimizer::adamw && config.optimizer_impl == OptimizerImpl::foreach &&
        config.optimizer_library == OptimizerLibrary::automatic && !config.amsgrad &&
        !config.optimizer_paged && config.offload == Offload::none;
    if (plain_adamw) {
        list.push_back({"optimizer_impl=fused",
                        "Nothing: the same step in one kernel, without temporaries.",
                        [](Config& c) { c.optimizer_impl = OptimizerImpl::fused; }});
    }
    if (config.attention == AttentionKind::eager) {
        list.push_back({"attention=sdpa",
                        "Nothing: faster as well; attention weights cannot be read out.",
                        [](Config& c) { c.attention = AttentionKind::sdpa; }});
    }
    if (config.batch > 1) {
        const std::int64_t accumulation = config.grad_accum * config.batch;
        list.push_back({"batch=1&grad_accum=" + number(accumulation),
                        "Time: the same batch in more, smaller steps of the GPU.",
                        [accumulation](Config& c) {
                            c.grad_accum = accumulation;
                            c.batch = 1;
                        }});
    }
    if (config.checkpointing == Checkpointing::none) {
        list.push_back({"checkpointing=full",
                        "About a third more compute: each layer's forward runs twice.",
                        [](Config& c) { c.checkpointing = Checkpointing::full; }});
    }
    if (plain_adamw) {
        list.push_back({"optimizer=adamw-8bit",
                        "Little: AdamW's averages in 8 bits with a scale for each block "
                        "(bitsandbytes).",
                        [](Config& c) { c.optimizer = Optimizer::adamw_8bit; }});
    }
    if (config.precision == Precision::fp32) {
        list.push_back({"precision=bf16-mixed",
                        "Matrix products in bfloat16: fewer digits, much faster.",
                        [](Config& c) { c.precision = Precision::bf16_mixed; }});
    }
    if (config.precision != Precision::bf16 && config.precision != Precision::fp16) {
        list.push_back({"precision=bf16",
                        "Accuracy: weights are updated in bfloat16, small updates can be lost.",
                        [](Config& c) { c.precision = Precision::bf16; }});
    }
    if (config.seq > 256) {
        const std::int64_t half = config.seq / 2;
        list.push_back({"seq=" + number(half), "Context: sequences are cut in half.",
                        [half](Config& c) { c.seq = half; }});
    }
    if (plain_adamw) {
        list.push_back({"optimizer=sgd-momentum", "Convergence: no per-parameter step size.",
                        [](Config& c) { c.optimizer = Optimizer::sgd_momentum; }});
        list.push_back({"optimizer=sgd", "Convergence: no per-parameter step size and no momentum.",
                        [](Config& c) { c.optimizer = Optimizer::sgd; }});
    }
    return list;
}

}  // namespace

std::vector<Advice> advise(const Config& config, const Answer& answer) {
    std::vector<Advice> all;
    const std::vector<Change> list = changes(config);
    const auto attempt = [&](const Change& first, const Change* second) {
        Config changed = config;
        first.apply(changed);
        std::string query = first.query;
        std::string cost = first.cost;
        if (second != nullptr) {
            second->apply(changed);
            query += "&" + second->query;
            cost += " " + second->cost;
        }
        // Of two changes only those are shown that fit: what they take is exact then.
        const Answer result =
            estimate(changed, second == nullptr ? Detail::totals : Detail::verdict);
        const Bytes least =
            Bytes(answer.totals.device.count() / 100);  // less is not worth a change
        if (result.ok && result.totals.device + least < answer.totals.device) {
            all.push_back({.query = std::move(query),
                           .total = result.totals.device,
                           .saved = answer.totals.device - result.totals.device,
                           .fits = result.fit.fits,
                           .cost = std::move(cost)});
        }
    };
    for (const Change& change : list) {
        attempt(change, nullptr);
    }
    const bool one_is_enough =
        std::any_of(all.begin(), all.end(), [](const Advice& advice) { return advice.fits; });
    if (!one_is_enough) {
        const auto singles = all.size();
        const auto enough = [&] {  // fit already: no later one is shown
            const auto fitting = std::count_if(all.begin(), all.end(),
                                               [](const Advice& advice) { return advice.fits; });
            return static_cast<std::uint32_t>(fitting) >= shown;
        };
        for (std::uint32_t first = 0; first < list.size(); ++first) {
            for (std::uint32_t second = first + 1; second < list.size() && !enough(); ++second) {
                if (list[first].query.substr(0, 6) != list[second].query.substr(0, 6)) {
                    attempt(list[first], &list[second]);
                }
            }
        }
        all.erase(std::remove_if(all.begin() + static_cast<std::ptrdiff_t>(singles), all.end(),
                                 [](const Advice& advice) { return !advice.fits; }),
                  all.end());
    }
    std::stable_sort(all.begin(), all.end(), [](const Advice& left, const Advice& right) {
        if (left.fits != right.fits) {
            return left.fits;
        }
        return !left.fits && left.saved > right.saved;
    });
    if (all.size() > shown) {
        all.resize(shown);
    }
    return all;
}

}  // namespace tensorledger
