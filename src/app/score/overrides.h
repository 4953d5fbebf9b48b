// What the user may say instead of a file.
#pragma once

#include <vector>

#include "app/score/score_options.h"
#include "app/score/step_case.h"
#include "verdict/competition/competition_file.h"

namespace verdict {

// `epsilon` with what the options replace. --epsilon-start and the like make a fixed epsilon a
// linear one, which needs all three. Throws SystemError(usage) if a part is missing or a value is
// not at least 0 and less than 1.
[[nodiscard]] Epsilon overridden(const Epsilon& epsilon, const ScoreOptions& options);

// The same for every competition of a run; parts of a linear epsilon leave the fixed ones alone
// where there is a linear one.
void override_epsilons(std::vector<Competition>& competitions, const ScoreOptions& options);

// The same for every step of a case, and the block.
void override_case(StepCase& step_case, const ScoreOptions& options);

}  // namespace verdict
