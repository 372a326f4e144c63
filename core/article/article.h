#pragma once

// What did the seed article say? The rule of thumb of 2022 from which this tool grew, verbatim, as a line to compare
// the ledger with:
//
//     M       = 4·R·N²·D² + 2·R·B·N·S·(S + 2·D)     elements
//     M(long) = 2·R·B·N·S²                          its limit for long sequences
//
// R layers of N heads of D elements; B sequences of S tokens. The first term is the four square projections of the
// attention, the second the scores with their softmax and the keys and values. There is no feed-forward, no
// vocabulary, no gradient and no optimizer in it; its quadratic in S is what an attention that writes its
// scores out keeps. The symbols R N D B S are the article's own and appear in this folder only.

#include <cstdint>
#include <optional>
#include <string>

#include "core/model/model.h"
#include "core/quantity/bytes.h"
#include "core/quantity/dtype.h"
#include "core/run/run.h"

namespace tensorledger {

/// The article's five symbols.
struct ArticleSymbols {
    std::int64_t R = 0;  // layers
    std::int64_t N = 0;  // heads
    std::int64_t D = 0;  // elements of one head
    std::int64_t B = 0;  // sequences
    std::int64_t S = 0;  // tokens of each
};

/// M in bytes, each element in the given dtype.
Bytes article_bytes(const ArticleSymbols& symbols, DType dtype);

/// The limit of M for long sequences, in bytes.
Bytes article_long_bytes(const ArticleSymbols& symbols, DType dtype);

/// The symbols for a model and what is done with it; nothing for a model without softmax attention, which the
/// formula does not speak of.
std::optional<ArticleSymbols> article_symbols(const Model& model, const Run& run);

/// Both forms for a model and a run, in the dtype of the run's computation.
struct Article {
    ArticleSymbols symbols;
    DType dtype = DType::bf16;
    Bytes bytes;
    Bytes long_bytes;
};

/// The formula with the numbers of this set-up in it: "(4·32·32²·128² + 2·32·1·32·2048·(2048 + 2·128)) × 2 B".
std::string article_formula(const Article& article);
std::string article_long_formula(const Article& article);

std::optional<Article> article_of(const Model& model, const Run& run);

}  // namespace tensorledger
