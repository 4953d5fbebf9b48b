#include "verdict/competition/step.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <tuple>

#include "verdict/competition/epsilon.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

void sort_by_uid(std::vector<Entry>& entries) {
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.uid < b.uid; });
  for (size_t i = 1; i < entries.size(); ++i) {
    if (entries[i].uid == entries[i - 1].uid) {
      throw SystemError("uid " + std::to_string(entries[i].uid) + " occurs twice in one step");
    }
  }
}

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

void fill_duels(const std::vector<Entry>& entries, const Epsilon& epsilon, double current_block,
                StepResult& step) {
  const size_t n = entries.size();
  step.duel_won.assign(n * n, 0);
  step.epsilon.assign(n * n, std::numeric_limits<double>::quiet_NaN());
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < n; ++j) {
      if (i == j || !has_score(entries[i]) || !has_score(entries[j])) continue;
      const Duel d = duel(entries[i], entries[j], epsilon, current_block);
      step.duel_won[i * n + j] = d.won ? 1 : 0;
      step.epsilon[i * n + j] = d.epsilon;
    }
  }
}

void fill_wins(const std::vector<Entry>& competitive, StepResult& step) {
  const auto index_of = [&](int64_t uid) {
    return static_cast<size_t>(std::lower_bound(step.uids.begin(), step.uids.end(), uid) -
                               step.uids.begin());
  };
  for (const Entry& e : competitive) {
    const size_t row = index_of(e.uid) * step.uids.size();
    int64_t wins = 0;
    for (const Entry& other : competitive) wins += step.duel_won[row + index_of(other.uid)];
    step.competitive.push_back(e.uid);
    step.wins[e.uid] = wins;
    const auto others = static_cast<double>(competitive.size() - 1);
    step.win_rate[e.uid] = competitive.size() == 1 ? 1.0 : static_cast<double>(wins) / others;
  }
}

void fill_ranking(std::vector<Entry> competitive, StepResult& step) {
  const auto key = [&](const Entry& e) {
    return std::make_tuple(-step.win_rate.at(e.uid), e.score, e.block, e.uid);
  };
  std::sort(competitive.begin(), competitive.end(),
            [&](const Entry& a, const Entry& b) { return key(a) < key(b); });
  for (const Entry& e : competitive) step.ranking.push_back(e.uid);
  if (!step.ranking.empty()) step.winner = step.ranking.front();
}

void fill_softmax(const std::vector<Entry>& scored, double temperature, StepResult& step) {
  const auto logit = [&](const Entry& e) {
    const auto rate = step.win_rate.find(e.uid);
    return (rate == step.win_rate.end() ? 0.0 : rate->second) / temperature;
  };
  double largest = 0.0;
  for (const Entry& e : scored) largest = std::max(largest, logit(e));
  double sum = 0.0;
  for (const Entry& e : scored) sum += std::exp(logit(e) - largest);
  for (const Entry& e : scored) step.step_weights[e.uid] = std::exp(logit(e) - largest) / sum;
}

}  // namespace

StepResult hardened_step(std::vector<Entry> entries, const Epsilon& epsilon, double current_block,
                         Payout payout, double temperature) {
  sort_by_uid(entries);
  StepResult step;
  std::vector<Entry> scored;
  for (const Entry& e : entries) {
    step.uids.push_back(e.uid);
    step.step_weights[e.uid] = 0.0;
    if (has_score(e)) scored.push_back(e);
  }
  const std::vector<Entry> competitive = competitive_of(scored, epsilon);
  fill_duels(entries, epsilon, current_block, step);
  fill_wins(competitive, step);
  fill_ranking(competitive, step);
  if (payout == Payout::softmax) {
    fill_softmax(scored, temperature, step);
  } else if (step.winner) {
    step.step_weights[*step.winner] = 1.0;
  }
  return step;
}

}  // namespace verdict
