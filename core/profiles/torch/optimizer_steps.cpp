// The temporaries of `optimizer.step()`, as each implementation's code makes them. A name of Python's is a
// Tensor here: it lives until it is bound anew or its function ends, and what is bound anew is made before
// the old value dies.

#include <algorithm>

#include "core/profiles/torch/optimizers.h"

namespace tensorledger::torch {

namespace {

/// The update of one weight: its size, and the types of what is trained.
struct Update {
    Tape& t;
    const Run& run;
    const TrainedWeight& weight;
    DType dtype;
    Dim size;  // elements

    Tensor make(const char* name) const { return t.make(name, {size}, dtype); }
    Tensor make(const char* name, DType type) const { return t.make(name, {size}, type); }
    Tensor make(const char* name, Dim dim, DType type) const { return t.make(name, {dim}, type); }
    Tensor make(const char* name, Dim rows, Dim columns, DType type) const {
        return t.make(name, {rows, columns}, type);
    }
    /// `x.float()`: nothing new where it is fp32 already.
    Tensor in_fp32(const char* name) const {
        return dtype == DType::fp32 ? Tensor() : make(name, DType::fp32);
    }
    Dim axis(int at) const { return {weight.shape[at].size, weight.shape[at].symbol}; }
    Dim shorter() const { return axis(weight.shape[0].size <= weight.shape[1].size ? 0 : 1); }
    Dim longer() const { return axis(weight.shape[0].size <= weight.shape[1].size ? 1 : 0); }
    /// Elements of the gradient's low-rank projection.
    Dim projected() const {
        const std::int64_t rank = std::min(run.optimizer_rank, shorter().size);
        return {checked_product(rank, longer().size), "rank × longer side"};
    }
};

/// Calls `update` for each weight in turn; of many equal ones the first two show what repeats.
template <class Function>
void each_weight(Tape& t, const Run& run, const TrainedWeights& weights, const Function& function) {
    for (const TrainedWeight& weight : weights) {
        const Update update{
            t, run, weight, trained_dtype(run, weight), {weight.elements(), "largest weight"}};
        for (std::int64_t turn = 0; turn < std::min<std::int64_t>(weight.times, 2); ++turn) {
            function(update);
        }
    }
}

/// A list of temporaries as large as all weights together (`torch._foreach_…`), one for each type.
void make_list(Tape& t, const Run& run, const TrainedWeights& weights, const char* name,
               std::vector<Tensor>& list) {
    for (const DType dtype : {DType::fp32, DType::bf16, DType::fp16}) {
        Bytes elements;
        for (const TrainedWeight& weight : weights) {
            if (trained_dtype(run, weight) == dtype) {
                elements += Bytes(weight.elements()) * weight.times;
            }
        }
        if (elements > Bytes(0)) {
            list.push_back(t.make(name, {{elements.count(), "P"}}, dtype));
        }
    }
}

void foreach_step(Tape& t, const Run& run, const TrainedWeights& weights) {
    std::vector<Tensor> lists;
    switch (listed_optimizer(run)) {
        case Optimizer::adamw:
            make_list(t, run, weights, "square roots of exp_avg_sq", lists);
            if (run.torch != TorchVersion::current) {
                make_list(t, run, weights, "denominators", lists);
            }
            break;
        case Optimizer::rmsprop:
            make_list(t, run, weights, "square roots of square_avg", lists);
            break;
        case Optimizer::adagrad:
            make_list(t, run, weights, "square roots of sum", lists);
            make_list(t, run, weights, "gradients times the learning rate", lists);
            break;
        default: break;  // SGD works in place
    }
}

void loop_step(Tape& t, const Run& run, const TrainedWeights& weights) {
    Tensor denominator;
    switch (listed_optimizer(run)) {
        case Optimizer::adamw:
            each_weight(t, run, weights, [&](const Update& u) {
                const Tensor root = u.make("square root of exp_avg_sq");
                denominator = u.make("denominator");
            });
            break;
        case Optimizer::rmsprop:
        case Optimizer::adagrad:
            each_weight(t, run, weights,
                        [&](const Update& u) { denominator = u.make("denominator"); });
            break;
        default: break;
    }
}

// --- Adafactor -------------------------------------------------------------------------------

/// transformers' Adafactor: half-precision gradients and weights are upcast one weight at a time.
void adafactor_step(Tape& t, const Run& run, const TrainedWeights& weights) {
    Tensor gradient, wide, update;
    each_weight(t, run, weights, [&](const Update& u) {
        gradient.reset();  // `grad = p.grad` binds the name anew before the upcast
        gradient = u.in_fp32("gradient in fp32");
        wide.reset();
        wide = u.in_fp32("weight in fp32");
        {
            const Tensor square = u.make("squared gradient", DType::fp32);
            update = u.make("update", DType::fp32);
        }
        if (u.weight.shape.rank >= 2) {
            const Tensor mean = u.make("mean over columns", u.axis(0), DType::fp32);
        }
        update = u.make("update", DType::fp32);
        const Tensor negative = u.make("negative update", DType::fp32);
    });
}

/// torch.optim.Adafactor, which loops unless it is told otherwise.
void torch_adafactor_step(Tape& t, const Run& run, const TrainedWeights& weights) {
    Tensor row_mean, column_mean, squared, estimate;
    each_weight(t, run, weights, [&](const Update& u) {
        if (u.weight.shape.rank >= 2) {
            const int last = u.weight.shape.rank - 1;
            const std::int64_t elements = u.weight.elements();
            const Dim rows{elements / u.weight.shape[last].size, "rows"};
            const Dim columns{elements / u.weight.shape[last - 1].size, "columns"};
            row_mean = u.make("row mean", rows, u.dtype);
            column_mean = u.make("column mean", columns, u.dtype);
        } else {
            squared = u.make("squared gradient");
        }
        estimate = u.make("variance estimate, then update");
    });
}

// --- Lion, Muon, SOAP ------------------------------------------------------------------------

void lion_step(Tape& t, const Run& run, const TrainedWeights& weights) {
    each_weight(t, run, weights, [&](const Update& u) {
        const Tensor clone = u.make("exp_avg times β");
        const Tensor update = u.make("update");
    });
}

/// The quintic Newton–Schulz iteration, in bfloat16, on the matrix with its shorter side first.
Tensor newton_schulz(const Update& u) {
    const Dim side = u.shorter();
    const auto square = [&](const char* name) { return u.make(name, side, side, DType::bf16); };
    const auto full = [&](const char* name) { return u.make(name, DType::bf16); };
    Tensor x = u.dtype == DType::bf16 ? Tensor() : full("X");
    x = full("X");
    Tensor a, b;
    for (int iteration = 0; iteration < 2; ++iteration) {  // of five equal ones
        a = square("A = X Xᵀ");
        {
            const Tensor first = square("b·A");
            Tensor scaled = square("c·A");
            const Tensor second = square("c·A·A");
            scaled.reset();
            b = square("B");
        }
        const Tensor scaled = full("a·X");
        const Tensor product = full("B X");
        x = full("X");
    }
    return x;
}

void muon_step(Tape& t, const Run& run, const TrainedWeights& weights) {
    Tensor update;
    each_weight(t, run, weights, [&](const Update& u) {
        if (u.weight.is_layer_matrix()) {
            update = newton_schulz(u);
            return;
        }
        { const Tensor square = u.make("squared gradient"); }
        const Tensor first = u.make("exp_avg, corrected");
        const Tensor second = u.make("exp_avg_sq, corrected");
        Tensor root = u.make("square root of exp_avg_sq");
        const Tensor denominator = u.make("denominator");
        root.reset();
        update = u.make("update");
    });
}

constexpr std::int64_t kLongestSide = 10000;  // that SOAP preconditions

/// Into the eigenbases or back: one product for each side that has a basis.
Tensor soap_project(const Update& u, const char* name) {
    Tensor result;
    for (int axis = 0; axis < u.weight.shape.rank; ++axis) {
        if (u.weight.shape[axis].size <= kLongestSide) {
            result = u.make(name);
        }
    }
    return result;
}

/// A step in which the eigenbases are computed anew (every tenth): power iteration and a QR of each side.
void soap_bases(const Update& u) {
    std::vector<Tensor> bases;
    Tensor ordered, power, q, r, reordered;
    for (int axis = 0; axis < u.weight.shape.rank; ++axis) {
        const Dim side = u.axis(axis);
        if (side.size > kLongestSide) {
            continue;
        }
        const auto square = [&](const char* name) { return u.make(name, side, side, DType::fp32); };
        {
            const Tensor left = square("Qᵀ GG");
            const Tensor both = square("Qᵀ GG Q");
        }
        reordered = u.make("exp_avg_sq, reordered");
        ordered = square("Q, reordered");
        power = square("GG Q");
        q = square("next Q");
        r = square("R of the QR decomposition");
        bases.push_back(q);
    }
}

void soap_step(Tape& t, const Run& run, const TrainedWeights& weights) {
    Tensor projected, denominator, norm, average;
    each_weight(t, run, weights, [&](const Update& u) {
        const bool matrix = u.weight.shape.rank >= 2;
        if (matrix) {
            projected = soap_project(u, "gradient in the eigenbases");
        }
        { const Tensor square = u.make("squared gradient"); }
        denominator = u.make("denominator");
        {
            Tensor quotient = u.make("exp_avg over denominator");
            if (matrix) {
                norm = soap_project(u, "update");
            } else {
                norm = std::move(quotient);
            }
        }
        if (!matrix) {
            return;
        }
        average = soap_project(u, "exp_avg, projected back");  // beside the state, till it is bound
        {
            Tensor outer;
            for (int axis = 0; axis < u.weight.shape.rank; ++axis) {
                if (u.weight.shape[axis].size <= kLongestSide) {
                    outer = u.make("outer product", u.axis(axis), u.axis(axis), DType::fp32);
                }
            }
            soap_bases(u);
        }
        average = soap_project(u, "exp_avg, projected");
    });
}

// --- Shampoo ---------------------------------------------------------------------------------

/// The sides of a weight's first block.
std::vector<Dim> block_sides(const Update& u) {
    const Shape sides = merged_sides(u.weight.shape, u.run.preconditioner_dim);
    std::vector<Dim> block;
    for (int axis = 0; axis < sides.rank; ++axis) {
        const std::int64_t side = std::min(sides[axis].size, u.run.preconditioner_dim);
        block.push_back({side, "side of a block"});
    }
    return block;
}

Dim block_elements(const std::vector<Dim>& sides) {
    std::int64_t elements = 1;
    for (const Dim& side : sides) {
        elements = checked_product(elements, side.size);
    }
    return {elements, "a block"};
}

/// The two factors of a block are symmetric and stored as triangles; whole ones are made where they are used. While
/// a triangle is read or written, its indices stand there in 64 bits.
struct Triangle {
    const Update& u;
    Dim side;

