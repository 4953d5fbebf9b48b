// How long the arithmetic of a competition takes.
#pragma once

#include <cstddef>

namespace verdict {

struct ScoringSize {
  size_t models = 256;
  size_t tasks = 6;
  size_t rows = 50;  // Per task.
};

// Seconds of one score_competition, all paired statistics included, on made-up losses of that size;
// the best of `rounds`.
[[nodiscard]] double scoring_seconds(const ScoringSize& size, int rounds);

}  // namespace verdict
