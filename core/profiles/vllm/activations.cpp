#include "core/profiles/vllm/activations.h"

#include <algorithm>
#include <initializer_list>

#include "core/profiles/vllm/ranks.h"

namespace tensorledger::vllm {

namespace {

/// Tokens that the fused kernels of a mixture take at once (VLLM_FUSED_MOE_CHUNK_SIZE).
constexpr std::int64_t kMixtureChunk = 16384;

std::int64_t ceil_divide(std::int64_t number, std::int64_t by) {
    return number / by + (number % by != 0 ? 1 : 0);
}

class Moment {
public:
    explicit Moment(DType dtype) : dtype_(dtype) {}

    /// A tensor with these sizes; of width 0 it does not exist.
    void hold(std::string_view name, std::initializer_list<std::int64_t> sizes,
              std::string_view shape, std::string_view note) {
        hold(name, sizes, shape, note, dtype_);
    }
    void hold(std::string_view name, std::initializer_list<std::int64_t> sizes,
              std::string_view shape, std::string_view note, DType dtype) {
        std::int64_t elements = 1;
        std::string formula;
        for (const std::int64_t size : sizes) {
            elements = checked_product(elements, size);
            formula += std::to_string(size) + " × ";
        }
        if (elements == 0) return;
        Alive made;
        made.name = name;
        made.bytes = bytes_of(dtype, elements);
        made.shape = shape;
        made.dtype = tensorledger::name(dtype);
        made.formula = formula + std::to_string(info(dtype).block_bytes) + " B";
        made.note = note;
        peak.together += made.bytes;
        peak.alive.push_back(std::move(made));
    }

    ForwardPeak peak;

private:
    DType dtype_;
};

class Forward {
public:
    Forward(const Model& model, const ForwardQuestion& question) : model_(model), q_(question) {}

    /// The feed-forward of a layer: its gate and up projections and what the activation makes of them.
    ForwardPeak feed_forward(const FeedForward& f) const {
        Moment moment(q_.dtype);
        hidden(moment);
        if (f.kind == FeedForwardKind::moe) {
            mixture(f, moment);
        }
        const std::int64_t dense = f.kind == FeedForwardKind::moe ? f.shared_width : f.width;
        const std::int64_t width = ceil_divide(dense, q_.tp);
        const bool gated = f.kind == FeedForwardKind::moe ? f.expert_gated : f.gated();
        moment.hold(gated ? "mlp.gate_up" : "mlp.up", {q_.tokens, gated ? 2 * width : width},
                    gated ? "n × 2·f" : "n × f", "What the first projection of the MLP writes.");
        moment.hold("mlp.activation", {q_.tokens, width}, "n × f",
                    "The activation's output, which the second projection reads.");
        return moment.peak;
    }

    ForwardPeak attention(const Attention& a) const {
        Moment moment(q_.dtype);
        hidden(moment);
        const std::int64_t heads = ceil_divide(a.heads, q_.tp);
        if (a.latent) {
            latent(a, heads, moment);
            return moment.peak;
        }
        const std::int64_t kv = kv_heads(a, q_.tp);
        const std::int64_t query = heads * a.head_dim * (a.output_gate ? 2 : 1);
        moment.hold("attention.qkv", {q_.tokens, query + kv * (a.head_dim + a.value_head_dim)},
                    "n × (a+2k)·d", "Queries, keys and values of one projection.");
        moment.hold("attention.output", {q_.tokens, heads * a.value_head_dim}, "n × a·d",
                    "What the attention kernel writes.");
        return moment.peak;
    }

    ForwardPeak recurrent(const Layer& layer) const {
        Moment moment(q_.dtype);
        hidden(moment);
        const Recurrent& r = layer.recurrent;
        const std::int64_t inner = std::max(r.inner, checked_product(r.heads, r.head_dim));
        moment.hold("mixer.projected", {q_.tokens, ceil_divide(r.conv_channels + inner, q_.tp)},
                    "n × (d_conv+d_inner)", "What the mixer's first projection writes.");
        moment.hold("mixer.convolved", {q_.tokens, ceil_divide(r.conv_channels, q_.tp)},
                    "n × d_conv", "The convolution's output.");
        moment.hold("mixer.output", {q_.tokens, ceil_divide(inner, q_.tp)}, "n × d_inner",
                    "What the recurrence writes.");
        return moment.peak;
    }

