// Reading config.json: what real files do, and what must be refused.

#include "core/formats/config_json.h"
#include "core/model/cache.h"
#include "core/model/weights.h"
#include "tests/core/catch.h"

using namespace tensorledger;

namespace {

/// A tiny Llama with further or other fields: the last of a repeated key counts.
std::string llama(const std::string& more = "") {
    return R"({"model_type":"llama","architectures":["LlamaForCausalLM"],"hidden_size":64,
        "intermediate_size":128,"num_hidden_layers":2,"num_attention_heads":4,
        "num_key_value_heads":2,"vocab_size":100,"tie_word_embeddings":false)" +
           more + "}";
}

std::int64_t total(const std::string& config) {
    const ModelOrIssues read = read_config_json(std::string_view(config));
    INFO(config);
    REQUIRE(read.issues.empty());
    return count_parameters(*read.model).total;
}

Issue refusal(const std::string& config) {
    const ModelOrIssues read = read_config_json(std::string_view(config));
    INFO(config);
    CHECK_FALSE(read.model);
    REQUIRE(read.issues.size() == 1);
    CHECK(read.issues[0].message.ends_with('.'));
    return read.issues[0];
}

// Embedding and head 2·100·64; a layer: q and o 2·64·64, k and v 2·32·64, MLP 3·64·128, norms 2·64.
constexpr std::int64_t layer_parameters = 2 * 64 * 64 + 2 * 32 * 64 + 3 * 64 * 128 + 2 * 64;
constexpr std::int64_t llama_parameters = 2 * 100 * 64 + 2 * layer_parameters + 64;

}  // namespace

TEST_CASE("a small Llama counts as it does by hand") { CHECK(total(llama()) == llama_parameters); }

TEST_CASE("a field that is missing takes the class default, null is something else") {
    CHECK(total(llama(R"(,"num_key_value_heads":null)")) == llama_parameters + 2 * 2 * 32 * 64);
    CHECK(total(llama(R"(,"tie_word_embeddings":null)")) == llama_parameters);
    const std::string mla = R"({"model_type":"deepseek_v2","hidden_size":64,"intermediate_size":96,
        "moe_intermediate_size":32,"num_hidden_layers":1,"num_attention_heads":2,"vocab_size":100,
        "n_routed_experts":null,"first_k_dense_replace":1,"kv_lora_rank":16,"qk_nope_head_dim":8,
        "qk_rope_head_dim":4,"v_head_dim":8)";
    const std::int64_t compressed = total(mla + "}");  // 1536, the class default
    const std::int64_t plain = total(mla + R"(,"q_lora_rank":null})");
    CHECK(compressed - plain == 64 * 1536 + 1536 + 1536 * 2 * 12 - 64 * 2 * 12);
}

TEST_CASE("the last of a repeated key counts") {
    CHECK(total(llama(R"(,"vocab_size":50)")) == llama_parameters - 2 * 50 * 64);
}

TEST_CASE("Infinity and NaN in unread fields do no harm") {
    CHECK(total(llama(R"(,"time_step_limit":[0.0, Infinity],"x":-Infinity,"y":NaN)")) ==
          llama_parameters);
}

TEST_CASE("a tied head is counted once") {
    CHECK(total(llama(R"(,"tie_word_embeddings":true)")) == llama_parameters - 100 * 64);
}

TEST_CASE("Qwen 2 has biases that no field states") {
    std::string config = llama();
    config.replace(config.find("llama"), 5, "qwen2");
    CHECK(total(config) == llama_parameters + 2 * (64 + 32 + 32));
}

TEST_CASE("Qwen 1 states twice the width of its MLP") {
    const std::string config = R"({"model_type":"qwen","hidden_size":64,"intermediate_size":256,
        "num_hidden_layers":2,"num_attention_heads":4,"vocab_size":100,"no_bias":true})";
    CHECK(total(config) == llama_parameters + 2 * (2 * 32 * 64 + 3 * 64));
}

TEST_CASE("a text model is found where it is nested, its missing fields default to the class") {
    const std::string config = R"({"model_type":"gemma3","text_config":{"model_type":"gemma3_text",
        "hidden_size":64,"intermediate_size":128,"num_hidden_layers":6},"vision_config":{
        "hidden_size":32,"intermediate_size":64,"num_hidden_layers":1,"num_attention_heads":2,
        "image_size":28,"patch_size":14,"vision_use_head":false}})";
    const ModelOrIssues read = read_config_json(std::string_view(config));
    REQUIRE(read.issues.empty());
    const Model& model = *read.model;
    CHECK(model.vocab == 262208);
    CHECK(model.tied_head);
    CHECK(model.decoder.layers[0].attention.heads == 8);
    CHECK(model.decoder.layers[0].attention.kv_heads == 4);
    CHECK(model.decoder.layers[0].attention.head_dim == 256);
    CHECK(model.decoder.layers[4].attention.window == 4096);
    CHECK(model.decoder.layers[5].attention.window == 0);
}

