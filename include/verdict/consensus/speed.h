// How fast epochs are computed on this machine.
#pragma once

#include <cstdint>

#include "verdict/consensus/epoch.h"

namespace verdict {

struct ConsensusLoad {
  uint16_t uids = 256;
  uint16_t validators = 64;  // The first uids; each weighs all the others, and most agree.
  uint32_t epochs = 1000;
  bool yuma3 = true;
  bool liquid_alpha = true;  // The slowest of the modes.
};

struct ConsensusSpeed {
  // Of processor time, so that others on the machine do not count.
  double epoch_seconds_min = 0;
  double epoch_seconds_median = 0;
  double epoch_seconds_max = 0;
  double replay_seconds = 0;  // All epochs, each on the bonds of the one before.
};

// The state that a load begins with; the same for everyone.
[[nodiscard]] SubnetState synthetic_state(const ConsensusLoad& load);

// Replays the load on one core. `load.epochs` must be at least 1.
[[nodiscard]] ConsensusSpeed measure_consensus(const ConsensusLoad& load);

}  // namespace verdict
