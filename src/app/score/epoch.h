// From the state that the last evaluation left to the state that this one leaves.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/score/measurements.h"
#include "verdict/competition/result.h"
#include "verdict/competition/tracker.h"

namespace verdict {

// Who sits at a uid now: the metagraph's word if the candidates file has one, else the candidate's,
// else the state's.
[[nodiscard]] std::optional<std::string> hotkey_at(int64_t uid, const CandidatesFile& candidates,
                                                   const EpochState& before);

// The moving averages by uid. An entry whose hotkey has left, or sits at another uid now, is 0;
// competitions that are not in the file any more, or not scheduled, are dropped.
[[nodiscard]] Tracker tracker_of(const Terms& terms);

// What is left for the next evaluation. `candidates` with their status.
[[nodiscard]] EpochState state_after(const Terms& terms, const Tracker& tracker,
                                     const std::vector<ScoredCompetition>& scored,
                                     const std::vector<CandidateResult>& candidates);

}  // namespace verdict
