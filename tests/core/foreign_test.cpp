// What was written for another tool is translated by the rows of foreign.def; what is not understood is listed.

#include "core/options/foreign.h"
#include "core/formats/json.h"
#include "core/options/parse.h"
#include "core/options/table.h"
#include "tests/core/catch.h"

using namespace tensorledger;

namespace {

std::string query_for(const std::string& text) { return read_foreign(text).query; }

bool lists(const Foreign& foreign, const std::string& text) {
    for (const LeftOut& each : foreign.unread) {
        if (each.text == text && !each.reason.empty()) return true;
    }
    return false;
}

}  // namespace

TEST_CASE("import: a command line of llama-server is read") {
    const Foreign read = read_foreign(
        "llama-server -m model.gguf -c 8192 -np 4 \\\n  -ub 1024 --cache-type-k q8_0 -ngl 20 -fa "
        "on "
        "--port 8080 --made-up 3");
    CHECK(read.kind == "llamacpp");
    CHECK(read.query ==
          "task=inference&engine=llamacpp&attention=flash&context=8192&sequences=4&ubatch=1024&gpu_"
          "layers=20&kv_k=q8_0");
    CHECK(parse_query(read.query).ok());
    CHECK(lists(read, "-m model.gguf"));
    CHECK(lists(read, "--made-up 3"));
    REQUIRE(read.neutral.size() == 1);
    CHECK(read.neutral[0] == "--port 8080");
}

TEST_CASE("import: a repository of GGUF files names the quantisation, not the network") {
    const Foreign read = read_foreign("llama-server -hf bartowski/Some-8B-GGUF:Q4_K_M");
    CHECK(read.query == "task=inference&engine=llamacpp&weights=q4_k_m");
    CHECK(lists(read, "-hf bartowski/Some-8B-GGUF:Q4_K_M"));
}

TEST_CASE("import: the arguments of a Hugging Face trainer are read") {
    const Foreign read = read_foreign(
        "PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True torchrun --nproc_per_node=1 train.py "
        "--model_name_or_path meta-llama/Llama-3.1-8B --torch_dtype bfloat16 --bf16 True "
        "--per_device_train_batch_size 4 --gradient_accumulation_steps 8 --gradient_checkpointing "
        "--optim paged_adamw_8bit --use_peft --lora_r 16 --lora_target_modules q_proj v_proj "
        "--learning_rate 2e-4 --max_length 4096 --attn_implementation flash_attention_2");
    CHECK(read.kind == "trainer");
    const Parsed parsed = parse_query(read.query);
    REQUIRE(parsed.ok());
    CHECK(parsed.config.model == "meta-llama/Llama-3.1-8B");
    CHECK(parsed.config.precision == Precision::bf16_autocast);
    CHECK(parsed.config.batch == 4);
    CHECK(parsed.config.grad_accum == 8);
    CHECK(parsed.config.checkpointing == Checkpointing::full);
    CHECK(parsed.config.optimizer == Optimizer::adamw_8bit);
    CHECK(parsed.config.optimizer_paged);
    CHECK(parsed.config.method == Method::lora);
    CHECK(parsed.config.lora_rank == 16);
    CHECK(parsed.config.lora_targets == std::vector<std::string>{"q_proj", "v_proj"});
    CHECK(parsed.config.seq == 4096);
    CHECK(parsed.config.clip_grad);
    CHECK(parsed.config.expandable_segments);
    CHECK(parsed.config.attention == AttentionKind::flash);
    CHECK(read.unread.empty());
}

TEST_CASE("import: the trainer clips gradients unless it is told not to, wherever that is said") {
    CHECK(query_for("python x.py --per_device_train_batch_size 2 --max_grad_norm 0") ==
          "batch=2&clip_grad=false");
    CHECK(query_for("python x.py --max_grad_norm 0 --per_device_train_batch_size 2") ==
          "batch=2&clip_grad=false");
    CHECK(query_for("python x.py --per_device_train_batch_size 2") == "batch=2&clip_grad=true");
}

TEST_CASE(
    "import: a DeepSpeed configuration is read, and what it leaves to the trainer is listed") {
    const Foreign read = read_foreign(R"({
        "train_micro_batch_size_per_gpu": "auto", "gradient_accumulation_steps": 4, "gradient_clipping": 1.0,
        "bf16": {"enabled": true}, "fp16": {"enabled": false},
        "optimizer": {"type": "AdamW", "params": {"lr": 1e-4}},
        "zero_optimization": {"stage": 0, "reduce_bucket_size": 5e8}})");
    CHECK(read.kind == "deepspeed");
    const Parsed parsed = parse_query(read.query);
    REQUIRE(parsed.ok());
    CHECK(parsed.config.grad_accum == 4);
    CHECK(parsed.config.clip_grad);
    CHECK(parsed.config.precision == Precision::bf16_master);
    CHECK(lists(read, "train_micro_batch_size_per_gpu: auto"));
    CHECK(lists(read, "zero_optimization.reduce_bucket_size: 500000000"));
}

