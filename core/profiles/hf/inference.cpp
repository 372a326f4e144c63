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

/// Sequences of the batch times the beams of each.
Dim beam_rows(const Run& run) {
    const std::int64_t beams = run.serving.beams;
    return {checked_product(run.serving.sequences, beams), beams > 1 ? "b·beams" : "b"};
}

/// What the model hands out, in fp32 as it once was.
Tensor handed_out(Context& c, Tensor logits) {
    if (!c.run.serving.logits_fp32) {
        return logits;
    }
    auto scope = c.t.module("", nullptr, Group::logits);
    return c.t.to(std::move(logits), DType::fp32, "logits in fp32");
}

/// Reads the prompt; what an encoder made of it is returned, and stays.
Tensor prefill(Context& c, const Listing& listing) {
    Tape& t = c.t;
    if (!listing.decode) {
        const Tensor ids = t.make("input_ids", {c.b, c.s}, DType::int64);
        const Tensor logits = handed_out(c, listing.logits(ids));
        return {};
    }
    Tensor encoded;
    {
        const Tensor ids =
            listing.input ? listing.input() : t.make("input_ids", {c.b, c.s}, DType::int64);
        encoded = listing.encode(ids);
    }
    if (c.run.serving.beams > 1) {  // each beam has the encoder's states for itself
        c.b = beam_rows(c.run);
        Shape shape = encoded.shape();
        shape.dims[0] = c.b;
        encoded = t.make("encoder's output for each beam", shape, encoded.dtype());
    }
    c.s = c.kv = {1, "1"};
    const Tensor ids = t.make("decoder input ids", {c.b, c.s}, DType::int64);
    const Tensor logits = handed_out(c, listing.decode(ids, encoded));
    return encoded;
}

/// What beam search makes of the scores, and of the cache.
void follow_beams(Context& c, Tensor logits) {
    Tape& t = c.t;
    auto scope = t.module("beam search", "transformers:generation/utils.py", Group::logits);
    const Tensor wide = t.make("logits in fp32", {c.b, c.v}, DType::fp32);
    logits.reset();
    Tensor scores = t.make("log-probabilities", {c.b, c.v}, DType::fp32);
    scores = t.make("scores of the continuations", {c.b, c.v}, DType::fp32);
    reorder_cache(c);
}

/// One forward with which the cache comes to so many tokens.
void step(Context& c, const Listing& listing, const Tensor& encoded, std::int64_t tokens) {
    if (tokens - 1 > c.kv.size) {
        grow_cache(c, {tokens - 1, "context − 1"});
    }
    c.s = {1, "1"};
    c.kv = {tokens, "context"};
    const Tensor ids = c.t.make("input_ids", {c.b, c.s}, DType::int64);
    Tensor logits =
        handed_out(c, listing.decode ? listing.decode(ids, encoded) : listing.logits(ids));
    if (c.run.serving.beams > 1) {
        follow_beams(c, std::move(logits));
    }
}

/// The last token: the cache is longest then. A quantised cache takes most in the step that quantises.
void decode(Context& c, const Listing& listing, const Tensor& encoded, const Lengths& lengths) {
    if (c.caches(CacheKind::quantised)) {
        const std::int64_t period = quantising_period(c.run);
        const std::int64_t quantising =
            lengths.first + (lengths.last - lengths.first) / period * period;
        if (quantising > lengths.first && quantising < lengths.last) {
            step(c, listing, encoded, quantising);
        }
    }
    step(c, listing, encoded, lengths.last);
}

