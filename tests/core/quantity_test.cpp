// Bytes are exact or refused; a dtype is a block of elements in a number of bytes.
#include "core/quantity/bytes.h"
#include "core/quantity/dtype.h"
#include "tests/core/catch.h"

using namespace tensorledger;

TEST_CASE("a product beyond 32 bits is exact, here and in wasm") {
    // 70,000 tokens attend to 70,000 tokens in 16 heads of 2-byte scores.
    CHECK((Bytes(2) * 70'000 * 70'000 * 16).count() == 156'800'000'000);
}

TEST_CASE("an overflow stays an overflow whatever is done with it") {
    const Bytes lost = Bytes(std::int64_t{1} << 62) * 4;
    CHECK(lost.is_overflow());
    CHECK((lost + Bytes(1)).is_overflow());
    CHECK((lost - lost).is_overflow());
    CHECK((Bytes(1) + lost * 0).is_overflow());
    CHECK(checked_product(std::int64_t{1} << 40, std::int64_t{1} << 40) ==
          Bytes::overflow().count());
}

TEST_CASE("sizes are exact in JSON below 2^53") {
    const std::int64_t limit = std::int64_t{1} << 53;
    CHECK(Bytes(limit - 1).is_exact_in_json());
    CHECK_FALSE(Bytes(limit).is_exact_in_json());
}

TEST_CASE("a part of a block takes a whole block") {
    CHECK(bytes_of(DType::bf16, 3).count() == 6);
    CHECK(bytes_of(DType::nf4, 3).count() == 2);
    CHECK(bytes_of(DType::q4_k, 256).count() == 144);
    CHECK(bytes_of(DType::q4_k, 257).count() == 288);
    CHECK(bytes_of(DType::q8_0, 0).count() == 0);
    CHECK(bytes_of(DType::q8_0, Bytes::overflow().count()).is_overflow());
}

TEST_CASE("every dtype is found by its own name") {
#define X(id, text, elements, bytes)           \
    CHECK(dtype_named(text) == DType::id);     \
    CHECK(info(DType::id).block_elements > 0); \
    CHECK(info(DType::id).block_bytes > 0);
    TENSORLEDGER_DTYPES(X)
#undef X
    CHECK_FALSE(dtype_named("fp7").has_value());
}
