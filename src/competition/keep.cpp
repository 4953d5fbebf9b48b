#include "verdict/competition/keep.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace verdict {
namespace {

constexpr double kLeastEma = 0.001;

// What the models of lowest score are ordered by.
double score_of(const KeepInput& input, const Entry& e) {
  const bool failed = input.rules == Rules::hardened ? !has_score(e) : std::isnan(e.score);
  return failed ? std::numeric_limits<double>::infinity() : e.score;
}

double ema_of(const KeepInput& input, int64_t uid) {
  const auto index = static_cast<size_t>(uid);
  return index < input.ema.size() ? input.ema[index] : 0.0;
}

}  // namespace

std::vector<int64_t> models_to_keep(const KeepInput& input) {
  std::vector<std::pair<double, int64_t>> by_priority;
  std::vector<std::pair<double, int64_t>> by_score;
  for (const Entry& e : input.entries) {
    by_score.emplace_back(score_of(input, e), e.uid);
    const auto rate = input.win_rate.find(e.uid);
    if (rate == input.win_rate.end()) continue;
    const double ema = ema_of(input, e.uid);
    by_priority.emplace_back(ema >= kLeastEma ? 1.0 + ema : rate->second, e.uid);
  }
  // Stable: ties keep the evaluation order.
  std::stable_sort(by_priority.begin(), by_priority.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::stable_sort(by_score.begin(), by_score.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<int64_t> kept;
  const auto add = [&](int64_t uid) {
    if (kept.size() < input.at_least && std::find(kept.begin(), kept.end(), uid) == kept.end())
      kept.push_back(uid);
  };
  for (const auto& entry : by_priority) add(entry.second);
  for (const auto& entry : by_score) add(entry.second);
  return kept;
}

}  // namespace verdict
