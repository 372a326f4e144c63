#pragma once

// Which tensors do the weights consist of? The one list that parameter counts, weight bytes, gradients,
// optimizer states and quantisers read.

#include <cstdint>
#include <vector>

#include "core/model/model.h"
#include "core/model/tensor.h"

namespace tensorledger {

/// Every weight of the network once (a tied head is its embedding), equal layers grouped by `count`;
/// what is listed but not `loaded()` are multi-token-prediction layers and persistent buffers.
std::vector<WeightTensor> weight_tensors(const Model& model);

/// How many parameters? Of the tensors that are loaded, each unique one once.
struct ParameterCounts {
    std::int64_t total = 0;
    std::int64_t active = 0;     // those that one token passes through: of the experts only its own
    std::int64_t trainable = 0;  // all of them, before a method freezes any
    std::int64_t embedding = 0;  // the token table
    std::int64_t next_token =
        0;  // multi-token-prediction layers that the config states, not in `total`
    std::int64_t buffers = 0;  // persistent buffers, not in `total`

    friend bool operator==(const ParameterCounts&, const ParameterCounts&) = default;
};

ParameterCounts count_parameters(const std::vector<WeightTensor>& tensors);
ParameterCounts count_parameters(const Model& model);

}  // namespace tensorledger
