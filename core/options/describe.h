#pragma once

// What can be asked? The option table for programs: the page builds its form from it.

#include <string>

namespace tensorledger {

/// The schema as JSON:
///   version   of tensorledger
///   groups    [{id, label, help}] in the order of a form
///   options   [{key, type, default, auto?, min?, max?, unit?, group, applies, level, status, label, hint, source?,
///               list?, choices?: [{value, label, help, applies, status}]}] in table order
/// `type` is choice, integer, real, flag, text or list. `auto` says what a null default stands for. `applies` is
/// a condition, "key=value,value&key=value", every clause of which must hold; empty: always. `level` is basic or
/// advanced, `status` ready or not_yet. `list` names the catalog list that holds a text's values.
std::string describe_json();

}  // namespace tensorledger
