#pragma once

// What people read of the option table, as one constant text: a row a line, a column a tab, in the order of its
// tables. A program that is given it as a file (the wasm module) defines `option_words` itself and leaves words.cpp
// out; without the text every label is empty, and no answer is another.

#include <string_view>

namespace tensorledger {

/// The words of every choice and heading of choices.def, then of every option and of every group of options.def; the
/// same text for as long as the program runs.
std::string_view option_words();

}  // namespace tensorledger
