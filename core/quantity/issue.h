#pragma once

#include <string>
#include <vector>

namespace tensorledger {

/// Why was a set-up or a file refused? One full sentence for the reader, the option or field it is
/// about (empty when it is about the whole), and a stable code for programs.
struct Issue {
    std::string field;
    std::string code;
    std::string message;

    friend bool operator==(const Issue&, const Issue&) = default;
};

using Issues = std::vector<Issue>;

/// What should a reader know beside the figures? The answer stands; `code` is stable ("partial",
/// "composed", "first-step", …), `message` a full sentence.
struct Note {
    std::string code;
    std::string message;

    friend bool operator==(const Note&, const Note&) = default;
};

using Notes = std::vector<Note>;

}  // namespace tensorledger
