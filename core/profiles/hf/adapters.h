#pragma once

// What is trained beside the projections of a frozen model: which modules get an adapter, which parameters
// it has, and what its forward computes around the projection's own.
// Source: peft at commit 5d602fdbf, src/peft/tuners.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/model.h"
#include "core/profiles/torch/tape.h"
#include "core/run/run.h"

namespace tensorledger::hf {

using torch::Parameter;
using torch::Tape;
using torch::Tensor;

struct Context;
struct Linear;
struct Embedding;

/// Do the words name this module? As PEFT compares them: the whole path, or its end after a dot.
bool names_module(std::string_view word, std::string_view path);

/// get_output_embeddings(): what all-linear and the quantisers leave out.
bool is_output_head(std::string_view module);

/// Which modules does the run name, and which were found? The words are the run's own, with PEFT's
/// defaults for the architecture in place of "default".
struct AdapterSites {
    std::vector<std::string> targets;
    std::vector<std::string> parameters;
    std::vector<std::string> feed_forward;
    std::vector<std::string> saved;
    bool all_linear = false;
    std::vector<bool> found;        // per target
    std::vector<bool> found_saved;  // per saved module
    std::vector<bool> found_parameters;
    std::vector<std::string> modules;  // the last names of the projections there are, each once
    bool no_default = false;           // "default" was asked, and PEFT has none for this model
    // VeRA and RandLoRA share two matrices, as wide as the widest target.
    std::int64_t widest_in = 0;
    std::int64_t widest_out = 0;
    Tensor shared_a;
    Tensor shared_b;

    AdapterSites(const Model& model, const Run& run);

    /// Whether the module of this path is trained in a copy; remembers that it was found.
    bool trains_copy_of(const Run& run, std::string_view path);
    /// Whether the fused weight of this path gets an adapter; remembers that it was found.
    bool targets_parameter(std::string_view path);
    /// Whether the projection or embedding of this path gets an adapter; remembers what was found.
    bool targets_module(std::string_view path, bool is_projection);
};

/// The issue that stands against the run's module names once all modules are made, if any.
std::optional<Issue> issue_of(const Context& c);

/// Makes what all adapters share, once all modules are made.
void make_shared_projections(Context& c);

/// The adapter of one projection. Which parameters stand in `parts`, in which order, is the method's affair.
struct ModuleAdapter {
    std::vector<Parameter> parts;
    bool scales_input = false;  // IA³ of a feed-forward module

    bool active() const { return !parts.empty(); }
};

/// The adapter that the run asks for beside this projection, made in the projection's scope.
ModuleAdapter adapter_beside(Context& c, const Linear& base);

/// The projection's forward with its adapter.
Tensor adapted(Context& c, const Linear& base, const Tensor& x);

/// LoRA of a fused weight [experts, out, in], or with its last axes exchanged: A [r·experts, in], B [out, r·experts].
ModuleAdapter adapter_of_experts(Context& c, const char* name, const Parameter& weight,
                                 bool transposed);
/// The change of that weight, in its type; it is there while the experts run.
Tensor change_of_experts(Context& c, const ModuleAdapter& adapter, const Parameter& weight);

/// LoRA of an embedding: A [r, rows], B [width, r]; of the first embedding, the rows of the trained tokens.
ModuleAdapter adapter_beside(Context& c, const Embedding& base);
Tensor adapted(Context& c, const Embedding& base, const Tensor& ids);

}  // namespace tensorledger::hf
