// What llama.cpp v0.5.0 plans, buffer by buffer, confronted with the tool's own plan. The records are
// tests/data/llamacpp/plans.jsonl: 3,102 plans of 21 models at full size, on the CPU and on one to four CUDA
// devices ([model, context, compute] bytes by buffer), each with what was asked where it is not the default;
// models.json holds the models' configurations.

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <map>
#include <string>

#include "tests/core/catch.h"
#include "tests/truth/errors.h"
#include "tests/truth/records.h"

using namespace tensorledger;

namespace {

/// The configurations of the recorded models, as text.
std::map<std::string, std::string> recorded_configs() {
    std::map<std::string, std::string> configs;
    const std::string text = read_test_data("llamacpp/models.json");
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string line = text.substr(at, end - at);
        at = end + 1;
        const std::string config = object_text(line, "config");
        const std::size_t name = line.find("\"model\":\"");
        if (config.empty() || name == std::string::npos) continue;
        const std::size_t start = name + 9;
        configs.emplace(line.substr(start, line.find('"', start) - start), config);
    }
    return configs;
}

/// The record's question in the tool's own words; llama.cpp's name of each field, and the option that it is.
std::string request(JsonValue record, const std::string& config) {
    const JsonValue input = record.find("input");
    std::string text = R"({"task":"inference","engine":"llamacpp","config":)" + config;
    const auto number = [&](const char* field, const char* key, std::int64_t otherwise) {
        const std::int64_t value = input.find(field).as_integer().value_or(otherwise);
        text += std::string(",\"") + key + "\":" + std::to_string(value);
    };
    const auto flag = [&](const char* field, const char* key, bool otherwise) {
        const bool value = input.find(field).as_integer().value_or(otherwise ? 1 : 0) != 0;
        text += std::string(",\"") + key + "\":" + (value ? "true" : "false");
    };
    const auto word = [&](const char* key, std::string value) {
        for (char& letter : value) letter = static_cast<char>(std::tolower(letter));
        text += std::string(",\"") + key + "\":\"" + value + "\"";
    };
    const std::string backend = text_of(record, "backend");
    const std::string quant = text_of(record, "quant");
    word("weights", quant == "F16" ? "fp16" : quant == "MXFP4_MOE" ? "mxfp4" : quant);
    word("attention", input.find("flash_attn").as_integer().value_or(1) == 1 ? "flash" : "eager");
    word("outputs", input.find("n_outputs_max").is_missing() ? "all" : "server");
    word("kv_k", std::string(input.find("type_k").as_string().value_or("f16")));
    word("kv_v", std::string(input.find("type_v").as_string().value_or("f16")));
    number("n_ctx", "context", 0);
    number("n_batch", "batch_tokens", 2048);
    number("n_ubatch", "ubatch", 512);
    number("n_seq_max", "sequences", 1);
    number("n_gpu_layers", "gpu_layers", -1);
    flag("kv_unified", "kv_unified", false);
    flag("swa_full", "swa_full", false);
    flag("offload_kqv", "kv_offload", true);
    flag("embeddings", "embeddings", false);
    return text + ",\"gpus\":" + (backend == "cpu" ? "0" : backend.substr(4, 1)) + "}";
}

/// Model, context and compute bytes that the record has for a buffer; repacked weights are weights of the CPU.
std::array<std::int64_t, 3> recorded(JsonValue bytes, const std::string& name) {
    std::array<std::int64_t, 3> sizes{};
    for (std::int64_t i = 0; i < bytes.size(); ++i) {
        const std::string_view key = bytes.key_at(i);
        if (key != name && !(key == "CPU_REPACK" && name == "CPU")) continue;
        for (std::uint32_t part = 0; part < 3; ++part) {
            sizes[part] += bytes.value_at(i).at(part).as_integer().value_or(0);
        }
    }
    return sizes;
}

}  // namespace

