// BART: an encoder and a decoder of post-norm layers over one token table, with learned positions.
// Source: transformers 5.16.0.dev0, models/bart/modeling_bart.py.

#include "core/profiles/hf/seq2seq.h"

namespace tensorledger::hf {

namespace {

constexpr const char* kSource = "transformers:models/bart/modeling_bart.py";
constexpr Seq2SeqStyle kStyle = {};

struct BartStack {
    const char* name;
    Embedding embed_positions;
    Layers<Seq2SeqLayer> layers;
    LayerNorm layernorm_embedding;

    BartStack(Context& c, const char* module, const std::vector<Layer>& stack) : name(module) {
        auto scope = c.t.module(module);
        embed_positions = Embedding(c, "embed_positions", {c.model.positions, "positions"}, c.h);
        layers.make(c, "layers", stack, kStyle);
        layernorm_embedding = LayerNorm(c, "layernorm_embedding", c.h);
    }

    Tensor embed(Context& c, const Tensor& words, const Tensor& positions) const {
        Tape& t = c.t;
        Tensor hidden = t.add(words, positions, "embeddings");
        hidden = layernorm_embedding(c, hidden);
        return t.dropout(hidden, c.dropout.embedding, "dropped embeddings");
    }
};

struct BartForConditionalGeneration {
    Embedding shared;
    std::unique_ptr<BartStack> encoder, decoder;
    Linear lm_head;
    Tensor final_logits_bias;

    explicit BartForConditionalGeneration(Context& c) {
        shared = Embedding(c, "shared", c.v, c.h);
        encoder = std::make_unique<BartStack>(c, "encoder", c.model.encoder->layers);
        decoder = std::make_unique<BartStack>(c, "decoder", c.model.decoder.layers);
        lm_head = c.model.tied_head ? Linear(c, "lm_head", shared) : Linear(c, "lm_head", c.h, c.v);
        final_logits_bias =
            c.t.resident("final_logits_bias", {Dim{1, "1"}, c.v}, c.weight, Group::buffers);
        c.t.keep_resident(final_logits_bias);
    }

    Tensor words(Context& c, const Tensor& ids) const {
        return c.t.scale(shared(c, ids), "scaled embeddings");
    }

    Tensor encode(Context& c, const Tensor& ids, const Tensor& padding) const {
        auto scope = c.t.module("encoder");
        Tape& t = c.t;
        const Tensor embeddings = words(c, ids);
        Tensor places = t.make("position ids", {c.b, c.s}, DType::int64);
        const Tensor positions = encoder->embed_positions(c, places);
        places.reset();
        Tensor hidden = encoder->embed(c, embeddings, positions);
        Seq2SeqGiven given;
        given.mask = bidirectional_mask(c, embeddings, padding);
        return run_seq2seq(c, encoder->layers, std::move(hidden), given);
    }

    Tensor decode(Context& c, const Tensor& ids, const Tensor& encoded,
                  const Tensor& padding) const {
        auto scope = c.t.module("decoder");
        Tape& t = c.t;
        const Dim tokens = ids.dim(1);
        const Tensor embeddings = words(c, ids);
        const Tensor places = t.make("position ids", {tokens}, DType::int64);
        Seq2SeqGiven given;
        given.encoded = encoded;
        {
            // Without a mask, one of ones is made: it is seen through by sdpa alone.
            const Dim keys = c.cache != nullptr ? c.kv : tokens;
            const Tensor ones = t.make("mask of ones", {c.b, keys}, DType::fp32);
            const TokensGuard guard(c, tokens, keys);
            given.mask = causal_mask(c, embeddings,
                                     padding.defined() ? padding
                                     : c.eager()       ? ones
                                                       : Tensor());
        }
        {
            const TokensGuard guard(c, tokens, encoded.dim(1));
            given.encoded_mask = bidirectional_mask(c, embeddings, padding);
        }
        Tensor shifted = t.make("shifted position ids", {Dim{1, "1"}, tokens}, DType::int64);
        const Tensor positions = decoder->embed_positions(c, shifted);
        shifted.reset();
        Tensor hidden = decoder->embed(c, embeddings, positions);
        return run_seq2seq(c, decoder->layers, std::move(hidden), given);
    }

    Tensor loss(Context& c, const Tensor& ids, const Tensor& labels, const Tensor& padding) const {
        auto scope = c.t.module("", kSource);
        const Tensor shifted = shift_right(c, labels);
        Tensor encoded;  // a part of the output, so it outlives the decoder
        Tensor hidden;
        {
            auto model = c.t.module("model");
            encoded = encode(c, ids, padding);
            c.returns(encoded);
            hidden = decode(c, shifted, encoded, padding);
        }
        return masked_lm_loss(c, scores(c, hidden), labels);
    }

    Tensor scores(Context& c, const Tensor& hidden) const {
        auto head = c.t.module("", nullptr, Group::logits);
        Tensor logits = lm_head(c, hidden);
        logits = c.t.add(logits, final_logits_bias, "logits with bias");
        return logits;
    }

    Tensor encoded(Context& c, const Tensor& ids) const {
        auto scope = c.t.module("", kSource);
        auto model = c.t.module("model");
        return encode(c, ids, {});
    }

    Tensor logits(Context& c, const Tensor& ids, const Tensor& states) const {
        auto scope = c.t.module("", kSource);
        Tensor hidden;
        {
            auto model = c.t.module("model");
            hidden = decode(c, ids, states, {});
        }
        return scores(c, hidden);
    }
};

}  // namespace

Listing bart(Context& c) {
    auto network = std::make_shared<BartForConditionalGeneration>(c);
    return encoder_decoder(c, network);
}

}  // namespace tensorledger::hf
