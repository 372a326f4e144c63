#pragma once

// With which command does an engine start as this set-up says?

#include <string>

#include "core/options/config.h"

namespace tensorledger {

/// The command line that starts the engine with what differs from its own defaults, quoted for a shell; empty where a
/// set-up is no server's (training, transformers).
std::string launch_line(const Config& config);

}  // namespace tensorledger
