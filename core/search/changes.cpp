#include "core/search/changes.h"

#include <algorithm>

#include "core/options/assign.h"
#include "core/options/table.h"
#include "core/options/validate.h"

namespace tensorledger {

namespace {

enum class LadderId : std::uint8_t {
    attention,
    loss,
    step,
    gradients,
    in_backward,
    output,
    kept_logits,
    outputs,
    window,
    segments,
    checkpointing,
    paged,
    offload,
    host_cache,
    moments,
    factored,
    sign,
    plain,
    amsgrad,
    average,
    precision,
    adapter,
    base,
    dropout,
    cache,
    method,
};

struct ChangeRow {
    LadderId ladder;
    CostKind kind;
    const char* when;
    const char* changes;
    const char* cost;
};

constexpr ChangeRow rows[] = {
#define CHANGE(ladder, kind, when, changes, cost) \
    {LadderId::ladder, CostKind::kind, when, changes, cost},
#include "core/search/changes.def"
#undef CHANGE
};

/// llama-quantize's types from the most bits a weight to the fewest that need no importance matrix, then those that do.
constexpr std::string_view file_types =
    "q8_0,q6_k,q5_1,q5_k_m,q5_k_s,q5_0,q4_1,q4_k_m,q4_k_s,iq4_nl,q4_0,iq4_xs,q3_k_l,q3_k_m,iq3_m,"
    "iq3_s,q3_k_s,iq3_xs,iq3_xxs,q2_k,iq2_m,iq2_s,iq2_xs,iq2_xxs,iq1_m,iq1_s";
/// bitsandbytes' under transformers.
constexpr std::string_view loaded_types = "int8,nf4,nf4-double";

std::string assignment(std::string_view key, std::int64_t value) {
    return std::string(key) + "=" + std::to_string(value);
}

std::string_view until(std::string_view& rest, char end) {
    const auto at = rest.find(end);
    const std::string_view part = rest.substr(0, at);
    rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
    return part;
}

class Ladders {
public:
    explicit Ladders(const Config& config) : config_(config) {}

    std::vector<Ladder> all() {
        from_table();
        if (config_.task == Task::train) {
            of_training();
        } else {
            of_inference();
        }
        std::stable_sort(ladders_.begin(), ladders_.end(),
                         [](const Ladder& left, const Ladder& right) {
                             return left.changes.front().kind < right.changes.front().kind;
                         });
        return std::move(ladders_);
    }

private:
    void from_table() {
        const LadderId* open = nullptr;
        for (const ChangeRow& row : rows) {
            if (!holds(row.when, config_)) continue;
            if (open == nullptr || *open != row.ladder) ladders_.emplace_back();
            open = &row.ladder;
            ladders_.back().changes.push_back({row.kind, row.changes, row.cost});
        }
    }

    void add(std::vector<Change> changes) {
        if (!changes.empty()) ladders_.push_back({std::move(changes), true});
    }

    /// Half of a whole number, a quarter, … down to `least`.
    void add_halves(CostKind kind, std::string_view key, std::int64_t now, std::int64_t least,
                    std::string_view cost) {
        std::vector<Change> changes;
        for (std::int64_t value = now / 2; value >= least; value /= 2) {
            changes.push_back({kind, assignment(key, value), cost});
        }
        add(std::move(changes));
    }

    void of_training() {
        std::vector<Change> batches;
        const std::int64_t sequences = config_.batch * config_.grad_accum;
        // Halves, and every divisor where there are few: as many sequences a step as before.
        for (std::int64_t batch = config_.batch - 1; batch >= 1; --batch) {
            if (batch > 64) batch = std::min(batch, (batch + 1) / 2);
            if (sequences % batch != 0) continue;
            batches.push_back(
                {CostKind::speed,
                 assignment("batch", batch) + "&" + assignment("grad_accum", sequences / batch),
                 "Time: the same sequences a step in more, smaller pieces."});
        }
        add(std::move(batches));
        if (config_.method == Method::full) {
            std::vector<Change> frozen;
            const auto layers = static_cast<std::int64_t>(config_.network->decoder.layers.size());
            for (std::int64_t quarter = 1; quarter <= 3; ++quarter) {
                const std::int64_t count = layers * quarter / 4;
                if (count < 1) continue;
                frozen.push_back(
                    {CostKind::task,
                     "method=freeze&frozen=lowest-layers&" + assignment("frozen_layers", count),
                     "Something else is trained: the embeddings and the lowest layers "
                     "stay as they are."});
            }
            add(std::move(frozen));
        }
        add_halves(CostKind::quality, "lora_rank", config_.lora_rank, 1,
                   "Capacity: narrower adapters can learn less.");
        add_halves(CostKind::task, "seq", config_.seq, 128, "Context: shorter sequences.");
    }

