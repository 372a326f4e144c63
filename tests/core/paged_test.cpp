// vLLM and SGLang: how weights are split, how the cache is laid out, what is refused.

#include "core/options/parse.h"
#include "core/profiles/sglang/pools.h"
#include "core/profiles/vllm/cache.h"
#include "core/profiles/vllm/ranks.h"
#include "core/report/estimate.h"
#include "tests/core/catch.h"

using namespace tensorledger;

namespace {

Answer answered(const std::string& query, Detail detail = Detail::totals) {
    const Parsed parsed = parse_query("task=inference&" + query);
    INFO(query);
    REQUIRE(parsed.ok());
    return estimate(parsed.config, detail);
}

std::string refusal(const std::string& query) {
    const Parsed parsed = parse_query("task=inference&" + query);
    if (!parsed.ok()) return parsed.issues.front().field;
    const Answer answer = estimate(parsed.config);
    return answer.ok ? "answered" : answer.issues.front().field;
}

}  // namespace

TEST_CASE("the layers of an uneven division are with the stages before the last") {
    using Parts = std::vector<std::int64_t>;
    CHECK(vllm::layers_of_stages(80, 3) == Parts{27, 27, 26});
    CHECK(vllm::layers_of_stages(80, 4) == Parts{20, 20, 20, 20});
    CHECK(vllm::layers_of_stages(61, 4) == Parts{15, 15, 16, 15});
    CHECK(vllm::layers_of_stages(3, 3) == Parts{1, 1, 1});
}

TEST_CASE("a device holds its part of every matrix and all of every norm") {
    // Llama 3.1 8B, two devices: q, k, v, o, gate, up, down and the tables are halved; 65 norms of 4096 are not.
    const std::int64_t params = 8030261248;
    const std::int64_t norms = 65 * 4096;
    const Answer answer =
        answered("engine=vllm&model=meta-llama/Llama-3.1-8B&tp=2", Detail::ledger);
    Bytes tensors;
    for (const Row& row : answer.rows) {
        if (row.group == Group::weights && row.name != "allocator's rounding") tensors += row.bytes;
    }
    CHECK(tensors.count() == params - norms + 2 * norms);
}

TEST_CASE("keys and values are replicated where there are more devices than heads of them") {
    // 8 heads over 16 devices: each has one whole head of 128 + 128 elements in bf16, in 32 layers.
    const Answer answer = answered("engine=vllm&model=meta-llama/Llama-3.1-8B&tp=16");
    CHECK(answer.served.pool.count() / answer.served.tokens == 32 * 256 * 2);
}

TEST_CASE("layers of windows and full ones are grouped, and their blocks shared") {
    const Parsed parsed = parse_query("model=openai/gpt-oss-20b");
    const vllm::CachePlanOrIssue made = vllm::plan_cache(*parsed.config.network, {});
    REQUIRE_FALSE(made.issue.has_value());
    REQUIRE(made.plan.groups.size() == 2);
    CHECK(made.plan.groups[0].layers.size() == 12);
    CHECK(made.plan.groups[1].layers.size() == 12);
    // 16 tokens × 8 heads × (64 + 64) × 2 B × 12 layers
    CHECK(vllm::bytes_of_block(made.plan, 0, 24).count() == 16 * 8 * 128 * 2 * 12);
    // 1000 tokens: 63 blocks of the full layers; of the windows 127 + 512 tokens: 40 and one more
    CHECK(vllm::blocks_of_sequence(made.plan, {}, 1000, 512) == 63 + 41);
}

TEST_CASE("a recurrent state fits into one block, which is as long as that needs") {
    // Qwen3-Next: convolution 8192 × 3 and states 32 × 128 × 128 in bf16 are 1,097,728 B; a token of attention is
    // 2 × 2 × 256 × 2 B = 2048 B, so 536 tokens, which kernels want in sixteens: vLLM says 544.
    const Parsed parsed = parse_query("model=Qwen/Qwen3-Next-80B-A3B-Instruct");
    const vllm::CachePlanOrIssue made = vllm::plan_cache(*parsed.config.network, {});
    REQUIRE_FALSE(made.issue.has_value());
    CHECK(made.plan.unpadded_state == 1097728);
    CHECK(made.plan.block == 544);
    CHECK(made.plan.groups.size() == 4);
    CHECK(made.plan.groups.front().layers.size() == 12);
}

