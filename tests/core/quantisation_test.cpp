// How a quantised checkpoint is stored, from its config.json alone: worked out by hand for small and real
// shapes, and compared with what the hub counts for published ones.

#include "core/formats/quantisation.h"

#include "core/formats/config_json.h"
#include "core/model/weights.h"
#include "core/report/estimate.h"
#include "tests/core/catch.h"

using namespace tensorledger;

namespace {

constexpr std::string_view llama_8b =
    R"("model_type":"llama","hidden_size":4096,"intermediate_size":14336,"num_hidden_layers":32,)"
    R"("num_attention_heads":32,"num_key_value_heads":8,"vocab_size":128256,"torch_dtype":"float16")";

std::string with(std::string_view quantisation) {
    return "{" + std::string(llama_8b) + ",\"quantization_config\":" + std::string(quantisation) +
           "}";
}

std::vector<StoredWeight> stored(const std::string& text) {
    const JsonDocument document = JsonDocument::parse(text);
    const ModelOrIssues read = read_config_json(document.root());
    REQUIRE(read.model);
    const QuantisationOrIssues quantised = read_quantisation(document.root(), read.model->dtype);
    REQUIRE(quantised.issues.empty());
    return stored_weights(*read.model, quantised.quantisation);
}

std::int64_t bytes(const std::string& text) {
    Bytes sum;
    for (const StoredWeight& tensor : stored(text)) {
        if (tensor.loaded) sum += tensor.bytes * tensor.count;
    }
    return sum.count();
}

/// Elements as the hub counts them: each stored one, scales and buffers too.
std::int64_t hub_elements(const std::string& text) {
    std::int64_t sum = 0;
    for (const StoredWeight& tensor : stored(text)) {
        std::int64_t elements = 1;
        for (const std::int64_t size : tensor.shape) elements *= size;
        sum += elements * tensor.count;
    }
    return sum;
}

// Llama 3.1 8B: 32 layers of 218,103,808 weights in Linear modules, 65 norms of 4096; embedding and head of
// 525,336,576 each.
constexpr std::int64_t linear = 32LL * 218103808;
constexpr std::int64_t rows = 32LL * (4096 + 1024 + 1024 + 4096 + 14336 + 14336 + 4096);
constexpr std::int64_t columns = 32LL * (6 * 4096 + 14336);
constexpr std::int64_t others = 2 * 525336576LL * 2 + 65 * 4096 * 2;

}  // namespace

TEST_CASE("GPTQ and AWQ store words, zero points and scales of groups; GPTQ the order too") {
    const std::int64_t groups = linear / 128;
    CHECK(bytes(with(R"({"quant_method":"gptq","bits":4,"group_size":128,"desc_act":true})")) ==
          others + linear / 2 + groups / 2 + 2 * groups + 4 * columns);
    CHECK(bytes(with(R"({"quant_method":"gptq","bits":3,"group_size":128})")) ==
          others + linear * 3 / 8 + groups * 3 / 8 + 2 * groups + 4 * columns);
    CHECK(bytes(with(R"({"quant_method":"gptq","bits":8,"group_size":-1})")) ==
          others + linear + rows + 2 * rows + 4 * columns);
    CHECK(
        bytes(with(
            R"({"quant_method":"awq","bits":4,"group_size":128,"zero_point":true,"version":"gemm"})")) ==
        others + linear / 2 + groups / 2 + 2 * groups);
    CHECK(others + linear / 2 + groups / 2 + 2 * groups ==
          5727854592);  // the index of a published one
}

TEST_CASE("bitsandbytes stores bytes and scales of blocks or rows") {
    const std::int64_t blocks = linear / 64;
    CHECK(bytes(with(R"({"quant_method":"bitsandbytes","load_in_8bit":true})")) ==
          others + linear + 4 * rows);
    CHECK(
        bytes(with(
            R"({"quant_method":"bitsandbytes","load_in_4bit":true,"bnb_4bit_quant_type":"nf4"})")) ==
        others + linear / 2 + 4 * blocks + 224 * 64);
    CHECK(
        bytes(with(
            R"({"load_in_4bit":true,"bnb_4bit_quant_type":"fp4","bnb_4bit_use_double_quant":true})")) ==
        others + linear / 2 + blocks + 4 * blocks / 256 + 224 * (1024 + 64));
}

TEST_CASE("fp8 stores a byte a weight and scales of blocks, rows or the whole matrix") {
    CHECK(
        bytes(with(
            R"({"quant_method":"fp8","activation_scheme":"dynamic","weight_block_size":[128,128]})")) ==
        others + linear + 4 * linear / (128 * 128));
    CHECK(bytes(with(
              R"({"quant_method":"fp8","activation_scheme":"static","weight_block_size":null})")) ==
          others + linear + 224 * 2 * 4);
    CHECK(
        bytes(with(
            R"({"quant_method":"compressed-tensors","format":"float-quantized","ignore":["lm_head"],)"
            R"("config_groups":{"group_0":{"targets":["Linear"],"weights":{"num_bits":8,"type":"float",)"
            R"("strategy":"channel","symmetric":true},"input_activations":{"dynamic":true}}}})")) ==
        others + linear + 2 * rows);
}

