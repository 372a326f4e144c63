// scaled_dot_product_attention: which kernel CUDA chooses, and what each one allocates and keeps.
// Source: PyTorch 2.6, aten/src/ATen/native/transformers/{attention.cpp,cuda/sdp_utils.cpp}.

#include "core/profiles/torch/tape.h"

namespace tensorledger::torch {

namespace {

Shape with_last_two(const Shape& like, Dim rows, Dim columns) {
    Shape shape = like;
    shape.dims[static_cast<std::uint8_t>(shape.rank - 2)] = rows;
    shape.dims[static_cast<std::uint8_t>(shape.rank - 1)] = columns;
    return shape;
}

Shape shape_of(std::initializer_list<Dim> dims) {
    Shape shape;
    for (const Dim& dim : dims) {
        shape.append(dim);
    }
    return shape;
}

/// Rows of sums over packed sequences: the tokens, and 128 more for each sequence.
std::int64_t packed_rows(std::int64_t tokens, std::int64_t sequences) {
    std::int64_t rows = 0;
    return __builtin_add_overflow(tokens, 128 * sequences, &rows) ? tokens : rows;
}

bool is_half(DType dtype) { return dtype == DType::bf16 || dtype == DType::fp16; }

}  // namespace

AttentionKernel attention_kernel(const Tensor& query, const Tensor& key, const Tensor& value,
                                 bool has_mask, bool grouped) {
    const std::int64_t head = query.size(-1);
    const std::int64_t value_head = value.size(-1);
    const bool equal_heads = query.size(1) == key.size(1);
    const bool grouping_allowed = equal_heads || grouped;
    if (!has_mask && is_half(query.dtype()) && head == value_head && head == key.size(-1) &&
        head <= 256 && grouping_allowed) {
        return AttentionKernel::flash;
    }
    const std::int64_t alignment = is_half(query.dtype()) ? 8 : 4;
    if (equal_heads && head % alignment == 0 && value_head % alignment == 0) {
        return AttentionKernel::efficient;
    }
    return AttentionKernel::math;
}

Tensor Tape::sdpa(Operand query, Operand key, Operand value, const Tensor& mask,
                  AttentionOptions options) {
    uses_sdpa = true;
    const Tensor q = autocast_operand(*query);
    const Tensor k = autocast_operand(*key);
    const Tensor v = autocast_operand(*value);
    const AttentionKernel kernel = attention_kernel(q, k, v, mask.defined(), options.grouped);
    Tensor additive = mask.defined() ? autocast_operand(mask) : Tensor();
    if (additive.defined() && additive.dtype() == DType::boolean) {
        // A boolean mask becomes an additive one of the query's type at every call.
        Tensor converted = allocate("additive mask", mask.shape(), q.dtype());
        const Tensor inverse = allocate("inverted mask", mask.shape(), DType::boolean);
        additive = std::move(converted);
    }
    Tensor result;
    switch (kernel) {
        case AttentionKernel::flash: result = flash(q, k, v, options); break;
        case AttentionKernel::efficient: result = efficient(q, k, v, additive, options); break;
        case AttentionKernel::math: result = math_attention(q, k, v, additive, options); break;
    }
    query.done();
    key.done();
    value.done();
    return result;
}

Tensor Tape::flash(const Tensor& q, const Tensor& k, const Tensor& v,
                   const AttentionOptions& options) {
    (void)options;
    // The kernel wants head sizes in multiples of 8: the operands are padded, the result is cut.
    const std::int64_t head = q.size(-1);
    if (head % 8 != 0) {
        const Dim padded{(head + 7) / 8 * 8, "d padded to 8"};
        const Tensor pq = pad_last(q, padded, "padded query");
        const Tensor pk = pad_last(k, padded, "padded key");
        const Tensor pv = pad_last(v, padded, "padded value");
        return slice(flash(pq, pk, pv, options), -1, q.dim(-1));
    }
    const std::int32_t node = new_node(Op::flash_attention, {&q, &k, &v});
    keep(node, q);
    keep(node, k);
    keep(node, v);
    // The output is laid out as the query is, seen as [b, s, a, d].
    const Tensor by_token = transposed(q);
    Tensor result = product([&] {
        return transposed(
            layout("attention output", by_token.shape(), q.dtype(), &by_token, nullptr));
    });
    Shape rows = q.shape();
    rows.rank = 3;
    const Tensor lse = product([&] { return allocate("logsumexp", rows, DType::fp32); });
    const Tensor seed = allocate("philox seed", Shape{}, DType::int64);
    const Tensor offset = allocate("philox offset", Shape{}, DType::int64);
    attach(result, node);
    keep(node, result);
    keep(node, lse);
    keep(node, seed);
    keep(node, offset);
    return result;
}

Tensor Tape::efficient(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask,
                       const AttentionOptions& options) {
    (void)options;
    Tensor bias = mask;
    if (bias.defined()) {
        const std::int64_t columns = bias.size(-1);
        if (columns % 16 != 0) {
            // Rows of the mask have to start on 16 elements: padded, then seen through a slice.
            const Dim padded{(columns + 15) / 16 * 16, "s padded to 16"};
            bias = slice(pad_last(bias, padded, "padded mask"), -1, mask.dim(-1));
        }
        bias = expand(std::move(bias), {q.dim(0), q.dim(1), q.dim(2), k.dim(2)});
    }
    const std::int32_t node = new_node(Op::efficient_attention, {&q, &k, &v, &bias});
    keep(node, q);
    keep(node, k);
    keep(node, v);
    if (bias.defined()) {
        keep(node, bias);
    }
    Shape memory = q.shape();
    std::swap(memory.dims[1], memory.dims[2]);
    memory.dims[3] = v.dim(-1);
    Tensor result =
        product([&] { return transposed(allocate("attention output", memory, q.dtype())); });
    const bool needs_grad =
        grad_enabled && (q.requires_grad() || k.requires_grad() || v.requires_grad());
    Shape rows = q.shape();
    rows.rank = 3;
    rows.dims[2] = needs_grad ? Dim{(q.size(2) + 31) / 32 * 32, "⌈s⌉32"} : Dim{0, "0"};
    const Tensor lse = allocate("logsumexp", rows, DType::fp32);
    const Tensor seed = allocate("philox seed", Shape{}, DType::int64);
    const Tensor offset = allocate("philox offset", Shape{}, DType::int64);
    attach(result, node);
    keep(node, result);
    keep(node, lse);
    keep(node, seed);
    keep(node, offset);
    return result;
}

Tensor Tape::math_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask,
                            const AttentionOptions& options) {
    const DType origin = q.dtype();
    const bool widen = is_half(origin);
    const Tensor query_wide = widen ? to(q, DType::fp32, "fp32 query") : q;
    const Tensor key_wide = widen ? to(k, DType::fp32, "fp32 key") : k;
    const Tensor value_wide = widen ? to(v, DType::fp32, "fp32 value") : v;
    const Tensor query = scale(query_wide, "scaled query");
    Tensor additive = mask;
    if (options.causal) {
        Shape square = with_last_two(Shape{{}, 2}, q.dim(-2), k.dim(-2));
        const Tensor ones = allocate("ones", square, DType::boolean);
        const Tensor triangle = allocate("causal mask", square, DType::boolean);
        Tensor converted = allocate("additive causal mask", square, query.dtype());
        const Tensor inverse = allocate("inverted mask", square, DType::boolean);
        additive = std::move(converted);
    }
    const auto repeated = [&](const Tensor& x, const char* name) {
        const Dim groups{q.size(1) / x.size(1), "a/k"};
        if (groups.size == 1) {
            return x;
        }
        Tensor wide = expand(unsqueeze(x, 2), {x.dim(0), x.dim(1), groups, x.dim(2), x.dim(3)});
        return view(clone(std::move(wide), name), [&] {
            Shape shape = x.shape();
            shape.dims[1] = q.dim(1);
            return shape;
        }());
    };
    const Tensor key = repeated(key_wide, "repeated key");
    const Tensor value = repeated(value_wide, "repeated value");
    Tensor scores = matmul(query, scale(transpose(key, -2, -1), "scaled key"), "scores");
    if (additive.defined()) {
        if (!subclass_semantics) {
            // Added in place.
            const std::int32_t node = new_node(Op::add, {&scores});
            attach(scores, node);
        } else {
            scores = add(std::move(scores), additive, "masked scores");
        }
    }
    // _safe_softmax: a row without any finite score is zero. One node keeps the result alone; a
    // recorder sees one operation and not what it makes inside.
    const std::int32_t node = new_node(Op::softmax, {&scores});
    Tensor softened;
    Tensor masked;
    Tensor masked_rows;
    if (!subclass_semantics) {
        softened = allocate("softmax before safety", scores.shape(), scores.dtype());
        masked = allocate("masked", scores.shape(), DType::boolean);
        Shape rows = scores.shape();
        rows.dims[3] = Dim{1, "1"};
        masked_rows = allocate("masked rows", rows, DType::boolean);
    }
    Tensor weights = allocate("attention weights", scores.shape(), scores.dtype());
    attach(weights, node);
    keep(node, weights);
    softened.reset();
    masked.reset();
    masked_rows.reset();
    scores.reset();
    weights = dropout(std::move(weights), options.dropout, "attention dropout");
    Tensor result = matmul(weights, value, "attention output");
    return to(std::move(result), origin, "attention output in the model's type");
}

