#include "app/score/measurements.h"

#include <numeric>

#include "app/score/competition_content.h"
#include "app/score/epoch.h"
#include "verdict/competition/result.h"
#include "verdict/competition/tracker.h"
#include "verdict/competition/weights.h"
#include "verdict/core/hash.h"

namespace verdict {
namespace {

TaskLosses losses_of(const TaskTable& task, size_t model) {
  return {.name = task.name,
          .row_nll = task.nll_sum_nat[model],
          .row_tokens = task.tokens,
          .row_bytes = task.n_bytes};
}

// The candidates of one competition, by ascending uid, as the scoring wants them.
std::vector<ModelLosses> models_of(const Measurements& measured, int64_t competition,
                                   const std::vector<TaskTable>& tasks) {
  std::vector<ModelLosses> models;
  for (const CandidateResult& candidate : measured.candidates) {
    if (candidate.competition != competition) continue;
    ModelLosses model{.uid = candidate.uid,
                      .block = static_cast<double>(candidate.block),
                      .ok = candidate.status == Status::ok};
    for (const TaskTable& task : tasks) {
      if (model.ok) model.tasks.push_back(losses_of(task, models.size()));
    }
    models.push_back(std::move(model));
  }
  return models;
}

// The published integers, in the file and in the table of all uids.
void set_weights(const std::vector<double>& subnet, Verdict& verdict) {
  std::vector<int64_t> uids(subnet.size());
  std::iota(uids.begin(), uids.end(), int64_t{0});
  const U16Weights integers = to_u16(uids, subnet);
  verdict.content.subnet_weight = subnet;
  verdict.content.subnet_weight_u16.assign(subnet.size(), 0);
  for (size_t i = 0; i < integers.uids.size(); ++i) {
    verdict.weights.uids.push_back(integers.uids[i]);
    verdict.weights.weights.push_back(integers.values[i]);
    verdict.content.subnet_weight_u16[static_cast<size_t>(integers.uids[i])] =
        static_cast<uint16_t>(integers.values[i]);
  }
}

void record_step(const Terms& terms, const ScoredCompetition& scored, Tracker& tracker) {
  if (!scored.winner) return;
  const std::vector<double> step = step_vector(scored, tracker.uids);
  if (terms.rules == Rules::per_batch) {
    record_from_zeros(tracker, scored.id, step);
  } else {
    record(tracker, scored.id, step);
  }
}

// What part of what is paid goes through each competition: those without an average, and what is
// missing to 1, leave theirs to the others.
void set_effective_rewards(const Tracker& tracker, std::vector<CompetitionResult>& competitions) {
  double sum = 0.0;
  for (CompetitionResult& c : competitions) {
    const auto average = tracker.weights.find(c.id);
    const double paid = average == tracker.weights.end()
                            ? 0.0
                            : std::accumulate(average->second.begin(), average->second.end(), 0.0);
    c.reward_effective = c.reward * paid;
    sum += c.reward_effective;
  }
  for (CompetitionResult& c : competitions)
    c.reward_effective = sum > 0 ? c.reward_effective / sum : 0;
}

Verdict empty_verdict(const Terms& terms, const Measurements& measured) {
  Verdict verdict;
  verdict.content = {.block = terms.block,
                     .block_hash = terms.candidates.block_hash,
                     .seed = to_hex(sha256(terms.candidates.block_hash)),
                     .rules = std::string(rules_name(terms.rules)),
                     .candidates = measured.candidates};
  verdict.weights = {.netuid = terms.competitions.netuid,
                     .block = terms.block,
                     .version_key = terms.competitions.version_key};
  return verdict;
}

}  // namespace

Verdict reach_verdict(const Terms& terms, const Measurements& measured) {
  Verdict verdict = empty_verdict(terms, measured);
  Tracker tracker = tracker_of(terms);
  std::vector<RewardShare> rewards;
  std::vector<ScoredCompetition> all;
  for (size_t c = 0; c < terms.competitions.competitions.size(); ++c) {
    const Competition& competition = terms.competitions.competitions[c];
    const MeasuredCompetition& rows = measured.competitions[c];
    if (!competition.scheduled) continue;
    ScoredCompetition scored =
        score_competition(competition, models_of(measured, competition.id, rows.tasks),
                          static_cast<double>(terms.block),
                          {.rules = terms.rules,
                           .missing_tasks = rows.missing_tasks,
                           .allow_missing_tasks = terms.allow_missing_tasks});
    rewards.push_back({.competition = competition.id, .reward = competition.reward});
    record_step(terms, scored, tracker);
    const auto ema = tracker.weights.find(competition.id);
    assign_ema(scored, ema == tracker.weights.end() ? std::vector<double>{} : ema->second);
    add_competition({.competition = competition, .scored = scored, .rows = rows}, verdict);
    all.push_back(std::move(scored));
  }
  verdict.state = state_after(terms, tracker, all, measured.candidates);
  set_effective_rewards(tracker, verdict.content.competitions);
  set_weights(subnet_vector(tracker, rewards), verdict);
  return verdict;
}

}  // namespace verdict
