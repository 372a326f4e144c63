// Any bytes as the start of a .safetensors file that may be longer.
#include "tests/fuzz/targets/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto length = static_cast<std::int64_t>(size);
    judge(fault_of_file(text_of(data, size), "model.safetensors", length));
    return judge(fault_of_file(text_of(data, size), "model.safetensors", std::int64_t{1} << 40));
}
