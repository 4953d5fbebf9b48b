// What is left to do, as rank 0 finds it in the journals and tells everybody.
#pragma once

#include <filesystem>
#include <vector>

#include "app/run/job.h"
#include "app/run/losses.h"
#include "verdict/comm/mpi_comm.h"
#include "verdict/partition/plan.h"

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

// What of `wanted` is already known, and what is new; `earlier_starts` if this process has written
// nothing yet: then the journals' warnings and timings are taken, too.
struct AgendaOptions {
  std::filesystem::path journal{};
  bool earlier_starts = false;
};

// Collective. Rank 0 reads the journals and puts what they hold of `wanted` into its table, so that
// each cell is written once in the whole job; the failures that they hold are in every rank's
// table. A model that has failed has nothing left.
[[nodiscard]] Agenda share_agenda(const Job& job, const std::vector<CandidateWork>& wanted,
                                  const AgendaOptions& options, const MpiComm& world,
                                  LossTable& table);

}  // namespace verdict
