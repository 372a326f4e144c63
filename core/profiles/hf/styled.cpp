// The layer that most decoders of transformers share, by the data of a style: two blocks, norms before
// or behind them, and how their results are added to what came in.
// Source: transformers 5.16.0.dev0, models/llama/modeling_llama.py and what is written from it.

#include "core/profiles/hf/decoder.h"
#include "core/profiles/hf/latent.h"

namespace tensorledger::hf {

namespace {

/// The feed-forward that a layer's description asks for.
struct Mlp {
    std::optional<GatedMlp> gated;
    std::optional<PackedMlp> packed;
    std::optional<PlainMlp> plain;
    std::optional<SparseMoe> experts;

    Mlp() = default;
    Mlp(Context& c, const DecoderStyle& style, const FeedForward& ff) {
        if (ff.kind == FeedForwardKind::moe) {
            experts.emplace(c, ff, style.moe);
        } else if (ff.kind == FeedForwardKind::plain) {
            plain.emplace(c, ff, style.up, style.down);
        } else if (ff.packed_gate_up) {
            packed.emplace(c, ff, ff.width);
        } else {
            gated.emplace(c, ff, ff.width, "mlp", style.norms_mlp);
        }
    }

    Tensor operator()(Context& c, const Tensor& x) const {
        return experts  ? (*experts)(c, x)
               : plain  ? (*plain)(c, x)
               : packed ? (*packed)(c, x)
                        : (*gated)(c, x);
    }
};

struct StyledLayer final : DecoderLayer {
    const DecoderStyle style;
    std::optional<LatentAttention> latent;
    std::optional<RotaryAttention> rotary;
    Mlp mlp;
    Norm before_attention, after_attention, before_mlp, after_mlp;

    StyledLayer(Context& c, const DecoderStyle& look, const Layer& layer) : style(look) {
        if (layer.attention.latent) {
            latent.emplace(c, layer.attention, style.attention);
        } else {
            rotary.emplace(c, layer.attention, style.attention);
        }
        mlp = Mlp(c, style, layer.feed_forward);
        const bool has_bias = layer.norm == NormKind::layer;
        const auto norm = [&](const char* name) {
            return Norm(c, style.norms, name, {c.h}, has_bias);
        };
        before_attention = norm(style.before_attention);
        before_mlp = layer.parallel_block ? Norm() : norm(style.before_mlp);
        after_attention = norm(style.after_attention);
        after_mlp = norm(style.after_mlp);
    }

    Tensor attend(Context& c, const Tensor& x, const DecoderInputs& inputs) const {
        return latent ? (*latent)(c, x, inputs) : (*rotary)(c, x, inputs);
    }

    Tensor operator()(Context& c, const Tensor& x, const DecoderInputs& inputs) const override {
        if (style.branches == Branches::parallel || style.branches == Branches::parallel_dropped) {
            return side_by_side(c, x, inputs);
        }
        if (style.branches == Branches::late) {
            return holding_names(c, x, inputs);
        }
        Tensor residual = x;
        Tensor hidden = before_attention(c, x);
        hidden = attend(c, hidden, inputs);
        hidden = after_attention(c, hidden);
        const Tensor held = style.branches == Branches::named ? hidden : Tensor();
        hidden = added(c, residual, hidden, "after attention");
        residual = hidden;
        hidden = before_mlp(c, hidden);
        hidden = mlp(c, hidden);
        hidden = after_mlp(c, hidden);
        return added(c, residual, hidden, "output");
    }

    Tensor added(Context& c, const Tensor& x, const Tensor& branch, const char* name) const {
        Tape& t = c.t;
        if (style.branches == Branches::scaled) {
            return t.add(x, t.scale(branch, "scaled"), name);
        }
        if (style.branches == Branches::dropped || style.branches == Branches::named) {
            return t.add(x, t.dropout(branch, c.dropout.residual, "dropped"), name);
        }
        return t.add(x, branch, name);
    }

    Tensor side_by_side(Context& c, const Tensor& x, const DecoderInputs& inputs) const {
        Tape& t = c.t;
        const Tensor hidden = before_attention(c, x);
        Tensor attended = attend(c, hidden, inputs);
        if (style.branches == Branches::parallel) {
            const Tensor forwarded = mlp(c, hidden);
            return t.add(t.add(x, attended, "after attention"), forwarded, "output");
        }
        attended = t.dropout(attended, c.dropout.residual, "dropped attention");
        const Tensor forwarded = t.dropout(mlp(c, hidden), c.dropout.residual, "dropped output");
        return t.add(t.add(attended, forwarded, "both blocks"), x, "output");
    }

    Tensor holding_names(Context& c, const Tensor& x, const DecoderInputs& inputs) const {
        Tape& t = c.t;
        const double p = c.dropout.residual;
        const Tensor hidden = before_attention(c, x);
        const Tensor attended = attend(c, hidden, inputs);
        if (before_mlp.name == nullptr) {
            Tensor forwarded = mlp(c, hidden);
            forwarded = t.dropout(forwarded, p, "dropped output");
            return t.add(t.add(x, attended, "after attention"), forwarded, "output");
        }
        const Tensor residual = t.add(x, attended, "after attention");
        Tensor forwarded = mlp(c, before_mlp(c, residual));
        forwarded = t.dropout(forwarded, p, "dropped output");
        return t.add(residual, forwarded, "output");
    }
};

struct StyledNorm final : FinalNorm {
    Norm norm;

    StyledNorm(Context& c, const DecoderStyle& style)
        : norm(c, style.norms, style.norm, {c.h}, c.model.final_norm == NormKind::layer) {}
    Tensor operator()(Context& c, const Tensor& x) const override { return norm(c, x); }
};

}  // namespace

Listing styled_decoder(Context& c, const DecoderStyle& style) {
    c.eager_only = c.eager_only || style.eager_only;
    return rotary_decoder(
        c, style,
        {[](Context& context, const DecoderStyle& look,
            const Layer& layer) -> std::unique_ptr<DecoderLayer> {
             return std::make_unique<StyledLayer>(context, look, layer);
         },
         [](Context& context, const DecoderStyle& look) -> std::unique_ptr<FinalNorm> {
             return std::make_unique<StyledNorm>(context, look);
         }});
}

}  // namespace tensorledger::hf
