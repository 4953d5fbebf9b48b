// What is left to do, and in which order of phases.
#pragma once

#include <set>
#include <vector>

#include "app/run/job.h"
#include "app/run/losses.h"
#include "verdict/partition/groups.h"
#include "verdict/partition/plan.h"
#include "verdict/results/journal.h"

namespace verdict {

// Per model of the job, as all of `CandidateWork` here.
struct Agenda {
  std::vector<CandidateWork> now{};
  // Items with the same key as one of `now`: that of another model with the same bytes, or of
  // another task with the same rows. They wait for the journal.
  std::vector<CandidateWork> shared{};
  int64_t attempt = 1;  // Number of this start.
};

// Every item of every model, in the order in which they are computed.
[[nodiscard]] std::vector<CandidateWork> all_work(const Job& job);

[[nodiscard]] bool has_items(const std::vector<CandidateWork>& work);

// What the journals do not hold, each key once. A model that has failed has nothing left.
[[nodiscard]] Agenda find_open(const Job& job, const std::vector<CandidateWork>& wanted,
                               const JournalContent& journal, const LossTable& table);

// The phases of a run: each tensor-parallel degree that has work, in ascending order.
[[nodiscard]] std::set<int> degrees_of(const Job& job, const std::vector<CandidateWork>& work);

// The work of one TP degree; models of other degrees have no items in it.
[[nodiscard]] std::vector<CandidateWork> of_degree(const Job& job,
                                                   const std::vector<CandidateWork>& work, int tp);

// Throws SystemError(usage) if a model's TP degree is more than the ranks of every node.
void require_groups(const Job& job, const std::vector<Seat>& seats, bool across_nodes);

[[nodiscard]] int64_t rows_of(const std::vector<CandidateWork>& work);

}  // namespace verdict
