#include "core/search/limits.h"

#include <algorithm>
#include <optional>

#include "core/formats/json.h"
#include "core/options/table.h"
#include "core/options/validate.h"
#include "core/report/device.h"
#include "core/report/estimate.h"
#include "core/search/answer.h"
#include "core/search/frontier.h"
#include "core/search/surface.h"

namespace tensorledger {

namespace {

/// The field of a choice, set to the one at that place.
void set_choice(const OptionRow& option, Config& config, std::uint8_t place) {
    *static_cast<std::uint8_t*>(const_cast<void*>(field_of(option, config))) = place;
}

std::optional<std::int64_t> integer_of(const OptionRow& option, const Config& config) {
    const void* field = field_of(option, config);
    return option.type == OptionType::integer
               ? std::optional(*static_cast<const std::int64_t*>(field))
               : *static_cast<const std::optional<std::int64_t>*>(field);
}

/// What a set-up takes on the device and whether that fits; nothing where it cannot exist or has no figure.
struct Judged {
    Bytes device;
    bool fits = false;
};
std::optional<Judged> judged(const Config& config, Detail detail = Detail::verdict) {
    if (!check(config).empty() || !check_network(config).empty()) {
        return std::nullopt;
    }
    const Answer answer = estimate(config, detail);
    if (!answer.ok) {
        return std::nullopt;
    }
    return Judged{answer.totals.device, answer.fit.fits};
}

/// One whole number of the set-up: what it is when it is not given, and what a longer one means.
struct Quantity {
    const char* key;
    std::int64_t otherwise;
    bool is_length;  // of the text: the position table bounds it
};

/// Whether the engine is one that pages its cache.
bool is_server(const Config& config) {
    return config.task == Task::inference &&
           (config.engine == Engine::vllm || config.engine == Engine::sglang);
}

std::vector<Quantity> quantities(const Config& config) {
    if (config.task == Task::train) {
        std::vector<Quantity> list = {{"batch", 1, false}, {"seq", 1, true}};
        if (holds(find_option("lora_rank")->applies, config))
            list.push_back({"lora_rank", 1, false});
        return list;
    }
    // vLLM and SGLang start for as long a context as the model states.
    const std::int64_t longest = config.network->max_position;
    const std::int64_t otherwise = is_server(config) && longest > 0 ? longest : config.seq;
    const std::int64_t prompt = config.prompt.value_or(otherwise);
    return {{"sequences", config.batch, false}, {"context", prompt, true}};
}

Reach reach_of(const Config& config, const Quantity& quantity) {
    const OptionRow& option = *find_option(quantity.key);
    Reach reach;
    reach.key = option.key;
    reach.unit = option.unit;
    reach.now = integer_of(option, config).value_or(quantity.otherwise);
    std::int64_t end = option.max;
    reach.bound = Bound::range;
    if (quantity.is_length) {
        std::optional<std::int64_t> longest = longest_sequence(*config.network);
        // which servers refuse to go beyond
        const std::int64_t stated = config.network->max_position;
        if (is_server(config) && stated > 0) longest = std::max(stated, reach.now);
        if (longest && *longest < end) {
            end = *longest;
            reach.bound = Bound::model;
        }
    }
    const Most most = most_that_fits(config, option, reach.now, end);
    reach.most = most.value;
    reach.device = most.device;
    if (reach.most < end) {
        Config more = config;
        set_integer(option, more, reach.most + 1);
        reach.bound = judged(more) ? Bound::card : Bound::engine;
    }
    return reach;
}

/// About the largest value in [1, end] whose tensors have room: between one that has and one that has not, where the line
/// through both says so.
template <typename Tensors>
std::int64_t guessed(const Tensors& tensors, std::int64_t now, std::int64_t end, double room) {
    struct Point {
        std::int64_t value;
        double bytes;
    };
    Point low{0, 0};
    Point high{end + 1, 0};
    const auto ask = [&](std::int64_t value) {
        const std::optional<Bytes> bytes = tensors(value);
        const Point point{value, bytes ? static_cast<double>(bytes->count()) : 2 * room};
        (point.bytes <= room ? low : high) = point;
        return point;
    };
    Point last = ask(1);
    Point before = last;
    if (low.value == 0) return 0;
    last = ask(std::clamp<std::int64_t>(now, std::min<std::int64_t>(2, end), end));
    // Along the line through the last two until one has no room, then between the two that enclose it.
    for (int round = 0; round < 64 && high.value - low.value > 1; ++round) {
        const Point from = high.bytes > 0 ? low : before;
        const Point to = high.bytes > 0 ? high : last;
        const double slope = (to.bytes - from.bytes) / static_cast<double>(to.value - from.value);
        const double step = slope > 0 ? (room - low.bytes) / slope : 0;
        const double most = static_cast<double>(high.value - low.value - 1);
        std::int64_t next = low.value + static_cast<std::int64_t>(std::clamp(step, 1.0, most));
        if (slope <= 0 || round % 4 == 3) next = low.value + (high.value - low.value) / 2;
        before = last;
        last = ask(next);
        if (before.value == last.value) break;
    }
    return low.value;
}

/// Every value of a storage option that has an answer here.
void add_storage(const Config& config, std::string_view key, std::vector<Storage>& storage) {
    const OptionRow& option = *find_option(key);
    const auto began = static_cast<std::ptrdiff_t>(storage.size());
    std::uint8_t index = 0;
    for (const ChoiceRow& choice : option.choices) {
        const std::uint8_t place = index++;
        if (choice.status != Status::ready || !holds(choice.applies, config) || place == 0) {
            continue;  // the first is "as the computation": one of the others
        }
        Config changed = config;
        set_choice(option, changed, place);
        if (const std::optional<Judged> found = judged(changed, Detail::totals)) {
            storage.push_back({option.key, choice.value, found->device, found->fits});
        }
    }
    std::sort(storage.begin() + began, storage.end(),
              [](const Storage& left, const Storage& right) { return left.device > right.device; });
}

std::string_view name(Bound bound) {
    switch (bound) {
        case Bound::card: return "card";
        case Bound::model: return "model";
        case Bound::range: return "range";
        case Bound::engine: return "engine";
    }
    return "card";
}

}  // namespace

Most most_that_fits(const Config& config, const OptionRow& option, std::int64_t now,
                    std::int64_t end) {
    const auto with = [&](std::int64_t value) {
        Config changed = config;
        set_integer(option, changed, value);
        return changed;
    };
    const bool is_replayed = config.task == Task::train || config.engine == Engine::hf;
    std::int64_t guess = now;
    if (is_replayed) {
        const auto tensors = [&](std::int64_t value) -> std::optional<Bytes> {
            const Answer answer = estimate(with(value), Detail::tensors);
            return answer.ok ? std::optional(answer.totals.allocated) : std::nullopt;
        };
        guess = guessed(tensors, std::clamp<std::int64_t>(now, 1, end), end,
                        static_cast<double>(room_for_tensors(config).count()));
    }
    Most most;
    most.value = frontier(0, end, std::clamp<std::int64_t>(guess, 1, end), [&](std::int64_t index) {
        const std::optional<Judged> found = judged(with(index + 1));
        const bool fits = found && found->fits;
        if (fits) most.device = found->device;
        return fits;
    });
    return most;
}

// Where PyTorch allocates, of the makes whose allocator is described. A card of another make may need a little more or
// less beside the tensors, so each that is named has been asked.
std::vector<Card> smallest_cards(const Config& config, Bytes device) {
    std::vector<const Accelerator*> order;
    const bool any_make = config.task == Task::inference && config.engine == Engine::llamacpp;
    for (const Accelerator& accelerator : accelerators()) {
        const bool runs_pytorch = accelerator.vendor == "NVIDIA" || accelerator.vendor == "AMD";
        if ((any_make || runs_pytorch) && usable_bytes(accelerator) >= device) {
            order.push_back(&accelerator);
        }
    }
    std::sort(order.begin(), order.end(), [](const Accelerator* left, const Accelerator* right) {
        return left->usable_mib != right->usable_mib ? left->usable_mib < right->usable_mib
                                                     : left->id < right->id;
    });
    std::vector<Card> cards;
    for (const Accelerator* accelerator : order) {
        const auto same = [&](const Card& card) {
            return card.accelerator->kind == accelerator->kind;
        };
        if (std::any_of(cards.begin(), cards.end(), same)) {
            continue;
        }
        Config changed = config;
        changed.gpu = std::string(accelerator->id);
        const std::optional<Judged> found = judged(changed);
        if (found && found->fits) {
            cards.push_back({accelerator, usable_bytes(*accelerator) - found->device});
        }
    }
    return cards;
}

/// Servers split every layer over a power of two of devices, in as many stages as they are given.
std::int64_t fewest_of_server(const Config& config) {
    constexpr std::int64_t most = 64;
    Config changed = config;
    changed.gpus = 1;
    for (std::int64_t tp = 1; tp <= most; tp *= 2) {
        changed.tp = tp;
        changed.ep = config.ep > 1 ? tp : 1;
        const std::optional<Judged> found = judged(changed);
        if (found && found->fits) return tp * config.pp;
    }
    return 0;
}

std::int64_t fewest_gpus(const Config& config) {
    if (is_server(config)) {
        return fewest_of_server(config);
    }
    constexpr std::int64_t most = 16;
    for (std::int64_t gpus = 1; gpus <= most; ++gpus) {
        Config changed = config;
        changed.gpus = gpus;
        const std::optional<Judged> found = judged(changed);
        if (!found) {
            return 0;
        }
        if (found->fits) {
            return gpus;
        }
    }
    return 0;
}

Limits limits_of(const Config& config) {
    Limits limits;
    const std::optional<Judged> now = judged(config, Detail::totals);
    if (!now) {
        return limits;
    }
    for (const Quantity& quantity : quantities(config)) {
        limits.reaches.push_back(reach_of(config, quantity));
    }
    if (config.task == Task::inference) {
        add_storage(config, "weights", limits.storage);
        add_storage(config, "kv", limits.storage);
    }
    limits.cards = smallest_cards(config, now->device);
    limits.fewest_gpus = fewest_gpus(config);
    return limits;
}

std::string limits_json(std::string_view set_up) {
    const Parsed parsed = parse_remembering(set_up);
    Answer answer;
    answer.issues = parsed.issues;
    if (parsed.ok()) {
        answer = estimate(parsed.config, Detail::totals);
    }
    if (!answer.ok) {
        return to_json(answer);
    }
    const Limits limits = limits_of(parsed.config);
    JsonWriter json;
    json.begin_object();
    json.key("ok").boolean(true);
    json.key("version").string(TENSORLEDGER_VERSION);
    json.key("issues").begin_array();
    json.end_array();
    json.key("query").string(answer.query);
    json.key("reaches").begin_array();
    for (const Reach& reach : limits.reaches) {
        json.begin_object();
        json.key("key").string(reach.key);
        json.key("unit").string(reach.unit);
        json.key("now").integer(reach.now);
        json.key("most").integer(reach.most);
        json.key("bound").string(name(reach.bound));
        json.key("device").integer(reach.device.count());
        json.end_object();
    }
    json.end_array();
    json.key("storage").begin_array();
    for (const Storage& storage : limits.storage) {
        json.begin_object();
        json.key("key").string(storage.key);
        json.key("value").string(storage.value);
        json.key("device").integer(storage.device.count());
        json.key("fits").boolean(storage.fits);
        json.end_object();
    }
    json.end_array();
    json.key("cards").begin_array();
    for (const Card& card : limits.cards) {
        json.begin_object();
        json.key("id").string(card.accelerator->id);
        json.key("headroom").integer(card.headroom.count());
        json.end_object();
    }
    json.end_array();
    json.key("fewest_gpus").integer(limits.fewest_gpus);
    json.end_object();
    return json.take();
}

}  // namespace tensorledger
