// Losses that never hold all logits at once.
//
// Chunked: torchtune's CEWithChunkedOutputLoss. The head runs on pieces of the sequence and each piece's logits
// are widened by themselves, so that the fp32 copy is one piece's; the log-probabilities of all pieces are kept.
// Fused: Liger's fused linear cross-entropy. The head and the loss run on pieces of the tokens, and the gradients
// of the head's input and weight are computed in the forward; nothing else is kept.

#include <algorithm>

#include "core/profiles/hf/blocks.h"

namespace tensorledger::hf {

namespace {

constexpr const char* kChunked = "torchtune:torchtune/modules/loss/ce_chunked_output_loss.py";
constexpr const char* kFused = "liger:src/liger_kernel/ops/fused_linear_cross_entropy.py";

std::int64_t divided_up(std::int64_t value, std::int64_t by) { return (value + by - 1) / by; }

Tensor shifted_labels(Context& c) {
    Tape& t = c.t;
    const Tensor padded = t.make("padded labels", {c.b, {c.s.size + 1, "s+1"}}, DType::int64);
    return t.contiguous(t.slice(padded, 1, c.s), "shifted labels");
}

/// `torch.chunk` along the sequence.
std::vector<Dim> chunks_of(const Context& c) {
    const std::int64_t length = divided_up(c.s.size, c.run.loss_chunks);
    std::vector<Dim> chunks;
    for (std::int64_t rest = c.s.size; rest > 0; rest -= length) {
        chunks.push_back({std::min(rest, length), "s/chunks"});
    }
    return chunks;
}

Tensor chunked_loss(Context& c, const Tensor& hidden, const Linear& head) {
    auto scope = c.t.module("loss", kChunked, Group::logits);
    Tape& t = c.t;
    const std::vector<Dim> lengths = chunks_of(c);
    std::vector<Tensor> logits;
    {
        const std::vector<Tensor> parts = t.split(hidden, 1, lengths);
        for (const Tensor& part : parts) {
            logits.push_back(head(c, part));
        }
    }
    const Tensor labels = shifted_labels(c);
    Tensor total;
    for (std::uint32_t index = 0; index < lengths.size(); ++index) {
        const Dim rows{checked_product(c.b.size, lengths[index].size), "b·s/chunks"};
        const Tensor targets =
            t.reshape(t.slice(labels, 1, lengths[index]), {rows}, "labels of a chunk");
        const Tensor flat = t.reshape(logits[index], {rows, c.v}, "logits of a chunk");
        Tensor loss = c.run.compiled_loss
                          ? compiled_cross_entropy(c, flat, targets)
                          : t.cross_entropy(t.to(flat, DType::fp32, "logits of a chunk in fp32"),
                                            targets, "log-probabilities of a chunk");
        total = total.defined() ? t.add(std::move(total), std::move(loss), "sum of losses")
                                : std::move(loss);
    }
    return t.scale(std::move(total), "mean loss");
}

/// What a chunk of tokens allocates while its gradients are computed.
void fused_chunk(Context& c, const Tensor& tokens, const Linear& head, Dim chunk) {
    Tape& t = c.t;
    const DType compute = t.autocast ? *t.autocast : tokens.dtype();
    const Tensor logits = t.linear(t.slice(tokens, 0, chunk), head.weight, {}, "logits of a chunk");
    {
        const bool in_place =
            !t.autocast;  // torch.mm(..., out=...), which autocast would not cast for
        const Tensor gradient =
            in_place ? Tensor() : t.make("gradient of a chunk's input", {chunk, c.h}, compute);
    }
    if (!head.weight.requires_grad() ||
        (head.weight.dtype() == compute && compute != DType::fp32)) {
        return;  // addmm(out=...) adds to the gradient
    }
    const Tensor product = t.make("a chunk's part of the weight's gradient", {c.v, c.h}, compute);
    const Tensor wide = t.to(product, DType::fp32, "the same in fp32");
}

Tensor fused_loss(Context& c, const Tensor& hidden, const Linear& head) {
    auto scope = c.t.module("loss", kFused, Group::logits);
    Tape& t = c.t;
    const Tensor labels = shifted_labels(c);
    const Dim rows{checked_product(c.b.size, c.s.size), "b·s"};
    const Tensor tokens = t.view(hidden, {rows, c.h});
    const std::int64_t pieces = divided_up(c.v.size, c.h.size);
    std::int64_t length = 1;
    while (length < divided_up(rows.size, pieces)) {
        length *= 2;
    }
    const Dim chunk{std::min(length, rows.size), "tokens of a chunk"};
    // The gradients that the forward makes, and the backward hands on.
    struct Gradients {
        Tensor input;
        Tensor weight;
    };
    const auto made = std::make_shared<Gradients>();
    const bool recorded = std::exchange(t.grad_enabled, false);
    {
        auto group = t.module("", nullptr, Group::activations);
        made->input = t.make("gradient of the head's input", {rows, c.h}, tokens.dtype());
    }
    if (head.weight.requires_grad()) {
        auto group = t.module("", nullptr, Group::gradients);
        made->weight = t.make("gradient of the head's weight", {c.v, c.h}, head.weight.dtype());
    }
    {
        const Tensor losses = t.make("loss of each token", {rows}, DType::fp32);
        const Tensor counted = t.make("tokens that count", {rows}, DType::boolean);
        fused_chunk(c, tokens, head, chunk);
    }
    t.grad_enabled = recorded;
    std::vector<Tensor> kept = {made->input};
    if (made->weight.defined()) {
        kept.push_back(made->weight);
    }
    return t.custom(
        {&tokens, &head.weight}, kept, Shape{}, DType::fp32,
        [made](Tape&, std::vector<Tensor>&) {
            return std::vector<Tensor>{std::move(made->input), std::move(made->weight)};
        },
        "loss");
}

}  // namespace

Tensor compiled_cross_entropy(Context& c, const Tensor& logits, const Tensor& labels) {
    Tape& t = c.t;
    const Dim rows{logits.size(0), logits.dim(0).symbol};
    const bool recorded = std::exchange(t.grad_enabled, false);
    const Tensor largest = t.make("largest logit of each token", {rows}, DType::fp32);
    const Tensor sums = t.make("sum of exponentials of each token", {rows}, DType::fp32);
    t.grad_enabled = recorded;
    const Shape shape = logits.shape();
    const DType dtype = logits.dtype();
    return t.custom(
        {&logits}, {logits, labels, largest, sums}, Shape{}, DType::fp32,
        [shape, dtype](Tape& tape, std::vector<Tensor>&) {
            return std::vector<Tensor>{tape.make("gradient of the logits", shape, dtype)};
        },
        "loss");
}

bool sparing_loss_fits(const Linear& head) {
    return !head.bias.defined() && !head.adapter.active() && head.weight.defined();
}

Tensor sparing_loss(Context& c, const Tensor& hidden, const Linear& head) {
    c.has_own_loss = false;
    return c.run.loss == Loss::chunked ? chunked_loss(c, hidden, head)
                                       : fused_loss(c, hidden, head);
}

}  // namespace tensorledger::hf
