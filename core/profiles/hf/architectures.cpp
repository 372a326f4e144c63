#include "core/profiles/hf/architectures.h"

#include <algorithm>
#include <array>
#include <string>

#include "core/profiles/hf/heads.h"

namespace tensorledger::hf {

namespace {

// clang-format off
//           model_type     listing     heads           composed
constexpr std::array kArchitectures = {
    Architecture{"llama",       llama,       Heads::all},
    Architecture{"mistral",     llama,       Heads::all},
    Architecture{"qwen2",       llama,       Heads::all},
    Architecture{"qwen3",       llama,       Heads::all},
    Architecture{"phi3",        phi3,        Heads::all},
    Architecture{"glm",         glm,         Heads::all},
    Architecture{"gemma",       gemma,       Heads::all},
    Architecture{"gemma2",      gemma2,      Heads::all},
    Architecture{"mixtral",     mixtral,     Heads::all},
    Architecture{"qwen3_moe",   qwen3_moe,   Heads::all},
    Architecture{"gpt_neox",    gpt_neox,    Heads::sequence},
    Architecture{"gptj",        gptj,        Heads::sequence},
    Architecture{"gpt_neo",     gpt_neo,     Heads::sequence},
    Architecture{"bloom",       bloom,       Heads::sequence},
    Architecture{"falcon",      falcon,      Heads::sequence},
    Architecture{"mpt",         mpt,         Heads::sequence},
    Architecture{"gpt_oss",     gpt_oss,     Heads::sequence},
    Architecture{"mamba",       mamba,       Heads::language},
    Architecture{"qwen2_moe",   qwen3_moe,   Heads::all, true},
    Architecture{"granite",     granite,     Heads::language, true},
    Architecture{"smollm3",     smollm3,     Heads::all, true},
    Architecture{"starcoder2",  starcoder2,  Heads::all, true},
    Architecture{"phi",         phi,         Heads::all, true},
    Architecture{"olmo2",       olmo2,       Heads::language, true},
    Architecture{"exaone4",     exaone4,     Heads::sequence, true},
    Architecture{"gemma3_text", gemma3,      Heads::sequence, true},
    Architecture{"glm4",        glm4,        Heads::all, true},
    Architecture{"opt",         opt,         Heads::all, true},
    Architecture{"qwen",        qwen,        Heads::language, true},
    Architecture{"gpt2",        gpt2,        Heads::language},
    Architecture{"bert",        bert,        Heads::all},
    Architecture{"roberta",     roberta,     Heads::all},
    Architecture{"electra",     electra,     Heads::all},
    Architecture{"distilbert",  distilbert,  Heads::all},
    Architecture{"albert",      albert,      Heads::all},
    Architecture{"t5",          t5,          Heads::language},
    Architecture{"bart",        bart,        Heads::language},
    Architecture{"whisper",     whisper,     Heads::language},
    Architecture{"vit",         vit,         Heads::language},
    Architecture{"modernbert",  modernbert,  Heads::language},
    Architecture{"deberta-v2",  deberta_v2,  Heads::all},
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

}  // namespace

const Architecture* architecture_of(const Model& model) {
    for (const Architecture& architecture : kArchitectures) {
        if (architecture.model_type == model.model_type) {
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
            "\" allocates is not described here yet, so no figure is given."};
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
