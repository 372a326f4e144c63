// The catalog's models: each is read without an issue and counts the parameters that are published for it.

#include "core/catalog/models.h"
#include "core/formats/config_json.h"
#include "core/model/weights.h"
#include "tests/core/catch.h"

using namespace tensorledger;

namespace {

struct PublishedTotal {
    const char* model;
    std::int64_t parameters;
    const char* source;
};

// clang-format off
/// Unique parameters as loaded (a tied head once, no multi-token-prediction layers, no buffers).
/// transformers: its modelling code, instantiated without weights. keras-hub: the "params" of its presets at
/// commit 71453d08. hf: the safetensors total of the repository.
const PublishedTotal published_totals[] = {
    {"openai-community/gpt2",                              124439808, "transformers"},
    {"openai-community/gpt2-medium",                       354823168, "transformers"},
    {"openai-community/gpt2-large",                        774030080, "keras-hub"},
    {"openai-community/gpt2-xl",                          1557611200, "transformers"},
    {"google-bert/bert-base-uncased",                      109514298, "transformers"},
    {"distilbert/distilbert-base-uncased",                  66985530, "transformers"},
    {"answerdotai/ModernBERT-base",                        149655232, "transformers"},
    {"FacebookAI/roberta-base",                            124697433, "transformers"},
    {"google-t5/t5-small",                                  60506624, "transformers"},
    {"google-t5/t5-base",                                  222903552, "keras-hub"},
    {"google-t5/t5-large",                                 737668096, "transformers"},
    {"google-t5/t5-3b",                                   2851598336, "transformers"},
    {"facebook/bart-large-cnn",                            406290432, "transformers"},
    {"openai/whisper-tiny",                                 37760640, "transformers"},
    {"facebook/opt-125m",                                  125239296, "transformers"},
    {"bigscience/bloom-560m",                              559214592, "transformers"},
    {"bigscience/bloom-7b1",                              7069016064, "transformers"},
    {"EleutherAI/pythia-160m",                             162322944, "transformers"},
    {"EleutherAI/pythia-2.8b",                            2775208960, "transformers"},
    {"EleutherAI/pythia-6.9b",                            6857302016, "transformers"},
    {"EleutherAI/pythia-12b",                            11846072320, "transformers"},
    {"EleutherAI/gpt-j-6b",                               6050882784, "transformers"},
    {"meta-llama/Llama-2-7b-hf",                          6738415616, "keras-hub"},
    {"meta-llama/Meta-Llama-3-8B",                        8030261248, "transformers"},
    {"meta-llama/Meta-Llama-3-70B",                      70553706496, "transformers"},
    {"meta-llama/Llama-3.1-8B",                           8030261248, "transformers"},
    {"meta-llama/Llama-3.1-70B",                         70553706496, "transformers"},
    {"meta-llama/Llama-3.1-405B",                       405853388800, "transformers"},
    {"meta-llama/Llama-3.2-1B",                           1235814400, "transformers"},
    {"meta-llama/Llama-4-Scout-17B-16E-Instruct",       108641793536, "transformers"},
    {"meta-llama/Llama-4-Maverick-17B-128E-Instruct",   401583781376, "hf"},
    {"TinyLlama/TinyLlama-1.1B-Chat-v1.0",                1100048384, "transformers"},
    {"01-ai/Yi-34B",                                     34388917248, "transformers"},
    {"HuggingFaceTB/SmolLM2-135M",                         134515008, "transformers"},
    {"HuggingFaceTB/SmolLM2-360M",                         361821120, "transformers"},
    {"HuggingFaceTB/SmolLM2-1.7B",                        1711376384, "transformers"},
    {"HuggingFaceTB/SmolLM3-3B",                          3075098624, "transformers"},
    {"Qwen/Qwen2-0.5B-Instruct",                           494032768, "transformers"},
    {"Qwen/Qwen2-1.5B-Instruct",                          1543714304, "transformers"},
    {"Qwen/Qwen2-7B-Instruct",                            7615616512, "transformers"},
    {"Qwen/Qwen2-72B-Instruct",                          72706203648, "transformers"},
    {"Qwen/Qwen1.5-MoE-A2.7B",                           14315784192, "transformers"},
    {"Qwen/Qwen2.5-7B",                                   7615616512, "transformers"},
    {"Qwen/Qwen2.5-32B",                                 32763876352, "transformers"},
    {"Qwen/Qwen3-0.6B",                                    596049920, "transformers"},
    {"Qwen/Qwen3-4B",                                     4022468096, "transformers"},
    {"Qwen/Qwen3-8B",                                     8190735360, "transformers"},
    {"Qwen/Qwen3-30B-A3B",                               30532122624, "transformers"},
    {"Qwen/Qwen3-235B-A22B",                            235093634560, "transformers"},
    {"Qwen/Qwen3-Coder-480B-A35B-Instruct",             480154875392, "transformers"},
    {"Qwen/Qwen3-Next-80B-A3B-Instruct",                 79674391296, "transformers"},
    {"Qwen/Qwen3.5-9B",                                   9409813744, "transformers"},
    {"Qwen/Qwen3.5-27B",                                 27356728560, "transformers"},
    {"Qwen/Qwen3.5-35B-A3B",                             35107181936, "transformers"},
    {"Qwen/Qwen3.5-122B-A10B",                          122562817776, "transformers"},
    {"google/gemma-2b",                                   2506172416, "transformers"},
    {"google/gemma-7b",                                   8537680896, "transformers"},
    {"google/gemma-2-2b",                                 2614341888, "transformers"},
    {"google/gemma-2-9b",                                 9241705984, "transformers"},
    {"google/gemma-2-27b",                               27227128320, "keras-hub"},
    {"google/gemma-3-1b-it",                               999885952, "keras-hub"},
    {"google/gemma-3-4b-it",                              4300079472, "keras-hub"},
    {"google/gemma-3-27b-it",                            27432406640, "transformers"},
    {"google/gemma-4-E2B-it",                             5104297504, "transformers"},
    {"google/gemma-4-31B",                               31273086512, "transformers"},
    {"mistralai/Mistral-7B-v0.1",                         7241732096, "transformers"},
    {"mistralai/Mistral-7B-v0.3",                         7248023552, "transformers"},
    {"mistralai/Mistral-Nemo-Base-2407",                 12247782400, "transformers"},
    {"mistralai/Devstral-Small-2-24B-Instruct-2512",     24011361280, "transformers"},
    {"mistralai/Mixtral-8x7B-v0.1",                      46702792704, "transformers"},
    {"microsoft/phi-2",                                   2779683840, "transformers"},
    {"microsoft/Phi-3-mini-4k-instruct",                  3821079552, "transformers"},
    {"microsoft/Phi-3.5-mini-instruct",                   3821079552, "transformers"},
    {"microsoft/Phi-4-mini-instruct",                     3836021760, "transformers"},
    {"deepseek-ai/deepseek-moe-16b-chat",                16375728128, "transformers"},
    {"deepseek-ai/DeepSeek-V2-Lite",                     15706484224, "transformers"},
    {"deepseek-ai/DeepSeek-V2",                         235741434880, "transformers"},
    {"deepseek-ai/DeepSeek-R1",                         671026404352, "transformers"},
    {"deepseek-ai/DeepSeek-V3.2",                       671877929216, "transformers"},
    {"moonshotai/Kimi-K2-Instruct",                    1026408209408, "transformers"},
    {"zai-org/glm-4-9b-chat-hf",                          9399951360, "transformers"},
    {"zai-org/GLM-4.5",                                 352797814784, "transformers"},
    {"zai-org/GLM-4.7-Flash",                            29943390976, "transformers"},
    {"zai-org/GLM-5",                                   743911199232, "transformers"},
    {"MiniMaxAI/MiniMax-M2.7",                          228689748992, "transformers"},
    {"openai/gpt-oss-20b",                               20914757184, "transformers"},
    {"openai/gpt-oss-120b",                             116829156672, "transformers"},
    {"allenai/OLMo-2-1124-13B",                          13716198400, "transformers"},
    {"allenai/OLMo-2-0325-32B",                          32234279936, "transformers"},
    {"allenai/Olmo-3.1-32B-Instruct",                    32233522176, "transformers"},
    {"allenai/OLMoE-1B-7B-0924",                          6919161856, "transformers"},
    {"tiiuae/falcon-7b",                                  6921720704, "transformers"},
    {"tiiuae/falcon-40b",                                41303293952, "transformers"},
    {"mosaicml/mpt-7b",                                   6649286656, "transformers"},
    {"stabilityai/stablelm-2-zephyr-1_6b",                1644515328, "transformers"},
    {"CohereForAI/aya-23-8B",                             8028033024, "transformers"},
    {"LGAI-EXAONE/EXAONE-4.0-32B",                       32003216384, "transformers"},
    {"state-spaces/mamba-130m-hf",                         129135360, "transformers"},
    {"mistralai/Mamba-Codestral-7B-v0.1",                 7285403648, "transformers"},
    {"ai21labs/AI21-Jamba-1.5-Mini",                     51570323328, "transformers"},
    {"tiiuae/Falcon-H1-0.5B-Base",                         521411104, "transformers"},
    {"LiquidAI/LFM2.5-VL-1.6B",                           1596625904, "transformers"},
    {"nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16",       31577937344, "transformers"},
};
// clang-format on

/// The size that a name claims, in parameters: "Llama 3.1 8B" 8·10⁹, "Qwen3 30B A3B" 30·10⁹; 0: it claims none.
double claimed_size(const std::string& name) {
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (i > 0 && name[i - 1] != ' ') continue;
        std::size_t end = 0;
        double value = 0;
        if (name[i] >= '0' && name[i] <= '9') value = std::stod(name.substr(i), &end);
        if (end == 0 || i + end >= name.size()) continue;
        const char unit = name[i + end];
        const bool ends = i + end + 1 == name.size() || name[i + end + 1] == ' ';
        if (ends && unit == 'B') return value * 1e9;
        if (ends && unit == 'M') return value * 1e6;
    }
    return 0;
}

}  // namespace

TEST_CASE(
    "Every model of the catalog is read without an issue and has about the size that its name "
    "says",
    "[catalog]") {
    for (const auto& row : models()) {
        const ModelOrIssues read = read_config_json(config_json(row));
        INFO(row.id << ": " << (read.issues.empty() ? "" : read.issues.front().message));
        CHECK(read.issues.empty());
        REQUIRE(read.model.has_value());
        const ParameterCounts counts = count_parameters(*read.model);
        CHECK(counts.active > 0);
        CHECK(counts.active <= counts.total);
        const double claimed = claimed_size(row.name);
        if (claimed > 0) {
            CHECK(static_cast<double>(counts.total) == Approx(claimed).epsilon(0.35));
        }
    }
}

TEST_CASE("The parameters of catalog models equal the totals that are published", "[catalog]") {
    for (const auto& expected : published_totals) {
        const CatalogModel* row = find_model(expected.model);
        INFO(expected.model << ", " << expected.source);
        REQUIRE(row != nullptr);
        const ModelOrIssues read = read_config_json(config_json(*row));
        REQUIRE(read.model.has_value());
        CHECK(count_parameters(*read.model).total == expected.parameters);
    }
}
