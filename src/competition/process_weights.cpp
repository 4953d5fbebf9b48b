#include "verdict/competition/process_weights.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "verdict/core/error.h"

namespace verdict {
namespace {

constexpr double kTiny = 1e-7;
constexpr double kFill = 1e-5;  // What entries that are only there to be enough get.

double sum_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

// Where to cut so that the largest share becomes `limit`. `shares` ascending, of sum 1.
double cut_of(const std::vector<double>& shares, double limit) {
  const auto n = static_cast<double>(shares.size());
  std::vector<double> below(shares.size());
  std::partial_sum(shares.begin(), shares.end(), below.begin());
  size_t k = 0;
  for (size_t i = 0; i < shares.size(); ++i) {
    const double rest = n - static_cast<double>(i) - 1.0;
    if (shares[i] / (rest * shares[i] + below[i] + kTiny) < limit) ++k;
  }
  // The source indexes with k − 1, which at 0 is the last one.
  const double kept = below[k == 0 ? below.size() - 1 : k - 1];
  return (limit * kept - kTiny) / (1.0 - limit * (n - static_cast<double>(k)));
}

// numpy.quantile with linear interpolation.
double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  const double place = q * static_cast<double>(values.size() - 1);
  const auto low = static_cast<size_t>(std::floor(place));
  const size_t high = std::min(low + 1, values.size() - 1);
  return values[low] + (values[high] - values[low]) * (place - std::floor(place));
}

ProcessedWeights over_all(std::vector<double> weights) {
  ProcessedWeights result{.weights = std::move(weights)};
  result.uids.resize(result.weights.size());
  std::iota(result.uids.begin(), result.uids.end(), int64_t{0});
  return result;
}

}  // namespace

std::vector<double> cap_weights(std::span<const double> weights, double limit) {
  const auto n = static_cast<double>(weights.size());
  const double sum = sum_of(weights);
  if (sum == 0.0 || n * limit <= 1.0) return std::vector<double>(weights.size(), 1.0 / n);
  std::vector<double> shares(weights.begin(), weights.end());
  for (double& s : shares) s /= sum;
  std::vector<double> ascending = shares;
  std::sort(ascending.begin(), ascending.end());
  if (ascending.back() <= limit) return shares;
  const double cut = cut_of(ascending, limit);
  for (double& s : shares) s = std::min(s, cut);
  const double left = sum_of(shares);
  for (double& s : shares) s /= left;
  return shares;
}

ProcessedWeights process_weights(std::span<const double> weights, const ChainLimits& limits) {
  if (weights.empty()) throw SystemError("there are no weights to process");
  std::vector<int64_t> uids;
  std::vector<double> positive;
  for (size_t i = 0; i < weights.size(); ++i) {
    if (!(weights[i] > 0.0)) continue;
    uids.push_back(static_cast<int64_t>(i));
    positive.push_back(weights[i]);
  }
  const size_t n = weights.size();
  if (positive.empty() || n < limits.min_allowed) {
    return over_all(std::vector<double>(n, 1.0 / static_cast<double>(n)));
  }
  if (positive.size() < limits.min_allowed) {
    std::vector<double> filled(weights.begin(), weights.end());
    for (double& w : filled) w += kFill;
    return over_all(cap_weights(filled, limits.max_weight));
  }
  const auto count = static_cast<double>(positive.size());
  const double spare = std::max(0.0, count - static_cast<double>(limits.min_allowed)) / count;
  const double least = quantile(positive, std::min(limits.exclude_quantile, spare));
  ProcessedWeights kept;
  for (size_t i = 0; i < positive.size(); ++i) {
    if (positive[i] < least) continue;
    kept.uids.push_back(uids[i]);
    kept.weights.push_back(positive[i]);
  }
  kept.weights = cap_weights(kept.weights, limits.max_weight);
  return kept;
}

}  // namespace verdict
