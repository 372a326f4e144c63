// What llama.cpp v0.5.0 plans, buffer by buffer, confronted with the tool's own plan. The records are
// tests/data/llamacpp/plans.jsonl: 3,102 plans of 21 models at full size, on the CPU and on one to four CUDA
// devices ([model, context, compute] bytes by buffer), each with what was asked where it is not the default;
// models.json holds the models' configurations.

#include <map>
#include <string>

#include "core/formats/config_json.h"
#include "core/profiles/llamacpp/graph.h"
#include "core/profiles/llamacpp/quantise.h"
#include "core/report/llamacpp_buffers.h"
#include "tests/core/catch.h"
#include "tests/truth/errors.h"
#include "tests/truth/records.h"

using namespace tensorledger;

namespace {

std::map<std::string, Model> recorded_models() {
    const JsonDocument records = JsonDocument::parse(read_test_data("llamacpp/models.json"));
    std::map<std::string, Model> models;
    for (std::int64_t i = 0; i < records.root().size(); ++i) {
        const JsonValue record = records.root().at(i);
        const ModelOrIssues read = read_config_json(record.find("config"));
        INFO(text_of(record, "model"));
        REQUIRE(read.issues.empty());
        models.emplace(text_of(record, "model"), *read.model);
    }
    return models;
}

std::int64_t asked(JsonValue input, std::string_view key, std::int64_t otherwise) {
    return input.find(key).as_integer().value_or(otherwise);
}

DType cache_type(JsonValue input, std::string_view key) {
    const std::string type(input.find(key).as_string().value_or("f16"));
    if (type == "f16") return DType::fp16;
    return type == "f32" ? DType::fp32 : *dtype_named(type);
}

llamacpp::Parameters parameters(JsonValue record) {
    const JsonValue input = record.find("input");
    const std::string backend = text_of(record, "backend");
    llamacpp::Parameters p;
    p.context = asked(input, "n_ctx", 0);
    p.batch = asked(input, "n_batch", 2048);
    p.ubatch = asked(input, "n_ubatch", 512);
    p.sequences = asked(input, "n_seq_max", 1);
    p.gpu_layers = asked(input, "n_gpu_layers", -1);
    p.gpus = backend == "cpu" ? 0 : backend[4] - '0';
    p.outputs = asked(input, "n_outputs_max", 0);
    p.key_type = cache_type(input, "type_k");
    p.value_type = cache_type(input, "type_v");
    p.flash = asked(input, "flash_attn", 1) == 1;
    p.unified = asked(input, "kv_unified", 0) == 1;
    p.full_window = asked(input, "swa_full", 0) == 1;
    p.offload_cache = asked(input, "offload_kqv", 1) == 1;
    p.embeddings = asked(input, "embeddings", 0) == 1;
    return p;
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
    const std::map<std::string, Model> models = recorded_models();
    std::map<std::string, llamacpp::GgufTensors> files;
    int compared = 0;
    int refused = 0;
    each_line("llamacpp/plans.jsonl", [&](const std::string& line, JsonValue record) {
        INFO(line);
        const std::string name = text_of(record, "model");
        const Model& model = models.at(name);
        const bool is_refused = !record.find("error").is_missing();
        Issues issues;
        const llamacpp::Setup setup = llamacpp::setup_of(model, parameters(record), issues);
        CHECK(issues.empty() != is_refused);
        refused += is_refused ? 1 : 0;
        if (is_refused || !issues.empty() || !llamacpp::has_graph(model)) return;
        const std::string quant = text_of(record, "quant");
        auto [file, is_new] = files.try_emplace(name + " " + quant);
        if (is_new) file->second = llamacpp::quantised(model, *llamacpp::file_type_named(quant));
        for (const llamacpp::DeviceBuffers& device :
             llamacpp::buffers_of(model, setup, file->second)) {
            const auto want = recorded(record.find("bytes"), device.name);
            INFO(device.name);
            const Bytes context = device.kv_cache + device.state;
            CHECK(device.weights.count() == want[0]);
            CHECK(context.count() == want[1]);
            CHECK(device.compute.count() == want[2]);
            const std::string set = "llama.cpp, planned: ";
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
