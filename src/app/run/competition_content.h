// One scored competition in the shapes of results.h5 and weights.json.
#pragma once

#include "app/run/publish.h"
#include "verdict/competition/result.h"

namespace verdict {

struct CompetitionView {
  const Competition& competition;
  const ScoredCompetition& scored;
  const Inputs& inputs;
  const std::vector<Outcome>& outcomes;
  const JobCompetition& rows;
  const LossTable& table;
};

// Appends it to the verdict's content and weights, and writes each candidate's score.
void add_competition(const CompetitionView& view, Verdict& verdict);

}  // namespace verdict
