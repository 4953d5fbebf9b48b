// A run before it is one: made by the functions that evaluate plans with, from headers only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/plan/plan_options.h"
#include "app/run/admission.h"
#include "app/run/degree.h"
#include "app/run/inputs.h"
#include "app/run/job.h"
#include "verdict/partition/groups.h"
#include "verdict/partition/plan.h"

namespace verdict {

struct PlannedMachine {
  int ranks = 1;
  int ranks_per_node = 1;
  bool gpu = false;
  uint64_t rank_memory = 0;  // Usable bytes.
  MachineRates rates{};
  bool calibrated = false;  // The rates were measured, not assumed.
};

// One tensor-parallel degree: its groups work through its units, then comes the next degree.
struct PlannedPhase {
  int tp = 1;
  std::vector<CandidateWork> work{};  // By model of the job.
  std::vector<int> groups{};          // Of each rank; −1: idle.
  Plan plan{};
  std::vector<double> unit_seconds{};   // [units] at the machine's rates, load included.
  std::vector<double> group_seconds{};  // [groups]
  double seconds = 0;                   // Of the longest group.
};

struct DegreeOption {
  int tp = 1;
  uint64_t bytes = 0;  // Of a rank, for the model that needs most; 0: it cannot be split so.
  bool fits = false;
  int groups = 0;
  double seconds = 0;  // Predicted.
};

struct RunPlan {
  PlannedMachine machine{};
  Inputs inputs{};
  std::vector<Degree> degrees{};  // By competition.
  // By competition: what was chosen from; of machines with GPUs only.
  std::vector<std::vector<DegreeOption>> options{};
  std::vector<Admission> admissions{};  // By candidate.
  Job job{};
  std::vector<PlannedPhase> phases{};
  int64_t shared_rows = 0;  // Whose losses another model's or task's are, bit for bit.
  // Models whose bytes are not known to differ: no hash of theirs is in the cache.
  int64_t unhashed = 0;
};

// The uid of the candidate whose bytes a candidate has, if not itself: they are evaluated once.
[[nodiscard]] std::optional<int64_t> computed_as(const RunPlan& plan, size_t candidate);

// Throws as evaluate does before it computes: SystemError(usage) for a wrong line or competitions
// file, SystemError(bad_data) for a bad shard or candidates file. Neither weights nor
// whole shards are read: what only they show (limits on norms, secure hashes of files whose hashes
// are not known, checksums) is not looked at.
[[nodiscard]] RunPlan make_run_plan(const PlanOptions& options);

}  // namespace verdict
