#include "core/report/paged_weights.h"

#include <algorithm>
#include <string_view>

#include "core/allocator/caching.h"
#include "core/model/weights.h"

namespace tensorledger::paged {

namespace {

/// Which of the matrices that stand beside each other in the checkpoint are one tensor when loaded.
std::string_view merged_into(std::string_view name) {
    constexpr std::string_view groups[][4] = {
        {"qkv_proj.", ".q_proj.", ".k_proj.", ".v_proj."},
        {"gate_up_proj.", ".gate_proj.", ".up_proj.", ".w1."},
    };
    for (const auto& group : groups) {
        for (const std::string_view member : group) {
            if (name.find(member) != std::string_view::npos) return group[0];
        }
    }
    return name;
}

std::string_view suffix_of(std::string_view name) {
    const auto dot = name.rfind('.');
    return dot == std::string_view::npos ? name : name.substr(dot);
}

/// One tensor as it is allocated: what is merged, and all experts of a layer together.
struct Allocation {
    std::string_view module;
    std::string_view suffix;
    bool is_expert = false;
    std::int64_t layers = 0;
    Bytes bytes;
};

std::vector<Allocation> allocations_of(const vllm::Stage& stage) {
    std::vector<Allocation> list;
    for (const vllm::RankTensor& tensor : stage.tensors) {
        const std::string_view name = tensor.stored.name;
        const Bytes bytes = tensor.stored.bytes * tensor.stored.count;
        Allocation made{tensor.in_layer ? merged_into(name) : name, suffix_of(name),
                        tensor.is_expert, tensor.in_layer ? tensor.layers : 0, bytes};
        const auto same = std::find_if(list.begin(), list.end(), [&](const Allocation& other) {
            return made.layers > 0 && other.module == made.module && other.suffix == made.suffix &&
                   other.layers == made.layers && other.is_expert == made.is_expert &&
                   made.module != name;
        });
        if (same == list.end()) {
            list.push_back(made);
        } else {
            same->bytes += made.bytes;
        }
    }
    return list;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
    std::string text;
    for (const std::int64_t size : shape) {
        if (!text.empty()) text += " × ";
        text += std::to_string(size);
    }
    return text.empty() ? "1" : text;
}

Bytes of_module(const WeightTensor& tensor, const WeightTensor& part, std::int64_t rank) {
    // A column-parallel matrix reads all inputs and writes its part of the outputs; a row-parallel one the reverse.
    const std::int64_t outputs = part.shape[0].size;
    const std::int64_t inputs = part.shape[1].size;
    return bytes_of(tensor.dtype, checked_product(rank, outputs)) +
           bytes_of(tensor.dtype, checked_product(rank, inputs));
}

}  // namespace

Held held_by(const vllm::Stage& stage) {
    constexpr std::int64_t most_requests = 200000;
    Held held;
    std::vector<Allocation> outside;
    std::vector<Allocation> inside;
    std::int64_t deepest = 0;
    std::int64_t requests = 0;
    for (const Allocation& each : allocations_of(stage)) {
        held.tensors += each.bytes * std::max<std::int64_t>(each.layers, 1);
        requests += std::max<std::int64_t>(each.layers, 1);
        deepest = std::max(deepest, each.layers);
        (each.layers > 0 ? inside : outside).push_back(each);
    }
    held.blocks = held.tensors;
    if (!held.tensors.is_exact_in_json() || requests > most_requests) return held;
    CachingAllocator allocator;
    const auto place = [&allocator](const Allocation& each) {
        if (each.bytes > Bytes(0)) allocator.allocate(each.bytes.count());
    };
    for (const Allocation& each : outside) place(each);
    for (std::int64_t layer = 0; layer < deepest; ++layer) {
        for (const Allocation& each : inside) {
            if (layer < each.layers) place(each);
        }
    }
    held.blocks = std::max(held.blocks, Bytes(allocator.allocated()));
    return held;
}

std::vector<Row> weight_rows(const vllm::Stage& stage, const vllm::Layout& layout) {
    std::vector<Row> rows;
    rows.reserve(stage.tensors.size());
    for (const vllm::RankTensor& tensor : stage.tensors) {
        const StoredWeight& stored = tensor.stored;
        Row& row = rows.emplace_back();
        row.name = stored.name;
        row.group = Group::weights;
        row.count = checked_product(stored.count, tensor.layers);
        row.bytes = stored.bytes * row.count;
        row.shape = shape_text(stored.shape);
        row.dtype = stored.dtype;
        row.alive = "always";
        row.formula =
            std::to_string(row.count) + " × " + std::to_string(stored.bytes.count()) + " B";
        row.source = "vllm:vllm/model_executor/layers/linear.py";
        row.note = layout.tp == 1 ? "A weight as it is loaded."
                   : tensor.is_whole
                       ? "Every device of the stage has all of it."
                       : "This device's part; the others have parts of the same size.";
    }
    return rows;
}

Bytes adapter_bytes(const Model& model, const vllm::Layout& layout, const vllm::Stage& stage,
                    std::int64_t adapters, std::int64_t rank) {
    Bytes bytes;
    const std::vector<WeightTensor> parts =
        vllm::split_layers(model, layout, stage.first, stage.layers);
    for (const WeightTensor& part : parts) {
        const bool is_linear = part.role == WeightRole::attention || part.role == WeightRole::mlp ||
                               part.role == WeightRole::mixer || part.role == WeightRole::expert;
        if (!is_linear || part.shape.rank != 2) continue;
        bytes += of_module(part, part, rank) * part.count;
    }
    const std::int64_t rows = vllm::padded_vocab(model) / layout.tp;
    const Bytes table = bytes_of(model.dtype, checked_product(rank, rows + model.hidden));
    if (stage.has_embedding) bytes += table;
    if (stage.has_head) bytes += table;
    return bytes * adapters;
}

}  // namespace tensorledger::paged
