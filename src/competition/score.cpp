#include "verdict/competition/score.h"

#include <algorithm>
#include <cmath>

namespace verdict {
namespace {

constexpr double kSumTolerance = 1e-9;

}  // namespace

double normalize_score(double raw, const Normalization& normalization) {
  if (normalization.kind == Normalization::Kind::none) return raw;
  if (raw >= normalization.ceiling) return 1.0;
  return (1.0 - std::exp(-raw / normalization.ceiling)) / (1.0 - std::exp(-1.0));
}

double normalization_slope(double raw, const Normalization& normalization) {
  if (normalization.kind == Normalization::Kind::none) return 1.0;
  if (raw >= normalization.ceiling) return 0.0;
  return std::exp(-raw / normalization.ceiling) / normalization.ceiling / (1.0 - std::exp(-1.0));
}

std::vector<double> effective_weights(std::span<const double> weights) {
  double sum = 0.0;
  for (const double w : weights) sum += w;
  std::vector<double> effective(weights.begin(), weights.end());
  if (std::abs(sum - 1.0) > kSumTolerance * std::max(std::abs(sum), 1.0)) {
    for (double& w : effective) w /= sum;
  }
  return effective;
}

double combine_tasks(std::span<const TaskScore> tasks) {
  std::vector<double> weights;
  for (const TaskScore& task : tasks) weights.push_back(task.weight);
  weights = effective_weights(weights);
  double score = 0.0;
  for (size_t i = 0; i < tasks.size(); ++i) {
    score += normalize_score(tasks[i].raw, tasks[i].normalization) * weights[i];
  }
  return score;
}

}  // namespace verdict
