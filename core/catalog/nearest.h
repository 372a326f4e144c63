#pragma once

// What did the reader mean? For the message about an unknown name.

#include <string_view>
#include <vector>

namespace tensorledger {

/// Up to `most` of the `names` that hold something close to `text`, nearest first: the fewest letters to change
/// until `text` is a part of the name, then the shortest name. Case and separators do not count. Names that
/// would need more than half of their letters changed are left out.
std::vector<std::string_view> nearest(std::string_view text,
                                      const std::vector<std::string_view>& names, int most = 3);

}  // namespace tensorledger
