#include "core/article/article.h"

namespace tensorledger {

namespace {

/// A product of element counts that cannot wrap.
template <typename... Factors>
std::int64_t product(std::int64_t first, Factors... others) {
    ((first = checked_product(first, others)), ...);
    return first;
}

const Attention* first_attention(const Stack& stack) {
    for (const Layer& layer : stack.layers) {
        const bool attends = layer.mixer == MixerKind::attention || layer.has_parallel_attention;
        if (attends && layer.attention.heads > 0) return &layer.attention;
    }
    return nullptr;
}

std::int64_t layers_of(const Model& model) {
    const auto decoder = static_cast<std::int64_t>(model.decoder.layers.size());
    const auto encoder =
        model.encoder.has_value() ? static_cast<std::int64_t>(model.encoder->layers.size()) : 0;
    return decoder + encoder;
}

}  // namespace

Bytes article_bytes(const ArticleSymbols& symbols, DType dtype) {
    const auto& [R, N, D, B, S] = symbols;
    const Bytes projections = bytes_of(dtype, product(4, R, N, N, D, D));
    const Bytes scores = bytes_of(dtype, product(2, R, B, N, S, S));
    const Bytes keys_and_values = bytes_of(dtype, product(4, R, B, N, S, D));
    return projections + scores + keys_and_values;
}

Bytes article_long_bytes(const ArticleSymbols& symbols, DType dtype) {
    const auto& [R, N, D, B, S] = symbols;
    return bytes_of(dtype, product(2, R, B, N, S, S));
}

std::optional<ArticleSymbols> article_symbols(const Model& model, const Run& run) {
    const Attention* attention = first_attention(model.decoder);
    if (attention == nullptr && model.encoder.has_value()) {
        attention = first_attention(*model.encoder);
    }
    if (attention == nullptr) return std::nullopt;
    const bool trains = run.task == Task::train;
    return ArticleSymbols{.R = layers_of(model),
                          .N = attention->heads,
                          .D = attention->head_dim,
                          .B = trains ? run.batch : run.serving.sequences,
                          .S = trains ? run.seq : run.serving.context};
}

std::string article_formula(const Article& article) {
    const auto& [R, N, D, B, S] = article.symbols;
    const auto text = [](std::int64_t value) { return std::to_string(value); };
    return "(4·" + text(R) + "·" + text(N) + "²·" + text(D) + "² + 2·" + text(R) + "·" + text(B) +
           "·" + text(N) + "·" + text(S) + "·(" + text(S) + " + 2·" + text(D) + ")) × " +
           text(info(article.dtype).block_bytes) + " B";
}

std::string article_long_formula(const Article& article) {
    const auto& [R, N, D, B, S] = article.symbols;
    (void)D;
    const auto text = [](std::int64_t value) { return std::to_string(value); };
    return "2·" + text(R) + "·" + text(B) + "·" + text(N) + "·" + text(S) + "² × " +
           text(info(article.dtype).block_bytes) + " B";
}

std::optional<Article> article_of(const Model& model, const Run& run) {
    const auto symbols = article_symbols(model, run);
    if (!symbols.has_value()) return std::nullopt;
    const DType dtype = run.recipe.compute;
    return Article{.symbols = *symbols,
                   .dtype = dtype,
                   .bytes = article_bytes(*symbols, dtype),
                   .long_bytes = article_long_bytes(*symbols, dtype)};
}

}  // namespace tensorledger
