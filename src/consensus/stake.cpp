#include "consensus/stake.h"

#include <algorithm>
#include <numeric>

#include "consensus/saturating.h"
#include "consensus/sparse.h"

namespace verdict {
namespace {

__extension__ using Wide = unsigned __int128;

// The chain divides in I64F64 and drops the lower half of the fraction. A stake is below 2^63, so
// that the shifted one fits.
std::vector<Fixed> stake_shares(const SubnetState& state) {
  const SubnetParameters& p = state.params;
  std::vector<uint64_t> counted = state.stake;
  Wide total = 0;
  for (size_t i = 0; i < counted.size(); ++i) {
    if (counted[i] < p.min_stake && p.owner_uid != i) counted[i] = 0;
    total += counted[i];
  }
  std::vector<Fixed> shares(counted.size());
  if (total == 0) return shares;
  for (size_t i = 0; i < counted.size(); ++i) {
    shares[i] = Fixed::from_bits(static_cast<int64_t>(((Wide{counted[i]} << 64) / total) >> 32));
  }
  return shares;
}

}  // namespace

std::vector<bool> largest(std::span<const Fixed> values, size_t most) {
  std::vector<bool> chosen(values.size(), true);
  if (values.size() < most) return chosen;
  std::vector<size_t> ascending(values.size());
  std::iota(ascending.begin(), ascending.end(), size_t{0});
  std::stable_sort(ascending.begin(), ascending.end(),
                   [&](size_t a, size_t b) { return values[a] < values[b]; });
  for (size_t k = 0; k < values.size() - most; ++k) chosen[ascending[k]] = false;
  return chosen;
}

Voters find_voters(const SubnetState& state) {
  const SubnetParameters& p = state.params;
  const size_t n = state.stake.size();
  Voters v{.stake = stake_shares(state),
           .active_stake = {},
           .active = std::vector<bool>(n),
           .permit = state.validator_permit,
           .new_permit = {}};
  v.new_permit = largest(v.stake, p.max_allowed_validators);
  for (size_t i = 0; i < n; ++i) {
    v.active[i] = saturating_sum(state.last_update[i], p.activity_cutoff) >= state.block;
    v.new_permit[i] = v.new_permit[i] && v.stake[i] != Fixed{};
  }
  if (p.owner_uid) {
    v.permit[*p.owner_uid] = true;
    v.new_permit[*p.owner_uid] = true;
  }
  v.active_stake = v.stake;
  for (size_t i = 0; i < n; ++i) {
    if (!v.active[i] || !v.permit[i]) v.active_stake[i] = Fixed{};
  }
  normalise(v.active_stake);
  return v;
}

}  // namespace verdict
