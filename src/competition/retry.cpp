#include "verdict/competition/retry.h"

#include <algorithm>
#include <cmath>

#include "verdict/competition/epsilon.h"

namespace verdict {

bool delay_is_over(int64_t upload_block, int64_t delay, int64_t current_block) {
  return current_block - upload_block >= delay;
}

void add_result(std::vector<PastResult>& history, const PastResult& result) {
  const auto place =
      std::upper_bound(history.begin(), history.end(), result,
                       [](const PastResult& a, const PastResult& b) { return a.block < b.block; });
  history.insert(place, result);
  if (history.size() > kLongestHistory) history.erase(history.begin());
}

bool should_retry(const std::vector<PastResult>& history, const Epsilon& epsilon,
                  double current_block) {
  const auto last = std::find_if(history.rbegin(), history.rend(),
                                 [](const PastResult& r) { return !std::isinf(r.score); });
  if (last == history.rend()) return history.size() < 2;
  if (last->score > last->winning_score) return false;
  const double e = epsilon_at(epsilon, current_block, static_cast<double>(last->winning_block));
  return last->score < last->winning_score * (1.0 - e);
}

int64_t next_attempt(int64_t failures, int64_t last_block) {
  if (failures < 2) return last_block;
  int64_t wait = kBackOffBlocks;
  for (int64_t i = 2; i < failures && wait < kLongestBackOff; ++i) wait *= 2;
  return last_block + std::min(wait, kLongestBackOff);
}

}  // namespace verdict
