#include "verdict/competition/tracker.h"

#include <cmath>
#include <string>
#include <utility>

#include "verdict/core/error.h"

namespace verdict {

std::vector<double> shares_of(std::vector<double> values) {
  double sum = 0.0;
  for (const double v : values) sum += v;
  for (double& v : values) {
    v /= sum;
    if (std::isnan(v)) v = 0.0;
  }
  return values;
}

void resize(Tracker& tracker, size_t uids) {
  if (uids < tracker.uids) {
    throw SystemError("cannot shrink the weights from " + std::to_string(tracker.uids) + " to " +
                      std::to_string(uids) + " uids");
  }
  tracker.uids = uids;
  for (auto& entry : tracker.weights) entry.second.resize(uids, 0.0);
}

namespace {

void move_average(std::vector<double>& average, const std::vector<double>& step, double alpha) {
  for (size_t i = 0; i < step.size(); ++i)
    average[i] = (1.0 - alpha) * average[i] + alpha * step[i];
}

}  // namespace

void record(Tracker& tracker, int64_t competition, std::vector<double> step) {
  resize(tracker, step.size());
  step = shares_of(std::move(step));
  const auto [found, is_new] = tracker.weights.try_emplace(competition, step);
  if (!is_new) move_average(found->second, step, tracker.alpha);
}

void record_from_zeros(Tracker& tracker, int64_t competition, const std::vector<double>& step) {
  resize(tracker, step.size());
  const auto found =
      tracker.weights.try_emplace(competition, std::vector<double>(step.size(), 0.0)).first;
  move_average(found->second, step, tracker.alpha);
}

void reset(Tracker& tracker, const std::set<int64_t>& keep) {
  std::erase_if(tracker.weights, [&](const auto& entry) { return !keep.contains(entry.first); });
}

std::vector<double> subnet_vector(const Tracker& tracker, std::span<const RewardShare> rewards,
                                  double threshold) {
  std::vector<double> sum(tracker.uids, 0.0);
  for (const RewardShare& share : rewards) {
    const auto found = tracker.weights.find(share.competition);
    if (found == tracker.weights.end()) continue;
    std::vector<double> weights = found->second;
    if (threshold > 0.0) {
      weights = shares_of(std::move(weights));
      for (double& w : weights) w = w < threshold ? 0.0 : w;
      weights = shares_of(std::move(weights));
    }
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += weights[i] * share.reward;
  }
  return shares_of(std::move(sum));
}

}  // namespace verdict
