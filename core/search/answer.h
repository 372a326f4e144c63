#pragma once

// What every client asks: text in, the whole answer out, with what would make it fit where it does not.

#include <string>
#include <string_view>

#include "core/options/config.h"
#include "core/options/parse.h"
#include "core/report/answer.h"

namespace tensorledger {

/// The whole answer to a set-up that parsed: the ledger, and advice where it does not fit.
Answer answer_to(const Config& config);

/// The whole answer to what was parsed: its issues where there are any.
Answer answer_to(const Parsed& parsed);

/// Reads a query string or a JSON object; networks are remembered from call to call.
Parsed parse_remembering(std::string_view set_up);

/// Parses and answers a query string or a JSON object.
std::string estimate_json(std::string_view set_up);

/// The same with the totals, the components, the phases and the verdict alone.
std::string totals_json(std::string_view set_up);

}  // namespace tensorledger
