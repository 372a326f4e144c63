#include "core/profiles/hf/inference.h"

#include "core/profiles/hf/architectures.h"
#include "core/profiles/hf/cache.h"

namespace tensorledger::hf {

GenerationOrIssue generation(const Model& model, const Run& run) {
    const Architecture* architecture = architecture_of(model);
    if (architecture == nullptr) {
        return {std::nullopt, not_listed(model, "a forward")};
    }
    if (architecture->list == mamba && run.serving.prompt > kLongestScan) {
        return {std::nullopt, scan_too_long()};
    }
    Generation result;
    Tape t;
    t.grad_enabled = false;
    Context c(t, model, run);
    c.b = {run.serving.sequences, "b"};
    c.s = {run.serving.prompt, "s"};
    c.kv = c.s;
    const auto source = t.module("", t.text(source_of(model)));
    t.begin_phase("load");
    const Listing listing = architecture->list(c);
    t.end_phase();
    if (!listing.logits) {
        return {std::nullopt, not_listed(model, "the generation of tokens")};
    }
    Cache cache;
    c.cache = &cache;
    {
        t.begin_phase("prefill");
        const Tensor ids = t.make("input_ids", {c.b, c.s}, DType::int64);
        const Tensor logits = listing.logits(ids);
        t.end_phase();
    }
    if (cache.layers.empty()) {
        return {std::nullopt, not_listed(model, "the cache")};
    }
    if (run.serving.context > run.serving.prompt) {
        if (run.serving.context - 1 > run.serving.prompt) {
            grow_cache(c, c.plan, {run.serving.context - 1, "context − 1"});
        }
        c.s = {1, "1"};
        c.kv = {run.serving.context, "context"};
        t.begin_phase("decode");
        const Tensor ids = t.make("input_ids", {c.b, c.s}, DType::int64);
        const Tensor logits = listing.logits(ids);
        t.end_phase();
    }
    if (c.not_listed_with != nullptr || (run.attention == AttentionKind::flash && t.uses_sdpa)) {
        return {std::nullopt, not_listed(model, "FlashAttention")};
    }
    result.program = t.take_program();
    return {std::move(result), std::nullopt};
}

}  // namespace tensorledger::hf
