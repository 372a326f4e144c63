// Linear layers in fp8, worked out by hand from torchao's code: what a product holds for a while, and that what
// autograd keeps is what it keeps without fp8.

#include "core/profiles/hf/float8.h"

#include "core/options/parse.h"
#include "core/report/estimate.h"
#include "tests/core/catch.h"

using namespace tensorledger;
using namespace tensorledger::hf;

namespace {

Answer answer_to(const std::string& query) {
    const Parsed parsed = parse(query);
    INFO(query);
    REQUIRE(parsed.ok());
    Answer answer = estimate(parsed.config);
    REQUIRE(answer.ok);
    return answer;
}

std::string refusal_of(const std::string& query) {
    const Parsed parsed = parse(query);
    if (!parsed.ok()) return parsed.issues.front().code;
    const Answer answer = estimate(parsed.config);
    return answer.ok ? "" : answer.issues.front().code;
}

}  // namespace

TEST_CASE("A product in fp8 holds its operands in fp32 twice while it casts them") {
    torch::Tape t;
    const Model model;
    Run run;
    run.recipe = recipe_of(Precision::fp8);
    Context c(t, model, run);
    const Linear linear(c, "linear", {64, "in"}, {128, "out"});
    const Linear head(c, "head", {128, "in"}, {16, "out"});
    Tensor x = t.make("x", {{32, "tokens"}, {64, "in"}}, DType::bf16);
    t.require_grad(x);
    // 64 × 128 and 128 × 16 weights, 32 × 64 inputs, all bf16.
    constexpr std::int64_t resident = 2 * (64 * 128 + 128 * 16 + 32 * 64);
    CHECK(fold(t.program()).peak.count() == resident);
    const Tensor y = linear(c, x);
    // The input in fp8 with its scale; the weight's scale, its two copies in fp32 and it in fp8.
    constexpr std::int64_t weight = 4 + 2 * 4 * 64 * 128 + 64 * 128;
    CHECK(fold(t.program()).peak.count() == resident + (32 * 64 + 4) + weight);
    t.backward(y);
    // y and its gradient; that in fp8; the weight as before. What the two products need later is less.
    constexpr std::int64_t output = 2 * 32 * 128;
    CHECK(fold(t.program()).peak.count() == resident + 2 * output + (32 * 128 + 4) + weight);
    CHECK(c.float8_products == 1);
    const Tensor z = head(c, y);
    CHECK(c.float8_products == 1);  // the head stays as it is
}

TEST_CASE("Without fast accumulation, scales of rows are applied to the product") {
    torch::Tape t;
    const Model model;
    Run run;
    run.recipe = recipe_of(Precision::fp8);
    run.fp8_recipe = Fp8Recipe::rowwise;
    Context c(t, model, run);
    const Linear linear(c, "linear", {16, "in"}, {16, "out"});
    const Linear head(c, "head", {16, "in"}, {16, "out"});
    Tensor x = t.make("x", {{4096, "tokens"}, {16, "in"}}, DType::bf16);
    t.require_grad(x);
    t.backward(linear(c, x));
    bool found = false;
    for (const ProgramTensor& tensor : t.program().tensors) {
        found = found || (std::string_view(tensor.name) == "inverse scales of the product" &&
                          tensor.bytes == Bytes(4 * 4096 * 16));
    }
    CHECK(found);
}

TEST_CASE("fp8 keeps what the same precision keeps without it") {
    const std::string model = "model=meta-llama/Llama-3.2-1B&seq=512";
    CHECK(answer_to(model + "&precision=fp8").saved.total ==
          answer_to(model + "&precision=bf16").saved.total);
    const Answer fp8 = answer_to(model + "&precision=fp8-mixed");
    const Answer mixed = answer_to(model + "&precision=bf16-mixed");
    CHECK(fp8.saved.total == mixed.saved.total);
    // No copies of the converted weights in bf16: but the first and the head, of the 16 layers' matrices.
    const std::int64_t layer = 2 * 2048 * 2048 + 2 * 512 * 2048 + 3 * 2048 * 8192;
    const Bytes copies = Bytes(2) * (16 * layer - 2048 * 2048);
    CHECK(mixed.phases[0].end - fp8.phases[0].end == copies);
}

