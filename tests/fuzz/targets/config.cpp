// Any text as a config.json: read as a file, and asked about as a network.
#include "tests/fuzz/targets/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(text_of(data, size));
    judge(fault_of_file(text, "config.json", static_cast<std::int64_t>(size)));
    return judge(fault_of_set_up("{\"seq\":16,\"config\":" + text + "}"));
}
