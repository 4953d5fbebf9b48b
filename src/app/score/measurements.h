// What an evaluation measured, and the verdict that follows from it. `evaluate` and `score` share
// it, so that the arithmetic is the same again.
#pragma once

#include <string>
#include <vector>

#include "verdict/competition/candidates_file.h"
#include "verdict/competition/competition_file.h"
#include "verdict/competition/rules.h"
#include "verdict/results/content.h"
#include "verdict/results/state_file.h"
#include "verdict/results/weights_file.h"

namespace verdict {

// By what is decided.
struct Terms {
  const CompetitionFile& competitions;  // As they stand at `block`.
  const CandidatesFile& candidates;
  const EpochState& before;
  int64_t block = 0;
  Rules rules = Rules::hardened;
  bool allow_missing_tasks = false;
};

struct MeasuredCompetition {
  std::string numerics{};  // JSON.
  std::vector<std::string> missing_tasks{};
  std::vector<TaskTable> tasks{};  // Those that are not missing; nll by ascending uid.
  GenerationTable generation{};    // By ascending uid.
};

// `candidates` in the order of the candidates file, with their status and reason and without a
// score; `competitions` in that of the competitions file.
struct Measurements {
  std::vector<CandidateResult> candidates{};
  std::vector<MeasuredCompetition> competitions{};
};

// Everything but `run` of the content.
struct Verdict {
  ResultsContent content{};
  PublishedWeights weights{};  // Without results_sha256.
  EpochState state{};          // For the next evaluation.
};

// Pure. Competitions that are not scheduled are left out of content and weights, and their averages
// are dropped.
[[nodiscard]] Verdict reach_verdict(const Terms& terms, const Measurements& measured);

}  // namespace verdict
