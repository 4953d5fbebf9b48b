#include "competition/step_parts.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <tuple>

#include "verdict/core/error.h"

namespace verdict {

StepResult begin_step(const std::vector<Entry>& entries) {
  StepResult step;
  for (const Entry& e : entries) {
    if (!step.step_weights.emplace(e.uid, 0.0).second) {
      throw SystemError("uid " + std::to_string(e.uid) + " occurs twice in one step");
    }
    step.uids.push_back(e.uid);
  }
  return step;
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

void fill_wins(const std::vector<Entry>& competitive, const Epsilon& epsilon, double current_block,
               StepResult& step) {
  const auto others = static_cast<double>(competitive.size()) - 1.0;
  for (size_t i = 0; i < competitive.size(); ++i) {
    const Entry& e = competitive[i];
    int64_t wins = 0;
    for (size_t j = 0; j < competitive.size(); ++j) {
      if (i != j && duel(e, competitive[j], epsilon, current_block).won) ++wins;
    }
    step.competitive.push_back(e.uid);
    step.wins[e.uid] = wins;
    step.win_rate[e.uid] = competitive.size() == 1 ? 1.0 : static_cast<double>(wins) / others;
  }
}

void fill_ranking(std::vector<Entry> competitive, StepResult& step) {
  // A score that is NaN, which only the reference lets in, must not break the order.
  const auto key = [&](const Entry& e) {
    const double score = std::isnan(e.score) ? std::numeric_limits<double>::infinity() : e.score;
    return std::make_tuple(-step.win_rate.at(e.uid), score, e.block, e.uid);
  };
  std::sort(competitive.begin(), competitive.end(),
            [&](const Entry& a, const Entry& b) { return key(a) < key(b); });
  for (const Entry& e : competitive) step.ranking.push_back(e.uid);
  if (!step.ranking.empty()) step.winner = step.ranking.front();
}

void prefer_first(StepResult& step) {
  if (step.ranking.empty()) return;
  const double highest = step.win_rate.at(step.ranking.front());
  const auto first = std::find_if(step.competitive.begin(), step.competitive.end(),
                                  [&](int64_t uid) { return step.win_rate.at(uid) == highest; });
  const auto place = std::find(step.ranking.begin(), step.ranking.end(), *first);
  std::rotate(step.ranking.begin(), place, place + 1);
  step.winner = step.ranking.front();
}

void fill_weights(const std::vector<Entry>& paid, Payout payout, double temperature,
                  StepResult& step) {
  if (payout == Payout::winner) {
    if (step.winner) step.step_weights[*step.winner] = 1.0;
    return;
  }
  const auto logit = [&](const Entry& e) {
    const auto rate = step.win_rate.find(e.uid);
    return (rate == step.win_rate.end() ? 0.0 : rate->second) / temperature;
  };
  double largest = 0.0;
  for (const Entry& e : paid) largest = std::max(largest, logit(e));
  double sum = 0.0;
  for (const Entry& e : paid) sum += std::exp(logit(e) - largest);
  for (const Entry& e : paid) step.step_weights[e.uid] = std::exp(logit(e) - largest) / sum;
}

}  // namespace verdict
