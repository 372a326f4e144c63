#pragma once

// The option table for readers: what the README, the TypeScript declarations and the command line's help print.
// Generated, so that they cannot differ from what is parsed.

#include <string>

namespace tensorledger {

/// wasm/tensorledger.d.ts: the set-up with its keys and values, the answer, the functions of the package.
std::string typescript_declarations();

/// The README's table of options, in Markdown.
std::string readme_options_table();

/// The options as the command line's help lists them, by group.
std::string options_help();

}  // namespace tensorledger
