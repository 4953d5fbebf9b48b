// From the state that the last evaluation left to the state that this one leaves.
#pragma once

#include "app/run/inputs.h"
#include "verdict/competition/result.h"
#include "verdict/competition/tracker.h"
#include "verdict/results/state_file.h"

namespace verdict {

// Who sits at a uid now: the metagraph's word if the candidates file has one, else the candidate's,
// else the state's.
[[nodiscard]] std::optional<std::string> hotkey_at(int64_t uid, const Inputs& inputs,
                                                   const EpochState& before);

// The moving averages by uid. An entry whose hotkey has left, or sits at another uid now, is 0;
// competitions that are not in the file any more are dropped.
[[nodiscard]] Tracker tracker_of(const EpochState& before, const Inputs& inputs);

// What is left for the next evaluation.
[[nodiscard]] EpochState state_after(const Tracker& tracker,
                                     const std::vector<ScoredCompetition>& scored,
                                     const Inputs& inputs, const EpochState& before);

}  // namespace verdict
