// Single operations, measured on a card by the benchmark of Liger-Kernel (linkedin/Liger-Kernel@ead96b61,
// benchmark/data/all_benchmark_data.csv, on an A100): the peak of forward and backward with the inputs and their
// gradients, which stay from one repetition to the next. The tape is run the same way. The benchmark asks for
// retain_graph, so what was kept stays through the backward: here the names of all results do.

#include <vector>

#include "core/profiles/torch/tape.h"
#include "core/program/program.h"
#include "tests/core/catch.h"
#include "tests/truth/errors.h"

using namespace tensorledger;

namespace {

struct Measured {
    std::int64_t size;
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

using Kept = std::vector<torch::Tensor>;

/// The peak of the second repetition of `forward`, which returns all that it keeps, the result last.
template <class Forward>
std::int64_t peak_of(torch::Tape& t, const Forward& forward) {
    for (int repetition = 0; repetition < 2; ++repetition) {
        t.begin_phase("forward");
        Kept kept = forward();
        t.end_phase();
        t.begin_phase("backward");
        t.backward(kept.back());
        kept.clear();
        t.end_phase();
    }
    return fold(t.take_program()).peak.count();
}

/// nn.LayerNorm of 4096 rows in fp32.
std::int64_t layer_norm_peak(std::int64_t width) {
    torch::Tape t;
    const Dim n{width, "n"};
    const torch::Parameter x = t.parameter("x", {{4096, "rows"}, n}, DType::fp32);
    const torch::Parameter weight = t.parameter("weight", {n}, DType::fp32);
    const torch::Parameter bias = t.parameter("bias", {n}, DType::fp32);
    return peak_of(t, [&] { return Kept{t.layer_norm(x, weight, bias)}; });
}

/// LlamaRMSNorm of 2048 rows in bf16 with a weight in fp32, and so a result in fp32; its gradient is given in bf16.
std::int64_t rms_norm_peak(std::int64_t width) {
    torch::Tape t;
    const Dim n{width, "n"};
    const Dim rows{2048, "rows"};
    const torch::Parameter x = t.parameter("x", {rows, n}, DType::bf16);
    const torch::Parameter weight = t.parameter("weight", {n}, DType::fp32);
    const torch::Tensor given = t.resident("dy", {rows, n}, DType::bf16, Group::buffers);
    return peak_of(t, [&] {
        Kept kept = {t.to(x, DType::fp32)};
        kept.push_back(t.rsqrt(t.shift(t.mean_last(t.pow(kept[0], 2)))));
        kept.push_back(t.to(t.mul(kept[0], kept[1]), DType::bf16));
        kept.push_back(t.mul(weight, kept[2]));
        return kept;
    });
}

/// PyTorch's workspaces for cuBLAS, of the forward's thread and the backward's, are measured with it.
constexpr std::int64_t kWorkspaces = std::int64_t{2} * (4096 * 2 + 16 * 8) * 1024;

/// LlamaMLP of 4 sequences in bf16, and Liger's.
std::int64_t swiglu_peak(std::int64_t tokens, bool liger) {
    torch::Tape t;
    const Dim h{4096, "h"};
    const Dim f{11008, "f"};
    const torch::Parameter x = t.parameter("x", {{4, "b"}, {tokens, "s"}, h}, DType::bf16);
    const torch::Parameter gate = t.parameter("gate", {f, h}, DType::bf16);
    const torch::Parameter up = t.parameter("up", {f, h}, DType::bf16);
    const torch::Parameter down = t.parameter("down", {h, f}, DType::bf16);
    return kWorkspaces + peak_of(t, [&] {
               Kept kept = {t.linear(x, gate, {})};
               if (liger) {
                   kept.push_back(t.linear(x, up, {}));
                   kept.push_back(t.gated_over(kept[0], kept[1]));
               } else {
                   kept.push_back(t.silu(kept[0]));
                   kept.push_back(t.linear(x, up, {}));
                   kept.push_back(t.mul(kept[1], kept[2]));
               }
               kept.push_back(t.linear(kept.back(), down, {}));
               return kept;
           });
}

/// The head of Llama 3 and a cross-entropy in bf16; the head that it is compared with is there as well.
std::int64_t head_peak(std::int64_t tokens) {
    torch::Tape t;
    const Dim rows{tokens, "b·s"};
    const torch::Parameter x = t.parameter("x", {rows, {4096, "h"}}, DType::bf16);
    const torch::Parameter weight =
        t.parameter("weight", {{128256, "v"}, {4096, "h"}}, DType::bf16);
    const torch::Tensor other =
        t.resident("other", {{128256, "v"}, {4096, "h"}}, DType::bf16, Group::weights);
    const torch::Tensor targets = t.resident("targets", {rows}, DType::int64, Group::buffers);
    return kWorkspaces +
           peak_of(t, [&] { return Kept{t.cross_entropy(t.linear(x, weight, {}), targets)}; });
}

void check_peak(const char* kernel, std::int64_t size, std::int64_t measured, std::int64_t computed,
                double tolerance) {
    INFO(kernel << " of " << size << ": " << computed << " for " << measured);
    record_error("single operations: norms, SwiGLU, heads, Liger's benchmark", measured, computed);
    CHECK(std::abs(static_cast<double>(computed - measured)) <=
          tolerance * static_cast<double>(measured));
}

}  // namespace

TEST_CASE("The peaks of norms, of SwiGLU and of a head are those measured on a card", "[truth]") {
    constexpr Measured layer_norms[] = {{4096, 335708160}, {8192, 671383552}, {16384, 1342734336}};
    for (const Measured& row : layer_norms) {
        check_peak("layer norm", row.size, row.bytes, layer_norm_peak(row.size), 0.001);
    }
    constexpr Measured rms_norms[] = {
        {4096, 335601664}, {8192, 671195136}, {16384, 1342382080}, {32768, 2684755968}};
    for (const Measured& row : rms_norms) {
        check_peak("RMS norm", row.size, row.bytes, rms_norm_peak(row.size), 0.001);
    }
    constexpr Measured mlps[] = {{4096, 3619946496}, {8192, 6681788416}};
    for (const Measured& row : mlps) {
        check_peak("SwiGLU", row.size, row.bytes, swiglu_peak(row.size, false), 0.001);
    }
    constexpr Measured heads[] = {
        {4096, 6388220928}, {8192, 9607382016}, {16384, 16045704192}, {32768, 28922347520}};
    for (const Measured& row : heads) {
        check_peak("head and loss", row.size, row.bytes, head_peak(row.size), 0.001);
    }
    constexpr Measured liger_mlps[] = {{4096, 2669936640}, {8192, 4691591168}};
    for (const Measured& row : liger_mlps) {
        check_peak("Liger's SwiGLU", row.size, row.bytes, swiglu_peak(row.size, true), 0.02);
    }
}

TEST_CASE("The peak of a cross-entropy is the one measured on a card", "[truth]") {
    for (const Measured& row : kCrossEntropy) {
        const std::int64_t computed = peak_of_cross_entropy(row.size);
        INFO("vocabulary of " << row.size << ": " << computed << " for " << row.bytes);
        record_error("single operations: cross-entropy, Liger's benchmark", row.bytes, computed);
        CHECK(std::abs(static_cast<double>(computed - row.bytes)) <=
              0.001 * static_cast<double>(row.bytes));
    }
}