TEST_CASE("compressed-tensors, ModelOpt and HQQ store what their formats say") {
    const std::string packed =
        R"({"quant_method":"compressed-tensors","format":"pack-quantized","ignore":["lm_head"],"config_groups":)"
        R"({"g":{"targets":["Linear"],"weights":{"num_bits":4,"type":"int","strategy":"group","group_size":128,)";
    CHECK(bytes(with(packed + R"("symmetric":true}}}})")) ==
          others + linear / 2 + 2 * linear / 128 + 224 * 16);
    CHECK(bytes(with(packed + R"("symmetric":false,"actorder":"group"}}}})")) ==
          others + linear / 2 + 2 * linear / 128 + 224 * 16 + linear / 128 / 2 + 4 * columns);
    CHECK(
        bytes(with(
            R"({"quant_method":"modelopt","quant_algo":"NVFP4","ignore":["lm_head"],"config_groups":)"
            R"({"g":{"weights":{"num_bits":4,"type":"float","group_size":16,"dynamic":false},)"
            R"("input_activations":{"num_bits":4,"type":"float","dynamic":false}}}})")) ==
        others + linear / 2 + linear / 16 + 224 * 8);
    CHECK(
        bytes(with(
            R"({"quant_method":"hqq","quant_config":{"weight_quant_params":{"nbits":4,"group_size":64}}})")) ==
        others + linear / 2 + 2 * 2 * linear / 64);
}

TEST_CASE(
    "what a quantiser is told to keep stays, by beginning, end, file-name pattern or expression") {
    CHECK(fits("lm_head", "lm_head"));
    CHECK(fits("gate", "model.layers.3.mlp.gate"));
    CHECK(fits("model.layers.1", "model.layers.1.self_attn.q_proj"));
    CHECK_FALSE(fits("model.layers.1", "model.layers.10.self_attn.q_proj"));
    CHECK(fits("model.language_model.layers.0.self_attn*", "model.layers.0.self_attn.q_proj"));
    CHECK(fits("model.layers.*.self_attn", "model.layers.12.self_attn.k_proj"));
    CHECK_FALSE(fits("model.layers.*.self_attn", "model.layers.12.mlp.up_proj"));
    CHECK(fits("re:.*self_attn.*", "model.layers.0.self_attn.q_proj"));
    CHECK(fits(R"(re:.*mlp\.(gate|up|gate_up|down)_proj.*)", "model.layers.0.mlp.gate_up_proj"));
    CHECK_FALSE(fits(R"(re:.*mlp\.(gate|up|gate_up|down)_proj.*)",
                     "model.layers.0.mlp.experts.{e}.gate_proj"));
    CHECK(fits(R"(re:model\.layers\.[0-2]\..*$)", "model.layers.2.mlp.up_proj"));
    CHECK_FALSE(
        fits("re:(a*)*(b*)*(a*)*c", std::string(200, 'a')));  // takes no longer for being awkward
    const std::int64_t all = bytes(with(R"({"quant_method":"awq","bits":4,"group_size":128})"));
    const std::int64_t one_kept = bytes(with(
        R"({"quant_method":"awq","bits":4,"group_size":128,"modules_to_not_convert":["model.layers.7.mlp"]})"));
    const std::int64_t mlp = 3LL * 4096 * 14336;
    CHECK(one_kept - all == 2 * mlp - (mlp / 2 + mlp / 128 / 2 + 2 * mlp / 128));
}

TEST_CASE("published fp8 checkpoints have as many elements as the hub counts") {
    // parameters, trained and correction biases, and one scale for each block of 128 × 128
    CHECK(hub_elements(read_test_data("weights/configs/MiniMaxAI__MiniMax-M2.7.json")) ==
          228703644928);
    // beside the two below, the next-token layer's own embedding and head, which ours shares with the model
    constexpr std::int64_t copies = 2LL * 129280 * 7168;
    CHECK(hub_elements(read_test_data("weights/configs/deepseek-ai__DeepSeek-R1.json")) ==
          684531386000 - copies);
    CHECK(hub_elements(read_test_data("weights/configs/deepseek-ai__DeepSeek-V3.2.json")) ==
          685396921376 - copies);
    // 3416 elements of this one the hub counts and no tensor explains
    CHECK(hub_elements(read_test_data("weights/configs/moonshotai__Kimi-K2-Instruct.json")) ==
          1026470731056 - 3416);
}

TEST_CASE("a quantisation that is not described is said, never guessed") {
    const auto issue = [](std::string_view text) {
        const std::string config = with(text);
        const JsonDocument document = JsonDocument::parse(config);
        const QuantisationOrIssues read = read_quantisation(document.root(), DType::bf16);
        return read.issues.empty() ? std::string() : read.issues.front().message;
    };
    CHECK(issue(R"({"quant_method":"quip"})") ==
          "Weights quantised by quip are not described here.");
    CHECK(issue(R"({})") == "quantization_config does not name its quant_method.");
    CHECK_FALSE(issue(R"({"quant_method":"gptq","bits":-4})").empty());
    CHECK_FALSE(issue(R"({"quant_method":"fp8","weight_block_size":[128,0]})").empty());
    const JsonDocument answer =
        JsonDocument::parse(weights_json(with(R"({"quant_method":"quip"})"), "config.json"));
    CHECK(answer.root().find("ok").as_boolean() == true);
    CHECK(answer.root().find("notes").size() == 1);
}