TEST_CASE("latent attention keeps one latent a token on every device") {
    const Answer one = answered("engine=vllm&model=deepseek-ai/DeepSeek-V3&tp=8&gpu=h200");
    CHECK(one.served.pool.count() / one.served.tokens == 61 * 576 * 2);
    const Answer fp8 = answered("engine=vllm&model=deepseek-ai/DeepSeek-V3&tp=8&gpu=h200&kv=fp8");
    CHECK(fp8.served.pool.count() / fp8.served.tokens == 61 * 576);
}

TEST_CASE("what vLLM refuses is refused in a sentence, and the longest context is said") {
    CHECK(refusal("engine=vllm&tp=3") == "tp");
    CHECK(refusal("engine=vllm&tp=6&model=meta-llama/Llama-3.1-8B") == "tp");
    CHECK(refusal("engine=vllm&pp=33&model=meta-llama/Llama-3.1-8B") == "pp");
    CHECK(refusal("engine=vllm&tp=4&ep=2&model=Qwen/Qwen3-30B-A3B") == "ep");
    CHECK(refusal("engine=vllm&page_size=24") == "page_size");
    CHECK(refusal("engine=vllm&max_num_seqs=512&max_num_batched_tokens=256") ==
          "max_num_batched_tokens");
    CHECK(refusal("engine=vllm&speculative=mtp&model=meta-llama/Llama-3.1-8B") == "speculative");
    CHECK(refusal("engine=vllm&model=google-bert/bert-base-uncased") == "model");
    CHECK(refusal("engine=vllm&gpus=3&tp=2") == "gpus");
    CHECK(refusal("engine=hf&tp=2") == "tp");
    const Answer tight = answered("engine=vllm&model=meta-llama/Llama-3.1-8B&gpu=rtx-4090-24gb");
    CHECK_FALSE(tight.fit.fits);
    CHECK(tight.served.longest < 131072);
    const Answer shorter =
        answered("engine=vllm&model=meta-llama/Llama-3.1-8B&gpu=rtx-4090-24gb&context=" +
                 std::to_string(tight.served.longest));
    CHECK(shorter.fit.fits);
}

TEST_CASE("the rows of a server are what it allocates, and the budget bounds the pool") {
    for (const char* query :
         {"engine=vllm", "engine=sglang", "engine=vllm&model=Qwen/Qwen3-Next-80B-A3B-Instruct&tp=4",
          "engine=sglang&model=Qwen/Qwen3-Next-80B-A3B-Instruct&tp=4&sequences=7",
          "engine=vllm&model=google/gemma-3-27b-it&context=32768&sequences=3",
          "engine=vllm&model=meta-llama/Llama-3.1-70B&tp=2&pp=3&max_loras=2",
          "engine=vllm&model=openai/gpt-oss-20b&tp=2&ep=2&shared_prefix=100&sequences=9"}) {
        INFO(query);
        const Answer answer = answered(query, Detail::ledger);
        REQUIRE(answer.ok);
        Bytes rows;
        for (const Row& row : answer.rows) rows += row.bytes;
        CHECK(rows == answer.totals.allocated);
        CHECK(answer.served.pool <= answer.served.budget);
        CHECK_FALSE(answer.launch.empty());
        CHECK_FALSE(answer.cache.empty());
    }
}

TEST_CASE("a shared beginning is in the cache once") {
    const std::string set_up = "engine=vllm&model=meta-llama/Llama-3.1-8B&context=4096&sequences=8";
    const Answer apart = answered(set_up);
    const Answer shared = answered(set_up + "&shared_prefix=2048");
    // seven sequences save 2048 tokens each
    CHECK((apart.totals.device - shared.totals.device).count() == 7 * 2048 * 131072);
}

