#include "core/profiles/hf/architectures.h"

#include <algorithm>
#include <string>

#include "core/profiles/hf/decoders.h"

namespace tensorledger::hf {

namespace {

// clang-format off
//           model types                      heads            composed  style                  or code
constexpr Architecture kArchitectures[] = {
    {"llama mistral qwen2 qwen3",             Heads::all,      false, &styles::llama},
    {"phi3",                                  Heads::all,      false, &styles::phi3},
    {"glm",                                   Heads::all,      false, &styles::glm},
    {"gemma",                                 Heads::all,      false, &styles::gemma},
    {"gemma2",                                Heads::all,      false, &styles::gemma2},
    {"mixtral",                               Heads::all,      false, &styles::llama},
    {"qwen3_moe",                             Heads::all,      false, &styles::qwen_moe},
    {"gpt_oss",                               Heads::sequence, false, &styles::gpt_oss},
    {"qwen2_moe",                             Heads::all,      true,  &styles::qwen_moe},
    {"smollm3 ministral arcee",               Heads::all,      true,  &styles::llama},
    {"cwm",                                   Heads::language, true,  &styles::llama},
    {"granite",                               Heads::language, true,  &styles::granite},
    {"starcoder2",                            Heads::all,      true,  &styles::starcoder2},
    {"seed_oss",                              Heads::all,      true,  &styles::seed_oss},
    {"phi",                                   Heads::all,      true,  &styles::phi},
    {"olmo",                                  Heads::sequence, true,  &styles::olmo},
    {"olmo2",                                 Heads::sequence, true,  &styles::olmo2},
    {"olmo3",                                 Heads::sequence, true,  &styles::olmo3},
    {"olmoe",                                 Heads::language, true,  &styles::olmoe},
    {"flex_olmo",                             Heads::language, true,  &styles::flex_olmo},
    {"exaone4",                               Heads::all,      true,  &styles::exaone4},
    {"gemma3_text",                           Heads::sequence, true,  &styles::gemma3},
    {"glm4",                                  Heads::all,      true,  &styles::glm4},
    {"cohere cohere2",                        Heads::language, true,  &styles::cohere},
    {"stablelm",                              Heads::all,      true,  &styles::stablelm},
    {"nemotron",                              Heads::all,      true,  &styles::nemotron},
    {"jais2",                                 Heads::language, true,  &styles::jais2},
    {"helium",                                Heads::all,      true,  &styles::helium},
    {"ernie4_5",                              Heads::language, true,  &styles::ernie},
    {"ernie4_5_moe",                          Heads::language, true,  &styles::ernie_moe},
    {"ministral3",                            Heads::all,      true,  &styles::ministral3},
    {"hunyuan_v1_dense",                      Heads::sequence, true,  &styles::hunyuan},
    {"hunyuan_v1_moe",                        Heads::sequence, true,  &styles::hunyuan_moe},
    {"granitemoe granitemoeshared",           Heads::language, true,  &styles::granite_moe},
    {"deepseek_v2",                           Heads::sequence, true,  &styles::deepseek_v2},
    {"deepseek_v3",                           Heads::all,      true,  &styles::deepseek_v3},
    {"glm4_moe_lite youtu",                   Heads::language, true,  &styles::deepseek_v3},
    {"glm4_moe",                              Heads::language, true,  &styles::glm4_moe},
    {"dots1",                                 Heads::language, true,  &styles::dots1},
    {"minimax_m2",                            Heads::language, true,  &styles::minimax_m2},
    {"bitnet",                                Heads::language, true,  &styles::bitnet},
    {"gpt_bigcode",                           Heads::language, true,  &styles::gpt_bigcode},
    {"persimmon",                             Heads::all,      true,  &styles::persimmon},
    {"nanochat",                              Heads::language, true,  &styles::nanochat},
    {"apertus",                               Heads::language, true,  &styles::apertus},
    {"gpt_neox",    Heads::sequence, false, nullptr, gpt_neox},
    {"gptj",        Heads::sequence, false, nullptr, gptj},
    {"gpt_neo",     Heads::sequence, false, nullptr, gpt_neo},
    {"bloom",       Heads::sequence, false, nullptr, bloom},
    {"falcon",      Heads::sequence, false, nullptr, falcon},
    {"mpt",         Heads::sequence, false, nullptr, mpt},
    {"mamba",       Heads::language, false, nullptr, mamba},
    {"opt",         Heads::all,      true,  nullptr, opt},
    {"qwen",        Heads::language, true,  nullptr, qwen},
    {"gpt2",        Heads::language, false, nullptr, gpt2},
    {"bert",        Heads::all,      false, nullptr, bert},
    {"roberta",     Heads::all,      false, nullptr, roberta},
    {"xlm-roberta camembert", Heads::all, true, nullptr, roberta},
    {"electra",     Heads::all,      false, nullptr, electra},
    {"distilbert",  Heads::all,      false, nullptr, distilbert},
    {"albert",      Heads::all,      false, nullptr, albert},
    {"t5",          Heads::language, false, nullptr, t5},
    {"bart",        Heads::language, false, nullptr, bart},
    {"whisper",     Heads::language, false, nullptr, whisper},
    {"vit",         Heads::language, false, nullptr, vit},
    {"modernbert",  Heads::language, false, nullptr, modernbert},
    {"deberta-v2",  Heads::all,      false, nullptr, deberta_v2},
};
// clang-format on

/// Whether the head of the model's class is among those that the listing describes. One label is a
/// regression, whose loss is another.
bool has_listed_head(const Model& model, Heads heads) {
    const HeadKind head = head_of(model);
    if (head == HeadKind::language || head == HeadKind::span) {
        return head == HeadKind::language || heads == Heads::all;
    }
    return labels_of(model) > 1 &&
           (head == HeadKind::sequence ? heads != Heads::language
                                       : head == HeadKind::tokens && heads == Heads::all);
}

/// Whether a word is among words separated by blanks.
bool names(std::string_view words, std::string_view word) {
    while (!words.empty()) {
        const std::size_t end = std::min(words.find(' '), words.size());
        if (words.substr(0, end) == word) {
            return true;
        }
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    return false;
}

}  // namespace

const Architecture* architecture_of(const Model& model) {
    for (const Architecture& architecture : kArchitectures) {
        if (names(architecture.model_types, model.model_type)) {
            return has_listed_head(model, architecture.heads) ? &architecture : nullptr;
        }
    }
    return nullptr;
}

std::string source_of(const Model& model) {
    if (model.source.rfind("hf:", 0) == 0) {
        return std::string(model.source);
    }
    std::string folder = model.model_type;
    std::replace(folder.begin(), folder.end(), '-', '_');
    return "transformers:models/" + folder + "/modeling_" + folder + ".py";
}

Issue not_listed(const Model& model, std::string_view what) {
    return {
        "model", "not-listed",
        "What " + std::string(what) + " of the architecture \"" + model.model_type +
            (head_of(model) == HeadKind::language ? ""
                                                  : "\" with the head of \"" + model.architecture) +
            "\" allocates is not described here yet, so no figure is given." +
            (model.source.starts_with("hf:")
                 ? " Its code comes with its weights, not with transformers."
                 : "")};
}

Issue scan_too_long() {
    return {
        "seq", "not-listed",
        "The scan of this architecture is listed token by token, as its code runs without the fast "
        "kernels; more than 4,096 tokens are not listed."};
}

Note composed_note(const Model& model) {
    return {
        "composed",
        "The architecture \"" + model.model_type +
            "\" is put together from blocks that were measured in other models; no measurement of "
            "this one as a whole backs it yet."};
}

Note eager_only_note(const Model& model) {
    return {"eager-only", "The code of the architecture \"" + model.model_type +
                              "\" has eager attention only, so that is what is listed."};
}

}  // namespace tensorledger::hf
