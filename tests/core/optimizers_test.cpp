// The states of each optimizer, byte by byte, and the temporaries of its step: small cases worked out by
// hand from the code that the listing cites.

#include "core/profiles/torch/optimizers.h"

#include "core/options/parse.h"
#include "core/options/table.h"
#include "core/report/estimate.h"
#include "tests/core/catch.h"

using namespace tensorledger;
using torch::TrainedWeight;
using torch::TrainedWeights;

namespace {

constexpr std::int64_t MiB = 1 << 20;

TrainedWeight matrix(std::int64_t rows, std::int64_t columns, DType dtype = DType::bf16) {
    TrainedWeight weight{{}, dtype, 1, true};
    weight.shape.append({rows, "rows"});
    weight.shape.append({columns, "columns"});
    return weight;
}

TrainedWeight vector(std::int64_t elements, DType dtype = DType::bf16) {
    TrainedWeight weight{{}, dtype, 1, true};
    weight.shape.append({elements, "h"});
    return weight;
}

TrainedWeight embedding(std::int64_t rows, std::int64_t columns, DType dtype = DType::bf16) {
    TrainedWeight weight = matrix(rows, columns, dtype);
    weight.in_layer = false;
    return weight;
}

/// The run of a set-up that parses.
Run run_of_query(const std::string& query) {
    const Parsed parsed = parse("model=openai-community/gpt2&" + query);
    INFO(query);
    if (!parsed.ok()) FAIL(parsed.issues.front().message);
    return run_of(parsed.config);
}

/// Bytes of the states that an optimizer keeps on the device.
std::int64_t states(const std::string& query, const TrainedWeights& weights) {
    torch::Tape tape;
    torch::make_optimizer_states(tape, run_of_query(query), weights);
    return tape.live().count();
}

/// The highest that the temporaries of one step come to.
std::int64_t temporaries(const std::string& query, const TrainedWeights& weights) {
    torch::Tape tape;
    torch::optimizer_step(tape, run_of_query(query), weights);
    CHECK(tape.live().count() == 0);
    return fold(tape.take_program()).peak.count();
}

}  // namespace

TEST_CASE("AdamW keeps two averages in the type of the weight, AMSGrad a third") {
    const TrainedWeights weights = {matrix(1024, 1024), vector(1000)};
    CHECK(states("optimizer=adamw", weights) == 2 * 2 * (MiB + 1000));
    CHECK(states("optimizer=adam", weights) == 2 * 2 * (MiB + 1000));
    CHECK(states("optimizer=adamw&amsgrad=true", weights) == 3 * 2 * (MiB + 1000));
    CHECK(states("optimizer=adamw&optimizer_impl=fused", weights) == 2 * 2 * (MiB + 1000) + 2 * 4);
    CHECK(states("optimizer=adamw&precision=bf16-master", weights) == 3 * 4 * (MiB + 1000));
    CHECK(states("optimizer=adamw&optimizer_library=bitsandbytes", weights) ==
          2 * 4 * (MiB + 1000));
    // foreach: a square root of every second moment; loop: root and denominator beside the last denominator.
    CHECK(temporaries("optimizer=adamw", weights) == 2 * (MiB + 1000));
    CHECK(temporaries("optimizer=adamw&optimizer_impl=loop", {matrix(1024, 1024)}) == 2 * 2 * MiB);
    CHECK(temporaries("optimizer=adamw&optimizer_impl=fused", weights) == 0);
    // PyTorch 2.0 made the denominators a second list.
    CHECK(temporaries("optimizer=adamw&torch=2.0", weights) == 2 * 2 * (MiB + 1000));
}

TEST_CASE("Optimizers of one average keep one, SGD none") {
    const TrainedWeights weights = {matrix(1024, 1024, DType::fp32)};
    CHECK(states("optimizer=sgd", weights) == 0);
    CHECK(states("optimizer=sgd-momentum", weights) == 4 * MiB);
    CHECK(states("optimizer=rmsprop", weights) == 4 * MiB);
    CHECK(states("optimizer=adagrad", weights) == 4 * MiB);
    CHECK(states("optimizer=lion", weights) == 4 * MiB);
    CHECK(temporaries("optimizer=sgd-momentum", weights) == 0);
    CHECK(temporaries("optimizer=rmsprop", weights) == 4 * MiB);
    CHECK(temporaries("optimizer=adagrad", weights) == 2 * 4 * MiB);  // roots, scaled gradients
    CHECK(temporaries("optimizer=lion", weights) == 2 * 4 * MiB);     // exp_avg β, update
}

