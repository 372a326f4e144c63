// Every set-up is read exactly or refused in a sentence; the table says the same to everybody.
#include <map>
#include <set>

#include "core/catalog/bibliography.h"
#include "core/formats/json.h"
#include "core/options/decimal.h"
#include "core/options/describe.h"
#include "core/options/documents.h"
#include "core/options/messages.h"
#include "core/options/parse.h"
#include "core/options/table.h"
#include "core/run/run.h"
#include "tests/core/catch.h"

using namespace tensorledger;

namespace {

/// The one issue that a set-up meets, as "field: code".
std::string refusal(const std::string& text) {
    const Parsed parsed = parse(text);
    std::string found;
    for (const Issue& issue : parsed.issues) {
        if (!found.empty()) found += ", ";
        found += issue.field + ": " + issue.code;
    }
    return found;
}

std::string canonical(const std::string& text) {
    const Parsed parsed = parse(text);
    INFO(text << " -> " << refusal(text));
    CHECK(parsed.ok());
    return query_of(parsed.config);
}

}  // namespace

TEST_CASE("an empty query asks for every default") {
    const Parsed parsed = parse_query("");
    REQUIRE(parsed.ok());
    CHECK(parsed.config.model == "meta-llama/Llama-3.1-8B");
    CHECK(parsed.config.task == Task::train);
    CHECK(parsed.config.framework == Framework::hf);
    CHECK(parsed.config.attention == AttentionKind::sdpa);
    CHECK(parsed.config.batch == 1);
    CHECK(parsed.config.seq == 2048);
    CHECK(parsed.config.precision == Precision::bf16);
    CHECK(parsed.config.optimizer == Optimizer::adamw);
    CHECK(parsed.config.optimizer_impl == OptimizerImpl::foreach);
    CHECK(parsed.config.checkpointing == Checkpointing::none);
    CHECK_FALSE(parsed.config.dropout.has_value());
    CHECK(parsed.config.gpu == "h100-80gb");
    REQUIRE(parsed.config.network);
    CHECK(parsed.config.network->decoder.layers.size() == 32);
    CHECK(query_of(parsed.config).empty());
}

TEST_CASE("a query is read key by key") {
    const Parsed parsed = parse_query(
        "?batch=8&seq=4096&precision=bf16-mixed&optimizer=sgd-momentum&dropout=0.1&mask=true"
        "&optimizer_impl=loop&checkpointing=full&grad_accum=4&attention=eager");
    INFO(refusal("batch=8"));
    REQUIRE(parsed.ok());
    CHECK(parsed.config.batch == 8);
    CHECK(parsed.config.seq == 4096);
    CHECK(parsed.config.precision == Precision::bf16_mixed);
    CHECK(parsed.config.optimizer == Optimizer::sgd_momentum);
    CHECK(parsed.config.optimizer_impl == OptimizerImpl::loop);
    CHECK(parsed.config.dropout == 0.1);
    CHECK(parsed.config.mask);
    CHECK(parsed.config.grad_accum == 4);
    CHECK(parsed.config.attention == AttentionKind::eager);
}

TEST_CASE("percent signs and plus signs are decoded as in a URL") {
    CHECK(canonical("model=meta-llama%2FLlama-3.1-8B").empty());
    CHECK(canonical("%62atch=%38") == "batch=8");
    CHECK(refusal("batch=8+") == "batch: not-a-whole-number");
    CHECK(refusal("batch=%") == "batch: encoding");
    CHECK(refusal("batch=%3") == "batch: encoding");
    CHECK(refusal("batch=%zz") == "batch: encoding");
    CHECK(refusal("%=8") == ": encoding");
}

TEST_CASE("only a whole number in plain digits is one") {
    for (const char* written :
         {"08", " 8 ", "8 ", "８", "1e3", "1_000", "1,000", "1.5", "1.0", "+8", "0x8", "eight",
          "--8", "9223372036854775808", "-9223372036854775809", "8;", "8\t", "-", "٨"}) {
        INFO(written);
        std::string encoded;
        for (const char* c = written; *c != 0; ++c) {
            encoded += *c == '+' ? std::string("%2B") : std::string(1, *c);
        }
        CHECK(refusal("batch=" + encoded) == "batch: not-a-whole-number");
    }
    CHECK(refusal("batch=") == "batch: empty");
    CHECK(refusal("batch") == "batch: empty");
    CHECK(refusal("batch=-1") == "batch: out-of-range");
    CHECK(refusal("batch=0") == "batch: out-of-range");
    CHECK(refusal("batch=1048577") == "batch: out-of-range");
    CHECK(refusal("batch=9223372036854775807") == "batch: out-of-range");
    CHECK(canonical("batch=1048576") == "batch=1048576");
}

