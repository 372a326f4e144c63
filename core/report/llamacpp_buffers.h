#pragma once

// What does llama.cpp hold on each device? Weights, caches, states, compute and output buffers, as it plans them
// before it loads anything. (llama.cpp v0.5.0: src/llama-model.cpp, llama-context.cpp.)

#include <functional>
#include <string>
#include <vector>

#include "core/profiles/llamacpp/setup.h"
#include "core/profiles/llamacpp/tensors.h"

namespace tensorledger::llamacpp {

/// The buffers of one device.
struct DeviceBuffers {
    std::string name;  // "CUDA0", "CUDA_Host", "CPU"
    bool on_card = false;
    Bytes weights{};
    Bytes kv_cache{};
    Bytes state{};
    Bytes compute{};
    Bytes output{};

    Bytes together() const { return weights + kv_cache + state + compute + output; }
};

/// Calls `visit` for every tensor that a device holds: its index, the tensor, the bytes that it takes there. The table
/// of tokens is on the host, and once more where the output is, if it has none of its own.
void each_weight(const Model& model, const Setup& setup, const GgufTensors& file,
                 const std::function<void(std::int8_t, const GgufTensor&, Bytes)>& visit);

/// Bytes of the weights on each device.
std::vector<Bytes> weight_buffers(const Model& model, const Setup& setup, const GgufTensors& file);

/// The buffers of every device, GPUs first.
std::vector<DeviceBuffers> buffers_of(const Model& model, const Setup& setup,
                                      const GgufTensors& file);

}  // namespace tensorledger::llamacpp
