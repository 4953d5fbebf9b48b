// An epoch for people.
#pragma once

#include <string>

#include "verdict/consensus/epoch.h"

namespace verdict {

// What each validator and each miner earns. Who earns nothing and has no say is left out, and
// counted.
[[nodiscard]] std::string epoch_tables(const SubnetState& state, const EpochResult& result);

// A share of 1, as a number of people.
[[nodiscard]] double to_double(Fixed share);

}  // namespace verdict