TEST_CASE("a refused number is quoted beside what is accepted") {
    const Parsed parsed = parse_query("batch=08");
    REQUIRE(parsed.issues.size() == 1);
    CHECK(parsed.issues[0].message ==
          "`batch` takes a whole number from 1 to 1,048,576, in plain digits; it was given “08”.");
}

TEST_CASE("probabilities are decimals of at most six places") {
    CHECK(canonical("dropout=0.1") == "dropout=0.1");
    CHECK(canonical("dropout=0") == "dropout=0");
    CHECK(canonical("dropout=1") == "dropout=1");
    CHECK(canonical("dropout=0.000001") == "dropout=0.000001");
    CHECK(canonical("dropout=0.50") == "dropout=0.5");
    CHECK(canonical("dropout=auto").empty());
    for (const char* written :
         {"0.0000001", ".1", "1.", "0,1", "1e-1", "-0.1", "nan", "inf", "0.1 "}) {
        INFO(written);
        CHECK(refusal("dropout=" + std::string(written)) == "dropout: not-a-decimal");
    }
    CHECK(refusal("dropout=1.000001") == "dropout: out-of-range");
    CHECK(refusal("dropout=2") == "dropout: out-of-range");
}

TEST_CASE("choices and flags have their own spellings and no others") {
    for (const char* query : {"task=Train", "task=training", "task= train", "precision=float32",
                              "optimizer=AdamW", "attention=flash_attention_2"}) {
        INFO(query);
        CHECK(refusal(query).find(": unknown-value") != std::string::npos);
    }
    for (const char* query : {"mask=1", "mask=yes", "mask=True", "mask=on"}) {
        CHECK(refusal(query) == "mask: not-a-flag");
    }
}

TEST_CASE("an unknown key is refused and the nearest one named") {
    CHECK(refusal("bach=8") == "bach: unknown-key");
    CHECK(refusal("=8") == ": unknown-key");
    CHECK(refusal("config=1") == "config: unknown-key");
    CHECK(refusal("b%00=1") == ": unknown-key");
    const Parsed parsed = parse_query("optimiser=sgd");
    REQUIRE(parsed.issues.size() == 1);
    CHECK(parsed.issues[0].message.find("optimizer") != std::string::npos);
}

TEST_CASE("a key has one value") {
    CHECK(refusal("batch=8&batch=8") == "batch: given-twice");
    CHECK(refusal("{\"batch\": 8, \"batch\": 8}") == "batch: given-twice");
}

TEST_CASE("a JSON object is the same list of keys") {
    CHECK(canonical(R"({"batch": 8, "seq": 512, "mask": true, "dropout": 0.25})") ==
          "batch=8&seq=512&dropout=0.25&mask=true");
    CHECK(canonical("{}").empty());
    CHECK(canonical(R"({"target_seq": "auto"})").empty());
    CHECK(refusal(R"({"batch": "8"})") == "batch: wrong-type");
    CHECK(refusal(R"({"batch": 1.5})") == "batch: not-a-whole-number");
    CHECK(refusal(R"({"batch": true})") == "batch: wrong-type");
    CHECK(refusal(R"({"batch": null})") == "batch: wrong-type");
    CHECK(refusal(R"({"batch": -1})") == "batch: out-of-range");
    CHECK(refusal(R"({"batch": 9223372036854775808})") == "batch: not-a-whole-number");
    CHECK(refusal(R"({"batch": NaN})") == "batch: not-a-whole-number");
    CHECK(refusal(R"({"batch": Infinity})") == "batch: not-a-whole-number");
    CHECK(refusal(R"({"mask": 1})") == "mask: wrong-type");
    CHECK(refusal(R"({"mask": "true"})") == "mask: wrong-type");
    CHECK(refusal(R"({"task": 1})") == "task: wrong-type");
    CHECK(refusal(R"({"model": ["gpt2"]})") == "model: wrong-type");
    CHECK(refusal(R"({"dropout": "0.1"})") == "dropout: wrong-type");
    CHECK(refusal("{\"batch\": 8,}") == ": not-json");
    CHECK(refusal("{") == ": not-json");
    CHECK(refusal("{\"batch\": 8} x") == ": not-json");
}

TEST_CASE("the id of a JSON object is kept as it was written") {
    CHECK(parse(R"({"id": 7})").id == "7");
    CHECK(parse(R"({"id": "a\"b"})").id == R"("a\"b")");
    CHECK(refusal(R"({"id": [1]})") == "id: wrong-type");
}

