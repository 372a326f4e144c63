// Set-ups that nobody would think of: options at random, at their limits and together, over every model of the
// catalog. Whatever is asked, there is an answer that adds up or a sentence, and the same one twice.

#include <cstdlib>
#include <random>
#include <string>

#include "core/catalog/accelerators.h"
#include "core/catalog/models.h"
#include "core/options/parse.h"
#include "core/options/table.h"
#include "core/report/estimate.h"
#include "tests/core/catch.h"
#include "tests/fuzz/faults.h"

using namespace tensorledger;

namespace {

/// A number of the environment, or what it is otherwise.
int number_of(const char* name, int otherwise) {
    const char* const wanted = std::getenv(name);
    return wanted == nullptr ? otherwise : std::atoi(wanted);
}

/// How many are tried; TENSORLEDGER_FUZZ=N in the environment tries N, TENSORLEDGER_SEED=N others.
int rounds() { return number_of("TENSORLEDGER_FUZZ", 1500); }

class SetUps {
public:
    explicit SetUps(std::uint64_t seed) : random_(seed) {}

    /// The next set-up as a JSON object; options that have a meaning together, mostly.
    std::string next() {
        Config config;
        std::string text =
            "{\"model\":\"" + std::string(models()[below(models().size())].id) + "\"";
        for (const OptionRow& option : options()) {
            const bool decides = option.type == OptionType::choice && option.level == Level::basic;
            if (option.key == "model" ||
                !chance(decides                              ? 0.5
                        : option.group == OptionGroup::model ? 0.01
                                                             : 0.15) ||
                option.status != Status::ready || !holds(option.applies, config)) {
                continue;
            }
            const std::string value = value_of(option, config);
            if (!value.empty()) text.append(",\"").append(option.key).append("\":").append(value);
        }
        return text + "}";
    }

private:
    std::uint64_t below(std::uint64_t end) { return random_() % end; }
    bool chance(double share) { return static_cast<double>(below(1000000)) < share * 1000000; }

    std::string value_of(const OptionRow& option, Config& config) {
        void* const field = const_cast<void*>(field_of(option, config));
        switch (option.type) {
            case OptionType::choice: {
                const ChoiceRow& choice = option.choices[below(option.choices.size())];
                if (choice.status != Status::ready || !holds(choice.applies, config)) return {};
                *static_cast<std::uint8_t*>(field) =
                    static_cast<std::uint8_t>(&choice - option.choices.data());
                return "\"" + std::string(choice.value) + "\"";
            }
            case OptionType::integer:
            case OptionType::integer_or_auto: {
                const std::int64_t span = option.max - option.min;
                const std::int64_t small = std::int64_t{1} << below(13);
                const std::int64_t picks[] = {option.min, option.max,
                                              option.min + std::min(span, small),
                                              option.min + std::min<std::int64_t>(span, 1)};
                return std::to_string(picks[chance(0.9) ? 2 + below(2) : below(2)]);
            }
            case OptionType::real_or_auto: return chance(0.5) ? "0.1" : "0";
            case OptionType::flag: {
                const bool on = chance(0.5);
                *static_cast<bool*>(field) = on;
                return on ? "true" : "false";
            }
            case OptionType::list:
                if (option.key == "lora_parameters") {  // few models have experts
                    return chance(0.1) ? "\"mlp.experts.gate_up_proj\"" : "";
                }
                return chance(0.7) ? "\"all-linear\"" : "\"q_proj,v_proj\"";
            case OptionType::text: {
                if (option.enumeration == "models") return {};
                return "\"" + std::string(accelerators()[below(accelerators().size())].id) + "\"";
            }
        }
        return {};
    }

    std::mt19937_64 random_;
};

}  // namespace

TEST_CASE("Every set-up has an answer that adds up, or a sentence", "[fuzz]") {
    SetUps set_ups(static_cast<std::uint64_t>(number_of("TENSORLEDGER_SEED", 1)));
    NetworkCache networks;
    int answered = 0;
    for (int round = 0; round < rounds(); ++round) {
        const std::string text = set_ups.next();
        INFO(text);
        const Parsed parsed = parse_json(text, &networks);
        if (!parsed.ok()) {
            CHECK(!parsed.issues.front().message.empty());
            continue;
        }
        const Answer answer = estimate(parsed.config);
        if (!answer.ok) {
            REQUIRE(!answer.issues.empty());
            CHECK(!answer.issues.front().message.empty());
            continue;
        }
        ++answered;
        CHECK(fault_of(answer) == "");
        if (round % 16 == 0) {
            CHECK(to_json(answer) == to_json(estimate(parsed.config)));
            const Answer totals = estimate(parsed.config, Detail::totals);
            CHECK(totals.totals.device == answer.totals.device);
        }
    }
    CHECK(answered > rounds() / 5);
}
