#include "competition/closeness.h"

#include <algorithm>
#include <limits>

#include "verdict/competition/epsilon.h"
#include "verdict/competition/statistics.h"

namespace verdict {

bool winner_is_too_close_to_call(const ScoredCompetition& result, const std::vector<Entry>& entries,
                                 const Epsilon& epsilon) {
  if (!result.winner) return false;
  const size_t n = entries.size();
  const size_t w = static_cast<size_t>(
      std::find(result.uids.begin(), result.uids.end(), *result.winner) - result.uids.begin());
  // Whoever comes later must pass the filter as well as the duel.
  const double decayed = epsilon_at(epsilon, std::numeric_limits<double>::infinity(), 0.0);
  for (size_t o = 0; o < n; ++o) {
    if (o == w || result.ok[o] == 0) continue;
    const double difference = result.score_difference[o * n + w];
    const double error = result.score_difference_stderr[o * n + w];
    if (difference == 0.0 && error == 0.0) continue;
    const double e = std::max(result.epsilon[o * n + w], decayed);
    const double threshold =
        is_earlier(entries[w], entries[o]) ? -e * entries[w].score : e * entries[o].score;
    if (too_close_to_call(difference, threshold, error)) return true;
  }
  return false;
}

}  // namespace verdict
