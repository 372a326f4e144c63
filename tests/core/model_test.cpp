// The list of weight tensors: names, shapes, counts.

#include "core/model/weights.h"

#include "core/formats/config_json.h"
#include "tests/core/catch.h"

using namespace tensorledger;

namespace {

std::vector<WeightTensor> tensors_of_record(const std::string& file) {
    const ModelOrIssues read = read_config_json(read_test_data("weights/configs/" + file));
    REQUIRE(read.model);
    return weight_tensors(*read.model);
}

const WeightTensor& find(const std::vector<WeightTensor>& tensors, const std::string& name) {
    INFO(name);
    for (const WeightTensor& tensor : tensors) {
        if (tensor.name == name) return tensor;
    }
    FAIL("no such tensor");
    return tensors.front();
}

}  // namespace

TEST_CASE("Llama 3.1 8B lists its tensors by their checkpoint names") {
    const auto tensors = tensors_of_record("meta-llama__Meta-Llama-3.1-8B.json");
    CHECK(tensors.size() == 12);
    const WeightTensor& key = find(tensors, "model.layers.{i}.self_attn.k_proj.weight");
    CHECK(key.count == 32);
    CHECK(key.shape.rank == 2);
    CHECK(key.shape[0] == Dim{1024, "k·d"});
    CHECK(key.shape[1] == Dim{4096, "h"});
    CHECK(key.dtype == DType::bf16);
    CHECK(find(tensors, "lm_head.weight").role == WeightRole::head);
    CHECK(find(tensors, "model.embed_tokens.weight").elements() == 525336576);
}

TEST_CASE("GPT-2 keeps its matrices input first") {
    const auto tensors = tensors_of_record("openai-community__gpt2.json");
    CHECK(find(tensors, "transformer.h.{i}.attn.c_attn.weight").shape[0].size == 768);
    CHECK(find(tensors, "transformer.h.{i}.attn.c_attn.weight").shape[1].size == 2304);
    CHECK(find(tensors, "transformer.h.{i}.attn.c_attn.bias").shape[0].size == 2304);
    CHECK(find(tensors, "transformer.wpe.weight").role == WeightRole::position);
}

TEST_CASE("experts are counted over layers and experts, and a token uses its share") {
    const auto tensors = tensors_of_record("mistralai__Mixtral-8x7B-v0.1.json");
    const WeightTensor& up =
        find(tensors, "model.layers.{i}.block_sparse_moe.experts.{e}.w3.weight");
    CHECK(up.count == 32 * 8);
    CHECK(up.layers == 32);
    CHECK(up.used == 2);
    CHECK(up.of == 8);
}

TEST_CASE("a tied head is not listed, a next-token layer is listed but not loaded") {
    for (const WeightTensor& tensor : tensors_of_record("Qwen__Qwen3-4B.json")) {
        CHECK(tensor.role != WeightRole::head);
    }
    std::int64_t next_token = 0;
    for (const WeightTensor& tensor : tensors_of_record("deepseek-ai__DeepSeek-R1.json")) {
        if (tensor.part == WeightPart::next_token) {
            CHECK_FALSE(tensor.loaded());
            next_token += tensor.elements();
        }
    }
    // One layer with its correction, the joint matrix and three norms: DeepSeek-V3's own checkpoint, less
    // its copies of embedding and head.
    CHECK(next_token == 11507286272 + 2 * 7168 * 7168 + 3 * 7168);
}

TEST_CASE("every family names where its mechanism was read") {
    const JsonDocument records = JsonDocument::parse(read_test_data("weights/small.json"));
    for (std::int64_t i = 0; i < records.root().size(); ++i) {
        const ModelOrIssues read = read_config_json(records.root().at(i).find("config"));
        REQUIRE(read.model);
        CHECK_FALSE(read.model->source.empty());
    }
}