TEST_CASE("What cannot be in fp8 is refused") {
    CHECK(refusal_of("precision=fp8&seq=100") == "impossible");
    CHECK(refusal_of("precision=fp8-mixed&seq=100").empty());
    CHECK(refusal_of("precision=fp8&model=openai-community/gpt2&seq=512") == "impossible");
    CHECK(refusal_of("precision=fp8&method=lora") == "impossible");
    CHECK(refusal_of("fp8_recipe=rowwise") == "does-not-apply");
    CHECK(refusal_of("precision=fp8&checkpointing=selective&checkpoint_policy=ops") ==
          "not-listed");
    for (const char* recipe : {"tensorwise", "rowwise", "rowwise-gw-hp"}) {
        CHECK(refusal_of(std::string("model=meta-llama/Llama-3.2-1B&precision=fp8&"
                                     "checkpointing=full&fp8_recipe=") +
                         recipe)
                  .empty());
    }
}

TEST_CASE("A te.Linear keeps its input transposed and its weight both ways, in fp8") {
    torch::Tape t;
    const Model model;
    Run run;
    run.recipe = recipe_of(Precision::fp8);
    run.fp8_recipe = Fp8Recipe::te_delayed;
    Context c(t, model, run);
    const Linear linear(c, "linear", {64, "in"}, {128, "out"});
    // The workspace; 1024 steps and a scale, of five tensors; the weight in bf16.
    constexpr std::int64_t state = (32 * 1024 * 1024 + 1024) + 4 * 5 * (1024 + 1);
    std::int64_t resident = state + 2 * 64 * 128;
    CHECK(fold(t.program()).peak.count() == resident);
    Tensor x = t.make("x", {{32, "tokens"}, {64, "in"}}, DType::bf16);
    t.require_grad(x);
    const std::int64_t input = 2 * 32 * 64;
    Tensor y = linear(c, x);
    // Each cast by rows and transposed, with its scale; and the output.
    const std::int64_t weight = 2 * 64 * 128 + 4;
    const std::int64_t output = 2 * 32 * 128;
    CHECK(fold(t.program()).peak.count() == resident + input + (2 * 32 * 64 + 4) + weight + output);
    CHECK(t.saved_bytes().outside == Bytes((32 * 64 + 4) + weight));
    t.backward(y);
    // The gradient and it in fp8 both ways; gradients of input and weight; what was kept.
    CHECK(fold(t.program()).peak.count() == resident + input + (32 * 64 + 4) + weight + 2 * output +
                                                (2 * 32 * 128 + 4) + input + 2 * 64 * 128);
    CHECK(t.saved_bytes().outside == Bytes(0));
}

TEST_CASE("A model of te.Linear keeps fp8 for the backward, and takes cards with fp8") {
    const std::string model = "model=meta-llama/Llama-3.1-8B&seq=512&gpu=h100-80gb&precision=";
    const std::string te = "fp8&fp8_recipe=te-delayed";
    const Answer fp8 = answer_to(model + te);
    const Answer bf16 = answer_to(model + "bf16");
    // Of a layer: q, k and v keep an input each, where bf16 has one for the three (2 bytes) and gate and up one.
    // Each product keeps its input (1 byte), its weight twice and the two's scales.
    constexpr std::int64_t t = 512, h = 4096, f = 14336, kv = 1024;
    constexpr std::int64_t weights = 2 * h * h + 2 * kv * h + 3 * h * f;
    constexpr std::int64_t inputs = 6 * t * h + t * f;
    REQUIRE(fp8.saved.layers.size() == 1);
    // o's input, attention's output, is kept by attention in bf16 as well.
    const std::int64_t spared = 2 * (2 * t * h) + 2 * t * f;
    const Bytes more = Bytes(inputs + 2 * weights + 7 * 2 * 4) - Bytes(spared);
    CHECK(fp8.saved.layers[0].bytes - bf16.saved.layers[0].bytes == more * 32);
    CHECK(refusal_of("model=meta-llama/Llama-3.1-8B&gpu=a100-80gb-sxm&precision=" + te) ==
          "not-listed");
    CHECK(refusal_of("model=meta-llama/Llama-3.1-8B&gpu=l40s&precision=" + te) != "not-listed");
    CHECK(refusal_of("model=meta-llama/Llama-3.2-1B&precision=" + te) == "not-listed");
    CHECK(refusal_of("model=meta-llama/Llama-3.1-8B&seq=100&precision=" + te) == "not-listed");
    CHECK(refusal_of("model=meta-llama/Llama-3.1-8B&checkpointing=full&precision=" + te) ==
          "impossible");
    CHECK(refusal_of("model=Qwen/Qwen2.5-7B&seq=512&precision=fp8-mixed&fp8_recipe=te-delayed")
              .empty());
}
