#include "core/report/launch.h"

#include <algorithm>
#include <string_view>

#include "core/options/table.h"

namespace tensorledger {

namespace {

/// How one option is said to each server; empty: it has no such flag. A flag whose option is off where it stands
/// starts with '!'. The value follows as the option table spells it, unless the option is a flag.
struct Spelling {
    std::string_view key;
    std::string_view llamacpp;
    std::string_view vllm;
    std::string_view sglang;
};

// clang-format off
constexpr Spelling spellings[] = {
    // key                       llama-server        vllm serve                     sglang.launch_server
    {"context",                  "-c",               "--max-model-len",             "--context-length"},
    {"sequences",                "-np",              "",                            ""},
    {"batch_tokens",             "-b",               "",                            ""},
    {"ubatch",                   "-ub",              "",                            ""},
    {"kv_offload",               "!-nkvo",           "",                            ""},
    {"kv_unified",               "-kvu",             "",                            ""},
    {"swa_full",                 "--swa-full",       "",                            ""},
    {"embeddings",               "--embedding",      "",                            ""},
    {"kv_k",                     "-ctk",             "",                            ""},
    {"kv_v",                     "-ctv",             "",                            ""},
    {"tp",                       "",                 "--tensor-parallel-size",      "--tp-size"},
    {"pp",                       "",                 "--pipeline-parallel-size",    "--pp-size"},
    {"gpu_memory_utilization",   "",                 "--gpu-memory-utilization",    ""},
    {"mem_fraction_static",      "",                 "",                            "--mem-fraction-static"},
    {"kv_cache_memory_bytes",    "",                 "--kv-cache-memory-bytes",     ""},
    {"max_num_seqs",             "",                 "--max-num-seqs",              "--max-running-requests"},
    {"max_num_batched_tokens",   "",                 "--max-num-batched-tokens",    "--chunked-prefill-size"},
    {"page_size",                "",                 "--block-size",                "--page-size"},
    {"enforce_eager",            "",                 "--enforce-eager",             "--disable-cuda-graph"},
};

/// Whether a file of that type is quantised by the server itself when it loads plain weights.
struct Loading {
    WeightStorage weights;
    std::string_view vllm;
    std::string_view sglang;
};
constexpr Loading loadings[] = {
    {WeightStorage::fp8,   " --quantization fp8",          " --quantization fp8"},
    {WeightStorage::nf4,   " --quantization bitsandbytes", " --load-format bitsandbytes"},
    {WeightStorage::awq,   " --quantization awq",          " --quantization awq"},
    {WeightStorage::gptq,  " --quantization gptq",         " --quantization gptq"},
    {WeightStorage::mxfp4, " --quantization mxfp4",        " --quantization mxfp4"},
    {WeightStorage::nvfp4, " --quantization modelopt_fp4", " --quantization modelopt_fp4"},
};
// clang-format on

bool is_plain(char letter) {
    const bool digit = letter >= '0' && letter <= '9';
    const bool word = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
    return digit || word || std::string_view("-_./:=,+").find(letter) != std::string_view::npos;
}

/// A word that any shell reads as it stands.
std::string shell_word(std::string_view word) {
    if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain)) return std::string(word);
    std::string quoted = "'";
    for (const char letter : word) {
        if (letter == '\'') {
            quoted += "'\\''";
        } else {
            quoted += letter;
        }
    }
    return quoted + "'";
}

std::string text_of(std::string_view key, const Config& config) {
    return value_text(*find_option(key), config);
}

/// What a server is to load: the model's name, or a place for the reader's own.
std::string model_word(const Config& config) {
    const bool is_given = config.network && config.network->id.empty();
    return is_given ? "PATH" : shell_word(config.model);
}

/// The usual name of a GGUF file: the model's own, then how its weights are stored.
std::string gguf_word(const Config& config) {
    std::string name = model_word(config);
    if (const auto slash = name.rfind('/'); slash != std::string::npos) name.erase(0, slash + 1);
    std::string type = config.weights == WeightStorage::automatic ? text_of("precision", config)
                                                                  : text_of("weights", config);
    for (char& letter : type) {
        if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
    }
    return shell_word(name + "-" + type + ".gguf");
}

