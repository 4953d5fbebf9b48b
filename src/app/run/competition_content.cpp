#include "app/run/competition_content.h"

#include <algorithm>

namespace verdict {
namespace {

size_t candidate_index(const CompetitionView& view, int64_t uid) {
  const auto& all = view.inputs.candidates.candidates;
  return static_cast<size_t>(
      std::find_if(all.begin(), all.end(), [&](const Candidate& c) { return c.uid == uid; }) -
      all.begin());
}

ModelResult model_result(const CompetitionView& view, size_t m) {
  const ScoredCompetition& s = view.scored;
  const size_t candidate = candidate_index(view, s.uids[m]);
  ModelResult result{.uid = s.uids[m],
                     .repo = view.inputs.candidates.candidates[candidate].repo,
                     .score = s.score[m],
                     .score_stderr = s.score_stderr[m],
                     .status = view.outcomes[candidate].status,
                     .competitive = s.competitive[m] != 0,
                     .wins = s.wins[m],
                     .win_rate = s.win_rate[m],
                     .step_weight = s.step_weight[m],
                     .ema = s.ema[m]};
  for (size_t t = 0; t < s.tasks.size(); ++t) {
    const size_t at = m * s.tasks.size() + t;
    result.tasks.push_back({.loss_nat = s.loss[at],
                            .loss_stderr_nat = s.loss_stderr[at],
                            .perplexity = s.perplexity[at],
                            .nll_sum_nat = s.nll_sum[at],
                            .tokens = s.tokens[at],
                            .bits_per_byte = s.bits_per_byte[at]});
  }
  for (size_t o = 0; o < s.uids.size(); ++o) {
    const size_t at = m * s.uids.size() + o;
    result.duels.push_back({.won = s.duel_won[at] != 0,
                            .epsilon = s.epsilon[at],
                            .score_difference = s.score_difference[at],
                            .score_difference_stderr = s.score_difference_stderr[at]});
  }
  return result;
}

TaskTable task_table(const CompetitionView& view, size_t t) {
  const JobTask& task = view.rows.tasks[t];
  TaskTable table{.name = task.name, .weight = view.competition.tasks[t].weight};
  for (const auto& path : task.shards) table.shard_names.push_back(path.filename().string());
  for (const DrawnRow& row : task.rows) {
    table.tokens.push_back(task.rules.sequence_length - 1);
    table.row.push_back(row.row_in_shard);
    table.shard.push_back(static_cast<int64_t>(row.shard));
    table.row_hash.push_back(row.hash);
  }
  for (const int64_t uid : view.scored.uids) {
    const Outcome& outcome = view.outcomes[candidate_index(view, uid)];
    std::vector<double> nll(task.rows.size(), kMissing);
    if (outcome.status == Status::ok) {
      for (const DrawnRow& row : task.rows) {
        nll[static_cast<size_t>(row.sample)] = view.table.nll(*outcome.model, t, row.sample);
      }
    }
    table.nll_sum_nat.push_back(std::move(nll));
  }
  return table;
}

double score_of(const ScoredCompetition& scored, int64_t uid) {
  const auto at = std::find(scored.uids.begin(), scored.uids.end(), uid) - scored.uids.begin();
  return scored.score[static_cast<size_t>(at)];
}

PublishedCompetition published(const CompetitionView& view) {
  const ScoredCompetition& s = view.scored;
  PublishedCompetition out{.id = view.competition.id,
                           .name = view.competition.name,
                           .too_close_to_call = s.too_close_to_call};
  if (s.winner) {
    const Candidate& c = view.inputs.candidates.candidates[candidate_index(view, *s.winner)];
    out.winner = {.uid = c.uid,
                  .hotkey = c.hotkey,
                  .repo = c.repo,
                  .commit = c.commit,
                  .score = score_of(s, c.uid)};
  }
  if (s.runner_up) {
    out.runner_up = {.uid = *s.runner_up, .score = score_of(s, *s.runner_up)};
    out.margin = s.margin;
    out.margin_stderr = s.margin_stderr;
  }
  return out;
}

}  // namespace

void add_competition(const CompetitionView& view, Verdict& verdict) {
  const ScoredCompetition& s = view.scored;
  const bool normalised =
      std::any_of(view.competition.tasks.begin(), view.competition.tasks.end(),
                  [](const Task& t) { return t.normalization.kind != Normalization::Kind::none; });
  CompetitionResult result{.id = view.competition.id,
                           .name = view.competition.name,
                           .reward = view.competition.reward,
                           .numerics = numerics_text(view.rows.numerics),
                           .score_units = normalised ? "1" : "nat",
                           .winner_uid = s.winner,
                           .runner_up_uid = s.runner_up,
                           .margin = s.margin,
                           .margin_stderr = s.margin_stderr,
                           .too_close_to_call = s.too_close_to_call};
  for (size_t t = 0; t < view.rows.tasks.size(); ++t) result.tasks.push_back(task_table(view, t));
  for (size_t m = 0; m < s.uids.size(); ++m) {
    result.models.push_back(model_result(view, m));
    verdict.content.candidates[candidate_index(view, s.uids[m])].score = s.score[m];
  }
  verdict.content.competitions.push_back(std::move(result));
  verdict.weights.competitions.push_back(published(view));
}

}  // namespace verdict
