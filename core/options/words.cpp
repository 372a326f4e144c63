#include "core/options/words.h"

namespace tensorledger {

std::string_view option_words() {
    // clang-format off
    static constexpr std::string_view words =
#define CHOICES(type) "\n"
#define CHOICE(value, id, applies, status, label, help) label "\t" help "\n"
#define END_CHOICES(type)
#include "core/options/choices.def"
#undef CHOICES
#undef CHOICE
#undef END_CHOICES

#define GROUP(id, label, help)
#define OPTION(type, key, enumeration, start, min, max, unit, group, applies, level, status, label, hint, source) \
    TENSORLEDGER_WORDS_##type(start) "\t" label "\t" hint "\t" source "\n"
#define TENSORLEDGER_WORDS_choice(start) ""
#define TENSORLEDGER_WORDS_integer(start) ""
#define TENSORLEDGER_WORDS_integer_or_auto(start) start
#define TENSORLEDGER_WORDS_real_or_auto(start) start
#define TENSORLEDGER_WORDS_flag(start) ""
#define TENSORLEDGER_WORDS_text(start) ""
#define TENSORLEDGER_WORDS_list(start) ""
#include "core/options/options.def"
#undef GROUP
#undef OPTION

#define GROUP(id, label, help) label "\t" help "\n"
#define OPTION(...)
#include "core/options/options.def"
#undef GROUP
#undef OPTION
        ;
    // clang-format on
    return words;
}

}  // namespace tensorledger
