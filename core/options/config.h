#pragma once

// What was asked, as typed values: one enum class for each list of choices.def, one field for each row of
// options.def, named as its key. `parse.h` makes a Config from text and refuses what makes no sense.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/options/shared_model.h"

namespace tensorledger {

// clang-format off
#define CHOICES(type) enum class type : std::uint8_t {
#define CHOICE(value, id, applies, status, label, help) id,
#define END_CHOICES(type) };
// clang-format on
#include "core/options/choices.def"
#undef CHOICES
#undef CHOICE
#undef END_CHOICES

// How a type of options.def is held, and how its default column reads.
#define TENSORLEDGER_FIELD_choice(type, key, start) type key = type::start;
#define TENSORLEDGER_FIELD_integer(type, key, start) std::int64_t key = start;
#define TENSORLEDGER_FIELD_integer_or_auto(type, key, start) std::optional<std::int64_t> key;
#define TENSORLEDGER_FIELD_real_or_auto(type, key, start) std::optional<double> key;
#define TENSORLEDGER_FIELD_flag(type, key, start) bool key = start;
#define TENSORLEDGER_FIELD_text(type, key, start) std::string key = start;
#define TENSORLEDGER_FIELD_list(type, key, start) std::vector<std::string> key = {start};

/// What was asked: a value for every option, and the network that it is asked about.
struct Config {
#define GROUP(id, label, help)
#define OPTION(type, key, choices, start, min, max, unit, group, applies, level, status, label, \
               hint, source)                                                                    \
    TENSORLEDGER_FIELD_##type(choices, key, start)
#include "core/options/options.def"
#undef GROUP
#undef OPTION

    /// The network: the catalog's or the given config.json's, with the overrides of `layers`, `hidden` …
    /// applied. Never empty in a Config that parse.h accepted.
    SharedModel network;
    /// The teacher's, where `teacher_model` names one.
    SharedModel teacher_network;
};

}  // namespace tensorledger
