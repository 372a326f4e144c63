// Packed weights are counted as what they unpack to; a header shows how they are packed by the tensors that a
// module has beside them.
// Sources: the packing of AutoGPTQ (qweight [in/pack, out], qzeros [groups, out/pack]), AutoAWQ (qweight
// [in, out/pack], scales [groups, out]), compressed-tensors (weight_packed [out, in/pack]), bitsandbytes
// (weight uint8 [n/2, 1] beside weight.absmax), mxfp4 (blocks beside scales), nvfp4 (weight uint8 [out, in/2]).

#include <algorithm>
#include <string>

#include "core/formats/safetensors.h"

namespace tensorledger {

namespace {

/// Ends of names that hold no weights of their own.
constexpr std::string_view beside[] = {
    ".scales",
    ".qzeros",
    ".g_idx",
    ".absmax",
    ".quant_map",
    ".nested_absmax",
    ".nested_quant_map",
    ".SCB",
    ".weight_format",
    ".weight_scale",
    ".weight_scale_inv",
    ".weight_scale_2",
    ".weight_shape",
    ".weight_zero_point",
    ".weight_g_idx",
    ".weight_global_scale",
    ".input_scale",
    ".input_global_scale",
    ".output_scale",
    ".k_scale",
    ".v_scale",
    ".q_scale",
    "_scales",
    "_scale_inv",
    ".bitsandbytes__nf4",
    ".bitsandbytes__fp4",
    ".meta",
    ".zero_point",
    ".scale",
};

class Counter {
public:
    explicit Counter(const std::vector<StoredTensor>& tensors) {
        for (const StoredTensor& tensor : tensors) {
            byname_.push_back(&tensor);
        }
        std::sort(byname_.begin(), byname_.end(),
                  [](const auto* left, const auto* right) { return left->name < right->name; });
    }

    std::int64_t weights(const StoredTensor& tensor) const;

private:
    const StoredTensor* find(const std::string& name) const {
        const auto place = std::lower_bound(
            byname_.begin(), byname_.end(), name,
            [](const auto* left, const std::string& right) { return left->name < right; });
        return place != byname_.end() && (*place)->name == name ? *place : nullptr;
    }
    std::int64_t words(const StoredTensor& tensor, const std::string& module) const;

    std::vector<const StoredTensor*> byname_;
};

/// Weights in the int32 words of GPTQ or AWQ.
std::int64_t Counter::words(const StoredTensor& tensor, const std::string& module) const {
    const StoredTensor* scales = find(module + ".scales");
    const StoredTensor* zeros = find(module + ".qzeros");
    if (scales == nullptr || scales->shape.size() != 2 || tensor.shape.size() != 2) {
        return tensor.elements;
    }
    const std::int64_t outputs = scales->shape[1];
    if (tensor.shape[1] != outputs) {
        return checked_product(tensor.shape[0], outputs);  // AWQ packs the outputs
    }
    const std::int64_t packed = zeros != nullptr && zeros->shape.size() == 2 ? zeros->shape[1] : 0;
    return packed > 0 ? checked_product(tensor.elements, outputs) / packed
                      : checked_product(tensor.elements, 8);
}

std::int64_t Counter::weights(const StoredTensor& tensor) const {
    const std::string_view name = tensor.name;
    for (const std::string_view end : beside) {
        if (name.ends_with(end)) {
            return 0;
        }
    }
    const auto module = [&name](std::string_view end) {
        return std::string(name.substr(0, name.size() - end.size()));
    };
    const bool bytes = tensor.dtype == "U8" || tensor.dtype == "I8";
    if (name.ends_with(".qweight")) {
        return words(tensor, module(".qweight"));
    }
    if (name.ends_with(".weight_packed")) {
        return checked_product(tensor.elements, bytes ? 2 : 8);
    }
    if (bytes && name.ends_with("_blocks") && find(module("_blocks") + "_scales") != nullptr) {
        return checked_product(tensor.elements, 2);
    }
    const std::string own(name);
    if (tensor.dtype == "U8" &&
        (find(own + ".absmax") != nullptr || find(own + "_scale") != nullptr)) {
        return checked_product(tensor.elements, 2);
    }
    return tensor.elements;
}

}  // namespace

std::int64_t stored_parameters(const std::vector<StoredTensor>& tensors) {
    const Counter counter(tensors);
    Bytes sum;
    for (const StoredTensor& tensor : tensors) {
        sum += Bytes(counter.weights(tensor));
    }
    return sum.count();
}

}  // namespace tensorledger
