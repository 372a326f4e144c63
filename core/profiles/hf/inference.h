#pragma once

// Generation as Hugging Face runs it: the weights are loaded, the prompt is read in one forward that fills the
// cache, then one token at a time is added to it.

#include <optional>
#include <vector>

#include "core/model/cache.h"
#include "core/program/program.h"
#include "core/quantity/issue.h"
#include "core/run/run.h"

namespace tensorledger::hf {

struct Generation {
    Program program;
    std::vector<CacheRow> cache;  // when its last phase ends
    Notes notes;
};

struct GenerationOrIssue {
    std::optional<Generation> generation;
    std::optional<Issue> issue;
};

/// The phases load, prefill and decode (its last token: the cache is longest then).
GenerationOrIssue generation(const Model& model, const Run& run);

}  // namespace tensorledger::hf
