// What remains of earlier steps: an exponential moving average of the step weights per competition,
// by uid, and the vector that the subnet publishes. Source: taoverse
// model/competition/competition_tracker.py at e350d5e4.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <vector>

namespace verdict {

inline constexpr double kEmaAlpha = 0.5;

// x / Σx; what is then NaN becomes 0, so that a sum of 0 gives all zeros.
[[nodiscard]] std::vector<double> shares_of(std::vector<double> values);

// One vector per competition id, all of the same length (uids).
struct Tracker {
  size_t uids = 0;
  double alpha = kEmaAlpha;
  std::map<int64_t, std::vector<double>> weights{};
};

// Pads all vectors with zeros. Throws SystemError(internal) when asked to shrink: that would forget
// somebody.
void resize(Tracker& tracker, size_t uids);

// The shares of `step` are taken as they are if the competition is new, else
// (1 − alpha)·old + alpha·shares. A longer vector resizes the tracker; throws SystemError(internal)
// for a shorter one.
void record(Tracker& tracker, int64_t competition, std::vector<double> step);

// The older average of the rules "per-batch": it starts from zeros, so that the first step counts
// alpha times, and takes `step` as it is. Source: macrocosm-os/pretraining at 52962cf0.
void record_from_zeros(Tracker& tracker, int64_t competition, const std::vector<double>& step);

// Drops every competition that is not in `keep`.
void reset(Tracker& tracker, const std::set<int64_t>& keep);

struct RewardShare {
  int64_t competition = 0;
  double reward = 0.0;
};

// Shares of Σ weights × reward over the competitions that have a vector, in the order given. So
// what a competition without a vector (and what is missing to a sum of 1) would get goes to the
// others in proportion. With `threshold` > 0 shares below it are dropped per competition first. All
// zeros if nothing is recorded.
[[nodiscard]] std::vector<double> subnet_vector(const Tracker& tracker,
                                                std::span<const RewardShare> rewards,
                                                double threshold = 0.0);

}  // namespace verdict
