// A candidate as the planner sees it: sums over its items, so that a range of them costs one
// subtraction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "verdict/partition/plan.h"

namespace verdict {

struct CandidateShape {
  int64_t candidate = 0;
  double load = 0;             // Seconds, paid by every unit.
  std::vector<double> sums{};  // sums[i]: seconds of the items before i; one more than items.

  [[nodiscard]] int64_t items() const { return static_cast<int64_t>(sums.size()) - 1; }
  [[nodiscard]] double work(int64_t begin, int64_t end) const {
    return sums[static_cast<std::size_t>(end)] - sums[static_cast<std::size_t>(begin)];
  }
  [[nodiscard]] double total() const { return load + sums.back(); }
  // The largest end such that load and the items [begin, end) take at most `room` seconds; `begin`
  // if not even one does.
  [[nodiscard]] int64_t last_fitting(int64_t begin, double room) const;
  // The smallest begin such that the items [begin, end) take at most `room` seconds, without load.
  [[nodiscard]] int64_t first_fitting(int64_t end, double room) const;
};

// Candidates that have items, longest first; equal ones in the order given.
[[nodiscard]] std::vector<CandidateShape> longest_first(const std::vector<CandidateWork>& work);

}  // namespace verdict