TEST_CASE("a model comes from the catalog or from a config, not from both") {
    CHECK(refusal("model=meta-llama/Llama-9") == "model: unknown-model");
    CHECK(refusal("model=") == "model: empty");
    CHECK(
        refusal(R"({"model": "openai-community/gpt2", "config": {}})").find("config: impossible") !=
        std::string::npos);
    CHECK(refusal(R"({"config": 3})").find("config") != std::string::npos);
    CHECK(refusal(R"({"config": {"model_type": "never-heard-of"}})") ==
          "config.model_type: unknown");
}

TEST_CASE("an unknown accelerator is refused and the nearest ones named") {
    const Parsed parsed = parse_query("gpu=h100-81gb");
    REQUIRE(parsed.issues.size() == 1);
    CHECK(parsed.issues[0].code == "unknown-gpu");
    CHECK(parsed.issues[0].message.find("h100-80gb") != std::string::npos);
}

TEST_CASE("an option is refused where it means nothing") {
    CHECK(refusal("task=inference&optimizer=sgd") == "optimizer: does-not-apply");
    CHECK(refusal("task=inference&checkpointing=full") == "checkpointing: does-not-apply");
    CHECK(refusal("context=4096") == "context: does-not-apply");
    CHECK(refusal("lora_rank=16") == "lora_rank: does-not-apply");
    CHECK(refusal("gpu_layers=3") == "gpu_layers: does-not-apply");
    const Parsed parsed = parse_query("context=4096");
    REQUIRE(parsed.issues.size() == 1);
    CHECK(parsed.issues[0].message ==
          "`context` means something only where `task` is inference; here `task` is train.");
}

TEST_CASE("combinations that cannot exist are refused") {
    CHECK(refusal("optimizer=rmsprop&optimizer_impl=fused") == "optimizer_impl: impossible");
    CHECK(refusal("task=inference&precision=bf16-mixed") == "precision: impossible");
    CHECK(refusal("task=inference&weights=q4_k_m") == "weights: impossible");
    CHECK(refusal("task=inference&prompt=100&context=99") == "context: impossible");
    CHECK(refusal("task=inference&prompt=100&logits_to_keep=101") == "logits_to_keep: impossible");
    CHECK(refusal("task=inference&batch=2&sequences=3") == "sequences: impossible");
    CHECK(refusal("task=inference&seq=2&prompt=3") == "prompt: impossible");
    CHECK(refusal("target_seq=10") == "target_seq: impossible");
    CHECK(refusal("model=openai-community/gpt2&seq=1025") == "seq: impossible");
    CHECK(canonical("model=openai-community/gpt2&seq=1000") ==
          "model=openai-community/gpt2&seq=1000");
}

TEST_CASE("what is not modelled yet parses and is refused by name") {
    // Whatever a row says is not ready is refused as such where it applies, never passed over in silence.
    for (const OptionRow& option : options()) {
        for (const ChoiceRow& choice : option.choices) {
            if (choice.status == Status::ready) continue;
            std::string query(text_of(option.applies));
            if (query.find(',') != std::string::npos) continue;
            if (choice.applies != Condition::always) query = text_of(choice.applies);
            query += (query.empty() ? "" : "&") + std::string(option.key) + "=" +
                     std::string(choice.value);
            INFO(query);
            CHECK(refusal(query).find(": not-yet") != std::string::npos);
        }
    }
    CHECK(refusal("framework=megatron") == "framework: not-yet");
    CHECK(refusal("framework=megatron&vpp=2") == "framework: not-yet");
    CHECK(refusal("dp=8") == "dp: not-yet");
    CHECK(canonical("dp=1").empty());
    const Parsed parsed = parse_query("framework=megatron");
    REQUIRE(parsed.issues.size() == 1);
    CHECK(parsed.issues[0].message ==
          "`framework=megatron` is understood, but its memory is not modelled yet, so no figure is "
          "given; what can be answered here: hf.");
}

TEST_CASE("the length that nobody gave is what the model's positions allow") {
    const Parsed parsed = parse_query("model=openai-community/gpt2");
    REQUIRE(parsed.ok());
    CHECK(parsed.config.seq == 1024);
    CHECK(query_of(parsed.config) == "model=openai-community/gpt2&seq=1024");
}

