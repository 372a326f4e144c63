#pragma once

// Prompt learning: virtual tokens before the given ones, as embeddings (prompt tuning, P-tuning) or as cached
// keys and values of every layer (prefix tuning).
// Source: peft at commit 5d602fdbf, src/peft/peft_model.py and tuners/{prompt_tuning,p_tuning,prefix_tuning}.

#include <memory>
#include <optional>
#include <vector>

#include "core/profiles/torch/tape.h"
#include "core/quantity/issue.h"

namespace tensorledger::hf {

struct Context;
struct Cache;

/// The prompt encoder of a run, and what its forward holds on to until the model returns.
struct Prompts {
    std::vector<torch::Parameter> parts;
    std::vector<std::vector<torch::Parameter>> prefixes;  // of each layer in the listing
    std::vector<torch::Tensor> held;
    std::shared_ptr<Cache> cache;  // of prefix tuning
};

/// Whether the run puts virtual tokens before the given ones as embeddings.
bool has_virtual_embeddings(const Context& c);
/// Whether it hands the layers keys and values of virtual tokens.
bool has_prefix(const Context& c);

/// The issue that stands against prompt learning of this model in this run, if any.
std::optional<Issue> prompt_issue(const Context& c, bool has_cache);

/// Makes the encoder's parameters, once the model's modules are made.
void make_prompt_encoder(Context& c);

/// What PeftModel.forward makes before the model runs: longer masks and labels, the prefix. Returns the mask.
torch::Tensor before_forward(Context& c, const torch::Tensor& mask);
/// Lets go of it.
void after_forward(Context& c);

/// The embeddings of the given tokens with the virtual ones before them.
torch::Tensor with_virtual_tokens(Context& c, torch::Tensor embeddings);

}  // namespace tensorledger::hf
