#include "app/run/publish.h"

#include <algorithm>
#include <numeric>

#include "app/run/competition_content.h"
#include "app/run/epoch.h"
#include "verdict/competition/result.h"
#include "verdict/competition/tracker.h"
#include "verdict/competition/weights.h"
#include "verdict/core/file.h"
#include "verdict/core/hash.h"
#include "verdict/results/results_file.h"

namespace verdict {
namespace {

TaskLosses losses_of(const JobTask& task, size_t task_index, size_t model, const LossTable& table) {
  TaskLosses losses{.name = task.name};
  for (const DrawnRow& row : task.rows) {
    losses.row_nll.push_back(table.nll(model, task_index, row.sample));
    losses.row_tokens.push_back(table.targets(model, task_index, row.sample));
    losses.row_bytes.push_back(row.n_bytes);
  }
  return losses;
}

// The candidates of one competition, by ascending uid, as the scoring wants them.
std::vector<ModelLosses> models_of(const Inputs& inputs, size_t competition,
                                   const std::vector<Outcome>& outcomes, const Job& job,
                                   const LossTable& table) {
  std::vector<ModelLosses> models;
  for (size_t i = 0; i < outcomes.size(); ++i) {
    const Candidate& candidate = inputs.candidates.candidates[i];
    if (competition_of(inputs, candidate) != competition) continue;
    ModelLosses model{.uid = candidate.uid,
                      .block = static_cast<double>(candidate.block),
                      .ok = outcomes[i].status == Status::ok};
    if (model.ok) {
      const auto& tasks = job.competitions[competition].tasks;
      for (size_t t = 0; t < tasks.size(); ++t) {
        model.tasks.push_back(losses_of(tasks[t], t, *outcomes[i].model, table));
      }
    }
    models.push_back(std::move(model));
  }
  return models;
}

std::vector<CandidateResult> candidate_results(const Inputs& inputs,
                                               const std::vector<Outcome>& outcomes) {
  std::vector<CandidateResult> results;
  for (size_t i = 0; i < outcomes.size(); ++i) {
    const Candidate& c = inputs.candidates.candidates[i];
    results.push_back({.uid = c.uid,
                       .hotkey = c.hotkey,
                       .repo = c.repo,
                       .commit = c.commit,
                       .competition = c.competition,
                       .block = c.block,
                       .status = outcomes[i].status,
                       .reason = outcomes[i].reason});
  }
  return results;
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

}  // namespace

std::vector<Outcome> outcomes_of(const std::vector<Admission>& admissions, const Job& job,
                                 const LossTable& table) {
  std::vector<Outcome> outcomes;
  for (const Admission& a : admissions)
    outcomes.push_back({.status = a.status, .reason = a.reason});
  for (size_t m = 0; m < job.models.size(); ++m) {
    for (const size_t candidate : job.models[m].candidates) {
      outcomes[candidate].model = m;
      if (const auto& failure = table.failure(m)) {
        outcomes[candidate].status = failure->status;
        outcomes[candidate].reason = failure->reason;
      }
    }
  }
  return outcomes;
}

Verdict reach_verdict(const Inputs& inputs, const std::vector<Outcome>& outcomes, const Job& job,
                      const LossTable& table, const EpochState& before) {
  const auto current_block = static_cast<double>(inputs.candidates.block);
  Verdict verdict;
  verdict.content = {.block = inputs.candidates.block,
                     .block_hash = inputs.candidates.block_hash,
                     .seed = to_hex(sha256(inputs.candidates.block_hash)),
                     .rules = "hardened",
                     .candidates = candidate_results(inputs, outcomes)};
  verdict.weights = {.netuid = inputs.competitions.netuid,
                     .block = inputs.candidates.block,
                     .version_key = inputs.competitions.version_key};
  Tracker tracker = tracker_of(before, inputs);
  std::vector<RewardShare> rewards;
  std::vector<ScoredCompetition> all;
  for (size_t c = 0; c < inputs.competitions.competitions.size(); ++c) {
    const Competition& competition = inputs.competitions.competitions[c];
    ScoredCompetition scored =
        score_competition(competition, models_of(inputs, c, outcomes, job, table), current_block);
    rewards.push_back({.competition = competition.id, .reward = competition.reward});
    if (scored.winner) record(tracker, competition.id, step_vector(scored, tracker.uids));
    const auto ema = tracker.weights.find(competition.id);
    assign_ema(scored, ema == tracker.weights.end() ? std::vector<double>{} : ema->second);
    add_competition({.competition = competition,
                     .scored = scored,
                     .inputs = inputs,
                     .outcomes = outcomes,
                     .rows = job.competitions[c],
                     .table = table},
                    verdict);
    all.push_back(std::move(scored));
  }
  verdict.state = state_after(tracker, all, inputs, before);
  set_weights(subnet_vector(tracker, rewards), verdict);
  return verdict;
}

void write_verdict(const RunFolder& folder, Verdict& verdict) {
  write_results(folder.results(), verdict.content);
  verdict.weights.results_sha256 = to_hex(sha256(read_text(folder.results())));
  write_weights(folder.weights(), verdict.weights);
}

}  // namespace verdict
