// What most subnets do to their weights before they are sent: too few become all, too large ones
// are cut. The reference validator does not; see weights.h for what it sends. Source: bittensor SDK
// v9.0.0, utils/weight_utils.py, process_weights and normalize_max_weight.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace verdict {

// x / Σx with no entry above `limit`, what is cut going to the others in proportion; uniform if the
// sum is 0 or the limit cannot be met.
[[nodiscard]] std::vector<double> cap_weights(std::span<const double> weights, double limit);

struct ChainLimits {
  size_t min_allowed = 1;         // Entries that a vector must have.
  double max_weight = 1.0;        // Of one entry, as a share.
  double exclude_quantile = 0.0;  // Share of the smallest entries to leave out, 0 to 1.
};

struct ProcessedWeights {
  std::vector<int64_t> uids{};
  std::vector<double> weights{};  // Shares.
};

// `weights` by uid, 0 … n−1. Throws SystemError(internal) for an empty vector.
[[nodiscard]] ProcessedWeights process_weights(std::span<const double> weights,
                                               const ChainLimits& limits);

}  // namespace verdict
