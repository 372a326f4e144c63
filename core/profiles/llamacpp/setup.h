#pragma once

// What does llama.cpp make of its parameters? The context's effective sizes, which layer is on which device,
// and which tensors of the caches there are. (llama.cpp v0.5.0: src/llama-context.cpp, llama-model.cpp,
// llama-kv-cache.cpp, llama-memory-recurrent.cpp.)

#include <cstdint>
#include <string>
#include <vector>

#include "core/model/model.h"
#include "core/quantity/bytes.h"
#include "core/quantity/dtype.h"
#include "core/quantity/issue.h"

namespace tensorledger::llamacpp {

/// What is asked for, in llama.cpp's own words.
struct Parameters {
    std::int64_t context = 0;      // -c: tokens of all sequences together
    std::int64_t batch = 2048;     // -b
    std::int64_t ubatch = 512;     // -ub
    std::int64_t sequences = 1;    // -np
    std::int64_t gpu_layers = -1;  // -ngl; -1: all, with the output
    std::int64_t gpus = 1;         // 0: everything on the CPU
    std::int64_t outputs = 0;      // rows of a micro-batch that get logits; 0: all
    DType key_type = DType::fp16;
    DType value_type = DType::fp16;
    bool flash = true;
    bool unified = false;
    bool full_window = false;   // --swa-full
    bool offload_cache = true;  // not --no-kv-offload
    bool embeddings = false;
};

/// A cache or a state of one layer, in one device's memory.
struct CacheTensor {
    std::int32_t layer = 0;
    std::int32_t device = 0;
    std::int64_t width = 0;  // elements of a row
    std::int64_t rows = 0;   // cells of all streams; sequences
    DType type = DType::fp16;
    enum class Kind : std::uint8_t { key, value, convolution, recurrent } kind = Kind::key;

    bool is_state() const { return kind == Kind::convolution || kind == Kind::recurrent; }
};

struct Setup {
    Parameters asked;
    std::int64_t context = 0;         // of all sequences, as padded
    std::int64_t sequence_cells = 0;  // of one stream
    std::int64_t window_cells = 0;    // of one stream, of layers with a sliding window
    std::int64_t streams = 1;
    std::int64_t tokens = 0;                // of the worst-case micro-batch
    std::int64_t outputs = 0;               // rows of it that get logits
    std::int64_t window = 0;                // 0: no layer has one that llama.cpp uses
    std::int32_t devices = 0;               // GPUs; then comes the CPU
    std::vector<std::int8_t> layer_device;  // of each layer, and of the output at the end
    std::vector<CacheTensor> caches;
    bool all_on_gpu = false;  // output included
    bool pipelined = false;   // pipeline parallelism: four copies of what crosses devices

    std::int8_t cpu() const { return static_cast<std::int8_t>(devices); }
    std::int8_t device_of(std::int64_t layer) const {
        return layer_device[static_cast<std::uint32_t>(layer)];
    }
};

/// Whether a layer's sliding window is one that llama.cpp makes a smaller cache for.
bool has_window(const Model& model, const Layer& layer);

/// Elements that a layer's keys and values add for each token.
std::int64_t key_width(const Attention& attention);
std::int64_t value_width(const Attention& attention);

/// Everything that follows from parameters and model; issues say what llama.cpp refuses.
Setup setup_of(const Model& model, const Parameters& asked, Issues& issues);

/// Bytes of a cache's tensor in its device's buffer.
Bytes bytes_of(const CacheTensor& tensor, bool on_gpu);

}  // namespace tensorledger::llamacpp
