// Any bytes as choices in the option table: each pair of bytes is an option and what is taken for it, so that nearly
// every input is a set-up that makes sense.
#include "core/catalog/accelerators.h"
#include "core/catalog/models.h"
#include "core/options/table.h"
#include "tests/fuzz/targets/target.h"

using namespace tensorledger;

namespace {

class Choices {
public:
    Choices(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

    bool more() const { return at_ < size_; }
    std::uint64_t below(std::uint64_t end) { return (more() ? data_[at_++] : 0) % end; }

private:
    const std::uint8_t* data_;
    std::size_t size_;
    std::size_t at_ = 0;
};

std::string whole_number(const OptionRow& option, Choices& choices) {
    const std::uint64_t pick = choices.below(16);
    if (pick == 15) return std::to_string(option.max);
    if (pick == 14) return std::to_string(option.max + 1);
    if (pick == 13) return std::to_string(option.min - 1);
    const std::int64_t value = option.min + (std::int64_t{1} << pick) - 1;
    return std::to_string(value < option.max ? value : option.max);
}

std::string value_of(const OptionRow& option, Choices& choices) {
    switch (option.type) {
        case OptionType::choice:
            return std::string(option.choices[choices.below(option.choices.size())].value);
        case OptionType::integer:
        case OptionType::integer_or_auto: return whole_number(option, choices);
        case OptionType::real_or_auto: return choices.below(2) == 0 ? "0" : "0.1";
        case OptionType::flag: return choices.below(2) == 0 ? "false" : "true";
        case OptionType::list: return choices.below(2) == 0 ? "all-linear" : "q_proj,v_proj";
        case OptionType::text: break;
    }
    if (option.enumeration == "models") {
        return std::string(models()[choices.below(models().size())].id);
    }
    return std::string(accelerators()[choices.below(accelerators().size())].id);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Choices choices(data, size);
    std::string query = "layers=2";
    while (choices.more() && query.size() < 2000) {
        const OptionRow& option = options()[choices.below(options().size())];
        const std::string key = "&" + std::string(option.key) + "=";
        const std::string value = value_of(option, choices);
        if (("&" + query).find(key) == std::string::npos) query += key + value;
    }
    return judge(fault_of_set_up(query));
}
