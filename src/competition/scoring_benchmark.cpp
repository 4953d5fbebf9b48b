#include "verdict/competition/scoring_benchmark.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <string>

#include "verdict/competition/result.h"
#include "verdict/core/python_random.h"

namespace verdict {
namespace {

constexpr int64_t kTargets = 4095;

Competition made_up_competition(const ScoringSize& size) {
  Competition c{
      .id = 1,
      .name = "made-up",
      .epsilon = {.kind = Epsilon::Kind::linear, .start = 0.005, .end = 0.0001, .blocks = 14400}};
  for (size_t t = 0; t < size.tasks; ++t) {
    c.tasks.push_back({.name = "task" + std::to_string(t),
                       .weight = 1.0 / static_cast<double>(size.tasks),
                       .rows = static_cast<int64_t>(size.rows)});
  }
  return c;
}

std::vector<ModelLosses> made_up_models(const Competition& competition, const ScoringSize& size) {
  PythonRandom random = PythonRandom::from_decimal("1");
  std::vector<ModelLosses> models;
  for (size_t m = 0; m < size.models; ++m) {
    ModelLosses model{
        .uid = static_cast<int64_t>(m), .block = static_cast<double>(m % 97), .ok = true};
    for (const Task& task : competition.tasks) {
      TaskLosses& losses = model.tasks.emplace_back();
      losses.name = task.name;
      for (size_t r = 0; r < size.rows; ++r) {
        losses.row_nll.push_back(8000.0 + static_cast<double>(random.below(2000)));
      }
      losses.row_tokens.assign(size.rows, kTargets);
    }
    models.push_back(std::move(model));
  }
  return models;
}

}  // namespace

double scoring_seconds(const ScoringSize& size, int rounds) {
  const Competition competition = made_up_competition(size);
  const std::vector<ModelLosses> models = made_up_models(competition, size);
  double best = std::numeric_limits<double>::infinity();
  for (int round = 0; round < rounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    const ScoredCompetition scored = score_competition(competition, models, 100.0);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    if (scored.winner) best = std::min(best, taken.count());
  }
  return best;
}

}  // namespace verdict
