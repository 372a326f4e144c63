#pragma once

// What does a forward hold at its highest, beside weights and cache? vLLM runs one with as many tokens as it will ever
// take at once, and samples for as many sequences, before it gives the rest of its memory to the cache. (vLLM:
// v1/worker/gpu_model_runner.py profile_run, v1/sample/sampler.py, v1/sample/ops/topk_topp_sampler.py,
// model_executor/layers/fused_moe/modular_kernel.py.)

#include <cstdint>
#include <string>
#include <vector>

#include "core/model/model.h"
#include "core/quantity/bytes.h"
#include "core/quantity/dtype.h"

namespace tensorledger::vllm {

struct ForwardQuestion {
    std::int64_t tokens = 0;     // of one forward
    std::int64_t sequences = 0;  // whose next token is sampled
    std::int64_t context = 0;    // the longest that a sequence may become
    std::int64_t block = 16;
    std::int64_t tp = 1;
    std::int64_t ep = 1;
    DType dtype = DType::bf16;
    bool eager = false;        // layer by layer in Python, without torch.compile
    bool sorts = false;        // the sampler sorts all scores instead of FlashInfer's kernels
    std::int64_t guessed = 0;  // tokens of each sequence that the model checks
    bool samples = true;       // this stage has the head
    std::int64_t first = 0;    // layer of the stage, and how many
    std::int64_t layers = 0;
};

/// A tensor that is alive at the highest moment.
struct Alive {
    std::string name;
    Bytes bytes;
    std::string shape;
    std::string dtype;
    std::string formula;
    std::string note;
};

struct ForwardPeak {
    std::vector<Alive> alive;
    Bytes together;
    bool in_sampler = false;
};

/// The larger of the two moments: inside the largest layer, and while tokens are sampled.
ForwardPeak forward_peak(const Model& model, const ForwardQuestion& question);

}  // namespace tensorledger::vllm
