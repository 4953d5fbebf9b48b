// The whole of a run as every rank knows it: models, tasks and their rows, numerics.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "app/options.h"
#include "app/run/admission.h"
#include "app/run/inputs.h"
#include "verdict/comm/mpi_comm.h"
#include "verdict/data/dataset.h"
#include "verdict/eval/session.h"
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
  std::vector<JobTask> tasks{};                        // Those that have data.
  std::vector<std::string> missing_tasks{};            // The others.
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
  ModelShape shape{};
  uint64_t weight_bytes = 0;  // On the rank that needs most, as need_bytes.
  uint64_t need_bytes = 0;    // Weights, activations and logits.
};

struct Job {
  std::vector<JobCompetition> competitions{};
  std::vector<JobModel> models{};
};

// Collective. Rank 0 reads the shards (all of them, for their checksums) and draws the rows. A task
// with a pattern that matches no file is missing, which is said; that no task at all has data is
// SystemError(bad_data). Competitions that are not scheduled have no tasks.
[[nodiscard]] Job share_job(const Inputs& inputs, const std::vector<Admission>& admissions,
                            const EvaluateOptions& options, const MpiComm& world);

// Every item of a model, in order of task and sample.
[[nodiscard]] std::vector<WorkItem> items_of(const Job& job, size_t model);

// Collective. Ends the job with exit code 64 if ranks would compute with other kernels than rank 0:
// then a row's bits would depend on who computed it.
void require_same_numerics(const Job& job, const MpiComm& world);

// The key under which an item of a model is journalled. Models with the same bytes share it, and so
// do tasks with the same rows.
[[nodiscard]] std::string key_of(const Job& job, size_t model, const WorkItem& item);

}  // namespace verdict
