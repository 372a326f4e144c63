// What llama.cpp v0.5.0 makes of a model: tensors, types and bytes of its GGUF file, confronted with what its
// own quantiser says (data/llamacpp: models.json, quantize.json; files.json are files that it really wrote).

#include <map>

#include "core/formats/config_json.h"
#include "core/profiles/llamacpp/quantise.h"
#include "core/profiles/llamacpp/tensors.h"
#include "tests/core/catch.h"
#include "tests/truth/errors.h"

using namespace tensorledger;

namespace {

std::string text(JsonValue record, std::string_view key) {
    return std::string(record.find(key).as_string().value_or(""));
}

std::int64_t number(JsonValue record, std::string_view key) {
    return record.find(key).as_integer().value_or(-1);
}

/// The recorded models by name.
std::map<std::string, Model> recorded_models(const JsonDocument& records) {
    std::map<std::string, Model> models;
    for (std::int64_t i = 0; i < records.root().size(); ++i) {
        const JsonValue record = records.root().at(i);
        const ModelOrIssues read = read_config_json(record.find("config"));
        INFO(text(record, "model"));
        REQUIRE(read.issues.empty());
        models.emplace(text(record, "model"), *read.model);
    }
    return models;
}

}  // namespace

TEST_CASE("a GGUF file of a model has the tensors that llama.cpp's own has") {
    const JsonDocument records = JsonDocument::parse(read_test_data("llamacpp/models.json"));
    const std::map<std::string, Model> models = recorded_models(records);
    for (std::int64_t i = 0; i < records.root().size(); ++i) {
        const JsonValue record = records.root().at(i);
        INFO(text(record, "model"));
        const llamacpp::GgufTensors list = llamacpp::gguf_tensors(models.at(text(record, "model")));
        if (list.issue) continue;
        CHECK(list.architecture == text(record, "arch"));
        CHECK(list.elements() == number(record, "parameters"));
        CHECK(static_cast<std::int64_t>(list.tensors.size()) == number(record, "tensors"));
    }
}

TEST_CASE(
    "every file type takes the bytes that llama-quantize says, with an importance matrix and "
    "without") {
    const JsonDocument records = JsonDocument::parse(read_test_data("llamacpp/models.json"));
    const JsonDocument runs = JsonDocument::parse(read_test_data("llamacpp/quantize.json"));
    const std::map<std::string, Model> models = recorded_models(records);
    int compared = 0;
    for (std::int64_t r = 0; r < runs.root().size(); ++r) {
        const JsonValue run = runs.root().at(r);
        const Model& model = models.at(text(run, "model"));
        const bool imatrix = run.find("imatrix").as_boolean().value_or(false);
        const JsonValue bytes = run.find("bytes");
        for (std::int64_t i = 0; i < bytes.size(); ++i) {
            const std::string_view key = bytes.key_at(i);
            const JsonValue size = bytes.value_at(i);
            INFO(text(run, "model")
                 << " " << key << (imatrix ? " with" : " without") << " an importance matrix");
            const auto type = llamacpp::file_type_named(key);
            REQUIRE(type);
            const llamacpp::GgufTensors list = llamacpp::quantised(model, *type, imatrix);
            CHECK_FALSE(list.issue);
            CHECK(list.bytes() == Bytes(size.as_integer().value_or(-1)));
            record_error("tensors of GGUF files, every file type", size.as_integer().value_or(-1),
                         list.bytes().count());
            ++compared;
        }
        // The types that are not among the records are those that llama-quantize refuses.
        if (bytes.find("Q1_0").is_missing()) {
            const llamacpp::GgufTensors refused =
                llamacpp::quantised(model, llamacpp::FileType::q1_0, imatrix);
            CHECK(refused.issue);
        }
    }
    CHECK(compared == 1420);
}
