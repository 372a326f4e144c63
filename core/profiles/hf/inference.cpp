#include "core/profiles/hf/inference.h"

#include "core/profiles/hf/architectures.h"
#include "core/profiles/hf/cache.h"

namespace tensorledger::hf {

namespace {

/// How many of the network's own tokens its cache holds: of an encoder–decoder, the decoder's, which
/// start with one that nobody reads.
struct Lengths {
    std::int64_t first = 0;  // after the prefill
    std::int64_t last = 0;   // in the end
};

Lengths lengths_of(const Model& model, const Serving& serving) {
    if (!model.encoder) {
        return {serving.prompt, serving.context};
    }
    return {1, serving.context - serving.prompt + 1};
}

/// Reads the prompt; what an encoder made of it is returned, and stays.
Tensor prefill(Context& c, const Listing& listing) {
    Tape& t = c.t;
    if (!listing.decode) {
        const Tensor ids = t.make("input_ids", {c.b, c.s}, DType::int64);
        const Tensor logits = listing.logits(ids);
        return {};
    }
    Tensor encoded;
    {
        const Tensor ids =
            listing.input ? listing.input() : t.make("input_ids", {c.b, c.s}, DType::int64);
        encoded = listing.encode(ids);
    }
    c.s = c.kv = {1, "1"};
    const Tensor ids = t.make("decoder input ids", {c.b, c.s}, DType::int64);
    const Tensor logits = listing.decode(ids, encoded);
    return encoded;
}

/// The last token: the cache is longest then.
void decode(Context& c, const Listing& listing, const Tensor& encoded, const Lengths& lengths) {
    if (lengths.last - 1 > lengths.first) {
        grow_cache(c, {lengths.last - 1, "context − 1"});
    }
    c.s = {1, "1"};
    c.kv = {lengths.last, "context"};
    c.t.begin_phase("decode");
    const Tensor ids = c.t.make("input_ids", {c.b, c.s}, DType::int64);
    const Tensor logits = listing.decode ? listing.decode(ids, encoded) : listing.logits(ids);
    c.t.end_phase();
}

}  // namespace

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
    if (!listing.logits && !listing.decode) {
        return {std::nullopt, not_listed(model, "the generation of tokens")};
    }
    if (run.serving.cache == CacheKind::fixed && (listing.decode || c.flash())) {
        return {
            std::nullopt,
            Issue{"cache", "not-yet",
                  listing.decode ? "A static cache of an encoder–decoder is not described yet."
                                 : "A static cache under FlashAttention is not described yet."}};
    }
    Cache cache;
    c.cache = &cache;
    t.begin_phase("prefill");
    const Tensor encoded = prefill(c, listing);
    t.end_phase();
    if (cache.layers.empty()) {
        return {std::nullopt, not_listed(model, "the cache")};
    }
    const Lengths lengths = lengths_of(model, run.serving);
    if (lengths.last > lengths.first) {
        decode(c, listing, encoded, lengths);
    }
    if (c.not_listed_with != nullptr || (run.attention == AttentionKind::flash && t.uses_sdpa)) {
        return {std::nullopt, not_listed(model, "FlashAttention")};
    }
    result.cache = rows_of_cache(c);
    result.program = t.take_program();
    return {std::move(result), std::nullopt};
}

}  // namespace tensorledger::hf
