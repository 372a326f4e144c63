#pragma once

// The weights of one device as rows and as the allocator holds them; what LoRA adds to them.

#include <vector>

#include "core/profiles/vllm/ranks.h"
#include "core/report/answer.h"

namespace tensorledger::paged {

/// What the tensors of a stage take: their own bytes, and the blocks of PyTorch's allocator that hold them.
struct Held {
    Bytes tensors;
    Bytes blocks;
};
Held held_by(const vllm::Stage& stage);

/// A row for each kind of tensor.
std::vector<Row> weight_rows(const vllm::Stage& stage, const vllm::Layout& layout);

/// The places of so many adapters of a rank, beside every matrix that a device has a part of.
Bytes adapter_bytes(const Model& model, const vllm::Layout& layout, const vllm::Stage& stage,
                    std::int64_t adapters, std::int64_t rank);

}  // namespace tensorledger::paged
