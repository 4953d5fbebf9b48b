#include "verdict/competition/top_miners.h"

#include <set>

namespace verdict {

std::vector<int64_t> top_miners(const std::vector<ValidatorRow>& rows, double min_stake,
                                double min_share) {
  std::set<int64_t> miners;
  for (const ValidatorRow& row : rows) {
    if (!row.permit || row.stake < min_stake) continue;
    double total = 0.0;
    for (const auto& [miner, weight] : row.weights) total += weight;
    for (const auto& [miner, weight] : row.weights) {
      if (weight >= min_share * total) miners.insert(miner);
    }
  }
  return {miners.begin(), miners.end()};
}

}  // namespace verdict