TEST_CASE("an unknown tower leaves a note and is not counted") {
    const std::string config = R"({"model_type":"mystery_vl","text_config":)" + llama() + "}";
    const ModelOrIssues read = read_config_json(std::string_view(config));
    REQUIRE(read.issues.empty());
    CHECK(count_parameters(*read.model).total == llama_parameters);
    REQUIRE(read.model->notes.size() == 1);
    CHECK(read.model->notes[0].code == "partial");
}

TEST_CASE("a class name serves where there is no model type") {
    std::string config = llama();
    config.replace(config.find(R"("model_type":"llama",)"), 21, "");
    CHECK(total(config) == llama_parameters);
}

TEST_CASE("windows follow the layer's type, or the pattern of the class") {
    const auto windows = [](const std::string& config) {
        const ModelOrIssues read = read_config_json(std::string_view(config));
        REQUIRE(read.issues.empty());
        std::string pattern;
        for (const Layer& layer : read.model->decoder.layers) {
            pattern += layer.attention.window > 0 ? 's' : 'f';
        }
        return pattern;
    };
    const std::string dims = R"("hidden_size":64,"intermediate_size":128,"num_attention_heads":4,
        "num_key_value_heads":2,"vocab_size":100,"sliding_window":8,)";
    const std::string six = R"("num_hidden_layers":6})";
    CHECK(windows(R"({"model_type":"gemma2",)" + dims + six) == "sfsfsf");
    CHECK(windows(R"({"model_type":"cohere2",)" + dims + six) == "sssfss");
    CHECK(windows(R"({"model_type":"gpt_oss","num_local_experts":2,"num_experts_per_tok":1,)" +
                  dims + six) == "sfsfsf");
    CHECK(windows(R"({"model_type":"mistral",)" + dims + six) == "ssssss");
    CHECK(windows(R"({"model_type":"qwen2","use_sliding_window":false,)" + dims + six) == "ffffff");
    CHECK(windows(R"({"model_type":"qwen2","use_sliding_window":true,"max_window_layers":4,)" +
                  dims + six) == "ffffss");
    CHECK(windows(R"({"model_type":"exaone4","sliding_window_pattern":"LLG",)" + dims + six) ==
          "ssfssf");
    CHECK(windows(R"({"model_type":"gemma2","layer_types":["full_attention","full_attention",
        "sliding_attention","full_attention","full_attention","full_attention"],)" +
                  dims + six) == "ffsfff");
}

TEST_CASE("dense layers come first where the file says so") {
    const std::string config = R"({"model_type":"deepseek_v3","hidden_size":64,
        "intermediate_size":96,"moe_intermediate_size":32,"num_hidden_layers":5,
        "num_attention_heads":2,"vocab_size":100,"n_routed_experts":4,"num_experts_per_tok":2,
        "kv_lora_rank":16,"q_lora_rank":null,"qk_nope_head_dim":8,"qk_rope_head_dim":4,
        "v_head_dim":8,"first_k_dense_replace":2,"num_nextn_predict_layers":1})";
    const ModelOrIssues read = read_config_json(std::string_view(config));
    REQUIRE(read.issues.empty());
    const auto& layers = read.model->decoder.layers;
    CHECK(layers[1].feed_forward.kind == FeedForwardKind::gated);
    CHECK(layers[2].feed_forward.kind == FeedForwardKind::moe);
    const ParameterCounts counts = count_parameters(*read.model);
    CHECK(counts.buffers == 3 * 4);
    CHECK(counts.next_token > 0);
    // Of 4 experts of 3·64·32 in each of 3 layers, half are used.
    CHECK(counts.total - counts.active == 3 * 2 * 3 * 64 * 32);
    const CacheGeometry cache = cache_geometry(*read.model);
    CHECK(cache.full_per_token == 5 * (16 + 4));
    CHECK(cache.expanded_per_token == 5 * 2 * (12 + 8));
}

TEST_CASE("a config.json that contradicts itself is refused") {
    CHECK(refusal(llama(R"(,"num_attention_heads":5)")).field == "num_attention_heads");
    CHECK(refusal(llama(R"(,"num_key_value_heads":3)")).field == "num_key_value_heads");
    CHECK(refusal(llama(R"(,"layer_types":["full_attention"])")).field == "layer_types");
}

