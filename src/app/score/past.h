// What is remembered of each submission, so that one that keeps failing does not cost its time at
// every evaluation.
#pragma once

#include <string>
#include <vector>

#include "app/score/measurements.h"
#include "verdict/competition/result.h"

namespace verdict {

// The candidate's past under its own competition: none if its hotkey, repository, commit or block
// is another one now.
[[nodiscard]] const SubmissionHistory* past_of(const Candidate& candidate, const EpochState& state);

// The block from which on a submission that failed while it was computed is computed again; absent
// if that may be now. See next_attempt.
[[nodiscard]] std::optional<int64_t> postponed_until(const SubmissionHistory& past, int64_t block);

// The competition's histories after this step. What was not evaluated keeps its past as long as its
// hotkey sits where it sat.
[[nodiscard]] std::vector<SubmissionHistory> history_after(
    const Terms& terms, const CompetitionState& before, const ScoredCompetition& scored,
    const std::vector<CandidateResult>& candidates);

}  // namespace verdict
