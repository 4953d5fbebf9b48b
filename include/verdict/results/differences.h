// What differs between two JSON values, and between the numerics of two results.
#pragma once

#include <string>
#include <vector>

#include "verdict/core/json.h"

namespace verdict {

// One value that is not the same: of an object or a list only what differs in it. A value that one
// side lacks is "nothing" there. Both are safe for a terminal.
struct JsonDifference {
  std::string name{};  // "numerics[0].tp"
  std::string first{};
  std::string second{};
};

[[nodiscard]] std::vector<JsonDifference> differences(const Json& first, const Json& second);

// "tp is 1 against 2; torch is "2.10.0" against "2.11.0""; empty if there are none.
[[nodiscard]] std::string describe_differences(const std::vector<JsonDifference>& found);

// The same of two numeric fingerprints (JSON texts as results.h5 and the journal hold them): where
// it is empty the numbers behind them can be compared bit for bit, otherwise they must not be
// mixed. Throws FormatError if one is not JSON.
[[nodiscard]] std::string numerics_difference(const std::string& first, const std::string& second);

}  // namespace verdict