TEST_CASE("printing a query and reading it again gives the same query") {
    for (const char* query :
         {"", "model=openai-community/gpt2&batch=3&seq=7",
          "task=inference&weights=fp32&kv=bf16&context=4096", "layers=4&hidden=512",
          "precision=fp16-mixed&optimizer=sgd&optimizer_impl=loop&dropout=0.125",
          "gpu=rtx-4090-24gb"}) {
        const std::string printed = canonical(query);
        CHECK(canonical(printed) == printed);
        CHECK(printed == query);
    }
    CHECK(canonical("seq=512&batch=2&task=train") == "batch=2&seq=512");
}

TEST_CASE("an override that the network does not take is refused") {
    const Parsed parsed =
        parse_query("layers=4&hidden=512&heads=8&kv_heads=2&head_dim=64&ffn=1024&vocab=1000");
    INFO(refusal("layers=4&hidden=512&heads=8&kv_heads=2&head_dim=64&ffn=1024&vocab=1000"));
    REQUIRE(parsed.ok());
    const Model& model = *parsed.config.network;
    CHECK(model.decoder.layers.size() == 4);
    CHECK(model.hidden == 512);
    CHECK(model.vocab == 1000);
    CHECK(model.decoder.layers[3].attention.heads == 8);
    CHECK(model.decoder.layers[3].attention.kv_heads == 2);
    CHECK(model.decoder.layers[3].attention.head_dim == 64);
    CHECK(model.decoder.layers[3].feed_forward.width == 1024);
    CHECK(refusal("model=openai-community/gpt2&kv_heads=5") ==
          "num_key_value_heads: contradiction");
}

TEST_CASE("every row of the table can be read, printed and explained") {
    std::set<std::string> keys;
    for (const OptionRow& option : options()) {
        const std::string key(option.key);
        INFO(key);
        CHECK(keys.insert(key).second);
        CHECK_FALSE(option.label.empty());
        CHECK_FALSE(option.hint.empty());
        CHECK((option.source.empty() || is_cited(option.source)));
        CHECK(is_default(option, default_config()));
        const std::string start = value_text(option, default_config());
        CHECK(start.empty() == !option.auto_words.empty());
        if (!start.empty()) CHECK(refusal(key + "=" + start).empty());
        CHECK((option.type == OptionType::choice) == !option.choices.empty());
        std::set<std::string> values;
        for (const ChoiceRow& choice : option.choices) {
            CHECK(values.insert(std::string(choice.value)).second);
            CHECK_FALSE(choice.label.empty());
            CHECK_FALSE(choice.help.empty());
        }
    }
    // The keys that links and tests depend on.
    for (const char* key : {"model",
                            "layers",
                            "hidden",
                            "heads",
                            "kv_heads",
                            "head_dim",
                            "ffn",
                            "vocab",
                            "task",
                            "framework",
                            "engine",
                            "attention",
                            "batch",
                            "seq",
                            "target_seq",
                            "grad_accum",
                            "precision",
                            "optimizer",
                            "optimizer_impl",
                            "checkpointing",
                            "loss",
                            "method",
                            "lora_rank",
                            "lora_targets",
                            "lora_dtype",
                            "quant",
                            "dp",
                            "tp",
                            "pp",
                            "cp",
                            "ep",
                            "vpp",
                            "zero",
                            "sequence_parallel",
                            "reshard",
                            "offload",
                            "weights",
                            "kv",
                            "context",
                            "sequences",
                            "prompt",
                            "ubatch",
                            "gpu_layers",
                            "kv_unified",
                            "swa_full",
                            "outputs",
                            "kv_k",
                            "kv_v",
                            "batch_tokens",
                            "dropout",
                            "mask",
                            "gpu",
                            "gpus"}) {
        INFO(key);
        CHECK(find_option(key) != nullptr);
    }
}

TEST_CASE("every condition names options and values that exist"){
#define CONDITION(id, when)                                                                     \
    {                                                                                           \
        INFO(when);                                                                             \
        std::string_view rest = when;                                                           \
        while (!rest.empty()) {                                                                 \
            const auto end = rest.find('&');                                                    \
            const std::string_view clause = rest.substr(0, end);                                \
            const OptionRow* option = find_option(clause.substr(0, clause.find('=')));          \
            REQUIRE(option != nullptr);                                                         \
            std::string_view values = clause.substr(clause.find('=') + 1);                      \
            while (!values.empty()) {                                                           \
                const std::string_view value = values.substr(0, values.find(','));              \
                bool found =                                                                    \
                    option->type == OptionType::flag && (value == "true" || value == "false");  \
                for (const ChoiceRow& choice : option->choices) found |= choice.value == value; \
                INFO(std::string(value));                                                       \
                CHECK(found);                                                                   \
                values.remove_prefix(std::min(values.size(), value.size() + 1));                \
            }                                                                                   \
            rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);          \
        }                                                                                       \
    }
