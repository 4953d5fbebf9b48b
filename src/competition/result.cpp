#include "verdict/competition/result.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "competition/closeness.h"
#include "competition/paired_rows.h"
#include "competition/row_losses.h"
#include "verdict/competition/score.h"
#include "verdict/competition/statistics.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// What the parts of score_competition share.
struct Board {
  Competition competition{};          // Its tasks are those that are not missing.
  std::vector<ModelLosses> models{};  // By ascending uid.
  std::vector<RowLosses> losses{};    // [model], empty for a model that failed.
  std::vector<double> weights{};      // [task], effective.
};

Board make_board(const Competition& competition, std::vector<ModelLosses> models,
                 const StepRules& how) {
  Board board{.competition = competition, .models = std::move(models)};
  std::erase_if(board.competition.tasks, [&](const Task& task) {
    return std::ranges::find(how.missing_tasks, task.name) != how.missing_tasks.end();
  });
  std::stable_sort(board.models.begin(), board.models.end(),
                   [](const ModelLosses& a, const ModelLosses& b) { return a.uid < b.uid; });
  const ModelLosses* first = nullptr;
  for (const ModelLosses& model : board.models) {
    board.losses.push_back(row_losses(board.competition, model));
    if (board.losses.back().empty()) continue;
    if (first == nullptr) first = &model;
    check_same_rows(*first, model);
  }
  for (const Task& task : board.competition.tasks) board.weights.push_back(task.weight);
  board.weights = effective_weights(board.weights);
  return board;
}

ScoredCompetition empty_result(const Board& board, double current_block) {
  ScoredCompetition r;
  r.id = board.competition.id;
  r.name = board.competition.name;
  r.block = current_block;
  for (const ModelLosses& model : board.models) r.uids.push_back(model.uid);
  for (const Task& task : board.competition.tasks) r.tasks.push_back(task.name);
  r.task_weights = board.weights;
  const size_t models = r.uids.size();
  for (auto* matrix : {&r.loss, &r.loss_stderr, &r.perplexity, &r.nll_sum, &r.bits_per_byte}) {
    matrix->assign(models * r.tasks.size(), kNan);
  }
  r.tokens.assign(models * r.tasks.size(), 0);
  for (auto* list : {&r.score, &r.score_stderr, &r.win_rate, &r.ema}) list->assign(models, kNan);
  r.ok.assign(models, 0);
  r.competitive.assign(models, 0);
  r.wins.assign(models, 0);
  r.step_weight.assign(models, 0.0);
  r.duel_won.assign(models * models, 0);
  r.epsilon.assign(models * models, kNan);
  r.score_difference.assign(models * models, kNan);
  r.score_difference_stderr.assign(models * models, kNan);
  r.margin = r.margin_stderr = kNan;
  return r;
}

void fill_task(const TaskLosses& task, const Estimate& loss, size_t cell, ScoredCompetition& r) {
  double nll = 0.0;
  int64_t tokens = 0;
  for (const double x : task.row_nll) nll += x;
  for (const int64_t x : task.row_tokens) tokens += x;
  int64_t bytes = 0;
  for (const int64_t x : task.row_bytes) bytes += x;
  const bool bytes_known =
      !task.row_bytes.empty() &&
      std::all_of(task.row_bytes.begin(), task.row_bytes.end(), [](int64_t x) { return x > 0; });
  r.loss[cell] = loss.mean;
  r.loss_stderr[cell] = loss.standard_error;
  r.perplexity[cell] = std::exp(loss.mean);
  r.nll_sum[cell] = nll;
  r.tokens[cell] = tokens;
  if (bytes_known) r.bits_per_byte[cell] = nll / std::numbers::ln2 / static_cast<double>(bytes);
}

void fill_model(const Board& board, size_t m, ScoredCompetition& r) {
  if (board.losses[m].empty()) return;
  std::vector<TaskScore> scores;
  std::vector<Stratum> strata;
  std::vector<Estimate> losses;
  for (size_t t = 0; t < r.tasks.size(); ++t) {
    const Task& task = board.competition.tasks[t];
    losses.push_back(sample_mean(board.losses[m][t]));
    scores.push_back(
        {.raw = losses[t].mean, .weight = task.weight, .normalization = task.normalization});
    const double slope = normalization_slope(losses[t].mean, task.normalization);
    strata.push_back(
        {.weight = board.weights[t], .standard_error = slope * losses[t].standard_error});
  }
  const double score = combine_tasks(scores);
  if (!has_score({.uid = r.uids[m], .score = score})) return;
  r.ok[m] = 1;
  r.score[m] = score;
  r.score_stderr[m] = stratified_error(strata);
  for (size_t t = 0; t < r.tasks.size(); ++t) {
    fill_task(board.models[m].tasks[t], losses[t], m * r.tasks.size() + t, r);
  }
}

void fill_differences(const Board& board, ScoredCompetition& r) {
  const PairedRows paired(board.competition, board.losses, board.weights);
  const size_t n = r.uids.size();
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (r.ok[i] == 0 || r.ok[j] == 0) continue;
      // The plain difference of the scores shown, which the sum over tasks equals up to rounding.
      r.score_difference[i * n + j] = r.score[i] - r.score[j];
      r.score_difference[j * n + i] = r.score[j] - r.score[i];
      const double error = paired.standard_error(i, j);
      r.score_difference_stderr[i * n + j] = r.score_difference_stderr[j * n + i] = error;
    }
  }
}

