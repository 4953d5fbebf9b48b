#include <limits>
#include <string>

#include "competition/step_parts.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

void check_lengths(const BatchStep& step) {
  for (size_t i = 0; i < step.entries.size(); ++i) {
    const size_t length = i < step.losses.size() ? step.losses[i].size() : 0;
    if (length >= step.batches) continue;
    throw SystemError("uid " + std::to_string(step.entries[i].uid) + " has the losses of " +
                      std::to_string(length) + " batches, expected " +
                      std::to_string(step.batches));
  }
}

// Batches in which i beats j: strictly, with the advantage of the strictly earlier one.
int64_t batches_won(const BatchStep& step, size_t i, size_t j) {
  const double keep = 1.0 - step.epsilon;
  const double keep_i = step.entries[i].block < step.entries[j].block ? keep : 1.0;
  const double keep_j = step.entries[j].block < step.entries[i].block ? keep : 1.0;
  int64_t won = 0;
  for (size_t b = 0; b < step.batches; ++b) {
    if (step.losses[i][b] * keep_i < step.losses[j][b] * keep_j) ++won;
  }
  return won;
}

void fill_from_batches(const BatchStep& input, StepResult& step) {
  const size_t n = input.entries.size();
  std::vector<int64_t> won(n * n, 0);
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < n; ++j) {
      if (i != j) won[i * n + j] = batches_won(input, i, j);
    }
  }
  step.duel_won.assign(n * n, 0);
  step.epsilon.assign(n * n, std::numeric_limits<double>::quiet_NaN());
  for (size_t i = 0; i < n; ++i) {
    const Entry& e = input.entries[i];
    int64_t wins = 0;
    for (size_t j = 0; j < n; ++j) {
      wins += won[i * n + j];
      if (i == j || !has_score(e) || !has_score(input.entries[j])) continue;
      step.duel_won[i * n + j] = won[i * n + j] > won[j * n + i] ? 1 : 0;
      step.epsilon[i * n + j] = e.block == input.entries[j].block ? 0.0 : input.epsilon;
    }
    const double matches = (static_cast<double>(n) - 1.0) * static_cast<double>(input.batches);
    step.competitive.push_back(e.uid);
    step.wins[e.uid] = wins;
    step.win_rate[e.uid] = matches > 0.0 ? static_cast<double>(wins) / matches : 0.0;
  }
}

}  // namespace

StepResult batch_step(const BatchStep& input) {
  StepResult step = begin_step(input.entries);
  check_lengths(input);
  fill_from_batches(input, step);
  fill_ranking(input.entries, step);
  prefer_first(step);
  fill_weights(input.entries, input.payout, input.temperature, step);
  return step;
}

}  // namespace verdict
