// Adapters by hand: which modules they stand beside, how many parameters they have, what is refused.

#include <string>

#include "core/options/parse.h"
#include "core/report/estimate.h"
#include "tests/core/catch.h"

using namespace tensorledger;

namespace {

/// GPT-2 (12 layers of width 768) has Conv1D projections, Llama-3.2-1B (16 layers, h = 2048, k·d = 512, f = 8192) linear
/// ones and a tied head.
const std::string kGpt2 = "model=openai-community/gpt2&seq=16&";
const std::string kLlama = "model=meta-llama/Llama-3.2-1B&seq=16&";

Answer answer_of(const std::string& query) {
    const Parsed parsed = parse(query);
    Answer answer;
    if (parsed.ok()) return estimate(parsed.config, Detail::ledger);
    answer.issues = parsed.issues;
    return answer;
}

std::int64_t trained(const std::string& query) {
    const Answer answer = answer_of(query);
    INFO(query << ": " << (answer.ok ? "" : answer.issues.front().message));
    CHECK(answer.ok);
    return answer.params.trainable;
}

std::string refusal(const std::string& query) {
    const Answer answer = answer_of(query);
    return answer.ok ? "answered" : answer.issues.front().field + ": " + answer.issues.front().code;
}

}  // namespace

TEST_CASE("LoRA has rank · (in + out) parameters for each target", "[adapters]") {
    CHECK(trained(kLlama + "method=lora&lora_rank=4&lora_targets=q_proj") ==
          16 * 4 * (2048 + 2048));
    CHECK(trained(kLlama + "method=lora&lora_rank=4&lora_targets=k_proj,down_proj") ==
          16 * 4 * (2048 + 512 + 8192 + 2048));
    // Every projection but the head: q, k, v, o, gate, up, down.
    CHECK(trained(kLlama + "method=lora&lora_rank=4") ==
          16 * 4 * (2 * (2048 + 2048) + 2 * (2048 + 512) + 3 * (2048 + 8192)));
    // The tied head and the embedding, when they are named.
    CHECK(trained(kLlama + "method=lora&lora_rank=4&lora_targets=lm_head") == 4 * (2048 + 128256));
    CHECK(trained(kLlama + "method=lora&lora_rank=4&lora_targets=embed_tokens") ==
          4 * (2048 + 128256));
}

TEST_CASE("Targets are named by the end of their path", "[adapters]") {
    const std::int64_t both = 12 * 8 * (768 + 768 + 3072 + 768);
    CHECK(trained(kGpt2 + "method=lora&lora_targets=c_proj") == both);
    CHECK(trained(kGpt2 + "method=lora&lora_targets=mlp.c_proj") == 12 * 8 * (3072 + 768));
    CHECK(trained(kGpt2 + "method=lora&lora_targets=attn.c_proj") == 12 * 8 * (768 + 768));
    CHECK(trained(kGpt2 + "method=lora&lora_targets=default") == 12 * 8 * (768 + 3 * 768));
    CHECK(refusal(kGpt2 + "method=lora&lora_targets=proj") == "lora_targets: impossible");
    CHECK(refusal(kLlama + "method=lora&lora_targets=q_proj,query_key_value") ==
          "lora_targets: impossible");
    CHECK(refusal(kLlama + "method=lora&modules_to_save=classifier") ==
          "modules_to_save: impossible");
    CHECK(
        refusal("model=microsoft/Phi-3.5-mini-instruct&seq=16&method=lora&lora_targets=default") ==
        "lora_targets: impossible");
}