// A model that failed, as the rules of the reference see it, has an infinite score.
StepInput step_input(const Board& board, const ScoredCompetition& r, Rules rules) {
  StepInput input{.epsilon = board.competition.epsilon,
                  .current_block = r.block,
                  .payout = board.competition.payout};
  const double infinity = std::numeric_limits<double>::infinity();
  size_t batches = 0;
  for (const RowLosses& tasks : board.losses) {
    size_t rows = 0;
    for (const auto& task : tasks) rows += task.size();
    batches = std::max(batches, rows);
  }
  for (size_t m = 0; m < r.uids.size(); ++m) {
    const bool failed = r.ok[m] == 0 && rules != Rules::hardened;
    input.entries.push_back({.uid = r.uids[m],
                             .score = failed ? infinity : r.score[m],
                             .block = board.models[m].block});
    std::vector<double>& list = input.batches.emplace_back();
    if (r.ok[m] == 0) list.assign(batches, infinity);
    if (r.ok[m] == 0 || rules != Rules::per_batch) continue;
    for (const auto& task : board.losses[m]) list.insert(list.end(), task.begin(), task.end());
  }
  return input;
}

bool is_ok(const ScoredCompetition& r, int64_t uid) {
  const auto at = std::lower_bound(r.uids.begin(), r.uids.end(), uid) - r.uids.begin();
  return r.ok[static_cast<size_t>(at)] != 0;
}

// Who has no score is not shown among the ranked; he can be named best only in a void step.
void fill_step(const StepResult& step, ScoredCompetition& r) {
  r.duel_won = step.duel_won;
  r.epsilon = step.epsilon;
  r.winner = step.winner;
  std::ranges::copy_if(step.ranking, std::back_inserter(r.ranking),
                       [&](int64_t uid) { return is_ok(r, uid); });
  if (r.ranking.size() > 1) r.runner_up = r.ranking[1];
  for (size_t m = 0; m < r.uids.size(); ++m) {
    r.step_weight[m] = step.step_weights.at(r.uids[m]);
    if (r.ok[m] == 0) continue;
    const auto wins = step.wins.find(r.uids[m]);
    r.competitive[m] = wins == step.wins.end() ? 0 : 1;
    r.wins[m] = wins == step.wins.end() ? 0 : wins->second;
    r.win_rate[m] = wins == step.wins.end() ? 0.0 : step.win_rate.at(r.uids[m]);
  }
}

void fill_margin(ScoredCompetition& r) {
  if (!r.winner || !r.runner_up) return;
  const auto index_of = [&](int64_t uid) {
    return static_cast<size_t>(std::lower_bound(r.uids.begin(), r.uids.end(), uid) -
                               r.uids.begin());
  };
  const size_t cell = index_of(*r.runner_up) * r.uids.size() + index_of(*r.winner);
  r.margin = r.score_difference[cell];
  r.margin_stderr = r.score_difference_stderr[cell];
}

}  // namespace

ScoredCompetition score_competition(const Competition& competition, std::vector<ModelLosses> models,
                                    double current_block, const StepRules& how) {
  const Board board = make_board(competition, std::move(models), how);
  ScoredCompetition r = empty_result(board, current_block);
  r.missing_tasks = how.missing_tasks;
  for (size_t m = 0; m < r.uids.size(); ++m) fill_model(board, m, r);
  fill_differences(board, r);
  for (size_t m = 0; m < r.uids.size(); ++m) r.win_rate[m] = r.ok[m] == 0 ? kNan : 0.0;
  r.is_void = !how.missing_tasks.empty() && !how.allow_missing_tasks;
  if (r.is_void) return r;
  const StepInput input = step_input(board, r, how.rules);
  const StepResult step = decide_step(how.rules, input);
  r.is_void = step.winner && !is_ok(r, *step.winner);
  if (r.is_void) return r;
  fill_step(step, r);
  fill_margin(r);
  r.too_close_to_call = how.rules == Rules::per_batch
                            ? is_too_close_by_batches(r, input)
                            : winner_is_too_close_to_call(r, input.entries, input.epsilon);
  return r;
}

std::vector<double> step_vector(const ScoredCompetition& result, size_t uids) {
  std::vector<double> weights(uids, 0.0);
  for (size_t m = 0; m < result.uids.size(); ++m) {
    const auto uid = static_cast<size_t>(result.uids[m]);
    if (uid >= uids) {
      throw SystemError("uid " + std::to_string(uid) + " has no place in a vector of " +
                        std::to_string(uids));
    }
    weights[uid] = result.step_weight[m];
  }
  return weights;
}

void assign_ema(ScoredCompetition& result, const std::vector<double>& ema) {
  for (size_t m = 0; m < result.uids.size(); ++m) {
    const auto uid = static_cast<size_t>(result.uids[m]);
    result.ema[m] = uid < ema.size() ? ema[uid] : 0.0;
  }
}

}  // namespace verdict