TEST_CASE("numbers that no network has are refused") {
    CHECK(refusal(llama(R"(,"hidden_size":-64)")).field == "hidden_size");
    CHECK(refusal(llama(R"(,"hidden_size":64.5)")).code == "wrong-type");
    CHECK(refusal(llama(R"(,"hidden_size":1e300)")).code == "out-of-range");
    CHECK(refusal(llama(R"(,"hidden_size":"64")")).code == "wrong-type");
    CHECK(refusal(llama(R"(,"hidden_size":[64])")).code == "wrong-type");
    CHECK(refusal(llama(R"(,"num_attention_heads":0)")).code == "out-of-range");
    CHECK(refusal(llama(R"(,"num_hidden_layers":1000000)")).field == "num_hidden_layers");
    CHECK(total(llama(R"(,"hidden_size":64.0)")) == llama_parameters);
}

TEST_CASE("sizes beyond 64 bits are an overflow, not a smaller number") {
    const ModelOrIssues read = read_config_json(std::string_view(
        llama(R"(,"hidden_size":4503599627370496,"vocab_size":4503599627370496)")));
    REQUIRE(read.model);
    CHECK(count_parameters(*read.model).total == Bytes::overflow().count());
}

TEST_CASE("what is not a config.json is refused") {
    CHECK(refusal("").code == "syntax");
    CHECK(refusal("{").code == "syntax");
    CHECK(refusal("[]").code == "wrong-type");
    CHECK(refusal("7").code == "wrong-type");
    CHECK(refusal("{}").field == "model_type");
    CHECK(refusal(R"({"model_type":"nothing-known"})").code == "unknown");
    CHECK(refusal(R"({"model_type":"llama llama"})").code == "unknown");
    CHECK(refusal(R"({"model_type":"base"})").code == "unknown");
    CHECK(refusal(std::string(100000, '[')).code == "syntax");
    CHECK(refusal(std::string("{\"model_type\":\"llama\"}\0{}", 25)).code == "syntax");
    const Issue issue = refusal("{\n  \"model_type\": \"llama\",\n  oops\n}");
    CHECK(issue.message.find("line 3, column 3") != std::string::npos);
}

TEST_CASE("truncating a real file anywhere never crashes") {
    const std::string text = read_test_data("weights/configs/google__gemma-4-E2B-it.json");
    for (std::size_t length = 0; length < text.size(); length += 7) {
        const ModelOrIssues read = read_config_json(std::string_view(text).substr(0, length));
        CHECK_FALSE(read.model);
    }
}

TEST_CASE("JSON is read as it stands") {
    const JsonDocument document = JsonDocument::parse(
        R"({"a": [1, -2.5, 1e3, true, null, "\u00e9\n"], "b": {"c": {"d": 9007199254740991}}, "a2": 0.1})");
    REQUIRE(document.ok());
    const JsonValue list = document.root().find("a");
    CHECK(list.size() == 6);
    CHECK(list.at(0).as_integer() == 1);
    CHECK(list.at(1).as_number() == -2.5);
    CHECK_FALSE(list.at(1).as_integer());
    CHECK(list.at(2).as_integer() == 1000);
    CHECK(list.at(3).as_boolean() == true);
    CHECK(list.at(4).is_null());
    CHECK(list.at(5).as_string() == "\xc3\xa9\n");
    CHECK(list.at(6).is_missing());
    CHECK(document.root().find("b").find("c").find("d").as_integer() == 9007199254740991);
    CHECK(document.root().find("a2").as_number() == 0.1);
    CHECK(document.root().find("c").is_missing());
    CHECK(document.root().key_at(1) == "b");
    CHECK(document.root().value_at(2).as_number() == 0.1);
    CHECK_FALSE(JsonDocument::parse(R"({"n": 9007199254740993})").root().find("n").as_integer());
    CHECK(JsonDocument::parse("[Infinity, -Infinity, NaN]").root().size() == 3);
}

TEST_CASE("JSON is written as it was read") {
    JsonWriter writer;
    writer.begin_object().key("a\"b").begin_array().integer(-1).number(0.5).number(-0.25).boolean(
        true);
    writer.null().string("x\n\x01").end_array().key("n").number(1.0 / 3).end_object();
    CHECK(writer.text() == R"({"a\"b":[-1,0.5,-0.25,true,null,"x\n\u0001"],"n":0.333333})");
    CHECK(JsonDocument::parse(writer.text()).ok());
}
