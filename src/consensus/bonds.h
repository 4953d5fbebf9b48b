// Bonds, what validators hold of miners from epoch to epoch, and the dividends on them.
#pragma once

#include <span>
#include <vector>

#include "consensus/sparse.h"
#include "verdict/consensus/epoch.h"

namespace verdict {

struct BondsInput {
  const SubnetState& state;
  const SparseMatrix& weights;  // Row-normalised, with what clipping takes off by bonds_penalty.
  std::span<const Fixed> consensus{};
  std::span<const Fixed> incentive{};
  std::span<const Fixed> active_stake{};
};

struct BondsResult {
  SparseMatrix bonds{};  // To be stored, as shares of 1.
  std::vector<Fixed> dividends{};
};

// Of each miner's incentive, validators get shares of what was always theirs: an average over
// epochs of stake × weight.
[[nodiscard]] BondsResult classic_bonds(const BondsInput& in);

// Bonds are averages of the weights themselves; the stake comes in with the dividends.
[[nodiscard]] BondsResult yuma3_bonds(const BondsInput& in);

struct LiquidAlpha {
  Fixed low{};
  Fixed high{};
  Fixed steepness{};  // Hundredths.
};

// How much of a new bond counts: more, the farther a weight is from the consensus when it rises, or
// from the old bond when it falls.
[[nodiscard]] Fixed alpha_sigmoid(Fixed consensus, Fixed weight, Fixed bond,
                                  const LiquidAlpha& liquid);

}  // namespace verdict