    Dim size() const { return {triangle(side.size), "side·(side+1)/2"}; }
    void index() const {
        const Tensor rows = u.make("rows of the triangle", size(), DType::int64);
        const Tensor columns = u.make("columns of the triangle", size(), DType::int64);
    }
    Tensor square(const char* name, DType dtype = DType::fp32) const {
        return u.make(name, side, side, dtype);
    }
    Tensor unpacked(const char* name) const {
        Tensor whole = square(name);
        index();
        return whole;
    }
    Tensor packed(const char* name, DType dtype) const {
        const Tensor rows = u.make("rows of the triangle", size(), DType::int64);
        const Tensor columns = u.make("columns of the triangle", size(), DType::int64);
        return u.make(name, size(), dtype);
    }
};

/// The inverse root of one factor, by its eigenvectors. What the eigensolver works in is cuSOLVER's and not listed.
void shampoo_root(const Triangle& factor, Tensor& corrected) {
    {
        const Tensor triangle = factor.u.make("factor, corrected", factor.size(), DType::fp32);
        corrected = factor.unpacked("factor, whole");
    }
    Tensor vectors;
    {
        Tensor identity = factor.square("identity");
        const Tensor ridge = factor.square("factor + ε");
        identity.reset();
        vectors = factor.square("eigenvectors");
    }
    Tensor scaled = factor.square("eigenvectors, scaled");
    const Tensor root = factor.square("inverse root");
    scaled.reset();
    vectors.reset();
    const Tensor triangle = factor.packed("inverse root, packed", DType::fp32);
}

/// A step of Distributed Shampoo, which computes the inverse roots anew (precondition_frequency is 1).
void shampoo_step(Tape& t, const Run& run, const TrainedWeights& weights) {
    std::vector<Tensor> products;
    each_weight(t, run, weights, [&](const Update& u) {
        std::vector<Tensor> made;
        for (const Dim& side : block_sides(u)) {
            const Triangle factor{u, side};
            const Tensor whole = factor.square("outer product", u.dtype);
            made.push_back(factor.packed("outer product, packed", u.dtype));
        }
        products = std::move(made);
    });
    products.clear();
    each_weight(t, run, weights, [&](const Update& u) {
        Tensor corrected;
        for (const Dim& side : block_sides(u)) {
            shampoo_root({u, side}, corrected);
        }
    });
    std::vector<Tensor> lists;
    make_list(t, run, weights, "filtered gradients, corrected", lists);
    each_weight(t, run, weights, [&](const Update& u) {
        const std::vector<Dim> sides = block_sides(u);
        const Dim block = block_elements(sides);
        std::vector<Tensor> roots;
        roots.reserve(sides.size());
        for (const Dim& side : sides) {
            roots.push_back(Triangle{u, side}.unpacked("inverse root, whole"));
        }
        const bool widened = u.dtype != DType::fp32;
        Tensor direction = widened ? u.make("a block in fp32", block, DType::fp32) : Tensor();
        for (std::uint32_t side = 0; side < sides.size(); ++side) {
            direction = u.make("a block, preconditioned", block, DType::fp32);
        }
    });
    make_list(t, run, weights, "search directions", lists);
    if (run.grafting) {
        std::vector<Tensor> grafted;
        make_list(t, run, weights, "second moment, corrected", grafted);
        make_list(t, run, weights, "Adam's directions", grafted);
    }
}

// --- low-rank projections --------------------------------------------------------------------

/// Adam without fused kernels, as GaLore and APOLLO have it: on the gradient or on its projection.
struct LowRankAdam {
    Tensor gradient, denominator, norm;

