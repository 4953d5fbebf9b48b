#include "app/run/publish.h"

#include "app/run/sanity.h"
#include "verdict/competition/degeneracy.h"
#include "verdict/core/error.h"
#include "verdict/core/file.h"
#include "verdict/core/hash.h"
#include "verdict/results/results_file.h"

namespace verdict {
namespace {

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

// A task's rows, and what each candidate of the competition made of them, by ascending uid.
TaskTable task_table(const Inputs& inputs, const std::vector<Outcome>& outcomes,
                     const JobTask& task, size_t competition, size_t t, const LossTable& table) {
  TaskTable rows{.name = task.name};
  for (const auto& path : task.shards) rows.shard_names.push_back(path.filename().string());
  for (const DrawnRow& row : task.rows) {
    rows.tokens.push_back(task.rules.sequence_length - 1);
    rows.n_bytes.push_back(row.n_bytes);
    rows.row.push_back(row.row_in_shard);
    rows.shard.push_back(static_cast<int64_t>(row.shard));
    rows.row_hash.push_back(row.hash);
  }
  for (size_t i = 0; i < outcomes.size(); ++i) {
    if (competition_of(inputs, inputs.candidates.candidates[i]) != competition) continue;
    std::vector<double> nll(task.rows.size(), kMissing);
    for (const DrawnRow& row : task.rows) {
      if (outcomes[i].status != Status::ok) continue;
      const size_t model = *outcomes[i].model;
      nll[static_cast<size_t>(row.sample)] = table.nll(model, t, row.sample);
      if (table.targets(model, t, row.sample) == rows.tokens.front()) continue;
      throw SystemError("a row of task '" + task.name + "' was scored on " +
                        std::to_string(table.targets(model, t, row.sample)) + " targets, it has " +
                        std::to_string(rows.tokens.front()));
    }
    rows.nll_sum_nat.push_back(std::move(nll));
  }
  return rows;
}

// What each candidate of the competition said, by ascending uid. Whether a model that failed
// otherwise had said something by then depends on who computed what.
GenerationTable generation_table(const Inputs& inputs, const std::vector<Outcome>& outcomes,
                                 const Job& job, size_t competition, const LossTable& table) {
  GenerationTable said;
  for (const Prompt& prompt : prompts_of(job.competitions[competition])) {
    said.prompts.push_back(job.competitions[competition].tasks[prompt.task].name + "/" +
                           std::to_string(prompt.sample));
  }
  for (size_t i = 0; i < outcomes.size() && !said.prompts.empty(); ++i) {
    if (competition_of(inputs, inputs.candidates.candidates[i]) != competition) continue;
    const Status status = outcomes[i].status;
    const bool answered = status == Status::ok || status == Status::degenerate;
    const auto& texts = answered && outcomes[i].model ? table.generated(*outcomes[i].model)
                                                      : std::optional<GeneratedTexts>();
    said.prompt_tokens.push_back(texts ? static_cast<double>(texts->prompt_tokens) : kMissing);
    auto& ids = said.ids.emplace_back();
    for (size_t p = 0; p < said.prompts.size(); ++p) {
      ids.emplace_back(static_cast<size_t>(kGeneratedTokens), kMissing);
      if (texts) ids.back().assign(texts->tokens.at(p).begin(), texts->tokens.at(p).end());
    }
  }
  return said;
}

Measurements measurements_of(const Inputs& inputs, const std::vector<Outcome>& outcomes,
                             const Job& job, const LossTable& table) {
  Measurements measured{.candidates = candidate_results(inputs, outcomes)};
  for (size_t c = 0; c < job.competitions.size(); ++c) {
    const JobCompetition& from = job.competitions[c];
    MeasuredCompetition& competition = measured.competitions.emplace_back();
    competition.numerics = from.fingerprint;
    competition.missing_tasks = from.missing_tasks;
    competition.generation = generation_table(inputs, outcomes, job, c, table);
    for (size_t t = 0; t < from.tasks.size(); ++t) {
      competition.tasks.push_back(task_table(inputs, outcomes, from.tasks[t], c, t, table));
    }
  }
  return measured;
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
  return reach_verdict({.competitions = inputs.competitions,
                        .candidates = inputs.candidates,
                        .before = before,
                        .block = inputs.candidates.block,
                        .rules = inputs.rules,
                        .allow_missing_tasks = inputs.allow_missing_tasks},
                       measurements_of(inputs, outcomes, job, table));
}

void write_verdict(const RunFolder& folder, Verdict& verdict) {
  write_results(folder.results(), verdict.content);
  verdict.weights.results_sha256 = to_hex(sha256(read_text(folder.results())));
  write_weights(folder.weights(), verdict.weights);
}

}  // namespace verdict
