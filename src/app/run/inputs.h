// The two files that say what is to be done.
#pragma once

#include <cstddef>

#include "app/run/evaluate_options.h"
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

// What the last evaluation left; a rerun starts from what its first start found. Empty without
// --state. Throws SystemError(usage) if it is not of a block before `block`.
[[nodiscard]] StateFile read_state_before(const EvaluateOptions& options, int64_t block);

// Throws as the readers of the files; SystemError(usage) if one of the two is not there.
[[nodiscard]] Inputs read_inputs(const EvaluateOptions& options);

// The competition of a candidate.
[[nodiscard]] size_t competition_of(const Inputs& inputs, const Candidate& candidate);

}  // namespace verdict
