#pragma once

// Can this set-up exist, and can it be answered? What each value alone cannot tell.

#include "core/options/config.h"
#include "core/quantity/issue.h"

namespace tensorledger {

/// What stands against a Config, in table order: options and values where they do not apply, mechanisms that are
/// not modelled yet, an accelerator that nobody knows, combinations that cannot exist. The network is not looked
/// at.
Issues check(const Config& config);

/// What stands against running this Config on its network, which is there.
Issues check_network(const Config& config);

/// The longest sequence that the network's position table allows; nothing: it has no such table.
std::optional<std::int64_t> longest_sequence(const Model& network);

}  // namespace tensorledger