TEST_CASE("import: an Accelerate configuration is read line by line") {
    const Foreign read = read_foreign(
        "compute_environment: LOCAL_MACHINE\ndebug: false\ndistributed_type: 'NO'\n"
        "mixed_precision: bf16  # as usual\nnum_processes: 1\nfsdp_config:\n  "
        "fsdp_activation_checkpointing: true\n  fsdp_new_thing: 3\n");
    CHECK(read.kind == "accelerate");
    CHECK(read.query == "precision=bf16-mixed&checkpointing=full");
    CHECK(lists(read, "fsdp_config.fsdp_new_thing: 3"));
}

TEST_CASE("import: the YAML of a trainer is read") {
    const Foreign read = read_foreign(
        "base_model: NousResearch/Nothing-Of-Ours\nadapter: qlora\nsequence_len: 1024\n"
        "micro_batch_size: 2\nlora_r: 32\nlora_target_modules:\n  - q_proj\n  - 'v_proj'\n"
        "gradient_checkpointing: true\n");
    CHECK(read.kind == "trainer");
    CHECK(
        read.query ==
        "batch=2&seq=1024&checkpointing=full&method=qlora&lora_rank=32&lora_targets=q_proj,v_proj");
    CHECK(read.model == "NousResearch/Nothing-Of-Ours");
    CHECK(lists(read, "base_model: NousResearch/Nothing-Of-Ours"));
}

TEST_CASE("import: an adapter's configuration is read") {
    const Foreign read = read_foreign(
        R"({"peft_type": "LORA", "r": 64, "lora_alpha": 16, "target_modules": ["q_proj", "o_proj"],
            "modules_to_save": null, "use_dora": true, "base_model_name_or_path": "openai-community/gpt2"})");
    CHECK(read.kind == "peft");
    CHECK(read.query.find("method=dora") != std::string::npos);
    CHECK(read.query.find("lora_rank=64") != std::string::npos);
    CHECK(read.query.find("model=openai-community/gpt2") != std::string::npos);
}

TEST_CASE("import: a value that the option table refuses is listed with its sentence") {
    const Foreign read = read_foreign("llama-server -c 12345678901234 -ub 0");
    CHECK(read.query == "task=inference&engine=llamacpp");
    REQUIRE(read.unread.size() == 2);
    CHECK(read.unread[0].reason.find("whole number") != std::string::npos);
}

TEST_CASE("import: two names of one thing are read alike") {
    CHECK(query_for("python x.py --optimizer paged_adamw_8bit") ==
          query_for("python x.py --optim paged_adamw_8bit"));
    CHECK(query_for("python x.py --dtype bfloat16") ==
          query_for("python x.py --torch_dtype bfloat16"));
    CHECK(query_for("python x.py --dtype bfloat16") == "precision=bf16");
    CHECK(query_for("vllm serve a/b -q fp8") == query_for("vllm serve a/b --quantization fp8"));
}

TEST_CASE("import: what is no set-up is not recognised") {
    for (const std::string& text :
         {std::string(), std::string("hello"), std::string("{\"a\": 1}"), std::string("{"),
          std::string("rm -rf /"), std::string(1 << 21, 'x'), std::string("\"unclosed 'quote \\"),
          std::string("- a\n- b"), std::string(":\n:\n")}) {
        const Foreign read = read_foreign(text);
        CHECK_FALSE(read.recognised());
        const JsonDocument answer = JsonDocument::parse(foreign_json(text));
        REQUIRE(answer.ok());
        CHECK(answer.root().find("ok").as_boolean() == false);
    }
}

TEST_CASE(
    "import: every setting of foreign.def names an option, and every value of a choice is one") {
    std::string checked;
    const auto check_settings = [&](std::string settings) {
        while (!settings.empty()) {
            const auto end = settings.find('&');
            const std::string setting = settings.substr(0, end);
            settings.erase(0, end == std::string::npos ? settings.size() : end + 1);
            std::string key = setting.substr(0, setting.find('='));
            if (key.ends_with('?')) key.pop_back();
            const OptionRow* const option = find_option(key);
            INFO(setting);
            REQUIRE(option != nullptr);
            const std::string value = setting.substr(setting.find('=') + 1);
            if (option->type != OptionType::choice || value == "*") continue;
            bool found = false;
            for (const ChoiceRow& choice : option->choices) found = found || choice.value == value;
            CHECK(found);
        }
    };
    const auto check_rule = [&](std::string rule) {
        if (rule == "-" || rule == "file" || rule == "repository" || rule[0] == '=') return;
        while (!rule.empty()) {
            const auto end = rule.find(" | ");
            std::string settings = rule.substr(0, end);
            rule.erase(0, end == std::string::npos ? rule.size() : end + 3);
            const auto colon = settings.find(':');
            if (colon != std::string::npos) settings.erase(0, colon + 1);
            settings.erase(0, settings.find_first_not_of(' '));
            check_settings(settings);
        }
    };
#define TOOL(id, kind, title, base) check_settings(base);
#define SAYS(tool, name, rule) check_rule(rule);
#define JOIN(key, first, second, both)               \
    check_settings(std::string(key) + "=" + first);  \
    check_settings(std::string(key) + "=" + second); \
    check_settings(std::string(key) + "=" + both);
#include "core/options/foreign.def"
#undef TOOL
#undef SAYS
#undef JOIN
}
