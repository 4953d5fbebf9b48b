// Rows of weights and bonds as the chain stores them.
#pragma once

#include <cstdint>
#include <vector>

#include "verdict/consensus/fixed.h"

namespace verdict {

struct StoredEntry {
  uint16_t uid = 0;
  uint16_t value = 0;
  friend bool operator==(const StoredEntry&, const StoredEntry&) = default;
};
using StoredRow = std::vector<StoredEntry>;

// What the chain makes of values when it takes them in: the largest becomes 65535, zeros stay.
[[nodiscard]] std::vector<uint16_t> scale_to_u16(const std::vector<Fixed>& values);
[[nodiscard]] StoredRow scale_to_u16(StoredRow weights);

}  // namespace verdict
