#include "core/report/llamacpp_buffers.h"

#include <algorithm>

#include "core/allocator/ggml.h"
#include "core/profiles/llamacpp/graph.h"

namespace tensorledger::llamacpp {

namespace {

constexpr std::int32_t kPipelineCopies = 4;  // GGML_SCHED_MAX_COPIES

Bytes held(const GgufTensor& tensor, bool on_gpu) {
    ggml::Tensor t;
    t.type = tensor.type;
    t.ne = tensor.ne;
    t.bytes = tensor.bytes().count();
    const ggml::Backend backend{on_gpu ? ggml::kGpuAlignment : ggml::kHostAlignment, on_gpu};
    const std::int64_t bytes = ggml::allocated_bytes(t, backend);
    return Bytes((bytes + backend.alignment - 1) / backend.alignment * backend.alignment);
}

bool is_input(std::string_view stem) {
    return stem == "token_embd" || stem == "position_embd" || stem == "token_types";
}

std::vector<Bytes> compute_buffers(const Model& model, const Setup& setup,
                                   const GgufTensors& file) {
    ggml::Graph graph = prompt_graph(model, setup, file);
    ggml::Machine machine;
    for (std::int32_t i = 0; i < setup.devices; ++i) {
        machine.backends.push_back({ggml::kGpuAlignment, true});
    }
    machine.backends.push_back({ggml::kHostAlignment, false});
    machine.copies = setup.pipelined ? kPipelineCopies : 1;
    return ggml::plan(graph, machine);
}

}  // namespace

void each_weight(const Model& model, const Setup& setup, const GgufTensors& file,
                 const std::function<void(std::int8_t, const GgufTensor&, Bytes)>& visit) {
    const auto add = [&](std::int8_t device, const GgufTensor& tensor) {
        visit(device, tensor, held(tensor, device != setup.cpu()));
    };
    const auto layers = setup.layer_device.end() - 1;
    const std::int8_t output = *layers;
    const bool has_output = file.find("output") != nullptr;
    for (const GgufTensor& tensor : file.tensors) {
        if (tensor.layer >= 0) {
            if (tensor.layer < layers - setup.layer_device.begin()) {
                add(setup.device_of(tensor.layer), tensor);
            }
        } else if (tensor.stem.starts_with("rope_")) {
            for (std::int8_t device = 0; device <= setup.cpu(); ++device) {
                if (std::find(setup.layer_device.begin(), layers, device) != layers) {
                    add(device, tensor);
                }
            }
        } else if (is_input(tensor.stem)) {
            add(setup.cpu(), tensor);
            const bool is_head = tensor.is("token_embd") && !has_output && model.has_head;
            if (is_head && output != setup.cpu()) add(output, tensor);
        } else {
            add(output, tensor);
        }
    }
}

std::vector<Bytes> weight_buffers(const Model& model, const Setup& setup, const GgufTensors& file) {
    std::vector<Bytes> sizes(static_cast<std::uint32_t>(setup.devices) + 1);
    each_weight(model, setup, file, [&](std::int8_t device, const GgufTensor&, Bytes bytes) {
        sizes[static_cast<std::uint32_t>(device)] += bytes;
    });
    return sizes;
}

std::vector<DeviceBuffers> buffers_of(const Model& model, const Setup& setup,
                                      const GgufTensors& file) {
    const std::vector<Bytes> weights = weight_buffers(model, setup, file);
    const std::vector<Bytes> compute = compute_buffers(model, setup, file);
    std::vector<DeviceBuffers> devices;
    devices.reserve(static_cast<std::uint32_t>(setup.devices) + 1);
    for (std::int32_t i = 0; i < setup.devices; ++i) {
        devices.push_back({.name = "CUDA" + std::to_string(i), .on_card = true});
    }
    devices.push_back({.name = setup.devices > 0 ? "CUDA_Host" : "CPU"});
    for (std::uint32_t i = 0; i < devices.size(); ++i) {
        devices[i].weights = weights[i];
        devices[i].compute = compute[i];
    }
    DeviceBuffers& host = devices.back();
    const std::int64_t row = model.vocab + (setup.asked.embeddings ? model.hidden : 0);
    host.output = Bytes(4) * checked_product(row, setup.asked.sequences);
    DeviceBuffers beside{.name = "CPU"};  // pageable memory, where the host's own is pinned
    for (const CacheTensor& tensor : setup.caches) {
        const bool on_gpu = tensor.device != setup.cpu();
        DeviceBuffers& device = on_gpu ? devices[static_cast<std::uint32_t>(tensor.device)]
                                : setup.devices > 0 ? beside
                                                    : host;
        (tensor.is_state() ? device.state : device.kv_cache) += bytes_of(tensor, on_gpu);
    }
    if (beside.together() > Bytes(0)) devices.push_back(beside);
    return devices;
}

}  // namespace tensorledger::llamacpp
