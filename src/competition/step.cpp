#include "verdict/competition/step.h"

#include <algorithm>
#include <limits>

#include "competition/step_parts.h"
#include "verdict/competition/epsilon.h"

namespace verdict {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Who cannot beat some earlier model even at full decay can never win, and must not take duels from
// others.
std::vector<Entry> competitive_of(const std::vector<Entry>& scored, const Epsilon& epsilon) {
  const double keep = 1.0 - epsilon_at(epsilon, kInfinity, 0.0);
  std::vector<Entry> competitive;
  for (const Entry& e : scored) {
    const bool beats_all_earlier = std::all_of(
        scored.begin(), scored.end(),
        [&](const Entry& other) { return !is_earlier(other, e) || e.score < other.score * keep; });
    if (beats_all_earlier) competitive.push_back(e);
  }
  return competitive;
}

}  // namespace

StepResult hardened_step(std::vector<Entry> entries, const Epsilon& epsilon, double current_block,
                         Payout payout, double temperature) {
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.uid < b.uid; });
  StepResult step = begin_step(entries);
  std::vector<Entry> scored;
  std::copy_if(entries.begin(), entries.end(), std::back_inserter(scored), has_score);
  const std::vector<Entry> competitive = competitive_of(scored, epsilon);
  fill_duels(entries, epsilon, current_block, step);
  fill_wins(competitive, epsilon, current_block, step);
  fill_ranking(competitive, step);
  fill_weights(scored, payout, temperature, step);
  return step;
}

}  // namespace verdict
