#include "core/model/names.h"

#include <algorithm>

namespace tensorledger {

namespace {

// clang-format off
constexpr struct { std::string_view key; std::string_view Names::* member; } members[] = {
    {"embed", &Names::embed}, {"position", &Names::position}, {"token_type", &Names::token_type},
    {"embed_norm", &Names::embed_norm}, {"layer", &Names::layer}, {"final_norm", &Names::final_norm},
    {"head", &Names::head}, {"attention", &Names::attention}, {"cross_attention", &Names::cross_attention},
    {"q", &Names::q}, {"k", &Names::k}, {"v", &Names::v}, {"qkv", &Names::qkv}, {"o", &Names::o},
    {"q_norm", &Names::q_norm}, {"k_norm", &Names::k_norm}, {"mlp", &Names::mlp}, {"gate", &Names::gate},
    {"up", &Names::up}, {"down", &Names::down}, {"gate_up", &Names::gate_up}, {"moe", &Names::moe},
    {"router", &Names::router}, {"expert_gate", &Names::expert_gate}, {"expert_up", &Names::expert_up},
    {"expert_down", &Names::expert_down}, {"shared", &Names::shared}, {"mixer", &Names::mixer},
};
// clang-format on

}  // namespace

Names read_names(std::string_view text) {
    Names names;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const std::size_t sign = std::min(word.find('='), word.size());
        const std::string_view key = word.substr(0, sign);
        const std::string_view value = word.substr(std::min(sign + 1, word.size()));
        for (const auto& row : members) {
            if (row.key == key) {
                names.*row.member = value;
            }
        }
        if (key.starts_with("norm")) {
            names.norm[static_cast<std::size_t>(key.back() - '1') % names.norm.size()] = value;
        }
        names.input_first = names.input_first || key == "input_first";
    }
    return names;
}

}  // namespace tensorledger
