#include "app/score/competition_content.h"

#include <algorithm>

namespace verdict {
namespace {

CandidateResult& candidate_at(Verdict& verdict, int64_t uid) {
  return *std::ranges::find(verdict.content.candidates, uid, &CandidateResult::uid);
}

ModelResult model_result(const ScoredCompetition& s, size_t m, const CandidateResult& candidate) {
  ModelResult result{.uid = s.uids[m],
                     .repo = candidate.repo,
                     .score = s.score[m],
                     .score_stderr = s.score_stderr[m],
                     .status = candidate.status,
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

double score_of(const ScoredCompetition& scored, int64_t uid) {
  const auto at = std::find(scored.uids.begin(), scored.uids.end(), uid) - scored.uids.begin();
  return scored.score[static_cast<size_t>(at)];
}

PublishedCompetition published(const CompetitionView& view, Verdict& verdict) {
  const ScoredCompetition& s = view.scored;
  PublishedCompetition out{.id = view.competition.id,
                           .name = view.competition.name,
                           .too_close_to_call = s.too_close_to_call};
  if (s.winner) {
    const CandidateResult& c = candidate_at(verdict, *s.winner);
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
                           .numerics = view.rows.numerics,
                           .score_units = normalised ? "1" : "nat",
                           .missing_tasks = s.missing_tasks,
                           .is_void = s.is_void,
                           .tasks = view.rows.tasks,
                           .generation = view.rows.generation,
                           .winner_uid = s.winner,
                           .runner_up_uid = s.runner_up,
                           .margin = s.margin,
                           .margin_stderr = s.margin_stderr,
                           .too_close_to_call = s.too_close_to_call};
  for (size_t t = 0; t < s.task_weights.size(); ++t) result.tasks[t].weight = s.task_weights[t];
  for (size_t m = 0; m < s.uids.size(); ++m) {
    CandidateResult& candidate = candidate_at(verdict, s.uids[m]);
    candidate.score = s.score[m];
    result.models.push_back(model_result(s, m, candidate));
  }
  verdict.content.competitions.push_back(std::move(result));
  verdict.weights.competitions.push_back(published(view, verdict));
}

}  // namespace verdict
