// What a listing makes of a configuration has to be the network that the configuration describes: with the heads of
// classifiers too, the weights that a step trains are those that the model is said to have.

#include <string>

#include "core/options/parse.h"
#include "core/report/estimate.h"
#include "tests/core/catch.h"

using namespace tensorledger;

namespace {

struct Family {
    const char* name;    // of its classes
    const char* fields;  // of a small network
};

constexpr Family kEncoders[] = {
    {"Bert", R"("model_type":"bert","hidden_size":64,"num_hidden_layers":3,"num_attention_heads":4,
        "intermediate_size":128,"vocab_size":500)"},
    {"Roberta", R"("model_type":"roberta","hidden_size":64,"num_hidden_layers":3,
        "num_attention_heads":4,"intermediate_size":128,"vocab_size":500)"},
    {"Electra",
     R"("model_type":"electra","hidden_size":64,"embedding_size":32,"num_hidden_layers":3,
        "num_attention_heads":4,"intermediate_size":128,"vocab_size":500)"},
    {"DistilBert", R"("model_type":"distilbert","dim":64,"n_layers":3,"n_heads":4,"hidden_dim":128,
        "vocab_size":500)"},
    {"Albert", R"("model_type":"albert","hidden_size":64,"embedding_size":32,"num_hidden_layers":3,
        "num_attention_heads":4,"intermediate_size":128,"vocab_size":500)"},
    {"DebertaV2", R"("model_type":"deberta-v2","hidden_size":64,"num_hidden_layers":3,
        "num_attention_heads":4,"intermediate_size":128,"vocab_size":500,"relative_attention":true,
        "position_buckets":32,"norm_rel_ebd":"layer_norm","share_att_key":true,
        "pos_att_type":["p2c","c2p"],"position_biased_input":false)"},
    {"Llama",
     R"("model_type":"llama","hidden_size":64,"num_hidden_layers":3,"num_attention_heads":4,
        "intermediate_size":128,"vocab_size":500)"},
    {"Qwen2",
     R"("model_type":"qwen2","hidden_size":64,"num_hidden_layers":3,"num_attention_heads":4,
        "num_key_value_heads":2,"intermediate_size":128,"vocab_size":500)"},
};

constexpr Family kDecoders[] = {
    {"GPTNeoX", R"("model_type":"gpt_neox","hidden_size":64,"num_hidden_layers":3,
        "num_attention_heads":4,"intermediate_size":128,"vocab_size":500)"},
    {"OPT", R"("model_type":"opt","hidden_size":64,"num_hidden_layers":3,"num_attention_heads":4,
        "ffn_dim":128,"vocab_size":500)"},
    {"OPT", R"("model_type":"opt","hidden_size":64,"num_hidden_layers":3,"num_attention_heads":4,
        "ffn_dim":128,"vocab_size":500,"word_embed_proj_dim":32,"do_layer_norm_before":false)"},
    {"Gemma2", R"("model_type":"gemma2","hidden_size":64,"num_hidden_layers":3,
        "num_attention_heads":4,"num_key_value_heads":2,"head_dim":16,"intermediate_size":128,
        "vocab_size":500)"},
};

Answer trained(const Family& family, const std::string& head, const std::string& labels = "") {
    const std::string config = "{\"architectures\":[\"" + std::string(family.name) + head + "\"]," +
                               family.fields + labels + "}";
    const Parsed parsed = parse_json(R"({"batch":2,"seq":24,"config":)" + config + "}");
    INFO(config);
    REQUIRE(parsed.ok());
    return estimate(parsed.config, Detail::totals);
}

void check_all_trained(const Answer& answer) {
    INFO((answer.ok ? "" : answer.issues.front().message));
    REQUIRE(answer.ok);
    CHECK(answer.params.trainable == answer.params.total);
    CHECK(answer.saved.total > Bytes(0));
}

}  // namespace

TEST_CASE("A step with a classifier trains the weights that its model has") {
    for (const Family& family : kEncoders) {
        for (const char* head :
             {"ForSequenceClassification", "ForTokenClassification", "ForQuestionAnswering"}) {
            INFO(family.name << head);
            check_all_trained(trained(family, head));
        }
        check_all_trained(trained(family, "ForSequenceClassification", ",\"num_labels\":7"));
    }
    for (const Family& family : kDecoders) {
        INFO(family.name);
        check_all_trained(trained(family, "ForSequenceClassification"));
        check_all_trained(trained(family, "ForCausalLM"));
    }
}

TEST_CASE("A head whose loss is not described is refused") {
    CHECK_FALSE(trained(kEncoders[0], "ForMultipleChoice").ok);
    CHECK_FALSE(trained(kEncoders[0], "ForSequenceClassification", ",\"num_labels\":1").ok);
}

TEST_CASE("OLMo 2 keeps its rotary tables in fp32") {
    const Parsed parsed = parse("model=allenai/OLMo-2-1124-7B&seq=256");
    REQUIRE(parsed.ok());
    const Answer answer = estimate(parsed.config);
    REQUIRE(answer.ok);
    // What the first layer keeps more than the others, which share it: cos and sin of 256 × 128.
    Bytes outside;
    for (const Row& row : answer.saved.outside_tensors) outside += row.bytes;
    CHECK(answer.saved.outside - outside == Bytes(2 * 4 * 256 * 128));
}
