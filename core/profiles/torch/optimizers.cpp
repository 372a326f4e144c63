#include "core/profiles/torch/optimizers.h"

#include <algorithm>
#include <array>

namespace tensorledger::torch {

namespace {

/// Which of the trained weights have a state.
enum class Which : std::uint8_t {
    all,
    matrices,        // of two dimensions or more
    vectors,         // of one
    layer_matrices,  // of two, in a layer
    others,          // all but those
    low_bit,         // large enough to be stored in few bits
    full_bit,        // not so
    paged,           // so large that a paged optimizer hands them to the driver
};

/// How many elements the state of a weight has.
enum class Count : std::uint8_t {
    elements,      // of the weight
    pairs,         // of elements: two codes of 4 bits in a byte
    blocks,        // of elements: each has a scale
    rows,          // all dimensions but the last
    columns,       // all but the last but one
    one,           // for each weight
    codes_8,       // a table of 256 numbers for each weight
    codes_4,       // of 16
    shared_codes,  // a table of 256 for all weights together
    projected,     // the gradient's low-rank projection
    projector,     // the matrix that projects it
    squares,       // a square matrix for each side of at most 10,000
    triangles,     // half a square, with its diagonal, for each side of every block
};

enum class Type : std::uint8_t { trained, fp32, uint8, fp8 };

/// One state of one optimizer.
struct StateRow {
    Optimizer optimizer;
    OptimizerLibrary library;  // `automatic`: whichever
    const char* name;
    Which which;
    Count count;
    Type type;
    std::string_view symbol;  // of its elements, summed over the weights
};

using enum Optimizer;
constexpr auto any = OptimizerLibrary::automatic;
constexpr auto torch_optim = OptimizerLibrary::pytorch;
constexpr auto bnb = OptimizerLibrary::bitsandbytes;
constexpr auto ao = OptimizerLibrary::torchao;
constexpr auto hf = OptimizerLibrary::transformers;

// clang-format off
constexpr StateRow state_rows[] = {
    // optimizer   library      name                     which                  count                type           symbol
    {adamw,        torch_optim, "exp_avg",               Which::all,            Count::elements,     Type::trained, "P"},
    {adamw,        torch_optim, "exp_avg_sq",            Which::all,            Count::elements,     Type::trained, "P"},
    {sgd_momentum, torch_optim, "momentum_buffer",       Which::all,            Count::elements,     Type::trained, "P"},
    {rmsprop,      torch_optim, "square_avg",            Which::all,            Count::elements,     Type::trained, "P"},
    {adagrad,      torch_optim, "sum",                   Which::all,            Count::elements,     Type::trained, "P"},

    {adamw,        bnb,         "state1",                Which::all,            Count::elements,     Type::fp32,    "P"},
    {adamw,        bnb,         "state2",                Which::all,            Count::elements,     Type::fp32,    "P"},
    {lion,         bnb,         "state1",                Which::all,            Count::elements,     Type::fp32,    "P"},
    {adamw_8bit,   bnb,         "state1",                Which::low_bit,        Count::elements,     Type::uint8,   "P of large weights"},
    {adamw_8bit,   bnb,         "state2",                Which::low_bit,        Count::elements,     Type::uint8,   "P of large weights"},
    {adamw_8bit,   bnb,         "absmax1",               Which::low_bit,        Count::blocks,       Type::fp32,    "blocks of 256"},
    {adamw_8bit,   bnb,         "absmax2",               Which::low_bit,        Count::blocks,       Type::fp32,    "blocks of 256"},
    {adamw_8bit,   bnb,         "qmap1",                 Which::low_bit,        Count::shared_codes, Type::fp32,    "256"},
    {adamw_8bit,   bnb,         "qmap2",                 Which::low_bit,        Count::shared_codes, Type::fp32,    "256"},
    {adamw_8bit,   bnb,         "state1 of small ones",  Which::full_bit,       Count::elements,     Type::fp32,    "P of small weights"},
    {adamw_8bit,   bnb,         "state2 of small ones",  Which::full_bit,       Count::elements,     Type::fp32,    "P of small weights"},
    {lion_8bit,    bnb,         "state1",                Which::low_bit,        Count::elements,     Type::uint8,   "P of large weights"},
    {lion_8bit,    bnb,         "absmax1",               Which::low_bit,        Count::blocks,       Type::fp32,    "blocks of 256"},
    {lion_8bit,    bnb,         "qmap1",                 Which::low_bit,        Count::shared_codes, Type::fp32,    "256"},
    {lion_8bit,    bnb,         "state1 of small ones",  Which::full_bit,       Count::elements,     Type::fp32,    "P of small weights"},

    {adamw_8bit,   ao,          "exp_avg codes",         Which::low_bit,        Count::elements,     Type::uint8,   "P of large weights"},
    {adamw_8bit,   ao,          "exp_avg scale",         Which::low_bit,        Count::blocks,       Type::fp32,    "blocks of 256"},
    {adamw_8bit,   ao,          "exp_avg qmap",          Which::low_bit,        Count::codes_8,      Type::fp32,    "256 a weight"},
    {adamw_8bit,   ao,          "exp_avg_sq codes",      Which::low_bit,        Count::elements,     Type::uint8,   "P of large weights"},
    {adamw_8bit,   ao,          "exp_avg_sq scale",      Which::low_bit,        Count::blocks,       Type::fp32,    "blocks of 256"},
    {adamw_8bit,   ao,          "exp_avg_sq qmap",       Which::low_bit,        Count::codes_8,      Type::fp32,    "256 a weight"},
    {adamw_8bit,   ao,          "exp_avg of others",     Which::full_bit,       Count::elements,     Type::trained, "P of other weights"},
    {adamw_8bit,   ao,          "exp_avg_sq of others",  Which::full_bit,       Count::elements,     Type::trained, "P of other weights"},
    {adamw_4bit,   ao,          "exp_avg codes",         Which::low_bit,        Count::pairs,        Type::uint8,   "P/2 of large weights"},
    {adamw_4bit,   ao,          "exp_avg scale",         Which::low_bit,        Count::blocks,       Type::fp32,    "blocks of 128"},
    {adamw_4bit,   ao,          "exp_avg qmap",          Which::low_bit,        Count::codes_4,      Type::fp32,    "16 a weight"},
    {adamw_4bit,   ao,          "exp_avg_sq codes",      Which::low_bit,        Count::pairs,        Type::uint8,   "P/2 of large weights"},
    {adamw_4bit,   ao,          "exp_avg_sq scale",      Which::low_bit,        Count::blocks,       Type::fp32,    "blocks of 128"},
    {adamw_4bit,   ao,          "exp_avg_sq qmap",       Which::low_bit,        Count::codes_4,      Type::fp32,    "16 a weight"},
    {adamw_4bit,   ao,          "exp_avg of others",     Which::full_bit,       Count::elements,     Type::trained, "P of other weights"},
    {adamw_4bit,   ao,          "exp_avg_sq of others",  Which::full_bit,       Count::elements,     Type::trained, "P of other weights"},
    {adamw_fp8,    ao,          "exp_avg codes",         Which::low_bit,        Count::elements,     Type::fp8,     "P of large weights"},
    {adamw_fp8,    ao,          "exp_avg scale",         Which::low_bit,        Count::blocks,       Type::fp32,    "blocks of 256"},
    {adamw_fp8,    ao,          "exp_avg_sq codes",      Which::low_bit,        Count::elements,     Type::fp8,     "P of large weights"},
    {adamw_fp8,    ao,          "exp_avg_sq scale",      Which::low_bit,        Count::blocks,       Type::fp32,    "blocks of 256"},
    {adamw_fp8,    ao,          "exp_avg of others",     Which::full_bit,       Count::elements,     Type::trained, "P of other weights"},
    {adamw_fp8,    ao,          "exp_avg_sq of others",  Which::full_bit,       Count::elements,     Type::trained, "P of other weights"},

    {adafactor,    hf,          "exp_avg_sq_row",        Which::matrices,       Count::rows,         Type::fp32,    "rows"},
    {adafactor,    hf,          "exp_avg_sq_col",        Which::matrices,       Count::columns,      Type::fp32,    "columns"},
    {adafactor,    hf,          "exp_avg_sq",            Which::vectors,        Count::elements,     Type::fp32,    "P of vectors"},
    {adafactor,    hf,          "RMS",                   Which::all,            Count::one,          Type::fp32,    "weight tensors"},
    {adafactor,    torch_optim, "row_var",               Which::matrices,       Count::rows,         Type::trained, "rows"},
    {adafactor,    torch_optim, "col_var",               Which::matrices,       Count::columns,      Type::trained, "columns"},
    {adafactor,    torch_optim, "variance",              Which::vectors,        Count::elements,     Type::trained, "P of vectors"},
    {adalomo,      any,         "exp_avg_sq_row",        Which::matrices,       Count::rows,         Type::fp32,    "rows"},
    {adalomo,      any,         "exp_avg_sq_col",        Which::matrices,       Count::columns,      Type::fp32,    "columns"},
    {adalomo,      any,         "exp_avg_sq",            Which::vectors,        Count::elements,     Type::fp32,    "P of vectors"},

    {lion,         any,         "exp_avg",               Which::all,            Count::elements,     Type::trained, "P"},
    {muon,         any,         "momentum_buffer",       Which::layer_matrices, Count::elements,     Type::trained, "P of layer matrices"},
    {muon,         any,         "exp_avg",               Which::others,         Count::elements,     Type::trained, "P of others"},
    {muon,         any,         "exp_avg_sq",            Which::others,         Count::elements,     Type::trained, "P of others"},
    {soap,         any,         "exp_avg",               Which::all,            Count::elements,     Type::trained, "P"},
    {soap,         any,         "exp_avg_sq",            Which::all,            Count::elements,     Type::trained, "P"},
    {soap,         any,         "GG",                    Which::matrices,       Count::squares,      Type::fp32,    "side²"},
    {soap,         any,         "Q",                     Which::matrices,       Count::squares,      Type::fp32,    "side²"},
    {shampoo,      any,         "filtered_grad",         Which::all,            Count::elements,     Type::trained, "P"},
    {shampoo,      any,         "factor_matrices",       Which::all,            Count::triangles,    Type::fp32,    "side·(side+1)/2"},
    {shampoo,      any,         "inv_factor_matrices",   Which::all,            Count::triangles,    Type::fp32,    "side·(side+1)/2"},
    {galore,       any,         "exp_avg",               Which::layer_matrices, Count::projected,    Type::trained, "rank × longer side"},
    {galore,       any,         "exp_avg_sq",            Which::layer_matrices, Count::projected,    Type::trained, "rank × longer side"},
    {galore,       any,         "projector",             Which::layer_matrices, Count::projector,    Type::trained, "rank × shorter side"},
    {galore,       any,         "exp_avg of others",     Which::others,         Count::elements,     Type::trained, "P of others"},
    {galore,       any,         "exp_avg_sq of others",  Which::others,         Count::elements,     Type::trained, "P of others"},
    {apollo,       any,         "exp_avg",               Which::layer_matrices, Count::projected,    Type::trained, "rank × longer side"},
    {apollo,       any,         "exp_avg_sq",            Which::layer_matrices, Count::projected,    Type::trained, "rank × longer side"},
    {apollo,       any,         "projector",             Which::layer_matrices, Count::projector,    Type::trained, "rank × shorter side"},
    {apollo,       any,         "scaled_grad",           Which::layer_matrices, Count::one,          Type::trained, "layer matrices"},
    {apollo,       any,         "exp_avg of others",     Which::others,         Count::elements,     Type::trained, "P of others"},
    {apollo,       any,         "exp_avg_sq of others",  Which::others,         Count::elements,     Type::trained, "P of others"},
};

/// Whose code each optimizer is, by library where several have it.
struct SourceRow {
    Optimizer optimizer;
    OptimizerLibrary library;
    const char* source;
};
constexpr SourceRow source_rows[] = {
    {adamw,        torch_optim, "pytorch:torch/optim/adamw.py"},
    {adam,         torch_optim, "pytorch:torch/optim/adam.py"},
    {sgd,          torch_optim, "pytorch:torch/optim/sgd.py"},
    {sgd_momentum, torch_optim, "pytorch:torch/optim/sgd.py"},
    {rmsprop,      torch_optim, "pytorch:torch/optim/rmsprop.py"},
    {adagrad,      torch_optim, "pytorch:torch/optim/adagrad.py"},
    {adafactor,    torch_optim, "pytorch:torch/optim/_adafactor.py"},
    {adafactor,    hf,          "transformers:optimization.py"},
    {lion,         any,         "lion-pytorch:lion_pytorch/lion_pytorch.py"},
    {muon,         any,         "muon:muon.py"},
    {soap,         any,         "soap:soap.py"},
    {shampoo,      any,         "shampoo:distributed_shampoo/distributed_shampoo.py"},
    {galore,       any,         "galore:galore_torch/adamw.py"},
    {apollo,       any,         "apollo:apollo_torch/apollo.py"},
    {lomo,         any,         "lomo:lomo_optim/lomo.py"},
    {adalomo,      any,         "lomo:lomo_optim/adalomo.py"},
    {badam,        torch_optim, "badam:src/badam/block_optim.py"},
};
// clang-format on

constexpr std::int64_t kLowBitElements = 4096;   // smaller weights keep full states
constexpr std::int64_t kPagedElements = 100000;  // smaller states stay in the allocator's memory
constexpr std::int64_t kHostElements = 4096;     // smaller weights are stepped on the device
constexpr std::int64_t kLongestSide = 10000;     // of a weight that SOAP preconditions

std::int64_t block_of(Optimizer optimizer) { return optimizer == adamw_4bit ? 128 : 256; }

bool in_few_bits(const Run& run, const TrainedWeight& weight) {
    const std::int64_t elements = weight.elements();
    // torchao has no part of a block; bitsandbytes rounds up.
    return elements >= kLowBitElements && (run.optimizer_library != OptimizerLibrary::torchao ||
                                           elements % block_of(run.optimizer) == 0);
}

bool has_state(Which which, const Run& run, const TrainedWeight& weight) {
    switch (which) {
        case Which::all: return true;
        case Which::matrices: return weight.shape.rank >= 2;
        case Which::vectors: return weight.shape.rank < 2;
        case Which::layer_matrices: return weight.is_layer_matrix();
        case Which::others: return !weight.is_layer_matrix();
        case Which::low_bit: return in_few_bits(run, weight);
        case Which::full_bit: return !in_few_bits(run, weight);
        case Which::paged: return weight.elements() >= kPagedElements;
    }
    return false;
}

std::int64_t without_axis(const Shape& shape, int axis) {
    std::int64_t product = 1;
    for (int at = 0; at < shape.rank; ++at) {
        product = checked_product(product, at == axis ? 1 : shape[at].size);
    }
    return product;
}

/// Elements of the squares of every side that is not too long.
std::int64_t squares_of(const Shape& shape) {
    std::int64_t sum = 0;
    for (int axis = 0; axis < shape.rank; ++axis) {
        const std::int64_t side = shape[axis].size;
        sum += side <= kLongestSide ? side * side : 0;
    }
    return sum;
}

/// Elements of the triangles of every block: each of its sides has a symmetric matrix.
std::int64_t triangles_of(const Shape& shape, std::int64_t longest) {
    const Shape sides = merged_sides(shape, longest);
    Bytes sum;
    for (int axis = 0; axis < sides.rank; ++axis) {
        const std::int64_t side = sides[axis].size;
        Bytes triangles =
            Bytes(triangle(longest)) * (side / longest) + Bytes(triangle(side % longest));
        for (int other = 0; other < sides.rank; ++other) {
            const std::int64_t pieces = (sides[other].size + longest - 1) / longest;
            triangles = other == axis ? triangles : triangles * pieces;
        }
        sum += triangles;
    }
    return sum.count();
}

/// Rows and columns of the upper triangle, made once for each length of a side.
std::int64_t triangle_indices(const Run& run, const TrainedWeights& weights) {
    std::vector<std::int64_t> known;
    Bytes sum;
    const auto add = [&](std::int64_t side) {
        if (side > 0 && std::find(known.begin(), known.end(), side) == known.end()) {
            known.push_back(side);
            sum += Bytes(triangle(side)) * 2;
        }
    };
    const std::int64_t longest = run.preconditioner_dim;
    for (const TrainedWeight& weight : weights) {
        const Shape sides = merged_sides(weight.shape, longest);
        for (int axis = 0; axis < sides.rank; ++axis) {
            add(sides[axis].size >= longest ? longest : 0);
            add(sides[axis].size % longest);
        }
    }
    return sum.count();
}

std::int64_t state_elements(Count count, const Run& run, const TrainedWeight& weight) {
    const Shape& shape = weight.shape;
    const std::int64_t elements = weight.elements();
    const std::int64_t shorter = shape.rank == 2 ? std::min(shape[0].size, shape[1].size) : 1;
    const std::int64_t longer = shape.rank == 2 ? std::max(shape[0].size, shape[1].size) : 1;
    const std::int64_t rank = std::min(run.optimizer_rank, shorter);
    const std::int64_t block = block_of(run.optimizer);
    switch (count) {
        case Count::elements: return elements;
        case Count::pairs: return elements / 2;
        case Count::blocks: return elements / block + (elements % block != 0 ? 1 : 0);
        case Count::rows: return without_axis(shape, shape.rank - 1);
        case Count::columns: return without_axis(shape, shape.rank - 2);
        case Count::one: return 1;
        case Count::codes_8: return 256;
        case Count::codes_4: return 16;
        case Count::shared_codes: return 256;
        case Count::projected: return checked_product(rank, longer);
        case Count::projector: return checked_product(rank, shorter);
        case Count::squares: return squares_of(shape);
        case Count::triangles: return triangles_of(shape, run.preconditioner_dim);
    }
    return 0;
}

DType state_dtype(Type type, DType trained) {
    switch (type) {
        case Type::trained: return trained;
        case Type::fp32: return DType::fp32;
        case Type::uint8: return DType::uint8;
        case Type::fp8: return DType::fp8;
    }
    return trained;
}

bool is_of(Optimizer optimizer, OptimizerLibrary library, const Run& run) {
    return optimizer == run.optimizer && (library == run.optimizer_library || library == any);
}

/// Whether this state is one of those that paging moves out of PyTorch's allocator.
bool can_be_paged(const StateRow& row) { return row.count == Count::elements; }

/// The optimizer steps on the host: only small weights have states here.
bool is_on_host(const Run& run, const TrainedWeight& weight) {
    return run.offload == Offload::optimizer && weight.elements() >= kHostElements;
}

/// The rows of this run's optimizer.
template <class Visit>
void each_state(const Run& run, const Visit& visit) {
    const Optimizer optimizer = listed_optimizer(run);
    for (const StateRow& row : state_rows) {
        // A row for whichever library stands for an optimizer that no library of the list has.
        if (row.optimizer == optimizer && row.library == run.optimizer_library) {
            visit(row);
        }
    }
    const bool in_torch = run.optimizer_library == torch_optim && optimizer == adamw;
    if (in_torch && run.amsgrad) {
        visit({adamw, torch_optim, "max_exp_avg_sq", Which::all, Count::elements, Type::trained,
               "P"});
    }
    if (optimizer == shampoo && run.grafting) {
        visit({shampoo, any, "second moment of grafting", Which::all, Count::elements,
               Type::trained, "P"});
    }
    if (in_torch && implementation(run) == OptimizerImpl::fused) {
        visit({adamw, torch_optim, "step counters", Which::all, Count::one, Type::fp32,
               "weight tensors"});
    }
}

/// Elements of a state over all weights (of one type, where the state takes that) that have it here;
/// Bytes as a checked count.
Bytes total_elements(const StateRow& row, const Run& run, const TrainedWeights& weights,
                     std::optional<DType> trained) {
    Bytes sum;
    for (const TrainedWeight& weight : weights) {
        const bool paged =
            run.optimizer_paged && can_be_paged(row) && has_state(Which::paged, run, weight);
        const bool meant = !trained || trained_dtype(run, weight) == *trained;
        if (has_state(row.which, run, weight) && meant && !paged && !is_on_host(run, weight)) {
            sum += Bytes(state_elements(row.count, run, weight)) * weight.times;
        }
    }
    const Bytes shared(256);
    return row.count == Count::shared_codes && sum > shared ? shared : sum;
}

constexpr std::array<DType, 3> kTrainedTypes = {DType::fp32, DType::bf16, DType::fp16};

}  // namespace

TrainedWeights trained_weights(Tape& t) {
    TrainedWeights weights;
    for (const ParameterState& parameter : t.parameters()) {
        if (parameter.node >= 0) {
            weights.push_back(trained_weight(parameter, t.times(parameter.region)));
        }
    }
    return weights;
}

std::int64_t elements_of(const TrainedWeights& weights) {
    Bytes elements;
    for (const TrainedWeight& weight : weights) {
        elements += Bytes(weight.elements()) * weight.times;
    }
    return elements.count();
}

DType trained_dtype(const Run& run, const TrainedWeight& weight) {
    return run.recipe.master.value_or(weight.dtype);
}

Optimizer listed_optimizer(const Run& run) {
    return run.optimizer == adam || run.optimizer == badam ? adamw : run.optimizer;
}

OptimizerImpl implementation(const Run& run) {
    return run.offload == Offload::optimizer && run.optimizer == adamw ? OptimizerImpl::fused
                                                                       : run.optimizer_impl;
}

TrainedWeights stepped_on_device(const Run& run, const TrainedWeights& weights) {
    TrainedWeights here;
    for (const TrainedWeight& weight : weights) {
        if (!is_on_host(run, weight)) {
            here.push_back(weight);
        }
    }
    return here;
}

const char* optimizer_source(const Run& run) {
    switch (run.optimizer_library) {
        case OptimizerLibrary::bitsandbytes: return "bitsandbytes:bitsandbytes/optim/optimizer.py";
        case OptimizerLibrary::torchao: return "torchao:torchao/optim/adam.py";
        default: break;
    }
    for (const SourceRow& row : source_rows) {
        if (is_of(row.optimizer, row.library, run)) {
            return row.source;
        }
    }
    return "pytorch:torch/optim";
}

Shape merged_sides(const Shape& shape, std::int64_t longest) {
    std::vector<Dim> backwards;
    for (int axis = shape.rank - 1; axis >= 0; --axis) {
        const Dim& side = shape[axis];
        if (side.size == 1) {
            continue;
        }
        const bool joins = !backwards.empty() &&
                           side.size <= longest / std::max<std::int64_t>(backwards.back().size, 1);
        if (joins) {
            backwards.back().size *= side.size;
        } else {
            backwards.push_back(side);
        }
    }
    Shape merged;
    while (!backwards.empty()) {
        merged.append(backwards.back());
        backwards.pop_back();
    }
    if (merged.rank == 0) {
        merged.append({1, "1"});
    }
    return merged;
}

void make_optimizer_states(Tape& t, const Run& run, const TrainedWeights& weights) {
    auto scope = t.module("optimizer", optimizer_source(run));
    const auto hold = [&](const char* name, Dim dim, DType dtype) {
        if (dim.size > 0) {
            t.keep_resident(t.resident(name, {dim}, dtype, Group::optimizer));
        }
    };
    if (run.recipe.master) {
        hold("fp32 master weights", {elements_of(weights), "P"}, *run.recipe.master);
    }
    each_state(run, [&](const StateRow& row) {
        if (row.type != Type::trained) {
            hold(row.name, {total_elements(row, run, weights, std::nullopt).count(), row.symbol},
                 state_dtype(row.type, DType::fp32));
            return;
        }
        for (const DType trained : kTrainedTypes) {
            hold(row.name, {total_elements(row, run, weights, trained).count(), row.symbol},
                 trained);
        }
    });
    if (run.optimizer == shampoo) {
        hold("learning rate and coefficients", {3, "3"}, DType::fp32);
        hold("indices of triangles", {triangle_indices(run, weights), "side·(side+1)"},
             DType::int32);
    }
    if (run.loss_scaling()) {
        auto scaler = t.module("GradScaler", "pytorch:torch/amp/grad_scaler.py");
        hold("scale", {1, "1"}, DType::fp32);
        hold("growth tracker", {1, "1"}, DType::int32);
    }
}

StatesElsewhere optimizer_states_elsewhere(const Run& run, const TrainedWeights& weights) {
    StatesElsewhere elsewhere;
    each_state(run, [&](const StateRow& row) {
        for (const TrainedWeight& weight : weights) {
            if (!has_state(row.which, run, weight)) {
                continue;
            }
            const DType dtype = state_dtype(row.type, trained_dtype(run, weight));
            const Bytes bytes =
                bytes_of(dtype, state_elements(row.count, run, weight)) * weight.times;
            if (is_on_host(run, weight)) {
                elsewhere.host += bytes;
            } else if (run.optimizer_paged && can_be_paged(row) &&
                       has_state(Which::paged, run, weight)) {
                elsewhere.paged += bytes;
            }
        }
    });
    return elsewhere;
}

}  // namespace tensorledger::torch
