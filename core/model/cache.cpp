#include "core/model/cache.h"

#include <utility>

namespace tensorledger {

namespace {

std::int64_t sum(std::int64_t left, std::int64_t right) {
    return (Bytes(left) + Bytes(right)).count();
}

std::int64_t keys_and_values(const Attention& attention) {
    return checked_product(attention.kv_heads, sum(attention.head_dim, attention.value_head_dim));
}

void add_window(std::vector<CacheWindow>& windows, std::int64_t window, std::int64_t per_token) {
    for (CacheWindow& known : windows) {
        if (known.window == window) {
            known.per_token = sum(known.per_token, per_token);
            return;
        }
    }
    windows.push_back({window, per_token});
    for (std::size_t i = windows.size() - 1; i > 0 && windows[i].window < windows[i - 1].window;
         --i) {
        std::swap(windows[i], windows[i - 1]);
    }
}

void add_layer(const Layer& layer, CacheGeometry& geometry) {
    geometry.state = sum(geometry.state, state_elements(layer.mixer, layer.recurrent));
    if (layer.cross_attention) {
        geometry.cross_per_token =
            sum(geometry.cross_per_token, keys_and_values(*layer.cross_attention));
    }
    const bool attends = layer.mixer == MixerKind::attention || layer.has_parallel_attention;
    if (!attends || !layer.stores_kv) {
        return;
    }
    const Attention& attention = layer.attention;
    const std::int64_t reach = attention.window > 0 ? attention.window : attention.chunk;
    if (attention.compression > 0 && attention.latent) {
        // one shared vector a token within the window, and compressed ones for all that came before
        const Latent& latent = *attention.latent;
        add_window(geometry.windows, reach, latent.kv_rank);
        geometry.full_per_token =
            sum(geometry.full_per_token,
                sum(latent.kv_rank, latent.index_head_dim) / attention.compression);
        return;
    }
    if (reach > 0) {
        add_window(geometry.windows, reach, cache_elements_per_token(attention));
        return;
    }
    geometry.full_per_token = sum(geometry.full_per_token, cache_elements_per_token(attention));
    geometry.expanded_per_token = sum(geometry.expanded_per_token, keys_and_values(attention));
}

}  // namespace

std::int64_t cache_elements_per_token(const Attention& attention) {
    if (attention.latent) {
        const Latent& latent = *attention.latent;
        return sum(sum(latent.kv_rank, latent.rope_head_dim), latent.index_head_dim);
    }
    return keys_and_values(attention);
}

std::int64_t state_elements(MixerKind mixer, const Recurrent& r) {
    const std::int64_t convolution = checked_product(r.conv_channels, r.conv_kernel);
    switch (mixer) {
        case MixerKind::mamba1: return sum(convolution, checked_product(r.inner, r.state));
        case MixerKind::mamba2:
        case MixerKind::gated_delta_net:
        case MixerKind::kimi_delta:
        case MixerKind::lightning:
            return sum(convolution, checked_product(checked_product(r.heads, r.head_dim), r.state));
        case MixerKind::short_conv: return convolution;
        default: return r.state_elements;
    }
}

CacheGeometry cache_geometry(const Model& model) {
    CacheGeometry geometry;
    if (!model.decoder.is_decoder) {
        return geometry;
    }
    for (const Layer& layer : model.decoder.layers) {
        add_layer(layer, geometry);
    }
    return geometry;
}

}  // namespace tensorledger
