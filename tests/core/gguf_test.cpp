// The header of a .gguf file, whole and broken; and what the answer to such a file says.

#include "core/formats/gguf.h"

#include "core/formats/json.h"
#include "core/model/weights.h"
#include "core/quantity/ggml.h"
#include "core/report/estimate.h"
#include "tests/core/catch.h"
#include "tests/core/gguf_writer.h"

using namespace tensorledger;

namespace {

GgufHeader read(const std::string& bytes, std::int64_t file_size = 0) {
    return read_gguf_header(bytes, file_size);
}

std::string refusal(const std::string& bytes, std::int64_t file_size = 0) {
    const GgufHeader header = read(bytes, file_size);
    REQUIRE(header.issues.size() == 1);
    CHECK(header.issues.front().message.back() == '.');
    return header.issues.front().code;
}

}  // namespace

TEST_CASE("the header of a GGUF file states its tensors, their bytes and the network") {
    const GgufHeader header = read(small_gguf());
    REQUIRE(header.issues.empty());
    CHECK(header.version == 3);
    CHECK(header.tensors.size() == 20);
    // 96·64 + 2·(2·64·64 + 2·32·64 + 3·64·128) matrix elements in blocks of 32 and 18 bytes, 5 norms of 64
    CHECK(header.bytes == Bytes((6144 + 2 * 36864) / 32 * 18 + 5 * 64 * 4));
    CHECK(header.elements == 6144 + 2 * 36864 + 5 * 64);
    CHECK(header.header_bytes % 32 == 0);
    CHECK(header.integer("llama.block_count") == 2);
    CHECK(header.find("tokenizer.ggml.tokens")->size == 3);

    const ModelOrIssues read_back = gguf_model(header);
    REQUIRE(read_back.model);
    const Model& model = *read_back.model;
    CHECK(model.hidden == 64);
    CHECK(model.vocab == 96);
    CHECK(model.tied_head);
    CHECK(model.decoder.layers.size() == 2);
    CHECK(model.decoder.layers.front().attention.kv_heads == 2);
    CHECK(count_parameters(model).total == header.elements);
}

TEST_CASE("values of every type are read, and lists of any length without keeping them") {
    using W = GgufWriter;
    GgufWriter file(0, 13);
    file.key("a", W::uint8).number(200, 1).key("b", W::int8).number(0xff, 1);
    file.key("c", W::uint16).number(60000, 2).key("d", W::int16).number(0xfffe, 2);
    file.entry("e", 4000000000u).key("f", W::int32).number(0xfffffffd, 4);
    file.entry("g", 0.5f).flag("h", true).entry("i", "text");
    file.key("j", W::uint64)
        .number(~std::uint64_t{0}, 8)
        .key("k", W::int64)
        .number(~std::uint64_t{0}, 8);
    file.key("l", W::float64).number(bits_of<std::uint64_t>(0.25), 8);
    file.entry("m", std::vector<std::int32_t>(5000, 7));
    const GgufHeader header = read(file.bytes());
    REQUIRE(header.issues.empty());
    CHECK(header.integer("a") == 200);
    CHECK(header.integer("b") == -1);
    CHECK(header.integer("c") == 60000);
    CHECK(header.integer("d") == -2);
    CHECK(header.integer("e") == 4000000000);
    CHECK(header.integer("f") == -3);
    CHECK(header.find("g")->real == Approx(0.5));
    CHECK(header.integer("h") == 1);
    CHECK(header.text("i") == "text");
    CHECK(header.integer("j") == Bytes::overflow().count());
    CHECK(header.integer("k") == -1);
    CHECK(header.find("l")->real == Approx(0.25));
    CHECK(header.find("m")->size == 5000);
    CHECK(header.find("m")->integers.size() < 5000);
    CHECK(header.find("m")->integers.back() == 7);
}

TEST_CASE("every ggml type has the block that a GGUF file means by its number") {
    CHECK(ggml_type(12) == DType::q4_k);
    CHECK(ggml_name(DType::iq2_xxs) == "IQ2_XXS");
    CHECK(ggml_type_named("bf16") == DType::bf16);
    CHECK_FALSE(ggml_type(4));
    CHECK_FALSE(ggml_type(43));
    CHECK(row_bytes(DType::q4_k, 512) == Bytes(288));
    CHECK(row_bytes(DType::nvfp4_64, 128) == Bytes(72));
}

