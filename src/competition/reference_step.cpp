#include <algorithm>
#include <limits>

#include "competition/step_parts.h"
#include "verdict/competition/epsilon.h"
#include "verdict/competition/step.h"

namespace verdict {
namespace {

// As hardened, but with ≤ between blocks and whatever the scores are: two equal entries of one
// block eliminate each other, and a NaN eliminates itself and all later ones.
std::vector<Entry> competitive_of(const std::vector<Entry>& entries, const Epsilon& epsilon) {
  const double keep = 1.0 - epsilon_at(epsilon, std::numeric_limits<double>::infinity(), 0.0);
  std::vector<Entry> competitive;
  for (size_t i = 0; i < entries.size(); ++i) {
    bool stays = true;
    for (size_t j = 0; j < entries.size(); ++j) {
      const bool must_beat = j != i && entries[j].block <= entries[i].block;
      if (must_beat && !(entries[i].score < entries[j].score * keep)) stays = false;
    }
    if (stays) competitive.push_back(entries[i]);
  }
  return competitive;
}

}  // namespace

StepResult reference_step(const std::vector<Entry>& entries, const Epsilon& epsilon,
                          double current_block, Payout payout, double temperature) {
  StepResult step = begin_step(entries);
  const std::vector<Entry> competitive = competitive_of(entries, epsilon);
  fill_duels(entries, epsilon, current_block, step);
  step.aborted = competitive.empty();
  if (step.aborted) return step;
  fill_wins(competitive, epsilon, current_block, step);
  fill_ranking(competitive, step);
  prefer_first(step);
  fill_weights(entries, payout, temperature, step);
  return step;
}

}  // namespace verdict