#include "core/options/conditions.def"
#undef CONDITION
}

TEST_CASE("the schema is JSON and lists every option once, with its default") {
    const JsonDocument document = JsonDocument::parse(describe_json());
    REQUIRE(document.ok());
    const JsonValue rows = document.root().find("options");
    REQUIRE(rows.size() == static_cast<std::int64_t>(options().size()));
    std::set<std::string> groups;
    const JsonValue described_groups = document.root().find("groups");
    for (std::int64_t i = 0; i < described_groups.size(); ++i) {
        groups.insert(std::string(*described_groups.at(i).find("id").as_string()));
    }
    for (std::int64_t i = 0; i < rows.size(); ++i) {
        const JsonValue row = rows.at(i);
        const OptionRow* const option = find_option(*row.find("key").as_string());
        REQUIRE(option != nullptr);
        INFO(std::string(option->key));
        CHECK(groups.count(std::string(*row.find("group").as_string())) == 1);
        CHECK(row.find("default").is_null() == !option->auto_words.empty());
        CHECK(row.find("choices").size() == static_cast<std::int64_t>(option->choices.size()));
        CHECK(row.find("applies").as_string() == text_of(option->applies));
    }
}

TEST_CASE("the generated documents speak of every option") {
    const std::string types = typescript_declarations();
    const std::string table = readme_options_table();
    const std::string help = options_help();
    for (const OptionRow& option : options()) {
        const std::string key(option.key);
        INFO(key);
        CHECK(types.find("  " + key + "?: ") != std::string::npos);
        CHECK(table.find("| `" + key + "` |") != std::string::npos);
        CHECK(help.find("\n  " + key + " ") != std::string::npos);
    }
}

TEST_CASE("a named precision spells out every dtype") {
    const Recipe pure = recipe_of(Precision::bf16);
    CHECK(pure.weight == DType::bf16);
    CHECK(pure.gradient == DType::bf16);
    CHECK(pure.state == DType::bf16);
    CHECK_FALSE(pure.autocast);
    CHECK_FALSE(pure.master.has_value());
    const Recipe mixed = recipe_of(Precision::fp16_mixed);
    CHECK(mixed.weight == DType::fp32);
    CHECK(mixed.compute == DType::fp16);
    CHECK(mixed.gradient == DType::fp32);
    CHECK(mixed.autocast);
    const Recipe master = recipe_of(Precision::bf16_master);
    CHECK(master.weight == DType::bf16);
    CHECK(master.gradient == DType::bf16);
    CHECK(master.state == DType::fp32);
    CHECK(master.master == DType::fp32);
}

TEST_CASE("a run has no open questions left") {
    const Parsed training = parse_query("seq=512&batch=3");
    REQUIRE(training.ok());
    CHECK(run_of(training.config).target_seq == 512);
    const Parsed inference = parse_query("task=inference&batch=3&seq=512&precision=fp16&kv=bf16");
    REQUIRE(inference.ok());
    const Serving serving = run_of(inference.config).serving;
    CHECK(serving.sequences == 3);
    CHECK(serving.prompt == 512);
    CHECK(serving.context == 512);
    CHECK(serving.weights == DType::fp16);
    CHECK(serving.kv == DType::bf16);
}

TEST_CASE("what cannot be shown is not quoted") {
    CHECK(quoted("a\nb\x01") == "“a?b?”");
    CHECK(tensorledger::quoted("\xff\xfe") == "“??”");
    CHECK(tensorledger::quoted("é") == "“é”");
    CHECK(tensorledger::quoted(std::string(200, 'x')) == "“" + std::string(60, 'x') + "…”");
    CHECK(grouped(1048576) == "1,048,576");
    CHECK(grouped(-1) == "-1");
    CHECK(grouped(999) == "999");
    CHECK(grouped(-123456) == "-123,456");
}

TEST_CASE("whole numbers and decimals are read by one small grammar") {
    CHECK(whole_number("0") == 0);
    CHECK(whole_number("-1") == -1);
    CHECK_FALSE(whole_number("-0").has_value());
    CHECK_FALSE(whole_number("-01").has_value());
    CHECK(whole_number("9223372036854775807") == INT64_MAX);
    CHECK(decimal_text(*decimal_number("12.034")) == "12.034");
    CHECK(decimal_text(0.1) == "0.1");
}
