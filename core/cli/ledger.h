#pragma once

// How does a person read an answer in a terminal? The verdict in words, the components, the phases, the rows.

#include <string>

#include "core/options/config.h"
#include "core/report/answer.h"

namespace tensorledger {

/// The whole answer as text; every size in GiB and in exact bytes.
std::string ledger_text(const Config& config, const Answer& answer);

/// Issues as lines for standard error: "key: sentence".
std::string issues_text(const Issues& issues);

}  // namespace tensorledger