    void of_inference() {
        const bool is_llamacpp = config_.engine == Engine::llamacpp;
        if (is_llamacpp) {
            add_halves(CostKind::speed, "ubatch", config_.ubatch, 32,
                       "Slower prompts: they are read in smaller pieces.");
            std::vector<Change> on_card;
            const auto layers =
                static_cast<std::int64_t>(config_.network->decoder.layers.size()) + 1;
            const std::int64_t now =
                config_.gpu_layers < 0 ? layers : std::min(config_.gpu_layers, layers);
            for (std::int64_t count = now - 1; count >= 1; --count) {
                on_card.push_back({CostKind::speed, assignment("gpu_layers", count),
                                   "Much time: the other layers run on the host."});
            }
            add(std::move(on_card));
        }
        const bool is_paging = config_.engine == Engine::vllm || config_.engine == Engine::sglang;
        if (is_paging) {
            std::vector<Change> shared;
            for (std::int64_t tp = config_.tp * 2; tp <= 8; tp *= 2) {
                shared.push_back({CostKind::hardware, assignment("tp", tp),
                                  "More cards: each holds a part of every layer."});
            }
            add(std::move(shared));
        }
        std::vector<Change> stored;
        std::string_view types = is_llamacpp ? file_types : loaded_types;
        const std::string now = value_text(*find_option("weights"), config_);
        if (types.find(now) != std::string_view::npos) {
            while (until(types, ',') != now && !types.empty()) {
            }
        }
        while (!types.empty()) {
            stored.push_back({CostKind::quality, "weights=" + std::string(until(types, ',')),
                              "Accuracy: fewer bits a weight."});
        }
        add(std::move(stored));
        const std::int64_t prompt = config_.prompt.value_or(config_.seq);
        add_halves(CostKind::task, "sequences", config_.sequences.value_or(config_.batch), 1,
                   "Fewer sequences at the same time.");
        const std::int64_t longest = config_.network->max_position;
        const std::int64_t context = config_.context.value_or(
            is_paging && longest > 0 && !config_.prompt ? longest : prompt);
        const bool is_limit = is_llamacpp || is_paging;
        add_halves(CostKind::task, "context", context, is_limit ? 256 : prompt,
                   "Context: less text is remembered.");
        if (!is_limit && config_.prompt.has_value()) {
            add_halves(CostKind::task, "prompt", prompt, 128, "Context: shorter prompts.");
        }
        if (!is_limit && !config_.prompt.has_value()) {
            add_halves(CostKind::task, "seq", prompt, 128, "Context: shorter prompts.");
        }
    }

    const Config& config_;
    std::vector<Ladder> ladders_;
};

/// Options that mean nothing after a change return to their defaults; false where the change itself means nothing.
bool drop_what_does_not_apply(Config& config, std::string& query) {
    for (const OptionRow& option : options()) {
        if (is_default(option, config) || holds(option.applies, config)) continue;
        if (("&" + query).find("&" + std::string(option.key) + "=") != std::string::npos) {
            return false;
        }
        std::string value = value_text(option, default_config());
        if (value.empty()) value = "auto";
        Issues issues;
        assign(option, value, config, issues);
        query.append("&").append(option.key).append("=").append(value);
    }
    return true;
}

}  // namespace

std::vector<Ladder> ladders_of(const Config& config) { return Ladders(config).all(); }

std::optional<Config> changed(const Config& config, Change& change) {
    Config made = config;
    std::string query;
    std::string_view rest = change.query;
    while (!rest.empty()) {
        std::string_view value = until(rest, '&');
        const std::string_view key = until(value, '=');
        const OptionRow& option = *find_option(key);
        if (value_text(option, made) == value) continue;
        Issues issues;
        assign(option, value, made, issues);
        if (!issues.empty()) return std::nullopt;
        query.append(query.empty() ? "" : "&").append(key).append("=").append(value);
    }
    if (query.empty()) return std::nullopt;
    if (!drop_what_does_not_apply(made, query)) return std::nullopt;
    if (!check(made).empty() || !check_network(made).empty()) return std::nullopt;
    change.query = std::move(query);
    return made;
}

}  // namespace tensorledger
