#include "consensus/median.h"

#include <numeric>

namespace verdict {
namespace {

struct Vote {
  size_t voter = 0;
  Fixed weight{};
};

}  // namespace

Fixed weighted_median(std::span<const Fixed> stakes, std::span<const Fixed> scores,
                      Fixed minority) {
  std::vector<size_t> in_play(scores.size());
  std::iota(in_play.begin(), in_play.end(), size_t{0});
  Fixed low;                 // The stake below those in play …
  Fixed high = sum(stakes);  // … and the stake up to the last of them.
  while (in_play.size() > 1) {
    const Fixed pivot = scores[in_play[in_play.size() / 2]];
    std::vector<size_t> below;
    std::vector<size_t> above;
    Fixed stake_below;
    Fixed stake_above;
    for (const size_t i : in_play) {
      if (scores[i] < pivot) {
        below.push_back(i);
        stake_below += stakes[i];
      } else if (scores[i] > pivot) {
        above.push_back(i);
        stake_above += stakes[i];
      }
    }
    // Each round drops at least the pivot, so this ends.
    if (minority < low + stake_below && !below.empty()) {
      in_play = std::move(below);
      high = low + stake_below;
    } else if (high - stake_above <= minority && !above.empty()) {
      in_play = std::move(above);
      low = high - stake_above;
    } else {
      return pivot;
    }
  }
  return in_play.empty() ? Fixed{} : scores[in_play.front()];
}

std::vector<Fixed> column_medians(std::span<const Fixed> stakes, const SparseMatrix& weights,
                                  Fixed majority) {
  std::vector<Fixed> voting_stakes;
  std::vector<std::vector<Vote>> by_column(weights.size());
  for (size_t i = 0; i < weights.size(); ++i) {
    if (stakes[i] <= Fixed{}) continue;
    const size_t voter = voting_stakes.size();
    for (const SparseEntry& e : weights[i]) by_column[e.column].push_back({voter, e.value});
    voting_stakes.push_back(stakes[i]);
  }
  normalise(voting_stakes);
  const Fixed minority = sum(voting_stakes) - majority;
  std::vector<Fixed> medians(weights.size());
  std::vector<Fixed> scores(voting_stakes.size());
  for (size_t column = 0; column < medians.size(); ++column) {
    if (by_column[column].empty()) continue;  // All vote 0.
    for (const Vote& vote : by_column[column]) scores[vote.voter] = vote.weight;
    medians[column] = weighted_median(voting_stakes, scores, minority);
    for (const Vote& vote : by_column[column]) scores[vote.voter] = Fixed{};
  }
  return medians;
}

}  // namespace verdict
