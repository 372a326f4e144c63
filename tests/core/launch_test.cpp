// The command that starts an engine as a set-up says.

#include "core/report/launch.h"

#include "core/options/foreign.h"
#include "core/options/parse.h"
#include "tests/core/catch.h"

using namespace tensorledger;

namespace {

/// The line of a set-up that runs the model, whether or not its engine is answered.
std::string line_of(const std::string& query) {
    return launch_line(parse_query("task=inference&" + query).config);
}

}  // namespace

TEST_CASE("a server is started with what differs from its own defaults") {
    CHECK(line_of("engine=llamacpp&model=Qwen/Qwen3-0.6B&weights=q4_k_m&context=4096") ==
          "llama-server -m Qwen3-0.6B-Q4_K_M.gguf -np 1 -c 4096 -ngl all -fa on");
    CHECK(line_of("engine=vllm&model=Qwen/Qwen3-0.6B") == "vllm serve Qwen/Qwen3-0.6B");
    CHECK(line_of("engine=vllm&model=Qwen/Qwen3-0.6B&tp=2&context=8192&kv=fp8&"
                  "gpu_memory_utilization=0.8&enforce_eager=true") ==
          "vllm serve Qwen/Qwen3-0.6B --max-model-len 8192 --tensor-parallel-size 2 "
          "--gpu-memory-utilization 0.8 --enforce-eager --kv-cache-dtype fp8");
    CHECK(line_of("engine=sglang&model=Qwen/Qwen3-0.6B&mem_fraction_static=0.7&tp=4&weights=fp8") ==
          "python -m sglang.launch_server --model-path Qwen/Qwen3-0.6B --quantization fp8 "
          "--tp-size 4 --mem-fraction-static 0.7");
}

TEST_CASE("both types of a cache and what is off by name are said to llama.cpp") {
    CHECK(line_of("engine=llamacpp&model=Qwen/Qwen3-0.6B&kv=q8_0&kv_offload=false&sequences=4&"
                  "gpu_layers=12&attention=eager") ==
          "llama-server -m Qwen3-0.6B-BF16.gguf -c 2048 -np 4 -nkvo -ctk q8_0 -ctv q8_0 -ngl 12 "
          "-fa off");
}

TEST_CASE("adapters and guesses are switched on with their sizes") {
    CHECK(line_of("engine=vllm&model=Qwen/Qwen3-0.6B&max_loras=2&speculative=ngram&"
                  "speculative_tokens=3") ==
          "vllm serve Qwen/Qwen3-0.6B --enable-lora --max-loras 2 --max-lora-rank 16 "
          "--speculative-config '{\"method\": \"ngram\", \"num_speculative_tokens\": 3}'");
}

TEST_CASE("what no server runs has no line") {
    CHECK(launch_line(parse_query("").config).empty());
    CHECK(line_of("engine=hf").empty());
}

TEST_CASE("what a server is started with is read back as the same set-up") {
    for (const std::string asked :
         {"model=Qwen/Qwen3-0.6B&task=inference&engine=vllm&tp=2&weights=fp8&kv=fp8&context=8192&"
          "gpu_memory_utilization=0.8&max_num_seqs=64&max_num_batched_tokens=4096&page_size=32&"
          "enforce_eager=true&max_loras=2&max_lora_rank=32",
          "model=Qwen/Qwen3-0.6B&task=inference&engine=vllm&pp=2&kv_cache_memory_bytes=1000000000",
          "model=Qwen/Qwen3-0.6B&task=inference&engine=sglang&tp=4&pp=2&ep=4&weights=fp8&kv=fp8&"
          "context=8192&mem_fraction_static=0.7&max_num_seqs=64&max_num_batched_tokens=4096&"
          "page_size=16&enforce_eager=true&max_loras=2&max_lora_rank=32"}) {
        INFO(asked);
        const Parsed parsed = parse_query(asked);
        REQUIRE(parsed.ok());
        const Foreign read = read_foreign(launch_line(parsed.config));
        CHECK(read.unread.empty());
        const Parsed again = parse_query(read.query);
        REQUIRE(again.ok());
        CHECK(query_of(again.config) == query_of(parsed.config));
    }
}