TEST_CASE("bitsandbytes keeps a byte a state, a scale for 256, and small weights in fp32") {
    // 4096 × 4096: two states of 16 Mi bytes, two scales of 65,536 × 4; two code tables of 1 KiB for all.
    const std::int64_t large = 2 * 16 * MiB + 2 * 65536 * 4;
    CHECK(states("optimizer=adamw-8bit", {matrix(4096, 4096)}) == large + 2 * 1024);
    CHECK(states("optimizer=adamw-8bit", {matrix(4096, 4096), matrix(4096, 4096)}) ==
          2 * large + 2 * 1024);
    CHECK(states("optimizer=adamw-8bit", {vector(1000)}) == 2 * 4 * 1000);
    CHECK(states("optimizer=adamw-8bit", {vector(4095)}) == 2 * 4 * 4095);
    CHECK(states("optimizer=adamw-8bit", {vector(4096)}) == 2 * (4096 + 16 * 4 + 1024));
    // 5000 elements are 19.5 blocks: 20 scales.
    CHECK(states("optimizer=adamw-8bit", {vector(5000)}) == 2 * (5000 + 20 * 4 + 1024));
    CHECK(states("optimizer=lion-8bit", {matrix(4096, 4096)}) == large / 2 + 1024);
    CHECK(temporaries("optimizer=adamw-8bit", {matrix(4096, 4096)}) == 0);
}

TEST_CASE("Paged states are no memory of PyTorch's, but small ones are") {
    const std::string query = "optimizer=adamw-8bit&optimizer_paged=true";
    const TrainedWeights weights = {matrix(4096, 4096), matrix(256, 256), vector(1000)};
    // 65,536 elements are fewer than 100,000; scales and code tables are never paged.
    CHECK(states(query, weights) ==
          2 * 65536 * 4 + 2 * (65536 + 256 * 4) + 2 * 4 * 1000 + 2 * 1024);
    CHECK(torch::optimizer_states_elsewhere(run_of_query(query), weights).paged.count() ==
          2 * 16 * MiB);
    const Run wide = run_of_query("optimizer=adamw&optimizer_paged=true");
    CHECK(torch::optimizer_states_elsewhere(wide, weights).paged.count() == 2 * 4 * 16 * MiB);
}

TEST_CASE("torchao has a code table for each state, and no part of a block") {
    const std::string eight = "optimizer=adamw-8bit&optimizer_library=torchao";
    CHECK(states(eight, {matrix(4096, 4096)}) == 2 * (16 * MiB + 65536 * 4 + 1024));
    CHECK(states(eight, {vector(5000)}) == 2 * 2 * 5000);
    CHECK(states(eight, {vector(5120)}) == 2 * (5120 + 20 * 4 + 1024));
    // 4 bits: half a byte, a scale for 128, a table of 16.
    CHECK(states("optimizer=adamw-4bit", {matrix(4096, 4096)}) == 2 * (8 * MiB + 131072 * 4 + 64));
    CHECK(states("optimizer=adamw-4bit", {vector(4000)}) == 2 * 2 * 4000);
    CHECK(states("optimizer=adamw-fp8", {matrix(4096, 4096)}) == 2 * (16 * MiB + 65536 * 4));
}