void add_spelled(const Config& config, std::string_view Spelling::*server, std::string& line) {
    for (const Spelling& row : spellings) {
        std::string_view flag = row.*server;
        const OptionRow& option = *find_option(row.key);
        if (flag.empty() || is_default(option, config)) continue;
        if (flag.starts_with('!')) flag.remove_prefix(1);
        line += ' ';
        line += flag;
        if (option.type != OptionType::flag) line += ' ' + value_text(option, config);
    }
}

std::string llama_server(const Config& config) {
    std::string line = "llama-server -m " + gguf_word(config);
    if (!config.context) {
        line += " -c " + std::to_string(config.prompt.value_or(config.seq));
    }
    if (!config.sequences) {
        line += " -np " + std::to_string(config.batch);
    }
    add_spelled(config, &Spelling::llamacpp, line);
    if (config.kv != CacheStorage::automatic) {
        const std::string type = config.kv == CacheStorage::fp32   ? "f32"
                                 : config.kv == CacheStorage::fp16 ? "f16"
                                                                   : text_of("kv", config);
        line += " -ctk " + type;
        line += " -ctv " + type;
    }
    const bool on_host = config.gpus == 0;
    line += " -ngl ";
    line += on_host ? "0" : config.gpu_layers < 0 ? "all" : std::to_string(config.gpu_layers);
    line += config.attention == AttentionKind::eager ? " -fa off" : " -fa on";
    return line;
}

std::string_view dtype_word(Precision precision) {
    return precision == Precision::fp16 ? "float16" : precision == Precision::fp32 ? "float32" : "";
}

void add_loading(const Config& config, std::string_view Loading::*server, std::string& line) {
    for (const Loading& row : loadings) {
        if (row.weights == config.weights) line += row.*server;
    }
    if (const std::string_view dtype = dtype_word(config.precision); !dtype.empty()) {
        line += " --dtype ";
        line += dtype;
    }
}

std::string vllm_serve(const Config& config) {
    std::string line = "vllm serve " + model_word(config);
    add_loading(config, &Loading::vllm, line);
    add_spelled(config, &Spelling::vllm, line);
    if (config.kv == CacheStorage::fp8) line += " --kv-cache-dtype fp8";
    if (config.ep > 1) line += " --enable-expert-parallel";
    if (config.max_loras > 0) {
        line += " --enable-lora --max-loras " + text_of("max_loras", config) + " --max-lora-rank " +
                text_of("max_lora_rank", config);
    }
    if (config.speculative != Speculative::none) {
        line += " --speculative-config '{\"method\": \"" + text_of("speculative", config) +
                "\", \"num_speculative_tokens\": " + text_of("speculative_tokens", config) + "}'";
    }
    return line;
}

std::string sglang_server(const Config& config) {
    std::string line = "python -m sglang.launch_server --model-path " + model_word(config);
    add_loading(config, &Loading::sglang, line);
    add_spelled(config, &Spelling::sglang, line);
    if (config.kv == CacheStorage::fp8) line += " --kv-cache-dtype fp8_e4m3";
    if (config.ep > 1) line += " --ep-size " + text_of("ep", config);
    if (config.max_loras > 0) {
        line += " --enable-lora --max-loras-per-batch " + text_of("max_loras", config) +
                " --max-lora-rank " + text_of("max_lora_rank", config);
    }
    if (config.speculative != Speculative::none) {
        const bool ngram = config.speculative == Speculative::ngram;
        line += ngram ? " --speculative-algorithm NGRAM" : " --speculative-algorithm NEXTN";
        line += " --speculative-num-draft-tokens " + text_of("speculative_tokens", config);
    }
    return line;
}

}  // namespace

std::string launch_line(const Config& config) {
    if (config.task != Task::inference) return {};
    switch (config.engine) {
        case Engine::llamacpp: return llama_server(config);
        case Engine::vllm: return vllm_serve(config);
        case Engine::sglang: return sglang_server(config);
        default: return {};
    }
}

}  // namespace tensorledger
