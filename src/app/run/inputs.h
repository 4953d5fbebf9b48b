// The two files that say what is to be done.
#pragma once

#include "app/options.h"
#include "verdict/comm/mpi_comm.h"
#include "verdict/competition/candidates_file.h"
#include "verdict/competition/competition_file.h"
#include "verdict/competition/rules.h"
#include "verdict/results/state_file.h"

namespace verdict {

struct Inputs {
  CompetitionFile competitions{};  // As they stand at the candidates' block.
  CandidatesFile candidates{};
  EpochState before{};  // What the last evaluation left, as far as candidates depend on it.
  Rules rules = Rules::hardened;
  bool allow_missing_tasks = false;
};

// Collective. Rank 0 reads and judges the files; every rank gets the same values.
[[nodiscard]] Inputs share_inputs(const EvaluateOptions& options, const MpiComm& world);

}  // namespace verdict
