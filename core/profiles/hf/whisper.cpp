// Whisper: two convolutions and an encoder of fixed length over a spectrogram, and a decoder of text.
// Source: transformers 5.16.0.dev0, models/whisper/modeling_whisper.py.

#include "core/profiles/hf/seq2seq.h"

namespace tensorledger::hf {

namespace {

constexpr const char* kSource = "transformers:models/whisper/modeling_whisper.py";
constexpr Seq2SeqStyle kStyle = {.norm_first = true, .scaled_query = true, .key_bias = false};

struct WhisperForConditionalGeneration {
    Dim frames, wide_frames, bins;
    Parameter conv1, conv1_bias, conv2, conv2_bias;
    Parameter encoder_positions;  // sinusoids, not trained
    Layers<Seq2SeqLayer> encoder, decoder;
    LayerNorm encoder_norm, decoder_norm;
    Embedding embed_tokens, embed_positions;

    explicit WhisperForConditionalGeneration(Context& c)
        : frames{listed_shape(c.model, "encoder.embed_positions").dims[0].size, "frames"},
          wide_frames{2 * frames.size, "2·frames"},
          bins{listed_shape(c.model, "encoder.conv1.weight").dims[1].size, "mel bins"} {
        const Dim three{3, "3"};
        {
            auto scope = c.t.module("model.encoder");
            {
                auto conv = c.t.module("conv1");
                conv1 = c.parameter("weight", {c.h, bins, three}, c.weight);
                conv1_bias = c.parameter("bias", {c.h}, c.weight);
            }
            {
                auto conv = c.t.module("conv2");
                conv2 = c.parameter("weight", {c.h, c.h, three}, c.weight);
                conv2_bias = c.parameter("bias", {c.h}, c.weight);
            }
            const bool trained = std::exchange(c.t.trains_new_parameters, false);
            encoder_positions = c.parameter("embed_positions.weight", {frames, c.h}, c.weight);
            c.t.trains_new_parameters = trained;
            encoder.make(c, "layers", c.model.encoder->layers, kStyle);
            encoder_norm = LayerNorm(c, "layer_norm", c.h);
        }
        auto scope = c.t.module("model.decoder");
        embed_tokens = Embedding(c, "embed_tokens", c.v, c.h);
        embed_positions = Embedding(c, "embed_positions", {c.model.positions, "positions"}, c.h);
        decoder.make(c, "layers", c.model.decoder.layers, kStyle);
        decoder_norm = LayerNorm(c, "layer_norm", c.h);
    }

    Tensor encode(Context& c, const Tensor& features) const {
        auto scope = c.t.module("model.encoder");
        Tape& t = c.t;
        Tensor embeddings;
        {
            auto conv = c.t.module("conv1");
            embeddings = t.gelu(
                t.convolution(features, conv1, conv1_bias, {c.b, c.h, wide_frames}, "output"),
                "gelu");
        }
        {
            auto conv = c.t.module("conv2");
            embeddings = t.gelu(
                t.convolution(embeddings, conv2, conv2_bias, {c.b, c.h, frames}, "output"), "gelu");
        }
        embeddings = t.permute(embeddings, {0, 2, 1});
        const Tensor places = t.make("all positions", {frames}, DType::int64);
        Tensor hidden =
            t.add(embeddings, t.embedding(encoder_positions, places, "positions"), "embeddings");
        hidden = t.dropout(hidden, c.dropout.embedding, "dropped embeddings");
        hidden = run_seq2seq(c, encoder, std::move(hidden), {});
        return encoder_norm(c, hidden);
    }

    Tensor decode(Context& c, const Tensor& ids, const Tensor& encoded) const {
        auto scope = c.t.module("model.decoder");
        Tape& t = c.t;
        const Dim tokens = ids.dim(1);
        const Tensor embeddings = embed_tokens(c, ids);
        const Tensor places = t.make("position ids", {c.b, tokens}, DType::int64);
        const Tensor positions = embed_positions(c, places);
        Tensor hidden = t.add(embeddings, positions, "embeddings");
        hidden = t.dropout(hidden, c.dropout.embedding, "dropped embeddings");
        Seq2SeqGiven given;
        given.encoded = encoded;
        {
            const TokensGuard guard(c, tokens, c.cache != nullptr ? c.kv : tokens);
            given.mask = causal_mask(c, embeddings, {});
        }
        hidden = run_seq2seq(c, decoder, std::move(hidden), given);
        return decoder_norm(c, hidden);
    }

    Tensor loss(Context& c, const Tensor& features, const Tensor& labels,
                const Tensor& padding) const {
        (void)padding;
        auto scope = c.t.module("", kSource);
        const Tensor shifted = shift_right(c, labels);
        const Tensor encoded = encode(c, features);
        c.returns(encoded);
        const Tensor hidden = decode(c, shifted, encoded);
        return masked_lm_loss(c, scores(c, hidden), labels);
    }

    Tensor scores(Context& c, const Tensor& hidden) const {
        auto head = c.t.module("proj_out", nullptr, Group::logits);
        return c.t.linear(hidden, embed_tokens.weight, {}, "output");
    }

    Tensor encoded(Context& c, const Tensor& features) const {
        auto scope = c.t.module("", kSource);
        return encode(c, features);
    }

    Tensor logits(Context& c, const Tensor& ids, const Tensor& states) const {
        auto scope = c.t.module("", kSource);
        const Tensor hidden = decode(c, ids, states);
        return scores(c, hidden);
    }
};

}  // namespace

Listing whisper(Context& c) {
    auto network = std::make_shared<WhisperForConditionalGeneration>(c);
    Listing listing = encoder_decoder(c, network);
    listing.input = [&c, network]() {
        return c.t.resident("input_features", {c.b, network->bins, network->wide_frames}, c.weight,
                            Group::buffers);
    };
    return listing;
}

}  // namespace tensorledger::hf