TEST_CASE("Parameters of the other methods, by hand", "[adapters]") {
    // DoRA: a magnitude for each output.
    CHECK(trained(kLlama + "method=dora&lora_rank=4&lora_targets=k_proj") ==
          16 * (4 * (2048 + 512) + 512));
    // LoKr: 2048 = 4 · 512 both ways; 8 < 512 / 2, so the large factor is of low rank.
    CHECK(trained(kLlama + "method=lokr&lora_rank=8&lokr_factor=4&lora_targets=q_proj") ==
          16 * (4 * 4 + 8 * (512 + 512)));
    // AdaLoRA: LoRA and the singular values.
    CHECK(trained(kLlama + "method=adalora&lora_rank=12&lora_targets=q_proj") ==
          16 * 12 * (2048 + 2048 + 1));
    // OFT: blocks of 32 have 32 · 31 / 2 numbers each; 2048 / 32 blocks.
    CHECK(trained(kLlama + "method=oft&block_size=32&lora_targets=q_proj") == 16 * 64 * 496);
    // BOFT: 2048 / 4 blocks of 4 × 4, and a factor for each output.
    CHECK(trained(kLlama + "method=boft&lora_targets=q_proj,v_proj") ==
          16 * (2 * 512 * 16 + 2048 + 512));
    CHECK(refusal(kLlama + "method=boft&block_size=3&lora_targets=q_proj") != "answered");
    // MiSS: one block of r × out.
    CHECK(trained(kLlama + "method=miss&lora_rank=64&lora_targets=q_proj,v_proj") ==
          16 * 64 * (2048 + 512));
    CHECK(refusal(kLlama + "method=miss&lora_rank=48&lora_targets=q_proj") != "answered");
    // IA³: the outputs of k and v, the inputs of down.
    CHECK(trained(kLlama + "method=ia3&lora_targets=default") == 16 * (512 + 512 + 8192));
    CHECK(trained(kLlama + "method=bottleneck&bottleneck_size=8&lora_targets=down_proj") ==
          16 * (2 * 8 * 2048 + 8 + 2048));
    // Biases of GPT-2: c_attn, c_proj, c_fc, c_proj and two norms a layer, and the last norm.
    CHECK(trained(kGpt2 + "method=bitfit") == 12 * (3 * 768 + 768 + 3072 + 768 + 2 * 768) + 768);
    CHECK(trained(kGpt2 + "method=lntuning") == 25 * 2 * 768);
    CHECK(refusal(kLlama + "method=bitfit") == "method: impossible");
}

TEST_CASE("Virtual tokens, by hand", "[adapters]") {
    CHECK(trained(kLlama + "method=prompt&virtual_tokens=10") == 10 * 2048);
    // An embedding and three layers with biases.
    CHECK(trained(kLlama + "method=ptuning&virtual_tokens=10") ==
          10 * 2048 + 3 * (2048 * 2048 + 2048));
    CHECK(trained(kLlama + "method=ptuning&virtual_tokens=10&encoder_hidden=64") ==
          10 * 2048 + 2048 * 64 + 64 + 64 * 64 + 64 + 64 * 2048 + 2048);
    // A key and a value of k·d = 512 for each token and layer; all of it goes with the step.
    CHECK(trained(kLlama + "method=prefix&virtual_tokens=10") == 10 * 16 * 2 * 512);
    CHECK(trained(kGpt2 + "method=prefix&virtual_tokens=10") == 10 * 12 * 2 * 768);
    CHECK(refusal(kLlama + "method=prefix&checkpointing=full") == "checkpointing: impossible");
    for (const char* method : {"prompt", "ptuning", "prefix", "tokens", "dora", "qlora"}) {
        INFO(method);
        const Answer answer = answer_of(kLlama + "method=" + method);
        REQUIRE(answer.ok);
        CHECK(answer.phases.back().end == answer.phases.front().start);
    }
    // The first layer's attention needs no gradient here: the tables that all layers share still die once.
    for (const char* more : {"v_proj", "down_proj&mask=true", "down_proj&attention=eager"}) {
        INFO(more);
        const Answer answer = answer_of(kLlama + "method=lora&lora_targets=" + more);
        REQUIRE(answer.ok);
        CHECK(answer.phases.back().end == answer.phases.front().start);
    }
    CHECK(refusal("model=google-bert/bert-base-uncased&seq=16&method=prompt") ==
          "method: not-listed");
}

