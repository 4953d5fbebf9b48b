// Why a degree was chosen: what each one that is possible would need and take.
#pragma once

#include <cstdint>
#include <vector>

#include "app/plan/run_plan.h"

namespace verdict {

// Of every degree that divides the ranks which may hold a model together, for the competition at
// that place. `bytes` 0: some model of it cannot be split so. Predicted for all of its rows, as if
// it were alone: replicas where several groups have room, rows cut between them, and the sums of
// performance.md 4.1 where a group has more than one rank.
[[nodiscard]] std::vector<DegreeOption> degree_options(const RunPlan& plan, size_t competition,
                                                       const EvaluateOptions& options,
                                                       const std::vector<Seat>& seats);

}  // namespace verdict
