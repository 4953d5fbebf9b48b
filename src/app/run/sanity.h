// The sanity generation of a run: what is asked, what it costs, and what the answers mean.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/run/job.h"
#include "app/run/losses.h"
#include "verdict/partition/cost.h"
#include "verdict/results/journal.h"

namespace verdict {

// A row whose first tokens are continued.
struct Prompt {
  size_t task = 0;
  int64_t sample = 0;
};

// In order of task and sample: each task's answers follow one another.
[[nodiscard]] std::vector<Prompt> prompts_of(const JobCompetition& competition);
[[nodiscard]] const DrawnRow& row_of(const JobCompetition& competition, const Prompt& prompt);

// How the prompts are made and continued: part of the key.
[[nodiscard]] std::string generation_identity(const JobCompetition& competition);

[[nodiscard]] double generation_seconds(const JobModel& model, const JobCompetition& competition,
                                        const MachineRates& rates);

// The first task whose two answers are degenerate, and why; nothing if none are. Throws
// SystemError(internal) unless there is an answer to each prompt.
[[nodiscard]] std::optional<ModelFailure> find_degeneracy(const JobCompetition& competition,
                                                          const GeneratedTexts& said);

}  // namespace verdict
