#include "core/profiles/hf/norms.h"

namespace tensorledger::hf {

Norm::Norm(Context& c, NormCode how, const char* module, std::initializer_list<Dim> width,
           bool has_bias)
    : name(module), code(how) {
    if (name == nullptr || how == NormCode::rms_bare || how == NormCode::layer_in_fp32) {
        return;
    }
    auto scope = c.t.module(module);
    weight = c.parameter("weight", width, c.weight);
    if (has_bias && (how == NormCode::layer || how == NormCode::layer_plus_one)) {
        bias = c.parameter("bias", width, c.weight);
    }
}

namespace {

/// NemotronLayerNorm1P: under autocast in its type, like a matrix product.
Tensor layer_norm_plus_one(Context& c, const Norm& norm, const Tensor& x) {
    Tape& t = c.t;
    Tensor input = x;
    Tensor weight = t.shift(norm.weight, "1 + weight");
    Tensor bias = norm.bias;
    const std::optional<DType> autocast = std::exchange(t.autocast, std::nullopt);
    if (autocast) {
        input = t.to(input, *autocast, "input in half precision");
        weight = t.to(std::move(weight), *autocast, "1 + weight in half precision");
        bias = t.to(bias, *autocast, "bias in half precision");
    }
    Tensor output = t.layer_norm(input, weight, bias, "output");
    t.autocast = autocast;
    return output;
}

/// CohereLayerNorm, term by term.
Tensor layer_norm_by_hand(Context& c, const Norm& norm, const Tensor& x) {
    Tape& t = c.t;
    Tensor hidden = t.to(x, DType::fp32, "input in fp32");
    const Tensor mean = t.mean_last(hidden, "mean");
    const Tensor variance =
        t.mean_last(t.pow(t.sub(hidden, mean, "distance"), 2, "square"), "variance");
    Tensor distance = t.sub(hidden, mean, "distance");
    hidden = t.mul(std::move(distance), t.rsqrt(t.shift(variance, "variance + ε"), "rsqrt"),
                   "normalised");
    hidden = t.mul(t.to(norm.weight, DType::fp32, "weight in fp32"), hidden, "output in fp32");
    return t.to(hidden, x.dtype(), "output");
}

/// x · rsqrt(mean(x²) + ε), a function of its own in Gemma's code and in what is written from it.
Tensor unit_rms(Context& c, const Tensor& x) {
    Tape& t = c.t;
    const Tensor wide = t.to(x, DType::fp32, "input in fp32");
    Tensor variance = t.mean_last(t.pow(wide, 2, "square"), "variance");
    return t.mul(wide, t.rsqrt(t.shift(std::move(variance), "variance + ε"), "rsqrt"),
                 "normalised");
}

}  // namespace

Tensor Norm::operator()(Context& c, const Tensor& x) const {
    if (name == nullptr) {
        return x;
    }
    auto scope = c.t.module(name);
    Tape& t = c.t;
    switch (code) {
        case NormCode::layer: return t.layer_norm(x, weight, bias, "output");
        case NormCode::layer_in_fp32:
            return t.to(t.layer_norm(t.to(x, DType::fp32, "input in fp32"), {}, {}, "normalised"),
                        x.dtype(), "output");
        case NormCode::layer_plus_one: return layer_norm_plus_one(c, *this, x);
        case NormCode::layer_by_hand: return layer_norm_by_hand(c, *this, x);
        case NormCode::rms_bare: return t.to(unit_rms(c, x), x.dtype(), "output");
        case NormCode::rms_plus_one: {
            if (c.liger()) {
                return t.norm_over(x, weight, "output");
            }
            Tensor output = unit_rms(c, x);
            output =
                t.mul(output, t.shift(t.to(weight, DType::fp32, "weight in fp32"), "1 + weight"),
                      "output in fp32");
            return t.to(output, x.dtype(), "output");
        }
        case NormCode::rms: return rms_norm(c, weight, x);
        default: break;
    }
    Tensor hidden = t.to(x, DType::fp32, "input in fp32");
    const Tensor variance = t.mean_last(t.pow(hidden, 2, "square"), "variance");
    hidden = t.mul(hidden, t.rsqrt(t.shift(variance, "variance + ε"), "rsqrt"), "normalised");
    const Tensor output =
        code == NormCode::rms_cast
            ? t.mul(t.to(weight, DType::fp32, "weight in fp32"), hidden, "output in fp32")
            : t.mul(weight, hidden, "output in fp32");
    return t.to(output, x.dtype(), "output");
}

}  // namespace tensorledger::hf
