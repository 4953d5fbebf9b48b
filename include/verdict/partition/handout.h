// Which unit a group that asks gets next. Pure state, no threads.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <vector>

#include "verdict/partition/plan.h"

namespace verdict {

// A group takes its own planned units in order; then it takes over the last unit of the group that
// has most left, so that one slow group does not hold up the rest. What is left of a failed
// candidate is dropped at once.
class Handout {
 public:
  explicit Handout(const Plan& plan);
  [[nodiscard]] std::optional<int64_t> next(int group);
  // The next of its own units only: for a group that has not finished yet and would load ahead.
  [[nodiscard]] std::optional<int64_t> next_planned(int group);
  void candidate_failed(int64_t unit);
  [[nodiscard]] const std::vector<int64_t>& handed_out() const { return handed_out_; }  // In order.

 private:
  void drop_failed(std::deque<int64_t>& queue) const;
  int64_t hand_out(int64_t unit);
  const Plan& plan_;
  std::vector<std::deque<int64_t>> queues_{};  // By planned group.
  std::set<int64_t> failed_{};                 // Candidates.
  std::vector<int64_t> handed_out_{};
};

}  // namespace verdict
