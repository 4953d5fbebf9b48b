#include "competition/closeness.h"

#include <algorithm>
#include <cmath>
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

namespace {

// Of the duels of model `m` in each batch, the share that it wins.
std::vector<double> shares_by_batch(const StepInput& input, size_t m) {
  const double keep = 1.0 - input.epsilon.start;
  std::vector<double> shares(input.batches[m].size(), 0.0);
  const auto others = static_cast<double>(input.entries.size()) - 1.0;
  for (size_t o = 0; o < input.entries.size(); ++o) {
    const double keep_m = input.entries[m].block < input.entries[o].block ? keep : 1.0;
    const double keep_o = input.entries[o].block < input.entries[m].block ? keep : 1.0;
    for (size_t b = 0; o != m && b < shares.size(); ++b) {
      if (input.batches[m][b] * keep_m < input.batches[o][b] * keep_o) shares[b] += 1.0 / others;
    }
  }
  return shares;
}

}  // namespace

bool is_too_close_by_batches(const ScoredCompetition& result, const StepInput& input) {
  if (!result.winner) return false;
  const auto w = static_cast<size_t>(
      std::find(result.uids.begin(), result.uids.end(), *result.winner) - result.uids.begin());
  const std::vector<double> winner = shares_by_batch(input, w);
  for (size_t o = 0; o < result.uids.size(); ++o) {
    if (o == w || result.ok[o] == 0 || input.batches[o] == input.batches[w]) continue;
    std::vector<double> lead = shares_by_batch(input, o);
    for (size_t b = 0; b < lead.size(); ++b) lead[b] = winner[b] - lead[b];
    const Estimate mean = sample_mean(lead);
    if (!(std::abs(mean.mean) > 3.0 * mean.standard_error)) return true;
  }
  return false;
}

}  // namespace verdict
