// Whether the name of the winner can be trusted.
#pragma once

#include <vector>

#include "verdict/competition/duel.h"
#include "verdict/competition/result.h"

namespace verdict {

// See result.h. `entries` in the order of the result's models.
[[nodiscard]] bool winner_is_too_close_to_call(const ScoredCompetition& result,
                                               const std::vector<Entry>& entries,
                                               const Epsilon& epsilon);

// The same by batches: see result.h. `input.batches` as decide_step was given them.
[[nodiscard]] bool is_too_close_by_batches(const ScoredCompetition& result, const StepInput& input);

}  // namespace verdict
