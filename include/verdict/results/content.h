// What results.h5 holds, as plain values. Losses and scores are in nat per token unless
// `score_units` says otherwise; missing numbers are NaN.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "verdict/results/status.h"

namespace verdict {

inline constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

struct CandidateResult {
  int64_t uid = 0;
  std::string hotkey{};
  std::string repo{};
  std::string commit{};
  int64_t competition = 0;  // Its id.
  int64_t block = 0;
  double score = kMissing;
  Status status = Status::ok;
  std::string reason{};  // A sentence, empty for ok.
};

// One model in one task.
struct TaskResult {
  double loss_nat = kMissing;         // Mean over rows of nll / targets.
  double loss_stderr_nat = kMissing;  // Of that mean; missing with fewer than two rows.
  double perplexity = kMissing;
  double nll_sum_nat = kMissing;
  int64_t tokens = 0;  // Targets behind nll_sum.
  double bits_per_byte = kMissing;
};

// One model against one opponent. On the diagonal: not won, the rest missing.
struct DuelResult {
  bool won = false;
  double epsilon = kMissing;
  double score_difference = kMissing;  // Own score − the opponent's, paired on the same rows.
  double score_difference_stderr = kMissing;
};

struct ModelResult {
  int64_t uid = 0;
  std::string repo{};
  double score = kMissing;
  double score_stderr = kMissing;
  Status status = Status::ok;
  bool competitive = false;
  int64_t wins = 0;
  double win_rate = kMissing;
  double step_weight = kMissing;
  double ema = kMissing;
  std::vector<TaskResult> tasks{};  // [tasks]
  std::vector<DuelResult> duels{};  // [models]
};

// The rows of one task and what each model made of them.
struct TaskTable {
  std::string name{};
  double weight = kMissing;                // Effective: those of a competition sum to 1.
  std::vector<std::string> shard_names{};  // File names of the task's shards, in order.
  std::vector<int64_t> tokens{};           // [samples], targets of the row
  std::vector<int64_t> n_bytes{};    // [samples], bytes of text behind the row; 0 or empty: unknown
  std::vector<int64_t> row{};        // [samples], row in its shard
  std::vector<int64_t> shard{};      // [samples], index into shard_names
  std::vector<uint64_t> row_hash{};  // [samples], XXH3 of the tokens
  std::vector<std::vector<double>> nll_sum_nat{};  // [models][samples]
};

// What the models said in the sanity generation; no prompts: there was none. A model has no
// answers unless it is ok or degenerate.
struct GenerationTable {
  std::vector<std::string> prompts{};                   // "task/sample"
  std::vector<double> prompt_tokens{};                  // [models], of each of its prompts
  std::vector<std::vector<std::vector<double>>> ids{};  // [models][prompts][positions]
};

struct CompetitionResult {
  int64_t id = 0;
  std::string name{};
  double reward = kMissing;
  std::string
      numerics{};  // The numeric fingerprint, JSON: only equal ones can be compared bit for bit.
  std::string score_units = "nat";     // "1" if a task's score is normalised.
  double reward_effective = kMissing;  // Share of what is paid that goes through this competition.
  std::vector<std::string> missing_tasks{};  // Whose data was not there; not among `tasks`.
  bool is_void = false;                      // Nothing was decided: see ScoredCompetition.
  std::vector<TaskTable> tasks{};
  GenerationTable generation{};
  std::vector<ModelResult> models{};
  std::optional<int64_t> winner_uid{};  // Of one of `models`.
  std::optional<int64_t> runner_up_uid{};
  double margin = kMissing;         // The runner-up's score − the winner's.
  double margin_stderr = kMissing;  // Paired.
  bool too_close_to_call = false;
};

struct RankInformation {
  int64_t rank = 0;
  std::string host{};
  std::string device{};  // "NVIDIA H100 80GB HBM3", or the CPU's name.
  std::string gpu_uuid{};
};

struct UnitInformation {
  int64_t uid = 0;
  std::string competition{};
  std::string task{};
  int64_t first_sample = 0;
  int64_t samples = 0;
  int64_t leader_rank = 0;
  double load_seconds = kMissing;
  double compute_seconds = kMissing;
};

struct NamedText {
  std::string name{};
  std::string text{};
};

// How the numbers came about; all that may differ between two runs of equal results.
struct RunInformation {
  // Configuration, resolved values, command line, versions, job id, times (ISO 8601 UTC): a scalar
  // dataset each, so their names must differ from one another and from the tables of /run.
  std::vector<NamedText> texts{};
  std::string loss_definition{};  // Prefix, window, stride, which positions count.
  std::vector<RankInformation> ranks{};
  std::vector<UnitInformation> units{};
  std::vector<NamedText> shard_sha256{};  // Path and hash.
  std::vector<NamedText> model_sha256{};  // Label uid:repo and hash.
};

struct ResultsContent {
  int64_t block = 0;
  std::string block_hash{};
  std::string seed{};   // SHA-256 of the block hash's text, hex.
  std::string rules{};  // "hardened", "reference", "per-batch"
  std::vector<CandidateResult> candidates{};
  std::vector<CompetitionResult> competitions{};
  std::vector<double> subnet_weight{};        // [subnet uids]
  std::vector<uint16_t> subnet_weight_u16{};  // [subnet uids]
  RunInformation run{};
};

// "uid:repo"
[[nodiscard]] std::string model_label(int64_t uid, const std::string& repo);

}  // namespace verdict
