// The seed article's formula, worked out by hand.
//   M = 4·R·N²·D² + 2·R·B·N·S·(S + 2·D)   elements;   long sequences: 2·R·B·N·S²
#include "core/article/article.h"
#include "tests/core/catch.h"

using namespace tensorledger;

TEST_CASE("the article's formula on small powers of two") {
    // 4·2·4²·8² = 8,192;  2·2·3·4·16·(16 + 16) = 24,576;  together 32,768 elements.
    const ArticleSymbols small{.R = 2, .N = 4, .D = 8, .B = 3, .S = 16};
    CHECK(article_bytes(small, DType::bf16).count() == 65'536);
    CHECK(article_bytes(small, DType::fp32).count() == 131'072);
    // 2·2·3·4·16² = 12,288 elements.
    CHECK(article_long_bytes(small, DType::bf16).count() == 24'576);
}

TEST_CASE("the article's formula on the sizes of BERT base and GPT-3") {
    // 4·12·12²·64² = 28,311,552;  2·12·8·12·512·(512 + 128) = 754,974,720.
    const ArticleSymbols bert{.R = 12, .N = 12, .D = 64, .B = 8, .S = 512};
    CHECK(article_bytes(bert, DType::fp32).count() == 4 * 783'286'272LL);
    // 4·96·96²·128² = 57,982,058,496;  2·96·1·96·2048·(2048 + 256) = 86,973,087,744.
    const ArticleSymbols gpt3{.R = 96, .N = 96, .D = 128, .B = 1, .S = 2048};
    CHECK(article_bytes(gpt3, DType::bf16).count() == 2 * 144'955'146'240LL);
}

TEST_CASE("the article's formula is linear in the batch and quadratic in the sequence") {
    const ArticleSymbols one{.R = 4, .N = 8, .D = 64, .B = 1, .S = 1024};
    ArticleSymbols more = one;
    more.B = 2;
    const Bytes projections = article_bytes({.R = 4, .N = 8, .D = 64, .B = 0, .S = 0}, DType::bf16);
    CHECK(article_bytes(more, DType::bf16) - projections ==
          (article_bytes(one, DType::bf16) - projections) * 2);
    more = one;
    more.S = 2 * one.S;
    CHECK(article_long_bytes(more, DType::bf16) == article_long_bytes(one, DType::bf16) * 4);
}

TEST_CASE("the article's formula beyond 64 bits is an overflow") {
    const ArticleSymbols huge{
        .R = 10'000, .N = 65'536, .D = 65'536, .B = 1'048'576, .S = 16'777'216};
    CHECK(article_bytes(huge, DType::bf16).is_overflow());
}

TEST_CASE("the article's symbols are read off the model and the run") {
    Model model;
    model.decoder.layers.resize(6);
    for (Layer& layer : model.decoder.layers) {
        layer.attention.heads = 16;
        layer.attention.kv_heads = 4;
        layer.attention.head_dim = 128;
    }
    Run run;
    run.batch = 3;
    run.seq = 500;
    auto symbols = article_symbols(model, run);
    REQUIRE(symbols.has_value());
    CHECK(symbols->R == 6);
    CHECK(symbols->N == 16);
    CHECK(symbols->D == 128);
    CHECK(symbols->B == 3);
    CHECK(symbols->S == 500);
    run.task = Task::inference;
    run.serving.sequences = 7;
    run.serving.context = 900;
    symbols = article_symbols(model, run);
    REQUIRE(symbols.has_value());
    CHECK(symbols->B == 7);
    CHECK(symbols->S == 900);
    for (Layer& layer : model.decoder.layers) layer.mixer = MixerKind::mamba2;
    CHECK_FALSE(article_of(model, run).has_value());
}