    /// The scores of the sampled rows and what top-k and top-p make of them. Of guessed tokens the scores of one row
    /// more are there, which is sampled by itself.
    ForwardPeak sampler(std::int64_t guessed) const {
        Moment moment(q_.dtype);
        const std::int64_t sequences = std::min(q_.sequences, q_.tokens);
        const std::int64_t rows = checked_product(sequences, std::max<std::int64_t>(guessed, 1));
        const std::int64_t scored = checked_product(sequences, guessed + 1);
        const std::int64_t v = model_.vocab;
        moment.hold("hidden states", {q_.tokens, model_.hidden}, "n × h",
                    "The forward's output, which the profiling run still holds.");
        moment.hold("sampled rows", {2, sequences, model_.hidden}, "2 × s × h",
                    "The last token of each sequence, and the random rows put in their place.");
        moment.hold("logits", {scored, v}, "s × v", "Scores of every sampled row.");
        moment.hold("logits, fp32", {rows, v}, "s × v", "Sampling works in fp32.", DType::fp32);
        if (q_.sorts) {
            moment.hold("sorted logits", {rows, v}, "s × v", "torch.sort's values.", DType::fp32);
            moment.hold("sorted indices", {rows, v}, "s × v", "torch.sort's indices.",
                        DType::int64);
            moment.hold("sort: reversed indices", {rows, v}, "s × v",
                        "The segmented sort's input of indices.", DType::int64);
            moment.hold("sort: keys, second buffer", {rows, v}, "s × v",
                        "A radix sort goes back and forth between two buffers.", DType::fp32);
            moment.hold("sort: indices, second buffer", {rows, v}, "s × v",
                        "A radix sort goes back and forth between two buffers.", DType::int64);
        } else {
            moment.hold("masked logits", {rows, v}, "s × v", "All but the top-k are masked.",
                        DType::fp32);
            moment.hold("probabilities", {rows, v}, "s × v",
                        "Their softmax, from which is sampled.", DType::fp32);
        }
        moment.peak.in_sampler = true;
        return moment.peak;
    }

private:
    /// The residual stream. Without torch.compile Python's names keep the layer's input and output alive as well.
    void hidden(Moment& moment) const {
        const std::int64_t copies = q_.eager ? 4 : 2;
        moment.hold(
            "residual stream", {copies, q_.tokens, model_.hidden},
            q_.eager ? "4 × n × h" : "2 × n × h",
            q_.eager
                ? "The residual, the normed input of the layer, that of its MLP and its output."
                : "The residual and the normed input.");
    }

    /// The kernels of a mixture share two workspaces: the first has the gate and up projections of all chosen
    /// experts and then their outputs, the second the activations between them.
    void mixture(const FeedForward& f, Moment& moment) const {
        const std::int64_t chunk = std::min(q_.tokens, kMixtureChunk);
        const std::int64_t width = q_.ep > 1 ? f.expert_width : ceil_divide(f.expert_width, q_.tp);
        const std::int64_t first = f.expert_gated ? 2 * width : width;
        const std::int64_t read = f.latent_width > 0 ? f.latent_width : model_.hidden;
        moment.hold("router logits", {q_.tokens, f.experts}, "n × E", "A score for each expert.",
                    DType::fp32);
        moment.hold("experts: first workspace", {chunk, f.experts_per_token, std::max(first, read)},
                    "n × top-k × max(2·f_e, h)",
                    "Gate and up of each token's experts, then their outputs in the same place.");
        moment.hold("experts: second workspace", {chunk, f.experts_per_token, width},
                    "n × top-k × f_e", "The activations of each token's experts.");
        moment.hold("experts: output", {q_.tokens, model_.hidden}, "n × h",
                    "The sum over each token's experts.");
    }

    /// Latent attention makes whole keys and values for a prompt; and the profiling run asks for the room that this
    /// takes for as much of a cached context as is read at once.
    void latent(const Attention& a, std::int64_t heads, Moment& moment) const {
        const Latent& l = *a.latent;
        const std::int64_t query = l.nope_head_dim + l.rope_head_dim;
        const std::int64_t up = l.nope_head_dim + a.value_head_dim;
        const std::int64_t longest =
            std::max(checked_product(8, q_.context), checked_product(4 * q_.sequences, q_.block));
        const std::int64_t read = std::max(std::min<std::int64_t>(longest, 65536),
                                           checked_product(q_.sequences, q_.block));
        moment.hold("attention.q", {q_.tokens, heads, query}, "n × a·(d_nope+d_rope)",
                    "The queries.");
        moment.hold("attention.latent", {q_.tokens, l.kv_rank + l.rope_head_dim},
                    "n × (r_kv+d_rope)", "What goes into the cache.");
        moment.hold("attention.output", {q_.tokens, heads * a.value_head_dim}, "n × a·d_v",
                    "What the attention writes.");
        moment.hold("attention.context", {read, heads, up}, "c × a·(d_nope+d_v)",
                    "Keys and values of a cached context, made whole for a prompt's later pieces.");
    }

    const Model& model_;
    const ForwardQuestion& q_;
};

}  // namespace

ForwardPeak forward_peak(const Model& model, const ForwardQuestion& question) {
    const Forward forward(model, question);
    ForwardPeak highest;
    const auto consider = [&](ForwardPeak peak) {
        if (peak.together > highest.together) highest = std::move(peak);
    };
    for (std::int64_t i = question.first; i < question.first + question.layers; ++i) {
        const Layer& layer = model.decoder.layers[static_cast<std::uint32_t>(i)];
        if (i > question.first &&
            model.decoder.layers[static_cast<std::uint32_t>(i - 1)] == layer) {
            continue;
        }
        consider(forward.feed_forward(layer.feed_forward));
        if (layer.mixer == MixerKind::attention || layer.has_parallel_attention) {
            consider(forward.attention(layer.attention));
        }
        if (layer.mixer != MixerKind::attention && layer.mixer != MixerKind::none) {
            consider(forward.recurrent(layer));
        }
    }
    if (question.samples && model.has_head) {
        consider(forward.sampler(0));
        if (question.guessed > 0) consider(forward.sampler(question.guessed));
    }
    return highest;
}

}  // namespace tensorledger::vllm
