// What a handle on a tensor means: a name. Names are as cheap as a word, and a graph of any depth is let go.

#include "core/profiles/torch/tape.h"

#include "tests/core/catch.h"

using namespace tensorledger;
using torch::Tape;
using torch::Tensor;

namespace {

const Dim kRows{4, "b"};
const Dim kColumns{8, "h"};
constexpr std::int64_t kBytes = 4 * 8 * 4;

}  // namespace

TEST_CASE("A tensor lives as long as a name refers to it", "[tape]") {
    Tape t;
    Tensor first = t.make("x", {kRows, kColumns}, DType::fp32);
    CHECK(t.live() == Bytes(kBytes));
    Tensor second = first;
    first.reset();
    CHECK(t.live() == Bytes(kBytes));
    second = t.make("y", {kRows, kColumns}, DType::fp32);
    CHECK(t.live() == Bytes(kBytes));
    Tensor moved = std::move(second);
    CHECK(t.live() == Bytes(kBytes));
    moved = Tensor();
    CHECK(t.live() == Bytes(0));
}

TEST_CASE("A view holds the storage that it looks at", "[tape]") {
    Tape t;
    Tensor x = t.make("x", {kRows, kColumns}, DType::fp32);
    Tensor turned = t.transpose(x, 0, 1);
    x.reset();
    CHECK(t.live() == Bytes(kBytes));
    CHECK(turned.size(0) == kColumns.size);
    CHECK_FALSE(turned.is_contiguous());
    turned.reset();
    CHECK(t.live() == Bytes(0));
}

TEST_CASE("An operand that is a temporary dies when the operation is done", "[tape]") {
    Tape t;
    t.grad_enabled = false;
    const Tensor y = t.scale(t.make("x", {kRows, kColumns}, DType::fp32));
    CHECK(t.live() == Bytes(kBytes));
    const Tensor z = t.scale(y);
    CHECK(t.live() == Bytes(2 * kBytes));
}

TEST_CASE("What is done in place to one name leaves the others as they were", "[tape]") {
    Tape t;
    const Tensor weight = t.parameter("weight", {kRows, kColumns}, DType::fp32);
    Tensor x = t.make("x", {kRows, kColumns}, DType::fp32);
    const Tensor other = x;
    t.add_in_place(x, weight);
    CHECK(x.requires_grad());
    CHECK_FALSE(other.requires_grad());
    CHECK(t.live() == Bytes(2 * kBytes));
}

TEST_CASE("An undefined tensor has no axes and needs no gradient", "[tape]") {
    const Tensor none;
    CHECK_FALSE(none.defined());
    CHECK(none.rank() == 0);
    CHECK_FALSE(none.requires_grad());
}

TEST_CASE("A graph of a hundred thousand operations is let go without running out of stack",
          "[tape]") {
    Tape t;
    const Tensor weight = t.parameter("weight", {kRows, kColumns}, DType::fp32);
    Tensor x = t.scale(weight);
    for (int turn = 0; turn < 100'000; ++turn) {
        x = t.scale(std::move(x));
    }
    t.backward(x);
    CHECK(t.live() == Bytes(3 * kBytes));  // the weight, its gradient, x
    x.reset();
    CHECK(t.live() == Bytes(2 * kBytes));
}
