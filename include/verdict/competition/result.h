// One competition's step from row losses to winner and margins, with everything that results.h5
// shows of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "verdict/competition/rules.h"

namespace verdict {

// A model on one task, by drawn row.
struct TaskLosses {
  std::string name{};
  std::vector<double> row_nll{};      // [row] nat, summed over the row's targets; NaN if missing.
  std::vector<int64_t> row_tokens{};  // [row] targets.
  std::vector<int64_t> row_bytes{};   // [row] bytes of text behind the row; 0 if unknown, or empty.
};

struct ModelLosses {
  int64_t uid = 0;
  double block = 0.0;  // Of the commitment.
  bool ok = false;
  std::vector<TaskLosses>
      tasks{};  // Those of the competition in its order; not looked at unless ok.
};

// By what a step is decided.
struct StepRules {
  Rules rules = Rules::hardened;
  std::vector<std::string> missing_tasks{};  // Names of those whose data did not load.
  bool allow_missing_tasks = false;          // The others then share the weight of the missing.
};

// Matrices are row-major. NaN means missing, flags are 0 or 1; a model that failed has NaN losses,
// score and rate, and weight 0.
struct ScoredCompetition {
  int64_t id = 0;
  std::string name{};
  double block = 0.0;                  // At which the step took place.
  std::vector<int64_t> uids{};         // [model], ascending: the order of all that follows.
  std::vector<std::string> tasks{};    // [task], as in the competition, without the missing.
  std::vector<double> task_weights{};  // [task], effective: they sum to 1.
  std::vector<std::string> missing_tasks{};
  // Decided by nothing: a task is missing and must not, or whom the rules name has no score. Then
  // nobody is competitive and nothing is recorded.
  bool is_void = false;

  std::vector<double> loss{};  // [model, task] nat per token: mean over rows of nll / targets.
  std::vector<double> loss_stderr{};  // [model, task]
  std::vector<double> perplexity{};   // [model, task] exp(loss)
  std::vector<double> nll_sum{};      // [model, task] nat
  std::vector<int64_t> tokens{};      // [model, task] targets; 0 if failed.
  // [model, task] nll_sum / ln 2 / bytes; NaN if the bytes of a row are unknown.
  std::vector<double> bits_per_byte{};

  std::vector<uint8_t> ok{};  // [model] has a score: finite and not negative.
  std::vector<double> score{};
  std::vector<double> score_stderr{};
  std::vector<uint8_t> competitive{};
  std::vector<int64_t> wins{};
  std::vector<double> win_rate{};  // 0 if not competitive.
  std::vector<double> step_weight{};
  std::vector<double> ema{};  // NaN until assign_ema.

  std::vector<uint8_t> duel_won{};  // [model, opponent]
  std::vector<double> epsilon{};    // [model, opponent] that protected the earlier one.
  // [model, opponent] score of the model − score of the opponent.
  std::vector<double> score_difference{};
  std::vector<double> score_difference_stderr{};  // [model, opponent] paired, on the same rows.

  std::vector<int64_t> ranking{};      // uids of the competitive, best first.
  std::optional<int64_t> winner{};     // uid. Absent: the step records nothing.
  std::optional<int64_t> runner_up{};  // uid of the next competitive model.
  // Score of the runner-up − score of the winner; NaN without a runner-up. Below 0 if the runner-up
  // is better, but not by enough.
  double margin = 0.0;
  double margin_stderr = 0.0;
  bool too_close_to_call = false;
};

// Scores the models by the rules given. A row's loss is its nll / targets. A model that is ok but
// lacks a row, has a row without targets or a loss that is not finite counts as failed; to the
// rules "reference" and "per-batch" that is an infinite score, or infinite batches. They can name a
// failed model where all others eliminate each other; the step is then void, because a model
// without a score is never paid. To "per-batch" every row of every task is a batch, whatever the
// task weighs.
//
// too_close_to_call looks at the winner against every other model that has a score, competitive or
// not, because a model just short of competitive is the closest call of all. The threshold for
// (score of the other − score of the winner) is −e·winner if the winner is the earlier one, else
// e·other; e is the larger of the duel's epsilon and the fully decayed one. Two models that are
// equal on every row are equal to every honest operator: that is no close call. By batches the call
// is close if the winner's mean share of duels per batch is within three standard errors, over the
// batches, of another model's.
//
// Throws SystemError(internal) if an ok model's tasks are not those of the competition that are not
// missing, if models differ in the number of rows or their targets, or if a uid occurs twice.
[[nodiscard]] ScoredCompetition score_competition(const Competition& competition,
                                                  std::vector<ModelLosses> models,
                                                  double current_block, const StepRules& how = {});

// The step weights by uid, as `record` wants them.
[[nodiscard]] std::vector<double> step_vector(const ScoredCompetition& result, size_t uids);

// Copies each model's entry of the competition's EMA vector (by uid, after the step; empty: none).
void assign_ema(ScoredCompetition& result, const std::vector<double>& ema);

}  // namespace verdict
