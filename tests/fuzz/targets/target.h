// One target of libFuzzer: a property that has to hold of any bytes. A fault is printed and aborts, so that the input
// is kept.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tests/fuzz/faults.h"

inline int judge(const std::string& fault) {
    if (fault.empty()) return 0;
    std::fprintf(stderr, "fault: %s\n", fault.c_str());
    std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