TEST_CASE("A saved module is there twice: frozen, and as a trained copy", "[adapters]") {
    const std::int64_t table = 128256 * 2048;
    const std::string query = kLlama + "method=lora&lora_rank=4&lora_targets=q_proj";
    CHECK(trained(query + "&modules_to_save=embed_tokens") == 16 * 4 * 4096 + table);
    CHECK(trained(query + "&modules_to_save=embed_tokens,lm_head") == 16 * 4 * 4096 + 2 * table);
    const auto weights = [&](const std::string& more) {
        return answer_of(query + more).bytes[0].count();
    };
    CHECK(weights("&modules_to_save=embed_tokens") - weights("") == 2 * table);
}

namespace {

/// Bytes of the rows whose name ends so, all of them together.
std::int64_t bytes_of_rows(const Answer& answer, const std::string& end) {
    std::int64_t bytes = 0;
    for (const Row& row : answer.rows) {
        if (row.name.ends_with(end)) bytes += row.bytes.count();
    }
    return bytes;
}

}  // namespace

TEST_CASE("A linear layer in nf4 with double quantisation, byte by byte", "[adapters]") {
    // Llama-2-7B: 32 gates of 4096 × 11008 = 45,088,768 weights. Packed: 22,544,384 B. A scale for 64 weights:
    // 704,512 B of 8 bits; a scale for 256 of those: 2752 · 4 B; tables of 16 and 256 numbers, an offset.
    const Answer answer =
        answer_of("model=meta-llama/Llama-2-7b-hf&seq=16&method=qlora&lora_targets=q_proj");
    REQUIRE(answer.ok);
    const std::string gate = "gate_proj.";
    CHECK(bytes_of_rows(answer, gate + "weight in 4 bits") == 32 * std::int64_t{22544384});
    CHECK(bytes_of_rows(answer, gate + "absmax") == 32 * 704512);
    CHECK(bytes_of_rows(answer, gate + "absmax of absmax") == 32 * 2752 * 4);
    CHECK(bytes_of_rows(answer, gate + "code") == 32 * 64);
    CHECK(bytes_of_rows(answer, gate + "code of absmax") == 32 * 1024);
    CHECK(bytes_of_rows(answer, gate + "offset") == 32 * 4);
    // What is not quantised is cast to fp32: embedding, head, 65 norms.
    CHECK(bytes_of_rows(answer, "embed_tokens.weight") == 32000 * 4096 * 4);
    CHECK(bytes_of_rows(answer, "lm_head.weight") == 32000 * 4096 * 4);
}

TEST_CASE("Without double quantisation a scale takes four bytes", "[adapters]") {
    const Answer answer = answer_of(
        "model=meta-llama/Llama-2-7b-hf&seq=16&method=qlora&lora_targets=q_proj&double_quant=false&"
        "upcast_rest=false");
    REQUIRE(answer.ok);
    CHECK(bytes_of_rows(answer, "gate_proj.absmax") == 32 * 704512 * 4);
    CHECK(bytes_of_rows(answer, "gate_proj.absmax of absmax") == 0);
    CHECK(bytes_of_rows(answer, "lm_head.weight") == 32000 * 4096 * 2);
}

TEST_CASE("LLM.int8() has a byte a weight and a scale for each output", "[adapters]") {
    const Answer answer =
        answer_of("model=meta-llama/Llama-2-7b-hf&task=inference&prompt=16&weights=int8");
    REQUIRE(answer.ok);
    CHECK(bytes_of_rows(answer, "gate_proj.weight in int8") == 32 * std::int64_t{45088768});
    CHECK(bytes_of_rows(answer, "gate_proj.SCB") == 32 * 11008 * 4);
    CHECK(bytes_of_rows(answer, "lm_head.weight") == 32000 * 4096 * 2);
}

