// Yuma Consensus: what the chain makes of the weights that the validators of a subnet have set.
// Pure functions, bit exact. Source: opentensor/subtensor 14bc6f9f, the sparse path of
// run_epoch.rs.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "verdict/consensus/fixed.h"
#include "verdict/consensus/stored_row.h"

namespace verdict {

// The parameters of a subnet, with the defaults of a bare runtime: read the live values.
struct SubnetParameters {
  uint16_t kappa = 32767;                  // Of 65535: the majority that supports a weight.
  uint16_t bonds_penalty = 65535;          // Of 65535: how far clipping counts for bonds.
  uint64_t bonds_moving_average = 900000;  // Parts per million kept of the old bonds.
  bool yuma3 = false;
  bool liquid_alpha = false;  // Has a meaning with yuma3 only.
  uint16_t alpha_low = 45875;
  uint16_t alpha_high = 58982;
  int32_t alpha_sigmoid_steepness = 1000;
  uint16_t max_allowed_validators = 128;
  uint64_t activity_cutoff = 5000;  // Blocks.
  uint64_t tempo = 360;             // Blocks.
  uint64_t min_stake = 0;           // Less stake counts as none, but for the owner.
  std::optional<uint16_t> owner_uid{};
  uint64_t last_step_block = 0;  // Of the last epoch that succeeded; 0: none has.
};

inline constexpr uint64_t kNoCommit = std::numeric_limits<uint64_t>::max();

// The state before an epoch. Everything has one element per uid 0 … n−1.
struct SubnetState {
  SubnetParameters params{};
  uint64_t block = 0;
  uint64_t emission = 0;                          // Smallest units of the subnet's token.
  std::vector<uint64_t> stake{};                  // Below 2^63.
  std::vector<uint64_t> last_update{};            // Block.
  std::vector<uint64_t> block_at_registration{};  // Block.
  std::vector<bool> validator_permit{};
  std::vector<StoredRow> weights{};      // As stored on chain: each uid once, in any order.
  std::vector<StoredRow> bonds{};        // The same.
  std::vector<uint64_t> commit_block{};  // Earliest commit not yet revealed; kNoCommit: none.
};

struct EpochResult {
  std::vector<Fixed> stake_weight{};  // Share of the stake, active or not.
  std::vector<bool> active{};
  std::vector<Fixed> consensus{};        // The largest weight that the majority supports.
  std::vector<Fixed> validator_trust{};  // How much of its weights the majority supports.
  std::vector<Fixed> incentive{};        // Sums to about 1 over the miners, or is 0.
  std::vector<Fixed> dividends{};        // Sums to about 1 over the validators, or is 0.
  std::vector<uint64_t> emission{};      // Smallest units, of both roles; rounded on its own.
  std::vector<uint64_t> server_emission{};
  std::vector<uint64_t> validator_emission{};
  std::vector<bool> validator_permit{};  // From the next epoch on.
  std::vector<StoredRow> bonds{};        // To be stored: ascending uids, a value may be 0.
};

// Throws SystemError(internal) for lists of unequal length, uids beyond n or named twice in a row.
[[nodiscard]] EpochResult run_epoch(const SubnetState& state);

// The state that the next epoch finds: permits and bonds are stored, nothing else moves.
void store(const EpochResult& result, SubnetState& state);

}  // namespace verdict
