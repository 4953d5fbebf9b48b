#include "consensus/bonds.h"

#include <algorithm>

#include "consensus/saturating.h"
#include "consensus/to_sparse.h"

namespace verdict {
namespace {

constexpr uint64_t kMillion = 1'000'000;

// Without bonds toward uids that registered since the last epoch: those belonged to another miner.
SparseMatrix bonds_in_force(const SubnetState& state) {
  const SubnetParameters& p = state.params;
  const uint64_t last_tempo = p.last_step_block == 0 ? saturating_difference(state.block, p.tempo)
                                                     : saturating_sum(p.last_step_block, 1);
  SparseMatrix bonds(state.bonds.size());
  for (size_t i = 0; i < bonds.size(); ++i) {
    bonds[i] = to_sparse(state.bonds[i], [&](uint16_t uid) {
      return last_tempo > state.block_at_registration[uid];
    });
  }
  return bonds;
}

// The share of the new in the average. The chain divides in I64F64 and drops half of the fraction.
Fixed fresh_share(const SubnetParameters& p) {
  __extension__ using Wide = unsigned __int128;
  const Wide kept = (Wide{p.bonds_moving_average} << 32) / kMillion;
  constexpr Wide kMost = INT64_MAX;
  return kOne - Fixed::from_bits(static_cast<int64_t>(std::min(kept, kMost)));
}

SparseMatrix averaged(const BondsInput& in, const SparseMatrix& old) {
  const SubnetParameters& p = in.state.params;
  const bool some_consensus =
      std::any_of(in.consensus.begin(), in.consensus.end(), [](Fixed c) { return c != Fixed{}; });
  if (!p.liquid_alpha || !some_consensus) {
    return moving_average(in.weights, old, fresh_share(p));
  }
  const LiquidAlpha liquid{.low = share_from_u16(p.alpha_low),
                           .high = share_from_u16(p.alpha_high),
                           .steepness = Fixed::whole(p.alpha_sigmoid_steepness)};
  return moving_average_of_listed(in.weights, old, [&](const Pair& pair) {
    return alpha_sigmoid(in.consensus[pair.column], pair.fresh, pair.old, liquid);
  });
}

}  // namespace

BondsResult classic_bonds(const BondsInput& in) {
  SparseMatrix old = bonds_in_force(in.state);
  normalise_columns(old);
  SparseMatrix fresh = in.weights;
  scale_rows(fresh, in.active_stake);
  normalise_columns(fresh);
  BondsResult result{.bonds = moving_average(fresh, old, fresh_share(in.state.params)),
                     .dividends = {}};
  normalise_columns(result.bonds);
  result.dividends = weighted_row_sums(result.bonds, in.incentive);
  normalise(result.dividends);
  scale_columns_to_one(result.bonds);
  return result;
}

BondsResult yuma3_bonds(const BondsInput& in) {
  SparseMatrix old = bonds_in_force(in.state);
  for (SparseRow& row : old) {
    for (SparseEntry& e : row) e.value = e.value / kU16Max;
  }
  BondsResult result{.bonds = averaged(in, old), .dividends = {}};
  SparseMatrix shares = result.bonds;
  normalise_columns(shares);
  result.dividends = weighted_row_sums(shares, in.incentive);
  for (size_t i = 0; i < result.dividends.size(); ++i) {
    result.dividends[i] = result.dividends[i] * in.active_stake[i];
  }
  normalise(result.dividends);
  return result;
}

Fixed alpha_sigmoid(Fixed consensus, Fixed weight, Fixed bond, const LiquidAlpha& liquid) {
  constexpr Fixed kHalf = Fixed::from_bits(int64_t{1} << 31);
  const Fixed distance =
      std::clamp(weight >= bond ? weight - consensus : bond - weight, Fixed{}, kOne);
  const Fixed exponent = liquid.steepness / Fixed::whole(-100) * (distance - kHalf);
  const Fixed sigmoid = kOne / (kOne + clamped_exp(exponent));
  return std::clamp(liquid.low + sigmoid * (liquid.high - liquid.low), liquid.low, liquid.high);
}

}  // namespace verdict