TEST_CASE("Adafactor keeps rows and columns of a matrix, all of a vector") {
    const TrainedWeights weights = {matrix(4096, 11008), vector(4096)};
    CHECK(states("optimizer=adafactor", weights) == 4 * (4096 + 11008 + 4096) + 2 * 4);
    CHECK(states("optimizer=adafactor&optimizer_library=pytorch", weights) ==
          2 * (4096 + 11008 + 4096));
    // Three dimensions: (8, 64, 32) has rows of 8 × 64 and columns of 8 × 32.
    TrainedWeight experts = matrix(8, 64);
    experts.shape.append({32, "f"});
    CHECK(states("optimizer=adafactor", {experts}) == 4 * (8 * 64 + 8 * 32) + 4);
    // In bf16 the gradient and the weight are upcast; the square, the sum beside the last update.
    const std::int64_t fp32 = 4 * MiB;
    CHECK(temporaries("optimizer=adafactor", {matrix(1024, 1024)}) == 4 * fp32);
    CHECK(temporaries("optimizer=adafactor", {matrix(1024, 1024), matrix(1024, 1024)}) == 5 * fp32);
    CHECK(temporaries("optimizer=adafactor&precision=fp32", {matrix(1024, 1024, DType::fp32)}) ==
          2 * fp32);
    CHECK(temporaries("optimizer=adafactor&optimizer_library=pytorch", {matrix(1024, 1024)}) ==
          2 * MiB + 2 * 2 * 1024);
}

TEST_CASE("Muon keeps one average of the matrices of layers, AdamW's two of all else") {
    CHECK(states("optimizer=muon", {matrix(4096, 11008)}) == 2 * 4096 * 11008);
    CHECK(states("optimizer=muon", {vector(4096)}) == 2 * 2 * 4096);
    CHECK(states("optimizer=muon", {embedding(32000, 4096)}) == 2 * 2 * 32000 * 4096);
    // Newton–Schulz on 1024 × 2048 in bf16: X and its three successors, A and B.
    CHECK(temporaries("optimizer=muon", {matrix(1024, 2048)}) == 4 * 4 * MiB + 2 * 2 * MiB);
    CHECK(temporaries("optimizer=muon", {matrix(2048, 1024)}) == 4 * 4 * MiB + 2 * 2 * MiB);
    // AdamW without fused kernels: four tensors of the weight's size.
    CHECK(temporaries("optimizer=muon", {embedding(1024, 1024)}) == 4 * 2 * MiB);
}

TEST_CASE("SOAP keeps two squares for each side of at most 10,000") {
    const DType fp32 = DType::fp32;
    CHECK(states("optimizer=soap&precision=fp32", {matrix(512, 2048, fp32)}) ==
          2 * 4 * MiB + 2 * 4 * (512 * 512 + 2048 * 2048));
    CHECK(states("optimizer=soap&precision=fp32", {matrix(512, 11008, fp32)}) ==
          2 * 4 * 512 * 11008 + 2 * 4 * 512 * 512);
    CHECK(states("optimizer=soap&precision=fp32", {vector(4096, fp32)}) == 2 * 4 * 4096);
    CHECK_FALSE(parse("optimizer=soap&precision=bf16").ok());
}

TEST_CASE("GaLore and APOLLO keep their averages of the projected gradient") {
    const std::int64_t low = 2 * (11008 * 128);  // the longer side stays
    const std::int64_t projector = 2 * (128 * 4096);
    CHECK(states("optimizer=galore", {matrix(11008, 4096)}) == 2 * low + projector);
    CHECK(states("optimizer=galore", {matrix(4096, 11008)}) == 2 * low + projector);
    CHECK(states("optimizer=apollo", {matrix(4096, 11008)}) == 2 * low + projector + 2);
    CHECK(states("optimizer=galore&optimizer_rank=1", {matrix(4096, 11008)}) ==
          2 * (2 * 11008 + 4096));
    CHECK(states("optimizer=galore", {matrix(64, 32)}) == 2 * (2 * 64 * 32 + 32 * 32));
    CHECK(states("optimizer=galore", {vector(4096)}) == 2 * 2 * 4096);
    CHECK(states("optimizer=galore", {embedding(32000, 4096)}) == 2 * 2 * 32000 * 4096);
}