    void operator()(const Update& u, Dim size) {
        denominator = u.make("denominator", size, u.dtype);
        norm = u.make("exp_avg over denominator", size, u.dtype);
    }
};

/// A step in which the projectors are computed anew (every 200th): a singular value decomposition in fp32.
void galore_step(Tape& t, const Run& run, const TrainedWeights& weights) {
    LowRankAdam adam;
    each_weight(t, run, weights, [&](const Update& u) {
        adam.gradient.reset();
        if (!u.weight.is_layer_matrix()) {
            adam(u, u.size);
            return;
        }
        {
            const Tensor matrix = u.in_fp32("gradient in fp32");
            const Dim side = u.shorter();
            const Tensor left = u.make("U", u.axis(0), side, DType::fp32);
            const Tensor values = u.make("singular values", side, DType::fp32);
            const Tensor right = u.make("Vᵀ", side, u.axis(1), DType::fp32);
            const Tensor copy = u.make("matrix that the decomposition overwrites", DType::fp32);
        }
        adam.gradient = u.make("projected gradient", u.projected(), u.dtype);
        adam(u, u.projected());
        const Tensor full = u.make("update");
        adam.norm = u.make("update, scaled");
    });
}

void apollo_step(Tape& t, const Run& run, const TrainedWeights& weights) {
    LowRankAdam adam;
    Tensor scaled;
    each_weight(t, run, weights, [&](const Update& u) {
        adam.gradient.reset();
        if (!u.weight.is_layer_matrix()) {
            adam(u, u.size);
            return;
        }
        // The random projector is drawn anew every 200th step, beside a copy of the gradient in fp32.
        { const Tensor matrix = u.in_fp32("gradient in fp32"); }
        adam.gradient = u.make("projected gradient", u.projected(), u.dtype);
        adam(u, u.projected());
        scaled = u.make("scaled gradient");
        scaled = u.make("scaled gradient, limited");
        adam.norm = scaled;
    });
}

// --- inside the backward ---------------------------------------------------------------------

/// The gradient in fp32; the weight's own is dropped then (`p.grad = None`).
Tensor upcast_gradient(Tape& t, const Update& u) {
    Tensor gradient = u.in_fp32("gradient in fp32");
    if (gradient.defined()) {
        t.drop_gradients();
    }
    return gradient;
}

/// LOMO: the weight and its gradient in fp32.
void lomo_step(Tape& t, const Run& run, const TrainedWeights& weights) {
    each_weight(t, run, weights, [&](const Update& u) {
        const Tensor gradient = upcast_gradient(t, u);
        const Tensor weight = u.in_fp32("weight in fp32");
    });
}

void adalomo_step(Tape& t, const Run& run, const TrainedWeights& weights) {
    each_weight(t, run, weights, [&](const Update& u) {
        const Tensor gradient = upcast_gradient(t, u);
        Tensor update;
        {
            const Tensor square = u.make("squared gradient", DType::fp32);
            update = u.make("update", DType::fp32);
        }
        update = u.make("update", DType::fp32);
        const Tensor weight = u.in_fp32("weight in fp32");
    });
}

void torch_step(Tape& t, const Run& run, const TrainedWeights& weights) {
    if (run.optimizer == Optimizer::adafactor) {
        torch_adafactor_step(t, run, weights);
        return;
    }
    switch (implementation(run)) {
        case OptimizerImpl::foreach: foreach_step(t, run, weights); break;
        case OptimizerImpl::loop: loop_step(t, run, weights); break;
        case OptimizerImpl::fused: break;
    }
}

}  // namespace

void optimizer_step(Tape& t, const Run& run, const TrainedWeights& weights) {
    auto scope = t.module("optimizer", optimizer_source(run), Group::optimizer);
    Tensor wide, found_inf, inverse_scale;
    if (run.loss_scaling()) {
        auto scaler = t.module("GradScaler", "pytorch:torch/amp/grad_scaler.py");
        found_inf = t.make("found_inf", {{1, "1"}}, DType::fp32);
        inverse_scale = t.make("inverse scale", {{1, "1"}}, DType::fp32);
    }
    if (run.recipe.master) {
        wide = t.make("gradients in fp32", {{elements_of(weights), "P"}}, *run.recipe.master);
    }
    if (run.optimizer == Optimizer::badam) {
        t.drop_gradients();  // each is freed once it is upcast
    }
    switch (run.optimizer_library) {
        case OptimizerLibrary::pytorch: torch_step(t, run, stepped_on_device(run, weights)); return;
        case OptimizerLibrary::transformers: adafactor_step(t, run, weights); return;
        case OptimizerLibrary::bitsandbytes:  // one kernel a weight, in place
        case OptimizerLibrary::torchao:       // compiled: intermediates stay in registers
            return;
        case OptimizerLibrary::automatic: break;
    }
    switch (run.optimizer) {
        case Optimizer::lion: lion_step(t, run, weights); break;
        case Optimizer::muon: muon_step(t, run, weights); break;
        case Optimizer::soap: soap_step(t, run, weights); break;
        case Optimizer::shampoo: shampoo_step(t, run, weights); break;
        case Optimizer::galore: galore_step(t, run, weights); break;
        case Optimizer::apollo: apollo_step(t, run, weights); break;
        case Optimizer::lomo: lomo_step(t, run, weights); break;
        case Optimizer::adalomo: adalomo_step(t, run, weights); break;
        default: break;
    }
}

}  // namespace tensorledger::torch
