// The whole of a run as every rank knows it: models, tasks and their rows, numerics.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "app/run/admission.h"
#include "app/run/evaluate_options.h"
#include "app/run/inputs.h"
#include "app/run/numerics.h"
#include "verdict/data/dataset.h"
#include "verdict/eval/numerics.h"
#include "verdict/partition/cost.h"
#include "verdict/partition/plan.h"

namespace verdict {

// A task's rows as drawn.
struct JobTask {
  std::string name{};
  std::vector<std::filesystem::path> shards{};
  std::vector<std::string> shard_sha256{};
  ShardRules rules{};
  std::vector<DrawnRow> rows{};
};

struct JobCompetition {
  std::string name{};
  Numerics numerics{};
  std::string fingerprint{};                 // numerics_text() of where it runs; empty in a plan.
  std::vector<JobTask> tasks{};              // Those that have data.
  std::vector<std::string> missing_tasks{};  // The others.
  bool sanity_generation = false;
  // The tasks whose samples 0 and 1 are the prompts of the sanity generation, in order: all that
  // have two rows long enough for prompt and answer; none without a sanity generation.
  [[nodiscard]] std::vector<size_t> judged_tasks() const;
  [[nodiscard]] std::vector<int64_t> samples() const;  // Of each task.
  // Samples that are journalled together: a number that depends on the numerics only, so that a run
  // can go on with any number of ranks.
  [[nodiscard]] int64_t block() const;
};

// Distinct content within a competition; candidates with the same bytes share it.
struct JobModel {
  size_t competition = 0;
  std::string content_hash{};
  std::vector<size_t> candidates{};  // Indices into the candidates, by ascending uid.
  std::filesystem::path folder{};    // Of the first of them.
  std::string stamps{};
  BlockSums sums{};
  ModelShape shape{};
  MemoryNeed need{};  // On the rank that needs most.
};

struct Job {
  std::vector<JobCompetition> competitions{};
  std::vector<JobModel> models{};
  MachineRates rates{};  // Who does what follows from them, and nothing else does.
};

// What a competition asks of its shards.
[[nodiscard]] ShardRules shard_rules_of(const Competition& competition);

// Reads the shards (all of them, if `verify`) and draws the rows of every competition, without
// fingerprints. A task with a pattern that matches no file is missing, which is said; that no task
// at all has data is SystemError(bad_data). Competitions that are not scheduled have no tasks.
[[nodiscard]] std::vector<JobCompetition> draw_rows(const Inputs& inputs,
                                                    const EvaluateOptions& options,
                                                    const MachineDefaults& machine,
                                                    VerifyContent verify);

// Candidates with equal bytes in one competition become one model.
[[nodiscard]] std::vector<JobModel> distinct_models(const Inputs& inputs,
                                                    const std::vector<Admission>& admissions);

// Every item of a model: the sanity generation, if there is one, then the rows in order of task and
// sample.
[[nodiscard]] std::vector<WorkItem> items_of(const Job& job, size_t model);

// The key under which an item of a model is journalled. Models with the same bytes share it, and so
// do tasks with the same rows.
[[nodiscard]] std::string key_of(const Job& job, size_t model, const WorkItem& item);

}  // namespace verdict
