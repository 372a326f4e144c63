// ViT: patches of an image and a class token through pre-norm layers, a classifier on the class token.
// The tokens of a sequence are the image's patches and that token, whatever `seq` says.
// Source: transformers 5.16.0.dev0, models/vit/modeling_vit.py.

#include "core/profiles/hf/blocks.h"

namespace tensorledger::hf {

namespace {

constexpr const char* kSource = "transformers:models/vit/modeling_vit.py";

struct VitLayer {
    const Layer& layer;
    Dim tokens;
    Linear q_proj, k_proj, v_proj, o_proj, fc1, fc2;
    LayerNorm layernorm_before, layernorm_after;

    VitLayer(Context& c, const Layer& description, Dim count) : layer(description), tokens(count) {
        const Attention& a = layer.attention;
        const Dim f{layer.feed_forward.width, "f"};
        {
            auto scope = c.t.module("attention");
            q_proj = Linear(c, "q_proj", c.h, query_width(a), a.query_bias);
            k_proj = Linear(c, "k_proj", c.h, query_width(a), a.query_bias);
            v_proj = Linear(c, "v_proj", c.h, query_width(a), a.query_bias);
            o_proj = Linear(c, "o_proj", query_width(a), c.h, true);
        }
        layernorm_before = LayerNorm(c, "layernorm_before", c.h);
        layernorm_after = LayerNorm(c, "layernorm_after", c.h);
        auto scope = c.t.module("mlp");
        fc1 = Linear(c, "fc1", c.h, f, true);
        fc2 = Linear(c, "fc2", f, c.h, true);
    }

    Tensor attend(Context& c, const Tensor& x) const {
        auto scope = c.t.module("attention");
        Tape& t = c.t;
        const Attention& a = layer.attention;
        const auto split = [&](const Linear& projection) {
            return t.transpose(t.view(projection(c, x), {c.b, tokens, heads(a), head_dim(a)}), 1,
                               2);
        };
        const Tensor query = split(q_proj);
        const Tensor key = split(k_proj);
        const Tensor value = split(v_proj);
        Tensor output =
            attention(c, query, key, value, {}, {.causal = false, .dropout = c.dropout.attention});
        output = t.contiguous(t.reshape(output, {c.b, tokens, query_width(a)}));
        output = o_proj(c, output);
        return output;
    }

    Tensor feed_forward(Context& c, const Tensor& x) const {
        auto scope = c.t.module("mlp");
        Tensor hidden = fc1(c, x);
        hidden = activation(c, layer.feed_forward.activation, hidden);
        hidden = fc2(c, hidden);
        return hidden;
    }

    Tensor operator()(Context& c, const Tensor& x) const {
        Tape& t = c.t;
        Tensor residual = x;
        Tensor hidden = layernorm_before(c, x);
        hidden = attend(c, hidden);
        hidden = t.dropout(hidden, c.dropout.residual, "dropped output");
        hidden = t.add(hidden, residual, "after attention");
        residual = hidden;
        hidden = layernorm_after(c, hidden);
        hidden = feed_forward(c, hidden);
        hidden = t.dropout(hidden, c.dropout.residual, "dropped output");
        hidden = t.add(hidden, residual, "output");
        return hidden;
    }
};

struct VitForImageClassification {
    Dim channels, patch, patches, tokens, labels;
    Parameter cls_token, position_embeddings, projection, projection_bias;
    Layers<VitLayer> layers;
    LayerNorm layernorm;
    Linear classifier;

    explicit VitForImageClassification(Context& c) {
        const Shape kernel = listed_shape(c.model, "patch_embeddings.projection.weight");
        const Shape positions = listed_shape(c.model, "embeddings.position_embeddings");
        const Shape head = listed_shape(c.model, "classifier.weight");
        channels = {kernel.dims[1].size, "channels"};
        patch = {kernel.dims[2].size, "patch"};
        tokens = {positions.dims[1].size, "s"};
        patches = {tokens.size - 1, "patches"};
        labels = {head.rank > 0 ? head.dims[0].size : 2, "labels"};
        {
            auto scope = c.t.module("vit.embeddings");
            const Dim one{1, "1"};
            cls_token = c.parameter("cls_token", {one, one, c.h}, c.weight);
            position_embeddings = c.parameter("position_embeddings", {one, tokens, c.h}, c.weight);
            auto inner = c.t.module("patch_embeddings.projection");
            projection = c.parameter("weight", {c.h, channels, patch, patch}, c.weight);
            projection_bias = c.parameter("bias", {c.h}, c.weight);
        }
        auto scope = c.t.module("vit");
        layers.make(c, "layers", c.model.decoder.layers, tokens);
        layernorm = LayerNorm(c, "layernorm", c.h);
        classifier = Linear(c, "classifier", c.h, labels, true);
    }

    /// The pixels of an image, patch by patch: as many as its height times its width.
    Dim pixels() const {
        return {checked_product(patches.size, patch.size * patch.size), "height × width"};
    }

    Tensor embed(Context& c, const Tensor& image) const {
        auto scope = c.t.module("vit.embeddings");
        Tape& t = c.t;
        Tensor embeddings;
        {
            auto inner = c.t.module("patch_embeddings.projection");
            embeddings = t.transpose(
                t.convolution(image, projection, projection_bias, {c.b, c.h, patches}, "output"), 1,
                2);
        }
        const Tensor classes = t.expand(cls_token, {c.b, Dim{1, "1"}, c.h});
        std::vector<Tensor> parts;
        parts.push_back(classes);
        parts.push_back(embeddings);
        embeddings = t.cat(std::move(parts), 1, tokens, "class token and patches");
        embeddings = t.add(embeddings, position_embeddings, "embeddings");
        embeddings = t.dropout(embeddings, c.dropout.embedding, "dropped embeddings");
        return embeddings;
    }

    Tensor hidden_states(Context& c, const Tensor& image) const {
        const Tensor embeddings = embed(c, image);
        auto scope = c.t.module("vit");
        const Tensor hidden =
            layers.run(c, "layers", embeddings,
                       [&c](const VitLayer& layer, const Tensor& x) { return layer(c, x); });
        return layernorm(c, hidden);
    }

    Tensor loss(Context& c, const Tensor& image, const Tensor& targets) const {
        auto scope = c.t.module("", kSource);
        Tape& t = c.t;
        const Tensor sequence = hidden_states(c, image);
        const Tensor pooled = t.select(sequence, 1);
        Tensor logits;
        {
            auto head = t.module("", nullptr, Group::logits);
            logits = classifier(c, pooled);
        }
        c.returns(logits);
        auto inner = t.module("loss", nullptr, Group::logits);
        return t.cross_entropy(t.view(logits, {c.b, labels}), targets, "log-probabilities");
    }
};

}  // namespace

Listing vit(Context& c) {
    auto network = std::make_shared<VitForImageClassification>(c);
    Listing listing;
    listing.loss = [&c, network](const Tensor& image, const Tensor& labels, const Tensor&) {
        return network->loss(c, image, labels);
    };
    listing.input = [&c, network]() {
        return c.t.resident("pixel_values", {c.b, network->channels, network->pixels()}, c.weight,
                            Group::buffers);
    };
    listing.labels = [&c]() { return c.t.resident("labels", {c.b}, DType::int64, Group::buffers); };
    return listing;
}

}  // namespace tensorledger::hf