TEST_CASE("SGLang's defaults follow the card") {
    const auto of = [](std::int64_t gib) {
        return sglang::defaults_of({.card = Bytes(gib << 30)});
    };
    CHECK(of(16).chunk == 2048);
    CHECK(of(24).graph_batch == 24);
    CHECK(of(80).chunk == 8192);
    CHECK(of(192).chunk == 16384);
    CHECK(of(80).fraction > 0.8);
    CHECK(of(80).fraction < 0.9);
}

TEST_CASE("what is not given follows vLLM's own order of defaults") {
    // H100: 8192 tokens and 1024 sequences; fewer tokens bound the sequences, and few short sequences the tokens.
    CHECK(answered("engine=vllm&max_num_batched_tokens=512").ok);
    const Answer few = answered("engine=vllm&max_num_seqs=2&context=64", Detail::ledger);
    REQUIRE(few.ok);
    for (const Row& row : few.rows) {
        if (row.name == "residual stream")
            CHECK(row.formula.find(" × 128 × ") != std::string::npos);
    }
}

TEST_CASE("before groups, sliding windows kept all tokens") {
    const std::string set_up =
        "engine=vllm&model=google/gemma-3-27b-it&context=32768&engine_version=";
    const Answer without = answered(set_up + "0.8");
    const Answer with = answered(set_up + "0.11");
    CHECK(without.served.concurrency < with.served.concurrency);
    // 62 layers × 16 heads × 256 elements × 2 B
    CHECK(without.served.pool.count() / without.served.tokens == 62 * 16 * 256 * 2);
}

TEST_CASE("more devices hold less each, and never less than their part") {
    for (const std::string model : {"meta-llama/Llama-3.1-70B", "deepseek-ai/DeepSeek-V3",
                                    "google/gemma-3-27b-it", "Qwen/Qwen3-Next-80B-A3B-Instruct",
                                    "openai/gpt-oss-120b", "nvidia/Nemotron-H-56B-Base-8K"}) {
        std::int64_t alone = 0;
        std::int64_t before = 0;
        for (const std::int64_t tp : {1, 2, 4, 8}) {
            INFO(model << ", tp=" << tp);
            const Answer answer =
                answered("engine=vllm&gpu=b200&model=" + model + "&tp=" + std::to_string(tp));
            REQUIRE(answer.ok);
            const std::int64_t weights = answer.devices.front().weights.count();
            if (tp == 1) alone = weights;
            if (tp > 1) CHECK(weights < before);
            CHECK(weights * tp >= alone * 99 / 100);
            before = weights;
        }
    }
}

TEST_CASE("guessed tokens are scored, and a model's own layers for it are loaded") {
    const std::string set_up =
        "engine=vllm&model=deepseek-ai/DeepSeek-V3&tp=8&gpu=h200&context=8192";
    const Answer plain = answered(set_up);
    const Answer own = answered(set_up + "&speculative=mtp&speculative_tokens=1");
    const Answer looked_up = answered(set_up + "&speculative=ngram&speculative_tokens=4");
    REQUIRE(plain.ok);
    REQUIRE(own.ok);
    REQUIRE(looked_up.ok);
    // one layer of 256 experts in fp8 over eight devices, and its cache
    CHECK(own.devices.front().weights > plain.devices.front().weights + Bytes(1400000000));
    CHECK(own.served.pool.count() / own.served.tokens == 62 * 576 * 2);
    CHECK(looked_up.devices.front().weights == plain.devices.front().weights);
    CHECK(looked_up.devices.front().compute > plain.devices.front().compute);
}

TEST_CASE("SGLang's pool has as many bytes a token as it logs") {
    // DeepSeek-V3, fp8: 524,288 tokens were logged as 17.156 "GB", which are GiB
    const Answer latent =
        answered("engine=sglang&model=deepseek-ai/DeepSeek-V3&tp=8&gpu=h200&kv=fp8");
    REQUIRE(latent.ok);
    CHECK(latent.served.pool.count() / latent.served.tokens == 61 * 576);
    const Answer split = answered("engine=sglang&model=Qwen/Qwen3-14B&tp=2");
    REQUIRE(split.ok);
    CHECK(split.served.pool.count() / split.served.tokens == 40 * 4 * 256 * 2);
}
