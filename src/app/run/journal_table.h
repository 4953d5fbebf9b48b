// The loss table as the journals tell it: what an earlier start has done, and the proof that this
// one wrote down what it computed.
#pragma once

#include <filesystem>
#include <vector>

#include "app/run/job.h"
#include "app/run/losses.h"
#include "verdict/partition/plan.h"
#include "verdict/results/journal.h"

namespace verdict {

// Models that the journals have already given up on: a bad model stays bad; a timeout is tried
// again once.
[[nodiscard]] std::vector<std::pair<size_t, ModelFailure>> journalled_failures(
    const Job& job, const JournalContent& journal);

// Puts every item that the journals hold into the table and returns what is left, per model. A
// model that has failed has nothing left.
[[nodiscard]] std::vector<CandidateWork> take_journalled(const Job& job,
                                                         const JournalContent& journal,
                                                         LossTable& table);

// Throws SystemError(internal) naming the first cell that differs between the table and the
// journals, bit for bit.
void require_same_as_journal(const Job& job, const LossTable& table, const JournalContent& journal);

}  // namespace verdict