TEST_CASE("a broken GGUF header is refused in a sentence, in bounded time and memory") {
    constexpr std::uint64_t huge = ~std::uint64_t{0};
    const std::string good = small_gguf();
    CHECK(refusal("") == "wrong-type");
    CHECK(refusal("GGU") == "wrong-type");
    CHECK(refusal("ggml" + good.substr(4)) == "wrong-type");
    CHECK(refusal(GgufWriter(0, 0, 1).bytes()) == "unknown");
    CHECK(refusal(GgufWriter(0, 0, 4).bytes()) == "unknown");
    CHECK(refusal(GgufWriter(0, 0, 0x03000000).bytes()) == "unknown");  // big-endian
    CHECK(refusal(GgufWriter(1000000, 0).bytes()) == "out-of-range");
    CHECK(refusal(GgufWriter(huge, huge).bytes()) == "out-of-range");
    CHECK(refusal(GgufWriter(1000, 0).bytes()) == "truncated");
    CHECK(refusal(GgufWriter(0, 1).number(huge, 8).bytes()) == "truncated");
    CHECK(refusal(GgufWriter(0, 1).number(huge, 8).bytes(), 32) == "out-of-range");
    CHECK(refusal(GgufWriter(0, 1).key("a", GgufWriter::text).number(huge, 8).bytes()) ==
          "truncated");
    CHECK(refusal(GgufWriter(0, 1).string("a").number(13, 4).number(0, 8).bytes()) == "unknown");
    CHECK(
        refusal(GgufWriter(0, 1).key("a", GgufWriter::list).number(4, 4).number(huge, 8).bytes()) ==
        "truncated");
    CHECK(refusal(GgufWriter(0, 1).key("a", GgufWriter::list).number(77, 4).number(1, 8).bytes()) ==
          "unknown");
    GgufWriter nested(0, 1);
    nested.key("a", GgufWriter::list);
    for (int i = 0; i < 1000; ++i) nested.number(GgufWriter::list, 4).number(1, 8);
    CHECK(refusal(nested.bytes()) == "unknown");
    CHECK(refusal(GgufWriter(0, 2).entry("a", 1u).entry("a", 2u).bytes()) == "duplicate");
    CHECK(refusal(GgufWriter(0, 1).entry("general.alignment", 7u).bytes()) == "out-of-range");
    CHECK(refusal(GgufWriter(2, 0).tensor("t", {32}, 0, 0).tensor("t", {32}, 0, 128).bytes()) ==
          "duplicate");
    CHECK(refusal(GgufWriter(1, 0).tensor("t", {1, 1, 1, 1, 1}, 0, 0).bytes()) == "out-of-range");
    CHECK(refusal(GgufWriter(1, 0).tensor("t", {32}, 4, 0).bytes()) == "unknown");
    CHECK(refusal(GgufWriter(1, 0).tensor("t", {33}, 2, 0).bytes()) == "contradiction");
    CHECK(refusal(GgufWriter(1, 0).tensor("t", {32}, 0, 64).bytes()) == "contradiction");
    CHECK(refusal(GgufWriter(1, 0).tensor("t", {1u << 31, 1u << 31, 1u << 31, 2}, 0, 0).bytes()) ==
          "too-large");
    CHECK(refusal(GgufWriter(1, 0).tensor("t", {huge, huge}, 0, 0).bytes()) == "too-large");
    CHECK(refusal(good, static_cast<std::int64_t>(good.size()) + 10) == "truncated");
    for (std::size_t length = 0; length < good.size(); ++length) {
        CHECK_FALSE(read(good.substr(0, length)).issues.empty());
    }
}

TEST_CASE("a header with any byte changed is read or refused, and the answer is JSON either way") {
    const std::string good = small_gguf();
    std::uint32_t state = 1;
    const auto random = [&state] { return state = state * 1664525u + 1013904223u; };
    for (int round = 0; round < 4000; ++round) {
        std::string broken = good;
        for (std::uint32_t i = 0; i <= random() % 3; ++i) {
            broken[random() % broken.size()] = static_cast<char>(random() >> 24);
        }
        const GgufHeader header = read(broken, static_cast<std::int64_t>(random() % 4096));
        CHECK(header.tensors.size() <= 20);
        if (round % 40 == 0) {
            CHECK(JsonDocument::parse(weights_json(broken, "a.gguf")).ok());
        }
    }
}

TEST_CASE("the answer to a GGUF file groups the tensors of its blocks") {
    const JsonDocument answer = JsonDocument::parse(weights_json(small_gguf(), "small.gguf"));
    REQUIRE(answer.ok());
    const JsonValue root = answer.root();
    CHECK(root.find("ok").as_boolean() == true);
    CHECK(root.find("kind").as_string() == "gguf");
    CHECK(root.find("model_type").as_string() == "llama");
    CHECK(root.find("params").find("total").as_integer() == 6144 + 2 * 36864 + 5 * 64);
    CHECK(root.find("bytes").as_integer() == (6144 + 2 * 36864) / 32 * 18 + 5 * 64 * 4);
    CHECK(root.find("tensors").size() == 11);
    CHECK(root.find("tensors").at(2).find("name").as_string() == "blk.{i}.attn_norm.weight");
    CHECK(root.find("tensors").at(2).find("count").as_integer() == 2);
    CHECK(root.find("config").find("hidden_size").as_integer() == 64);
}
