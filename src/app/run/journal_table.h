// The loss table as the journals tell it: what an earlier start has done, and the proof that this
// one wrote down what it computed.
#pragma once

#include <set>
#include <utility>
#include <vector>

#include "app/run/job.h"
#include "app/run/losses.h"
#include "verdict/partition/plan.h"
#include "verdict/results/journal.h"

namespace verdict {

// Models that the journals have already given up on: a bad model stays bad in its competition; a
// timeout, and a model in work when a GPU ran out of memory or failed, is tried again once;
// whatever else went wrong is tried again.
[[nodiscard]] std::vector<std::pair<size_t, ModelFailure>> journalled_failures(
    const Job& job, const JournalContent& journal);

// Models that were in work when a GPU failed or ran out of memory, and are not given up: they are
// computed last, so that what they may do again costs the others nothing.
[[nodiscard]] std::set<size_t> suspected_models(const Job& job, const JournalContent& journal);

// Models whose files could not be read in any try of a run that has ended, as its second try found
// it.
[[nodiscard]] std::vector<std::pair<size_t, ModelFailure>> unreadable_models(
    const Job& job, const JournalContent& journal);

// How many items of a model the journals do not hold.
[[nodiscard]] size_t missing_items(const Job& job, size_t model, const JournalContent& journal);

// The number of this start, from 1: one more than that of any start that has noted a failure.
[[nodiscard]] int64_t next_attempt(const JournalContent& journal);

// Puts every item of `wanted` that the journals hold into the table.
void take_journalled(const Job& job, const std::vector<CandidateWork>& wanted,
                     const JournalContent& journal, LossTable& table);

// The timings of all items that the journals hold, each key once.
void take_timings(const Job& job, const JournalContent& journal, LossTable& table);

// Throws SystemError(internal) naming the first cell that differs between the table and the
// journals, bit for bit.
void require_same_as_journal(const Job& job, const LossTable& table, const JournalContent& journal);

}  // namespace verdict
