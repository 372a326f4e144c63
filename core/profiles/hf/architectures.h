#pragma once

// Which listing describes which model_type?

#include <string>
#include <string_view>

#include "core/profiles/hf/decoder.h"
#include "core/quantity/issue.h"

namespace tensorledger::hf {

/// The heads that a listing describes beside that of its language model.
enum class Heads : std::uint8_t { language, sequence, all };

struct Architecture {
    std::string_view model_types;  // separated by blanks
    Heads heads = Heads::language;
    bool composed = false;                // of measured blocks, without a measurement of the whole
    const DecoderStyle* style = nullptr;  // of a decoder that differs from Llama in data alone
    Listing (*code)(Context&) = nullptr;  // of any other

    Listing list(Context& c) const {
        return style != nullptr ? styled_decoder(c, *style) : code(c);
    }
    /// Whether a loop over the tokens is listed step by step.
    bool scans() const { return code == mamba; }
};

/// The listing of a network's architecture. Null: there is none.
const Architecture* architecture_of(const Model& model);

/// The modelling code that the listing describes: a citation.
std::string source_of(const Model& model);

/// The refusal of a network that no listing describes; `what` is what was asked for.
Issue not_listed(const Model& model, std::string_view what);

/// A state-space layer's scan is a loop over the tokens, and is listed so: longer sequences are refused.
inline constexpr std::int64_t kLongestScan = 4096;
Issue scan_too_long();

/// What a reader should know of a listing that no measurement backs as a whole.
Note composed_note(const Model& model);

/// Said where another attention was asked for than the modelling code has.
Note eager_only_note(const Model& model);

}  // namespace tensorledger::hf
