// Any text as a query string or as one line of a batch.
#include "tests/fuzz/targets/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return judge(fault_of_set_up(text_of(data, size)));
}