Tensor Tape::transposed(const Tensor& memory) {
    Shape shape = memory.shape();
    Strides stride = memory.stride();
    std::swap(shape.dims[1], shape.dims[2]);
    std::swap(stride[1], stride[2]);
    return alias(memory, shape, stride);
}

Tensor Tape::pad_last(const Tensor& x, Dim padded, const char* name) {
    const std::int32_t node = new_node(Op::pad, {&x});
    Shape shape = x.shape();
    shape.dims[static_cast<std::uint8_t>(shape.rank - 1)] = padded;
    Tensor result = allocate(name, shape, x.dtype());
    attach(result, node);
    return result;
}

// flash-attn 2, csrc/flash_attn/flash_api.cpp and flash_attn/flash_attn_interface.py: no scores are stored; the
// backward adds the query's gradient up in fp32, with sequences rounded to 128 and heads to 32 or 64, and writes
// the gradients of shared keys and values for every query head first.
Tensor Tape::flash_attn(Operand query, Operand key, Operand value, std::int64_t packed) {
    const std::int64_t head = query->size(-1);
    const std::int64_t eighth = (head + 7) / 8 * 8;
    const Dim padded{eighth, "d padded to 8"};
    const Tensor q = head == eighth ? *query : pad_last(*query, padded, "padded query");
    const Tensor k = head == eighth ? *key : pad_last(*key, padded, "padded key");
    const Tensor v = head == eighth ? *value : pad_last(*value, padded, "padded value");
    const Dim width = query->dim(-1);
    query.done();
    key.done();
    value.done();
    const std::int32_t node = new_node(Op::custom, {&q, &k, &v});
    keep(node, q);
    keep(node, k);
    keep(node, v);
    Tensor result =
        product([&] { return layout("attention output", q.shape(), q.dtype(), &q, nullptr); });
    const bool by_sequence = packed == 0;
    const Dim heads = q.dim(-2);
    const Shape rows =
        by_sequence ? shape_of({q.dim(0), heads, q.dim(1)}) : shape_of({heads, q.dim(0)});
    const Tensor lse = product([&] { return allocate("logsumexp", rows, DType::fp32); });
    const Tensor state = allocate("random state", shape_of({Dim{2, "2"}}), DType::int64);
    const auto rounded = [](std::int64_t size, std::int64_t to) {
        return (size + to - 1) / to * to;
    };
    const Dim head_rounded{rounded(eighth, eighth <= 128 ? 32 : 64), "d rounded"};
    const Dim tokens = by_sequence ? Dim{rounded(q.size(1), 128), "⌈s⌉128"}
                                   : Dim{packed_rows(q.size(0), packed), "b·s + 128·b"};
    const Shape sums = by_sequence ? shape_of({q.dim(0), tokens, heads, head_rounded})
                                   : shape_of({tokens, heads, head_rounded});
    const Shape softmax =
        by_sequence ? shape_of({q.dim(0), heads, tokens}) : shape_of({heads, tokens});
    const Shape query_shape = q.shape();
    const Shape key_shape = k.shape();
    const DType dtype = q.dtype();
    Shape shared_shape = key_shape;
    shared_shape.dims[static_cast<std::uint8_t>(key_shape.rank - 2)] = heads;
    const bool grouped = key_shape.elements() != shared_shape.elements();
    if (node >= 0) {
        node_at(node).custom = static_cast<std::int32_t>(customs_.size());
        customs_.emplace_back([=](Tape& t, std::vector<Tensor>&) {
            std::vector<Tensor> grads;
            grads.push_back(t.make("grad of the query", query_shape, dtype));
            grads.push_back(t.make("grad of the key", key_shape, dtype));
            grads.push_back(t.make("grad of the value", key_shape, dtype));
            const Tensor sum = t.make("softmax_d", softmax, DType::fp32);
            const Tensor wide = t.make("dq_accum", sums, DType::fp32);
            if (grouped) {
                const Tensor keys = t.make("dk_expanded", shared_shape, dtype);
                const Tensor values = t.make("dv_expanded", shared_shape, dtype);
            }
            return grads;
        });
    }
    attach(result, node);
    keep(node, result);
    keep(node, lse);
    keep(node, state);
    return head == eighth ? result : slice(std::move(result), -1, width);
}

}  // namespace tensorledger::torch