TEST_CASE("llama.cpp's buffers are those that it plans itself, to the byte", "[llamacpp]") {
    const std::map<std::string, std::string> configs = recorded_configs();
    int compared = 0;
    int refused = 0;
    each_line("llamacpp/plans.jsonl", [&](const std::string& line, JsonValue record) {
        INFO(line);
        const Parsed parsed = parse_json(request(record, configs.at(text_of(record, "model"))));
        INFO((parsed.issues.empty() ? std::string() : parsed.issues.front().message));
        REQUIRE(parsed.ok());
        const Answer answer = estimate(parsed.config, Detail::totals);
        if (!record.find("error").is_missing()) {
            CHECK(!answer.ok);
            ++refused;
            return;
        }
        if (!answer.ok && is_not_described(answer.issues.front())) {
            record_refused("llama.cpp, planned: compute buffer of a device", 1);
            return;
        }
        CHECK(answer.ok);
        const std::string set = "llama.cpp, planned: ";
        for (const Device& device : answer.devices) {
            const auto want = recorded(record.find("bytes"), device.name);
            INFO(device.name);
            const Bytes context = device.kv_cache + device.state;
            CHECK(device.weights.count() == want[0]);
            CHECK(context.count() == want[1]);
            CHECK(device.compute.count() == want[2]);
            record_error(set + "weights of a device", want[0], device.weights.count());
            record_error(set + "caches and states of a device", want[1], context.count());
            record_error(set + "compute buffer of a device", want[2], device.compute.count());
            if (device.output > Bytes(0)) {
                CHECK(device.output.count() == integer(record, "output"));
                record_error(set + "output buffer", integer(record, "output"),
                             device.output.count());
            }
        }
        ++compared;
    });
    CHECK(refused == 12);
    CHECK(compared == 3070);
}

namespace {

/// A model at a context of 8192, Q4_K_M, f16 cache, one sequence: hundredths of a MiB of the compute buffer with
/// flash attention and all logits, with the server's, without flash attention, and on the CPU, as llama.cpp prints.
struct Printed {
    const char* config;
    std::array<std::int64_t, 4> compute;
};

// clang-format off
const Printed printed[] = {
    {R"({"model_type":"bloom","architectures":["BloomForCausalLM"],"hidden_size":4096,"n_layer":30,"n_head":32,"vocab_size":250880,"tie_word_embeddings":true})",
     {49800, 6401, 58401, 51400}},
    {R"({"model_type":"deepseek_v3","architectures":["DeepseekV3ForCausalLM"],"hidden_size":7168,"intermediate_size":18432,"num_hidden_layers":61,"num_attention_heads":128,"num_key_value_heads":128,"vocab_size":129280,"max_position_embeddings":163840,"q_lora_rank":1536,"kv_lora_rank":512,"qk_nope_head_dim":128,"qk_rope_head_dim":64,"v_head_dim":128,"n_routed_experts":256,"num_experts_per_tok":8,"n_shared_experts":1,"moe_intermediate_size":2048,"first_k_dense_replace":3,"norm_topk_prob":true,"n_group":8,"topk_group":4,"routed_scaling_factor":2.5,"num_nextn_predict_layers":0})",
     {38801, 38801, 244203, 41601}},
    {R"({"model_type":"mamba2","architectures":["Mamba2ForCausalLM"],"hidden_size":4096,"num_hidden_layers":64,"vocab_size":32768,"state_size":128,"num_heads":128,"head_dim":64,"n_groups":8,"conv_kernel":4,"expand":2,"tie_word_embeddings":false,"use_conv_bias":true})",
     {11260, 11260, 11260, 11649}},
    {R"({"model_type":"falcon_h1","architectures":["FalconH1ForCausalLM"],"hidden_size":2048,"intermediate_size":4096,"num_hidden_layers":24,"num_attention_heads":8,"num_key_value_heads":2,"head_dim":128,"vocab_size":65536,"mamba_d_ssm":3072,"mamba_n_heads":48,"mamba_d_head":64,"mamba_d_state":256,"mamba_n_groups":1,"mamba_d_conv":4,"tie_word_embeddings":false,"mamba_rms_norm":false,"max_position_embeddings":131072})",
     {13600, 5419, 15701, 13600}},
};
// clang-format on

}  // namespace

TEST_CASE("compute buffers of further families are those that llama.cpp prints", "[llamacpp]") {
    const char* const set_ups[] = {R"("outputs":"all")", R"("outputs":"server")",
                                   R"("outputs":"all","attention":"eager")",
                                   R"("outputs":"all","gpus":0)"};
    for (const Printed& model : printed) {
        for (std::uint32_t i = 0; i < 4; ++i) {
            const std::string text =
                std::string(R"({"task":"inference","engine":"llamacpp","weights":"q4_k_m",)") +
                R"("context":8192,"config":)" + model.config + "," + set_ups[i] + "}";
            INFO(text);
            const Parsed parsed = parse_json(text);
            REQUIRE(parsed.ok());
            const Answer answer = estimate(parsed.config, Detail::totals);
            REQUIRE(answer.ok);
            const std::int64_t bytes = answer.devices.front().compute.count();
            // Printed to a hundredth of a MiB; one of the sixteen is one hundredth off.
            const std::int64_t hundredths = (bytes * 100 + (1 << 19)) / (1 << 20);
            CHECK(std::abs(hundredths - model.compute[i]) <= 1);
            record_error("llama.cpp, printed: compute buffer, in hundredths of a MiB",
                         model.compute[i], hundredths);
        }
    }
}
