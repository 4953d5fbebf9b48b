// One scored competition in the shapes of results.h5 and weights.json.
#pragma once

#include "app/score/measurements.h"
#include "verdict/competition/result.h"

namespace verdict {

struct CompetitionView {
  const Competition& competition;
  const ScoredCompetition& scored;
  const MeasuredCompetition& rows;
};

// Appends it to the verdict's content and weights, and writes each candidate's score.
void add_competition(const CompetitionView& view, Verdict& verdict);

}  // namespace verdict
