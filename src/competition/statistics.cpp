#include "verdict/competition/statistics.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "verdict/competition/score.h"
#include "verdict/core/error.h"

namespace verdict {

Estimate sample_mean(std::span<const double> values) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto n = static_cast<double>(values.size());
  Estimate estimate{.n = static_cast<int64_t>(values.size()), .mean = nan, .standard_error = nan};
  if (values.empty()) return estimate;
  double sum = 0.0;
  for (const double v : values) sum += v;
  estimate.mean = sum / n;
  if (values.size() < 2) return estimate;
  double squares = 0.0;
  for (const double v : values) squares += (v - estimate.mean) * (v - estimate.mean);
  estimate.standard_error = std::sqrt(squares / (n - 1.0) / n);
  return estimate;
}

double stratified_error(std::span<const Stratum> strata) {
  double variance = 0.0;
  for (const Stratum& s : strata)
    variance += s.weight * s.weight * s.standard_error * s.standard_error;
  return std::sqrt(variance);
}

Difference paired_difference(std::span<const PairedTask> tasks) {
  Difference difference;
  std::vector<Stratum> strata;
  for (const PairedTask& task : tasks) {
    if (task.a.size() != task.b.size()) {
      throw SystemError("a paired difference needs the same rows, found " +
                        std::to_string(task.a.size()) + " and " + std::to_string(task.b.size()));
    }
    const double mean_a = sample_mean(task.a).mean;
    const double mean_b = sample_mean(task.b).mean;
    difference.value += task.weight * (normalize_score(mean_a, task.normalization) -
                                       normalize_score(mean_b, task.normalization));
    const double slope_a = normalization_slope(mean_a, task.normalization);
    const double slope_b = normalization_slope(mean_b, task.normalization);
    std::vector<double> rows(task.a.size());
    for (size_t i = 0; i < rows.size(); ++i) rows[i] = slope_a * task.a[i] - slope_b * task.b[i];
    strata.push_back({.weight = task.weight, .standard_error = sample_mean(rows).standard_error});
  }
  difference.standard_error = stratified_error(strata);
  return difference;
}

bool too_close_to_call(double difference, double threshold, double standard_error) {
  const double doubt =
      3.0 * std::sqrt(standard_error * standard_error + kNumericError * kNumericError);
  return !(std::abs(difference - threshold) >= doubt);
}

}  // namespace verdict
