// Any text as the index of a model in several files.
#include "tests/fuzz/targets/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return judge(fault_of_file(text_of(data, size), "model.safetensors.index.json",
                               static_cast<std::int64_t>(size)));
}
