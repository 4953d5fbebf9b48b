// Which models of a step are evaluated again in the next one.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "verdict/competition/rules.h"

namespace verdict {

struct KeepInput {
  std::vector<Entry> entries{};  // All models of the step, in evaluation order, which breaks ties.
  std::map<int64_t, double> win_rate{};  // Of the competitive.
  std::vector<double> ema{};  // By uid, after the step; empty if the competition has none yet.
  size_t at_least = 5;
  Rules rules = Rules::hardened;  // Hardened takes a negative score for a failed one.
};

// The models to be evaluated again in the next step, best first: up to `at_least` competitive ones
// by priority (1 + EMA if the EMA is ≥ 0.001, else the win rate), then those of lowest score until
// there are `at_least`; failed ones come last.
[[nodiscard]] std::vector<int64_t> models_to_keep(const KeepInput& input);

}  // namespace verdict
