// The header of a .safetensors file, whole and broken.

#include "core/formats/safetensors.h"

#include <cstdint>

#include "tests/core/catch.h"

using namespace tensorledger;

namespace {

std::string file_of(const std::string& header, std::size_t data) {
    std::string file;
    for (std::size_t i = 0; i < 8; ++i) {
        file += static_cast<char>(static_cast<std::uint64_t>(header.size()) >> (8 * i) & 0xff);
    }
    return file + header + std::string(data, '\0');
}

SafetensorsHeader read(const std::string& file) {
    return read_safetensors_header(file, static_cast<std::int64_t>(file.size()));
}

std::string code(const std::string& file) {
    const SafetensorsHeader header = read(file);
    return header.issues.empty() ? "" : header.issues.front().code;
}

const std::string two =
    R"({"__metadata__":{"format":"pt"},"a":{"dtype":"BF16","shape":[2,3],"data_offsets":[0,12]},)"
    R"("b":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[12,16]}})";

}  // namespace

TEST_CASE("a safetensors header lists tensors with their exact bytes") {
    const SafetensorsHeader header = read(file_of(two, 16));
    REQUIRE(header.issues.empty());
    REQUIRE(header.tensors.size() == 2);
    CHECK(header.tensors[0].name == "a");
    CHECK(header.tensors[0].shape == std::vector<std::int64_t>{2, 3});
    CHECK(header.tensors[1].bytes == Bytes(4));
    CHECK(header.elements == 10);
    CHECK(header.bytes == Bytes(16));
}

TEST_CASE("a broken safetensors file is refused") {
    CHECK(code("") == "wrong-type");
    CHECK(code("1234567") == "wrong-type");
    CHECK(code(std::string(8, '\xff')) == "wrong-type");
    CHECK(code(file_of(two, 16).substr(0, 40)) == "truncated");
    CHECK(code(file_of(two, 15)) == "truncated");
    CHECK(code(file_of("[]", 0)) == "syntax");
    CHECK(code(file_of("{]", 0)) == "syntax");
    const auto one = [](const std::string& fields) {
        return file_of("{\"a\":{" + fields + "}}", 4);
    };
    CHECK(code(one(R"("dtype":"F32","shape":[1],"data_offsets":[0,4])")).empty());
    CHECK(code(one(R"("dtype":"F32","shape":[2],"data_offsets":[0,4])")) == "contradiction");
    CHECK(code(one(R"("dtype":"X7","shape":[1],"data_offsets":[0,4])")) == "unknown");
    CHECK(code(one(R"("dtype":"F32","shape":[-1],"data_offsets":[0,4])")) == "out-of-range");
    CHECK(code(one(R"("dtype":"F32","shape":[1],"data_offsets":[4,0])")) == "wrong-type");
    CHECK(code(one(R"("dtype":"F32","shape":[1])")) == "wrong-type");
    CHECK(
        code(one(
            R"("dtype":"F64","shape":[4503599627370496,4503599627370496],"data_offsets":[0,4])")) ==
        "contradiction");
    CHECK(code(file_of(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                       R"("b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}})",
                       4)) == "contradiction");
}
