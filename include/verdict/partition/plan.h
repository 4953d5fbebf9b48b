// Who does what: a pure function of shapes and costs. Candidates × rows × groups -> ordered units.
#pragma once

#include <cstdint>
#include <vector>

#include "verdict/core/range.h"

namespace verdict {

// The smallest piece that is journalled: a block of a task's samples. Blocks do not depend on how
// many groups there are, so that a run can go on with any other number.
struct WorkItem {
  bool generation = false;  // The sanity generation: of all tasks, without samples.
  int64_t task = 0;         // Index into the competition's tasks.
  Range samples{};          // Of the task; begins at a multiple of the micro-batch.
  double seconds = 0;       // Predicted time of a group.
};

// What is left to do for one candidate.
struct CandidateWork {
  int64_t candidate = 0;
  double load_seconds = 0;        // Predicted; paid again by every group that takes a part.
  std::vector<WorkItem> items{};  // In the order in which they are computed.
};

// One candidate × a range of its items; what rank 0 hands out.
struct Unit {
  int64_t candidate = 0;
  Range items{};          // Into the candidate's items.
  double seconds = 0;     // Predicted, with the load unless the unit before it has loaded it.
  int planned_group = 0;  // Who is meant to take it; any group may.
};

struct Plan {
  int groups = 1;
  std::vector<Unit>
      units{};  // A unit's index is its number; a group's own units are in the order it takes them.
  double makespan_seconds = 0;     // Predicted.
  double lower_bound_seconds = 0;  // No plan can be shorter.
};

// Blocks of `block` samples of each task (`samples[t]` of them); the last may be shorter.
[[nodiscard]] std::vector<WorkItem> cut_into_items(const std::vector<int64_t>& samples,
                                                   int64_t block, double seconds_per_sample);

// The order that packs best: then the short items at the end of each task fill gaps. The sanity
// generation stays first, which may spare all the rest.
void longest_items_first(std::vector<WorkItem>& items);

// Whole candidates where that balances within 3 %, otherwise candidates are cut between items.
// Every item is in exactly one unit. With models of real sizes the makespan is within 5 % of the
// lower bound (tests/partition/plan_properties_test.cpp). Throws SystemError(internal) if
// groups < 1.
[[nodiscard]] Plan make_plan(const std::vector<CandidateWork>& work, int groups);

}  // namespace verdict
