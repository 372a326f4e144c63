// An index of shards and the headers of its files, whole and broken; packed weights counted from a header.

#include "core/formats/shards.h"

#include <cstdint>

#include "core/report/estimate.h"
#include "tests/core/catch.h"

using namespace tensorledger;

namespace {

/// A safetensors file of tensors of so many bytes each, all F32.
std::string file_of(const std::vector<std::string>& names) {
    std::string header = "{";
    std::size_t offset = 0;
    for (const std::string& name : names) {
        header += (offset > 0 ? ",\"" : "\"") + name +
                  "\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[" +
                  std::to_string(offset) + "," + std::to_string(offset + 8) + "]}";
        offset += 8;
    }
    header += "}";
    std::string file;
    const std::uint64_t length = header.size();  // std::size_t may have 32 bits
    for (int i = 0; i < 8; ++i) file += static_cast<char>(length >> (8 * i) & 0xff);
    return file + header + std::string(offset, '\0');
}

constexpr std::string_view two_files =
    R"({"metadata":{"total_size":24},"weight_map":{"a":"m-00001-of-00002.safetensors",)"
    R"("b":"m-00002-of-00002.safetensors","c":"m-00002-of-00002.safetensors"}})";

ShardStart present(const std::string& name, const std::string& bytes) {
    return {name, bytes, static_cast<std::int64_t>(bytes.size()), true};
}

std::string first_message(const std::string& json) {
    const JsonDocument document = JsonDocument::parse(json);
    return std::string(
        document.root().find("issues").at(0).find("message").as_string().value_or(""));
}

StoredTensor tensor(std::string name, std::string dtype, std::vector<std::int64_t> shape) {
    StoredTensor made;
    made.name = std::move(name);
    made.dtype = std::move(dtype);
    made.shape = std::move(shape);
    made.elements = 1;
    for (const std::int64_t size : made.shape) made.elements *= size;
    return made;
}

}  // namespace

TEST_CASE("an index names its files, their tensors and bytes") {
    const JsonDocument document = JsonDocument::parse(two_files);
    const ShardIndex index = read_shard_index(document.root());
    REQUIRE(index.issues.empty());
    CHECK(index.files.size() == 2);
    CHECK(index.places.size() == 3);
    CHECK(index.bytes == Bytes(24));
    CHECK(shard_files(two_files).at(1) == "m-00002-of-00002.safetensors");
    const JsonDocument answer =
        JsonDocument::parse(weights_json(two_files, "model.safetensors.index.json"));
    CHECK(answer.root().find("ok").as_boolean() == true);
    CHECK(answer.root().find("bytes").as_integer() == 24);
}

TEST_CASE("a file that an index leaves out, or that is not there, is named") {
    const std::string left_out = weights_json(
        R"({"weight_map":{"a":"m-00001-of-00003.safetensors","b":"m-00003-of-00003.safetensors"}})",
        "i.json");
    CHECK(first_message(left_out) ==
          "The index names no tensor of m-00002-of-00003.safetensors, which its other files say "
          "there is.");
    const std::string first = "m-00001-of-00002.safetensors";
    const std::string second = "m-00002-of-00002.safetensors";
    const ShardStart whole = present(first, file_of({"a"}));
    CHECK(first_message(shards_json(two_files, {whole, {second, "", 0, false}})) ==
          "The file m-00002-of-00002.safetensors that the index names is not beside it.");
    CHECK(first_message(shards_json(two_files, {whole, present(second, file_of({"b", "d"}))})) ==
          "The index says that m-00002-of-00002.safetensors has 2 tensors, of which its header has "
          "1.");
    CHECK(first_message(shards_json(two_files, {whole, present(second, "short")}))
              .starts_with(second));
    const JsonDocument answer =
        JsonDocument::parse(shards_json(two_files, {whole, present(second, file_of({"b", "c"}))}));
    CHECK(answer.root().find("params").find("total").as_integer() == 6);
    CHECK(answer.root().find("bytes").as_integer() == 24);
}

TEST_CASE("a broken index is refused in a sentence") {
    CHECK(first_message(weights_json(R"({"weight_map":{}})", "i.json")) ==
          "The index names no tensor.");
    CHECK(first_message(weights_json(R"({"weight_map":{"a":1}})", "i.json")) ==
          "The index does not say which file has a.");
    CHECK(first_message(weights_json(R"({"weight_map":{"a":"f","a":"g"}})", "i.json")) ==
          "The index names a twice.");
    const std::string many = R"({"weight_map":{"a":"m-1-of-99999999999999999999.safetensors"}})";
    CHECK(first_message(weights_json(many, "i.json")).empty());
}

TEST_CASE("packed weights count as what they unpack to") {
    // GPTQ: eight 4-bit values a word along the inputs; ten 3-bit values in a third of a word each
    CHECK(stored_parameters(
              {tensor("q.qweight", "I32", {512, 4096}), tensor("q.scales", "F16", {32, 4096}),
               tensor("q.qzeros", "I32", {32, 512}), tensor("q.g_idx", "I32", {4096})}) ==
          4096 * 4096);
    CHECK(stored_parameters({tensor("q.qweight", "I32", {384, 4096}),
                             tensor("q.scales", "F16", {32, 4096}),
                             tensor("q.qzeros", "I32", {32, 384})}) == 4096 * 4096);
    // AWQ: along the outputs
    CHECK(stored_parameters({tensor("q.qweight", "I32", {4096, 512}),
                             tensor("q.scales", "F16", {32, 4096}),
                             tensor("q.qzeros", "I32", {32, 512})}) == 4096 * 4096);
    // bitsandbytes nf4, mxfp4, nvfp4, fp8 with block scales, int8
    CHECK(stored_parameters({tensor("w.weight", "U8", {8388608, 1}),
                             tensor("w.weight.absmax", "U8", {262144}),
                             tensor("w.weight.quant_map", "F32", {16})}) == 4096 * 4096);
    CHECK(stored_parameters({tensor("gate_up_proj_blocks", "U8", {32, 5760, 90, 16}),
                             tensor("gate_up_proj_scales", "U8", {32, 5760, 90})}) ==
          32 * 5760 * 2880);
    CHECK(stored_parameters({tensor("w.weight", "U8", {4096, 2048}),
                             tensor("w.weight_scale", "F8_E4M3", {4096, 256}),
                             tensor("w.weight_scale_2", "F32", {})}) == 4096 * 4096);
    CHECK(stored_parameters({tensor("w.weight", "F8_E4M3", {4096, 4096}),
                             tensor("w.weight_scale_inv", "F32", {32, 32})}) == 4096 * 4096);
    CHECK(stored_parameters({tensor("w.weight", "I8", {4096, 4096}),
                             tensor("w.SCB", "F32", {4096})}) == 4096 * 4096);
    CHECK(stored_parameters({tensor("w.weight_packed", "I32", {4096, 512}),
                             tensor("w.weight_shape", "I64", {2}),
                             tensor("w.weight_scale", "BF16", {4096, 32})}) == 4096 * 4096);
}
