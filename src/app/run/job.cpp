#include "app/run/job.h"

#include <algorithm>
#include <map>

#include "app/run/numerics.h"
#include "app/run/sanity.h"
#include "verdict/competition/degeneracy.h"
#include "verdict/core/error.h"
#include "verdict/core/log.h"
#include "verdict/partition/cost.h"
#include "verdict/results/journal.h"

namespace verdict {
namespace {

constexpr int64_t kSamplesPerItem = 4;

// Reads and checks the shards of a task and draws its rows.
JobTask draw_task(const Inputs& inputs, const Competition& competition, const Task& task,
                  const EvaluateOptions& options, VerifyContent verify) {
  const ShardRules rules = shard_rules_of(competition);
  JobTask drawn{.name = task.name, .rules = rules};
  drawn.shards = find_shards(inputs.competitions.path.parent_path(), task.data);
  TaskData data = TaskData::open(drawn.shards, rules, verify);
  for (const ShardHeader& header : data.shards()) drawn.shard_sha256.push_back(header.sha256);
  drawn.rows = data.draw(inputs.candidates.block_hash, task.rows, options.rows);
  return drawn;
}

// Adds to `missing` what was looked for in vain.
void draw_tasks(const Inputs& inputs, const Competition& competition,
                const EvaluateOptions& options, VerifyContent verify, JobCompetition& job,
                std::vector<std::string>& missing) {
  if (!competition.scheduled) return;
  for (const Task& task : competition.tasks) {
    const auto folder = inputs.competitions.path.parent_path();
    const std::string pattern = unmatched_pattern(folder, task.data);
    if (pattern.empty()) {
      job.tasks.push_back(draw_task(inputs, competition, task, options, verify));
      continue;
    }
    job.missing_tasks.push_back(task.name);
    missing.push_back("task '" + task.name + "' of " + competition.name + ": data '" + pattern +
                      "' matches no file in " + folder.string());
    log_warning(missing.back() + (inputs.allow_missing_tasks
                                      ? "; the other tasks decide without it"
                                      : "; the competition is void without --allow-missing-tasks"));
  }
}

void report_unjudged(const JobCompetition& competition) {
  const std::vector<size_t> judged = competition.judged_tasks();
  for (size_t t = 0; competition.sanity_generation && t < competition.tasks.size(); ++t) {
    if (std::ranges::count(judged, t) > 0) continue;
    const int64_t length = competition.tasks[t].rules.sequence_length;
    const int64_t needed = kPromptTokens + kGeneratedTokens;
    log_warning("task '" + competition.tasks[t].name + "' of " + competition.name + " has " +
                (length < needed ? "rows of " + std::to_string(length) + " tokens, " +
                                       std::to_string(needed) + " are needed"
                                 : "fewer than two rows") +
                ": it has no part in the sanity generation");
  }
}

// Nothing at all is no data missing but a wrong path.
void require_data(const std::vector<JobCompetition>& competitions,
                  const std::vector<std::string>& missing) {
  for (const JobCompetition& c : competitions) {
    if (!c.tasks.empty()) return;
  }
  if (!missing.empty()) throw SystemError(ExitCode::bad_data, missing.front());
}

}  // namespace

std::vector<JobCompetition> draw_rows(const Inputs& inputs, const EvaluateOptions& options,
                                      const MachineDefaults& machine, VerifyContent verify) {
  std::vector<JobCompetition> all;
  std::vector<std::string> missing;
  for (const Competition& competition : inputs.competitions.competitions) {
    all.push_back({.name = competition.name,
                   .numerics = resolve_numerics(options, competition, machine),
                   .sanity_generation = competition.sanity_generation});
    draw_tasks(inputs, competition, options, verify, all.back(), missing);
    report_unjudged(all.back());
  }
  require_data(all, missing);
  return all;
}

std::vector<JobModel> distinct_models(const Inputs& inputs,
                                      const std::vector<Admission>& admissions) {
  std::vector<JobModel> models;
  std::map<std::pair<size_t, std::string>, size_t> known;
  for (size_t i = 0; i < admissions.size(); ++i) {
    if (admissions[i].status != Status::ok) continue;
    const Candidate& candidate = inputs.candidates.candidates[i];
    const size_t competition = competition_of(inputs, candidate);
    const auto [place, is_new] =
        known.try_emplace({competition, admissions[i].content_hash}, models.size());
    if (is_new) {
      models.push_back({.competition = competition,
                        .content_hash = admissions[i].content_hash,
                        .folder = candidate.path,
                        .stamps = admissions[i].stamps,
                        .sums = admissions[i].sums,
                        .shape = admissions[i].shape,
                        .need = admissions[i].need});
    }
    models[place->second].candidates.push_back(i);
  }
  return models;
}

ShardRules shard_rules_of(const Competition& competition) {
  return {.tokenizer = competition.tokenizer.name,
          .vocab_size = competition.tokenizer.vocab_size,
          .eos_id = competition.tokenizer.eos_id,
          .sequence_length = competition.sequence_length};
}

std::vector<int64_t> JobCompetition::samples() const {
  std::vector<int64_t> counts;
  for (const JobTask& task : tasks) counts.push_back(static_cast<int64_t>(task.rows.size()));
  return counts;
}

std::vector<size_t> JobCompetition::judged_tasks() const {
  std::vector<size_t> judged;
  for (size_t t = 0; sanity_generation && t < tasks.size(); ++t) {
    if (tasks[t].rules.sequence_length >= kPromptTokens + kGeneratedTokens &&
        static_cast<int64_t>(tasks[t].rows.size()) >= kPromptsPerTask)
      judged.push_back(t);
  }
  return judged;
}

int64_t JobCompetition::block() const {
  const int64_t batches = (kSamplesPerItem + numerics.micro_batch - 1) / numerics.micro_batch;
  return batches * numerics.micro_batch;
}

std::vector<WorkItem> items_of(const Job& job, size_t model) {
  const JobModel& m = job.models[model];
  const JobCompetition& competition = job.competitions[m.competition];
  std::vector<WorkItem> items =
      cut_into_items(competition.samples(), competition.block(),
                     predicted_row_seconds(m.shape, competition.numerics.tp, job.rates));
  if (!competition.judged_tasks().empty())
    items.insert(items.begin(),
                 {.generation = true, .seconds = generation_seconds(m, competition, job.rates)});
  return items;
}

std::string key_of(const Job& job, size_t model, const WorkItem& item) {
  const JobModel& m = job.models[model];
  const JobCompetition& competition = job.competitions[m.competition];
  const JobTask& rows = competition.tasks[static_cast<size_t>(item.task)];
  ItemIdentity identity{.model = m.content_hash,
                        .task = "text_loss length " + std::to_string(rows.rules.sequence_length),
                        .numerics = competition.fingerprint};
  if (item.generation) {
    identity.task = generation_identity(competition);
    for (const Prompt& prompt : prompts_of(competition))
      identity.row_hashes.push_back(row_of(competition, prompt).hash);
  }
  for (int64_t s = item.samples.begin; s < item.samples.end; ++s) {
    identity.row_hashes.push_back(rows.rows[static_cast<size_t>(s)].hash);
  }
  return item_key(identity);
}

}  // namespace verdict
