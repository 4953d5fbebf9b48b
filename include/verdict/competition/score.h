// From task losses to the score of a model.
#pragma once

#include <span>
#include <vector>

#include "verdict/competition/competition_file.h"

namespace verdict {

struct TaskScore {
  double raw = 0.0;     // Mean over the rows of nll / targets, in nat per token.
  double weight = 0.0;  // As configured.
  Normalization normalization{};
};

// none: raw. inverse_exponential with ceiling c: 1 if raw ≥ c, else (1 − exp(−raw/c)) / (1 −
// exp(−1)); so infinity becomes 1, and who must not let a failed task pass looks at `raw`. NaN
// stays NaN.
[[nodiscard]] double normalize_score(double raw, const Normalization& normalization);

// Its derivative at `raw`; 0 at and above the ceiling.
[[nodiscard]] double normalization_slope(double raw, const Normalization& normalization);

// The weights, divided by their sum W unless |W − 1| ≤ 1e-9·max(W, 1): tasks that did not load give
// theirs away.
[[nodiscard]] std::vector<double> effective_weights(std::span<const double> weights);

// Σ normalised raw × effective weight, added in the order given; 0 without tasks.
[[nodiscard]] double combine_tasks(std::span<const TaskScore> tasks);

}  // namespace verdict
