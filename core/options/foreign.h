#pragma once

// What does a set-up say that was written for another tool? A command line of llama.cpp, vLLM, SGLang, torchrun or
// accelerate, a DeepSpeed or Accelerate or PEFT configuration, the YAML of a trainer: recognised, and translated
// into keys of the option table by the rows of foreign.def. What was not understood is listed, never guessed.

#include <string>
#include <string_view>
#include <vector>

namespace tensorledger {

/// A part of a text that has no part in the query, as it was written, and why.
struct LeftOut {
    std::string text;
    std::string reason;
};

/// What a text of another tool says.
struct Foreign {
    std::string
        kind;  // "vllm", "llamacpp", "deepspeed" …: stable; empty when it was not recognised
    std::string title;  // "A command line of vLLM"
    std::string query;  // the keys that it sets, as a share link spells them
    std::string model;  // the model that it names and the catalog does not have; else empty
    std::vector<LeftOut> unread;       // not understood, or refused with the option's own sentence
    std::vector<std::string> neutral;  // understood, and without a part in the memory

    bool recognised() const { return !kind.empty(); }
};

/// Reads a text of at most 1 MiB; nothing in it is run or fetched.
Foreign read_foreign(std::string_view text);

/// The same as JSON:
///   { "ok": true, "version", "kind", "title", "query", "model"?, "unread": [{"text", "reason"}], "neutral": ["…"] }
/// or { "ok": false, "version", "issues": [{"field", "code": "not-recognised", "message"}] }.
std::string foreign_json(std::string_view text);

}  // namespace tensorledger