/// What this kind of cache, or of weights, cannot be asked of.
std::optional<Issue> serving_issue(const Context& c, const Listing& listing) {
    const Run& run = c.run;
    const CacheKind cache = run.serving.cache;
    const auto not_yet = [](const char* field, const std::string& what) {
        return Issue{field, "not-yet", what + " is not described yet."};
    };
    if (listing.decode && cache != CacheKind::dynamic && cache != CacheKind::tuple) {
        return not_yet("cache", "Such a cache of an encoder–decoder");
    }
    if (cache == CacheKind::fixed && c.flash()) {
        return not_yet("cache", "A static cache under FlashAttention");
    }
    if (run.serving.beams > 1 && cache != CacheKind::dynamic) {
        return not_yet("num_beams", "Beam search with a cache that does not simply grow");
    }
    bool windowed = false;
    bool experts = false;
    std::int64_t uneven = 0;
    for (const Layer& layer : c.model.decoder.layers) {
        windowed = windowed || layer.attention.window > 0 || layer.mixer != MixerKind::attention;
        experts = experts || layer.feed_forward.kind == FeedForwardKind::moe;
        const std::int64_t states =
            layer.attention.kv_heads * layer.attention.head_dim * run.serving.prompt;
        uneven += states % run.serving.cache_group;
    }
    if (windowed && (cache == CacheKind::quantised || cache == CacheKind::offloaded)) {
        if (cache == CacheKind::offloaded) {
            return not_yet("cache", "An offloaded cache of layers of several kinds");
        }
        return Issue{"cache", "impossible",
                     "transformers quantises the cache of models whose layers all attend to the "
                     "whole context; this one's do not."};
    }
    if (cache == CacheKind::quantised && uneven != 0) {
        return Issue{"cache_group", "impossible",
                     "The keys of the prompt cannot be cut into groups of " +
                         std::to_string(run.serving.cache_group) + " numbers."};
    }
    if (run.serving.stored.method == QuantMethod::mxfp4 && !experts) {
        return Issue{"weights", "impossible",
                     "mxfp4 is a format of experts' matrices, and this model has no experts."};
    }
    if (const char* what = not_listed_storage(run)) {
        return Issue{"weights", "not-listed",
                     std::string("What ") + what + " take is not described here."};
    }
    return std::nullopt;
}

/// Which kernels are described.
void add_notes(const Run& run, Notes& notes) {
    const QuantMethod method = run.serving.stored.method;
    if (run.quant || method == QuantMethod::none) {
        return;
    }
    const bool whole =
        method == QuantMethod::hqq || method == QuantMethod::packed || method == QuantMethod::int8;
    notes.push_back({"kernel", whole
                                   ? "The weights are made whole for each product, and die with it."
                                   : "The kernels that transformers 5.16 takes (Marlin for GPTQ "
                                     "and AWQ, Triton for fp8 and "
                                     "mxfp4) read the packed weights; others, such as AutoAWQ's "
                                     "for prompts of 1,024 tokens "
                                     "or more, make each matrix whole for its product."});
}

}  // namespace

GenerationOrIssue generation(const Model& model, const Run& run) {
    const Architecture* architecture = architecture_of(model);
    if (architecture == nullptr) {
        return {std::nullopt, not_listed(model, "a forward")};
    }
    if (architecture->scans() && run.serving.prompt > kLongestScan) {
        return {std::nullopt, scan_too_long()};
    }
    Generation result;
    Tape t;
    t.grad_enabled = false;
    Context c(t, model, run);
    c.b = model.encoder ? Dim{run.serving.sequences, "b"} : beam_rows(run);
    c.s = {run.serving.prompt, "s"};
    c.kv = c.s;
    const auto source = t.module("", t.text(source_of(model)));
    t.begin_phase("load");
    const Listing listing = architecture->list(c);
    t.end_phase();
    if (!listing.logits && !listing.decode) {
        return {std::nullopt, not_listed(model, "the generation of tokens")};
    }
    Cache cache;
    c.cache = &cache;
    if (std::optional<Issue> issue = serving_issue(c, listing)) {
        return {std::nullopt, std::move(issue)};
    }
    t.begin_phase("prefill");
    const Tensor encoded = prefill(c, listing);
    t.end_phase();
    if (cache.layers.empty()) {
        return {std::nullopt, not_listed(model, "the cache")};
    }
    const Lengths lengths = lengths_of(model, run.serving);
    cache.first_tokens = lengths.first;
    if (lengths.last > lengths.first) {
        t.begin_phase("decode");
        decode(c, listing, encoded, lengths);
        t.end_phase();
    }
    if (c.not_listed_with != nullptr || (run.attention == AttentionKind::flash && t.uses_sdpa)) {
        return {std::nullopt, not_listed(model, "FlashAttention")};
    }
    result.cache = rows_of_cache(c);
    add_notes(run, result.notes);
    result.program = t.take_program();
    return {std::move(result), std::nullopt};
}

}  // namespace tensorledger::hf