TEST_CASE("A linear layer of GPTQ, byte by byte", "[adapters]") {
    // 4096 × 11008: eight codes in an int32; 32 groups of 128 inputs with a zero point of 4 bits and a scale.
    const Answer answer = answer_of(
        "model=meta-llama/"
        "Llama-2-7b-hf&seq=256&method=qlora&quant=gptq&precision=fp16&lora_targets=q_proj");
    REQUIRE(answer.ok);
    CHECK(bytes_of_rows(answer, "gate_proj.qweight") == 32 * std::int64_t{22544384});
    CHECK(bytes_of_rows(answer, "gate_proj.qzeros") == 32 * 32 * 11008 / 2);
    CHECK(bytes_of_rows(answer, "gate_proj.scales") == 32 * 32 * 11008 * 2);
    CHECK(bytes_of_rows(answer, "gate_proj.g_idx") == 32 * 4096 * 4);
    CHECK(bytes_of_rows(answer, "lm_head.weight") == 32000 * 4096 * 2);
    CHECK(answer.phases.back().end == answer.phases.front().start);
}

TEST_CASE("The weight of one layer is whole for a while, once", "[adapters]") {
    const std::string query =
        "model=meta-llama/Llama-2-7b-hf&task=inference&prompt=256&context=300&weights=";
    const Answer quantised = answer_of(query + "nf4");
    REQUIRE(quantised.ok);
    // At the peak of the prefill at most one dequantised weight is there, in bf16.
    const std::int64_t dense = bytes_of_rows(quantised, "dequantised.weight");
    CHECK((dense == 0 || dense == std::int64_t{45088768} * 2 || dense == 4096 * 4096 * 2));
    CHECK(quantised.totals.allocated < answer_of(query + "bf16").totals.allocated);
    CHECK(answer_of(query + "nf4-double").totals.allocated < quantised.totals.allocated);
}

TEST_CASE("LoRA on the fused weights of experts adds each change to the whole weight") {
    const std::string query =
        "model=mistralai/Mixtral-8x7B-v0.1&seq=64&method=lora&lora_rank=16&lora_targets=none";
    const Parsed parsed = parse(
        query + "&lora_parameters=mlp.experts.gate_up_proj,mlp.experts.down_proj&gpu=h200-141gb");
    REQUIRE(parsed.ok());
    const Answer answer = estimate(parsed.config);
    REQUIRE(answer.ok);
    // A [16 · 8, in] and B [out, 16 · 8] of 28672 × 4096 and 4096 × 14336, in 32 layers.
    CHECK(answer.params.trainable == 32LL * 128 * (4096 + 28672 + 14336 + 4096));
    // Autograd keeps the sums of weights and changes, in bf16.
    const Bytes sums = Bytes(2) * (8LL * (28672 * 4096 + 4096 * 14336));
    REQUIRE(answer.saved.layers.size() == 1);
    CHECK(answer.saved.layers[0].bytes > sums * 32);
    CHECK(answer.saved.layers[0].bytes < sums * 33);
    const auto refusal = [&](const std::string& more) {
        const Parsed asked = parse(more);
        if (!asked.ok()) return asked.issues.front().field;
        const Answer refused = estimate(asked.config);
        return refused.ok ? std::string() : refused.issues.front().field;
    };
    CHECK(refusal(query + "&lora_parameters=experts") == "lora_parameters");
    CHECK(refusal(query + "&lora_parameters=mlp.experts.down_proj&lora_dropout=0.1") ==
          "lora_parameters");
    CHECK(refusal(query) == "lora_targets");
}

TEST_CASE("The scaled embedding is what requires a gradient under adapters", "[adapters]") {
    // With it as the first checkpoint's input, the unscaled one of b·s·h in bf16 is not kept beside it.
    const std::string query =
        "model=google/gemma-2-2b&seq=128&method=lora&lora_targets=q_proj&checkpointing=full";
    const Answer answer = answer_of(query + "&batch=2");
    REQUIRE(answer.ok);
    const Bytes hidden = Bytes(2) * (2 * 128 * 2304);
    std::int64_t held = 0;
    for (const Row& row : answer.rows) {
        const bool embedding = row.name.find("embed_tokens.") != std::string::npos;
        held += embedding && row.group == Group::activations && row.bytes == hidden ? 1 : 0;
    }
    CHECK(held == 1);
}
