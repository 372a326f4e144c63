// Single operations, measured on a card by the benchmark of Liger-Kernel (linkedin/Liger-Kernel@ead96b61,
// benchmark/data/all_benchmark_data.csv, "huggingface" rows on an A100): the peak of forward and backward with the
// inputs and their gradients, which stay from one repetition to the next. The tape is run the same way.

#include "core/profiles/torch/tape.h"
#include "core/program/program.h"
#include "tests/core/catch.h"
#include "tests/truth/errors.h"

using namespace tensorledger;

namespace {

struct Measured {
    std::int64_t vocab;
    std::int64_t bytes;
};

/// cross_entropy of 8 × 2048 tokens on fp32 scores: five times the scores, and the targets.
constexpr std::int64_t kTokens = 8 * 2048;
constexpr Measured kCrossEntropy[] = {
    {4096, 1342309376},   {8192, 2684486656},   {16384, 5368841216},
    {32768, 10737550336}, {65536, 21474967552}, {131072, 42949804032},
};

/// The peak of the second repetition.
std::int64_t peak_of_cross_entropy(std::int64_t vocab) {
    torch::Tape t;
    const Dim rows{kTokens, "b·s"};
    const torch::Parameter scores = t.parameter("scores", {rows, {vocab, "v"}}, DType::fp32);
    const torch::Tensor targets = t.resident("targets", {rows}, DType::int64, Group::buffers);
    for (int repetition = 0; repetition < 2; ++repetition) {
        t.begin_phase("forward");
        torch::Tensor loss = t.cross_entropy(scores, targets);
        t.end_phase();
        t.begin_phase("backward");
        t.backward(loss);
        loss.reset();
        t.end_phase();
    }
    return fold(t.take_program()).peak.count();
}

}  // namespace

TEST_CASE("The peak of a cross-entropy is the one measured on a card", "[truth]") {
    for (const Measured& row : kCrossEntropy) {
        const std::int64_t computed = peak_of_cross_entropy(row.vocab);
        INFO("vocabulary of " << row.vocab << ": " << computed << " for " << row.bytes);
        record_error("single operations: cross-entropy, Liger's benchmark", row.bytes, computed);
        CHECK(std::abs(static_cast<double>(computed - row.bytes)) <=
              0.001 * static_cast<double>(row.bytes));
    }
}
