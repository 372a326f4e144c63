#include "core/program/ggml_graph.h"

#include <algorithm>

namespace tensorledger::ggml {

namespace {

/// Rows of a quantised tensor are padded to this many elements on a GPU (MATRIX_ROW_PADDING).
constexpr std::int64_t kRowPadding = 512;

std::uint32_t index(std::int64_t value) { return static_cast<std::uint32_t>(value); }

Extents contiguous(DType type, const Extents& ne) {
    const auto& [name, block, bytes] = info(type);
    Extents nb;
    nb[0] = bytes;
    nb[1] = bytes * (ne[0] / block);
    nb[2] = checked_product(nb[1], ne[1]);
    nb[3] = checked_product(nb[2], ne[2]);
    return nb;
}

}  // namespace

std::int64_t bytes_spanned(const Tensor& t) {
    const auto& [name, block, bytes] = info(t.type);
    std::int64_t spanned = block == 1 ? bytes : t.ne[0] / block * bytes;
    for (std::uint32_t i = 0; i < 4; ++i) {
        if (t.ne[i] <= 0) return 0;
        if (i > 0 || block == 1) spanned += (t.ne[i] - 1) * t.nb[i];
    }
    return spanned;
}

Id Graph::make(Op op, DType type, Extents ne, std::initializer_list<Id> sources) {
    Tensor& t = tensors.emplace_back();
    t.ne = ne;
    t.nb = contiguous(type, ne);
    t.type = type;
    t.op = op;
    t.bytes = bytes_spanned(t);
    std::copy(sources.begin(), sources.end(), t.src.begin());
    return static_cast<Id>(tensors.size()) - 1;
}

Id Graph::view(Id of, Extents ne, Extents nb, bool offset) {
    Tensor t;
    const Tensor& whole = (*this)[of];
    t.ne = ne;
    t.nb = nb;
    t.type = whole.type;
    t.op = Op::view;
    t.bytes = bytes_spanned(t);
    t.src[0] = of;
    t.view_of = whole.view_of == kNone ? of : whole.view_of;
    t.has_offset = offset || whole.has_offset;
    tensors.push_back(t);
    return static_cast<Id>(tensors.size()) - 1;
}

Id Graph::reshape(Id of, Extents ne) {
    return view(of, ne, contiguous((*this)[of].type, ne), false);
}

Id Graph::permute(Id of, const std::array<int, 4>& to) {
    Extents ne;
    Extents nb;
    const Tensor& t = (*this)[of];
    for (std::uint32_t i = 0; i < 4; ++i) {
        ne[index(to[i])] = t.ne[i];
        nb[index(to[i])] = t.nb[i];
    }
    return view(of, ne, nb, false);
}

void Graph::expand(Id id) {
    Tensor& t = (*this)[id];
    if (t.visited) return;
    t.visited = true;
    for (const Id source : t.src) {
        if (source != kNone) expand(source);
    }
    if (t.op != Op::none) {
        nodes.push_back(id);
    } else if (t.home < 0) {
        leafs.push_back(id);
    }
}

std::int64_t allocated_bytes(const Tensor& tensor, const Backend& backend) {
    std::int64_t bytes = tensor.bytes;
    if (!backend.gpu) return bytes;
    const DTypeInfo& type = info(tensor.type);
    const std::int64_t rest = tensor.ne[0] % kRowPadding;
    if (type.block_elements > 1 && rest != 0) {
        bytes += (kRowPadding - rest) / type.block_elements * type.block_bytes;
    }
    return bytes + tensor.scratch;
}

}  // namespace tensorledger::ggml
