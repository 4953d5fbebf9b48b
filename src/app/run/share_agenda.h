// What is left to do, as rank 0 finds it in the journals and tells everybody.
#pragma once

#include <filesystem>
#include <set>
#include <vector>

#include "app/run/agenda.h"
#include "verdict/comm/mpi_comm.h"

namespace verdict {

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

// Collective. Rank 0's suspected_models, on every rank.
[[nodiscard]] std::set<size_t> share_suspects(const Job& job, const std::filesystem::path& journal,
                                              const MpiComm& world);

}  // namespace verdict
