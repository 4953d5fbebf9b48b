#include "verdict/consensus/epoch.h"

#include <algorithm>
#include <string>

#include "consensus/bonds.h"
#include "consensus/median.h"
#include "consensus/sparse.h"
#include "consensus/stake.h"
#include "consensus/to_sparse.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

void check_rows(const std::vector<StoredRow>& rows, const std::string& what) {
  for (const StoredRow& row : rows) {
    std::vector<bool> named(rows.size());
    for (const StoredEntry& e : row) {
      if (e.uid >= rows.size() || named[e.uid])
        throw SystemError(what + " name uid " + std::to_string(e.uid) +
                          " twice in a row, or beyond the last");
      named[e.uid] = true;
    }
  }
}

void check(const SubnetState& s) {
  const size_t n = s.stake.size();
  for (const size_t size :
       {s.last_update.size(), s.block_at_registration.size(), s.validator_permit.size(),
        s.weights.size(), s.bonds.size(), s.commit_block.size()}) {
    if (size != n) throw SystemError("the lists of an epoch differ in length");
  }
  if (s.params.owner_uid && *s.params.owner_uid >= n)
    throw SystemError("the owner of an epoch is beyond the last uid");
  check_rows(s.weights, "weights");
  check_rows(s.bonds, "bonds");
}

// Weights that count, each row normalised. A weight set before its target registered was meant for
// the miner who had the uid before; so was one whose commit is older than the registration.
SparseMatrix weights_in_force(const SubnetState& state, const Voters& voters) {
  SparseMatrix weights(state.weights.size());
  for (size_t i = 0; i < weights.size(); ++i) {
    if (!voters.permit[i]) continue;
    const bool may_weigh_itself = state.params.owner_uid == i;
    weights[i] = to_sparse(state.weights[i], [&](uint16_t uid) {
      const uint64_t registered = state.block_at_registration[uid];
      return (uid != i || may_weigh_itself) && state.last_update[i] > registered &&
             state.commit_block[i] >= registered;
    });
  }
  normalise_rows(weights);
  return weights;
}

// The floor of share × emission. A share is at least 0.
std::vector<uint64_t> amounts(const std::vector<Fixed>& shares, uint64_t emission) {
  __extension__ using Wide = __int128;
  constexpr Wide kMost = std::numeric_limits<uint64_t>::max();
  std::vector<uint64_t> result;
  for (const Fixed share : shares) {
    const Wide amount = (Wide{share.bits()} * emission) >> 32;
    result.push_back(static_cast<uint64_t>(std::clamp(amount, Wide{0}, kMost)));
  }
  return result;
}

// Without incentive and dividends the stake is paid, the active one if there is any.
void share_out(const Voters& voters, uint64_t emission, EpochResult& result) {
  std::vector<Fixed> combined = result.incentive;
  for (size_t i = 0; i < combined.size(); ++i) combined[i] += result.dividends[i];
  const Fixed total = sum(combined);
  std::vector<Fixed> server = result.incentive;
  std::vector<Fixed> validator = result.dividends;
  divide_by(server, total);
  divide_by(validator, total);
  divide_by(combined, total);
  if (total == Fixed{}) {
    combined = sum(voters.active_stake) == Fixed{} ? voters.stake : voters.active_stake;
    validator = combined;
  }
  result.emission = amounts(combined, emission);
  result.server_emission = amounts(server, emission);
  result.validator_emission = amounts(validator, emission);
}

std::vector<StoredRow> stored_bonds(const SparseMatrix& bonds, const std::vector<bool>& permit) {
  std::vector<StoredRow> rows(bonds.size());
  for (size_t i = 0; i < bonds.size(); ++i) {
    if (!permit[i]) continue;
    rows[i].reserve(bonds[i].size());
    for (const SparseEntry& e : bonds[i]) rows[i].push_back({e.column, share_to_u16(e.value)});
  }
  return rows;
}

}  // namespace

EpochResult run_epoch(const SubnetState& state) {
  check(state);
  const Voters voters = find_voters(state);
  const SparseMatrix weights = weights_in_force(state, voters);
  EpochResult result;
  result.stake_weight = voters.stake;
  result.active = voters.active;
  result.validator_permit = voters.new_permit;
  result.consensus =
      column_medians(voters.active_stake, weights, share_from_u16(state.params.kappa));
  const SparseMatrix clipped = clip_columns(weights, result.consensus);
  result.validator_trust = row_sums(clipped);
  result.incentive = weighted_column_sums(clipped, voters.active_stake);
  normalise(result.incentive);

  const SparseMatrix weights_for_bonds =
      interpolate(weights, clipped, share_from_u16(state.params.bonds_penalty));
  const BondsInput input{.state = state,
                         .weights = weights_for_bonds,
                         .consensus = result.consensus,
                         .incentive = result.incentive,
                         .active_stake = voters.active_stake};
  BondsResult bonds = state.params.yuma3 ? yuma3_bonds(input) : classic_bonds(input);
  result.dividends = std::move(bonds.dividends);
  result.bonds = stored_bonds(bonds.bonds, voters.new_permit);
  share_out(voters, state.emission, result);
  return result;
}

void store(const EpochResult& result, SubnetState& state) {
  state.validator_permit = result.validator_permit;
  state.bonds = result.bonds;
}

}  // namespace verdict
