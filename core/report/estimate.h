#pragma once

// The one question, answered: what does this set-up take, and does it fit? Everything that a client of the
// core asks for goes through here.

#include <string>
#include <string_view>

#include "core/options/config.h"
#include "core/options/network.h"
#include "core/report/answer.h"

namespace tensorledger {

/// How much of an answer is wanted: `totals` leaves out rows, timeline and advice.
enum class Detail : std::uint8_t { totals, ledger };

/// The answer to a set-up that parsed.
Answer estimate(const Config& config, Detail detail = Detail::ledger);

/// The answer as the JSON object of DESIGN §3.
std::string to_json(const Answer& answer);

/// Parses and answers a query string or a JSON object; networks are remembered from call to call.
std::string estimate_json(std::string_view set_up);

/// The same with the totals, the components, the phases and the verdict alone.
std::string totals_json(std::string_view set_up);

/// What a file's weights are: parameters, bytes and tensors of a config.json or a .safetensors header.
std::string weights_json(std::string_view bytes, std::string_view name);

}  // namespace tensorledger
