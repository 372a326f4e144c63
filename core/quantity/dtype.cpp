#include "core/quantity/dtype.h"

#include <array>
#include <limits>

namespace tensorledger {

namespace {

constexpr std::array kInfo = {
#define X(id, name, elements, bytes) DTypeInfo{name, elements, bytes},
    TENSORLEDGER_DTYPES(X)
#undef X
};

}  // namespace

const DTypeInfo& info(DType dtype) { return kInfo[static_cast<std::uint8_t>(dtype)]; }

std::optional<DType> dtype_named(std::string_view name) {
    for (std::uint32_t index = 0; index < kInfo.size(); ++index) {
        if (kInfo[index].name == name) {
            return static_cast<DType>(index);
        }
    }
    return std::nullopt;
}

Bytes bytes_of(DType dtype, std::int64_t elements) {
    if (elements == std::numeric_limits<std::int64_t>::max()) {
        return Bytes::overflow();
    }
    const auto& [name, block_elements, block_bytes] = info(dtype);
    const std::int64_t blocks =
        elements / block_elements + (elements % block_elements != 0 ? 1 : 0);
    return Bytes(block_bytes) * blocks;
}

}  // namespace tensorledger
