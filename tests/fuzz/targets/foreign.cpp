// Any text as a command line or a configuration of another tool.
#include "tests/fuzz/targets/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return judge(fault_of_foreign(text_of(data, size)));
}
