// Catch2 as this project includes it: version 2 (Debian 12) or 3, whichever is installed.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif

#include <fstream>
#include <sstream>
#include <string>

/// Where the data of the tests is; the same folder natively and under node.
inline std::string test_data(const std::string& name) {
    return std::string(TENSORLEDGER_TEST_DATA "/") + name;
}

/// The text of a file of tests/data; an absent file fails the test that asked for it.
inline std::string read_test_data(const std::string& name) {
    std::ifstream file(test_data(name), std::ios::binary);
    INFO("tests/data/" << name);
    REQUIRE(file.good());
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}