TEST_CASE("An optimizer on the host leaves the small weights' states on the device") {
    const std::string query = "optimizer=adamw&offload=optimizer";
    const TrainedWeights weights = {matrix(4096, 4096), vector(1000)};
    CHECK(states(query, weights) == 2 * 2 * 1000 + 4);
    CHECK(temporaries(query, weights) == 0);
    CHECK(torch::optimizer_states_elsewhere(run_of_query(query), weights).host.count() ==
          2 * 2 * 16 * MiB + 4);
}

TEST_CASE("BAdam keeps an fp32 copy and two averages of one layer") {
    CHECK(states("optimizer=badam", {matrix(1024, 1024)}) == 3 * 4 * MiB);
    CHECK(temporaries("optimizer=badam", {matrix(1024, 1024)}) == 2 * 4 * MiB);
    const Parsed parsed = parse("model=meta-llama/Llama-3.1-8B&optimizer=badam&checkpointing=full");
    REQUIRE(parsed.ok());
    const Answer answer = estimate(parsed.config);
    REQUIRE(answer.ok);
    // A layer of Llama 3.1 8B: 4096² × 2, 4096 × 1024 × 2, 3 × 4096 × 14336, two norms.
    CHECK(answer.params.trainable == 218112000);
}

TEST_CASE("LOMO keeps nothing, AdaLomo rows and columns, and neither a gradient") {
    CHECK(states("optimizer=lomo", {matrix(1024, 1024)}) == 0);
    CHECK(states("optimizer=adalomo", {matrix(4096, 11008), vector(4096)}) ==
          4 * (4096 + 11008 + 4096));
    // The weight and its gradient in fp32; AdaLomo's square, the sum of it and the next update as well.
    CHECK(temporaries("optimizer=lomo", {matrix(1024, 1024)}) == 2 * 4 * MiB);
    CHECK(temporaries("optimizer=adalomo", {matrix(1024, 1024)}) == 3 * 4 * MiB);
    const Parsed parsed = parse("model=meta-llama/Llama-3.2-1B&optimizer=lomo&checkpointing=full");
    REQUIRE(parsed.ok());
    const Answer answer = estimate(parsed.config);
    REQUIRE(answer.ok);
    CHECK(answer.phases.back().end.count() < 2 * answer.params.total + MiB);
    CHECK_FALSE(parse("optimizer=lomo&clip_grad=true").ok());
}

TEST_CASE("LOMO drops a gradient in half precision once it has it in fp32") {
    const Parsed parsed =
        parse("model=meta-llama/Llama-2-7b-hf&layers=2&optimizer=lomo&precision=fp16&seq=16");
    REQUIRE(parsed.ok());
    const Answer answer = estimate(parsed.config);
    REQUIRE(answer.ok);
    const std::int64_t head = std::int64_t{32000} * 4096;
    // The head's weight and gradient in fp32 beside all weights, and no gradient in half precision.
    const std::int64_t over = answer.peak.count() - 2 * answer.params.total - 8 * head;
    CHECK(over > 0);
    CHECK(over < 2 * head);
}

TEST_CASE("Half precision under autocast brings a loss scaler") {
    CHECK(states("optimizer=sgd&precision=fp16-mixed", {vector(8, DType::fp32)}) == 8);
    CHECK(temporaries("optimizer=sgd&precision=fp16-mixed", {vector(8, DType::fp32)}) == 8);
}

TEST_CASE("Every optimizer that is offered is answered for a real model") {
    for (const OptionRow& option : options()) {
        if (option.key != "optimizer") continue;
        for (const ChoiceRow& choice : option.choices) {
            if (choice.status != Status::ready) continue;
            INFO(choice.value);
            const Parsed parsed = parse("model=openai-community/gpt2&precision=fp32&optimizer=" +
                                        std::string(choice.value));
            REQUIRE(parsed.ok());
            const Answer answer = estimate(parsed.config);
            REQUIRE(answer.ok);
            CHECK(answer.totals.allocated >= Bytes(4 * answer.params.total));
        }
    }
}

namespace {

Answer answer_to(const std::string& query) {
    const Parsed parsed = parse(query);
    INFO(query);
    REQUIRE(parsed.ok());
    Answer answer = estimate(parsed.config);
    REQUIRE(answer.ok);
    return answer;
}

Bytes start_of(const Answer& answer) { return answer.phases.front().start; }

}  // namespace

