#include "core/profiles/hf/architectures.h"

#include <algorithm>
#include <array>
#include <string>

namespace tensorledger::hf {

namespace {

// clang-format off
//           model_type     listing     composed
constexpr std::array kArchitectures = {
    Architecture{"llama",   llama},
    Architecture{"mistral", llama},
    Architecture{"qwen2",   llama},
    Architecture{"qwen3",   llama},
    Architecture{"phi3",    phi3},
    Architecture{"glm",     glm},
    Architecture{"gemma",   gemma},
    Architecture{"gemma2",  gemma2},
    Architecture{"mixtral", mixtral},
    Architecture{"qwen3_moe", qwen3_moe},
    Architecture{"gpt_neox", gpt_neox},
    Architecture{"gptj",    gptj},
    Architecture{"gpt_neo", gpt_neo},
    Architecture{"bloom",   bloom},
    Architecture{"falcon",  falcon},
    Architecture{"mpt",     mpt},
    Architecture{"gpt_oss", gpt_oss},
    Architecture{"mamba",   mamba},
    Architecture{"qwen2_moe", qwen3_moe, true},
    Architecture{"granite", granite, true},
    Architecture{"smollm3", smollm3, true},
    Architecture{"starcoder2", starcoder2, true},
    Architecture{"phi", phi, true},
    Architecture{"olmo2", olmo2, true},
    Architecture{"exaone4", exaone4, true},
    Architecture{"gemma3_text", gemma3, true},
    Architecture{"glm4", glm4, true},
    Architecture{"gpt2",    gpt2},
    Architecture{"bert",    bert},
    Architecture{"roberta", roberta},
    Architecture{"electra", electra},
    Architecture{"distilbert", distilbert},
    Architecture{"albert",  albert},
    Architecture{"t5",      t5},
    Architecture{"bart",    bart},
    Architecture{"whisper", whisper},
    Architecture{"vit",     vit},
    Architecture{"modernbert", modernbert},
    Architecture{"deberta-v2", deberta_v2},
};
// clang-format on

}  // namespace

const Architecture* architecture_of(const Model& model) {
    for (const Architecture& architecture : kArchitectures) {
        if (architecture.model_type == model.model_type) {
            return &architecture;
        }
    }
    return nullptr;
}

std::string source_of(const Model& model) {
    std::string folder = model.model_type;
    std::replace(folder.begin(), folder.end(), '-', '_');
    return "transformers:models/" + folder + "/modeling_" + folder + ".py";
}

Issue not_listed(const Model& model, std::string_view what) {
    return {"model", "not-listed",
            "What " + std::string(what) + " of the architecture \"" + model.model_type +
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
