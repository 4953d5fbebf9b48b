// Who has a say in an epoch, and how much.
#pragma once

#include <span>
#include <vector>

#include "verdict/consensus/epoch.h"

namespace verdict {

// False for all but the `most` largest values; of equal ones the last stay. All true for fewer.
[[nodiscard]] std::vector<bool> largest(std::span<const Fixed> values, size_t most);

struct Voters {
  std::vector<Fixed> stake{};         // Normalised over all who have enough.
  std::vector<Fixed> active_stake{};  // Normalised over the active ones with a permit.
  std::vector<bool> active{};
  std::vector<bool> permit{};      // In this epoch.
  std::vector<bool> new_permit{};  // From the next epoch on.
};

[[nodiscard]] Voters find_voters(const SubnetState& state);

}  // namespace verdict