TEST_CASE("A moving average is a copy of weights and buffers, with a counter") {
    const std::string query = "model=meta-llama/Llama-3.2-1B";
    const Answer plain = answer_to(query);
    const Answer averaged = answer_to(query + "&ema=true");
    // inv_freq and its original: 32 fp32 numbers each; n_averaged: one of 64 bits.
    const std::int64_t copy = 2 * plain.params.total + 2 * 32 * 4 + 8;
    CHECK((start_of(averaged) - start_of(plain)).count() == copy);
    CHECK((averaged.totals.allocated - plain.totals.allocated).count() == copy);
    CHECK(averaged.saved.total == plain.saved.total);
}

TEST_CASE("A reference model is a frozen copy, whose forward leaves nothing") {
    const std::string query = "model=meta-llama/Llama-3.2-1B";
    const Answer plain = answer_to(query);
    const Answer referred = answer_to(query + "&reference_model=true");
    const std::int64_t copy = 2 * plain.params.total + 2 * 32 * 4;
    CHECK((start_of(referred) - start_of(plain)).count() == copy);
    CHECK(referred.params.trainable == plain.params.trainable);
    CHECK(referred.saved.total == plain.saved.total);
    CHECK((referred.phases[1].start - plain.phases[1].start).count() == copy);
    CHECK((referred.phases[1].peak - plain.phases[1].peak).count() == copy);
    CHECK_FALSE(parse("reference_model=true&method=lora").ok());
}

TEST_CASE("A reward model has a head of one row in place of the vocabulary's") {
    const std::string query = "model=meta-llama/Llama-3.1-8B";
    const std::int64_t extra =
        (start_of(answer_to(query + "&reward_model=true")) - start_of(answer_to(query))).count();
    CHECK(extra == 2 * (8030261248 - 128256 * 4096 + 4096));
}

TEST_CASE("Shampoo has two triangles for each side of every block") {
    const std::string query = "model=meta-llama/Llama-3.2-1B&precision=fp32";
    const Answer plain = answer_to(query + "&optimizer=sgd");
    const Answer answer = answer_to(query + "&optimizer=shampoo");
    const auto triangle = [](std::int64_t side) { return side * (side + 1) / 2; };
    // Blocks of at most 1024 × 1024. A matrix of m × n blocks has m·n triangles for each of its two sides.
    const std::int64_t full = triangle(1024);
    const auto matrix = [&](std::int64_t rows, std::int64_t columns) {
        return 2 * rows * columns * full;
    };
    // q and o 2048 × 2048, gate, up and down 8192 × 2048, two norms of 2 blocks each; k and v 512 × 2048.
    const std::int64_t small = 2 * (full + triangle(512));
    const std::int64_t layer = 2 * matrix(2, 2) + 3 * matrix(8, 2) + 2 * 2 * full + 2 * small;
    // 128256 = 125 · 1024 + 256 rows of 2048, and the last norm.
    const std::int64_t embedding = matrix(125, 2) + 2 * (triangle(256) + full);
    const std::int64_t factors = 16 * layer + embedding + 2 * full;
    // Three numbers, and the indices of the three triangles in 32 bits.
    const std::int64_t others = 12 + 8 * (full + triangle(512) + triangle(256));
    CHECK((start_of(answer) - start_of(plain)).count() ==
          4 * answer.params.total + 2 * 4 * factors + others);
    const Answer grafted = answer_to(query + "&optimizer=shampoo&grafting=true");
    CHECK((start_of(grafted) - start_of(answer)).count() == 4 * answer.params.total);
}

TEST_CASE("Shampoo joins neighbouring sides that are short together") {
    Shape shape;
    for (const std::int64_t side : {32, 3, 64, 64}) shape.append({side, ""});
    const Shape merged = torch::merged_sides(shape, 8192);
    REQUIRE(merged.rank == 2);
    CHECK(merged[0].size == 96);
    CHECK(merged[1].size == 4096);
    Shape ones;
    ones.append({1, ""});
    CHECK(torch::merged_sides(ones, 8).rank == 1);
}
