// What the planner's tests plan for: models of real sizes, and random ones.
#pragma once

#include <cmath>
#include <vector>

#include "verdict/core/python_random.h"
#include "verdict/partition/cost.h"
#include "verdict/partition/plan.h"

namespace verdict {

// As a run has it: the longest items first.
inline CandidateWork work_of(int64_t candidate, double load, const std::vector<int64_t>& rows,
                             int64_t block, double seconds_per_row) {
  CandidateWork work{.candidate = candidate,
                     .load_seconds = load,
                     .items = cut_into_items(rows, block, seconds_per_row)};
  longest_items_first(work.items);
  return work;
}

inline CandidateWork work_of(int64_t candidate, const ModelShape& shape, const MachineRates& rates,
                             const std::vector<int64_t>& rows) {
  return work_of(candidate, predicted_load_seconds(shape, rates), rows, 4,
                 predicted_row_seconds(shape, 1, rates));
}

inline constexpr ModelShape kTiny{.parameters = 135'000'000,
                                  .layers = 30,
                                  .heads = 9,
                                  .head_dim = 64,
                                  .length = 4096,
                                  .bytes = 270'000'000};
inline constexpr ModelShape k3B{.parameters = 3'000'000'000,
                                .layers = 28,
                                .heads = 24,
                                .head_dim = 128,
                                .length = 4096,
                                .bytes = 6'400'000'000};
inline constexpr ModelShape k14B{.parameters = 13'900'000'000,
                                 .layers = 48,
                                 .heads = 40,
                                 .head_dim = 128,
                                 .length = 4096,
                                 .bytes = 29'500'000'000};
// A fast GPU with a node's NVMe disk, and one CPU core with a network file system.
inline constexpr MachineRates kGpu{.flop = 4e14, .load_bytes = 2e9};
inline constexpr MachineRates kCore{.flop = 1e11, .load_bytes = 5e8};

// From `low` to `high`, as likely in each octave.
inline double spread(PythonRandom& random, double low, double high) {
  const double share = static_cast<double>(random.randint(0, 1'000'000)) / 1e6;
  return low * std::pow(high / low, share);
}

}  // namespace verdict
