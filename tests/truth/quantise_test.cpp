// What llama.cpp v0.5.0 makes of a model: tensors, types and bytes of its GGUF file, confronted with what its
// own quantiser says (data/llamacpp: models.json, quantize.json; files.json are files that it really wrote).

#include <map>

#include "core/formats/config_json.h"
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
    for (JsonValue record = records.root().first(); !record.is_missing(); record = record.next()) {
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
    for (JsonValue record = records.root().first(); !record.is_missing(); record = record.next()) {
        INFO(text(record, "model"));
        const llamacpp::GgufTensors list = llamacpp::gguf_tensors(models.at(text(record, "model")));
        if (list.issue) continue;
        CHECK(list.architecture == text(record, "arch"));
        CHECK(list.elements() == number(record, "parameters"));
        CHECK(static_cast<std::int64_t>(list.tensors.size()) == number(record, "tensors"));
    }
}
