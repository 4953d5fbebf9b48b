#include "app/run/job.h"

#include <map>

#include "app/run/numerics.h"
#include "app/run/share.h"
#include "verdict/core/json.h"
#include "verdict/core/log.h"
#include "verdict/partition/cost.h"
#include "verdict/results/journal.h"

namespace verdict {
namespace {

constexpr int64_t kSamplesPerItem = 4;

Json to_json(const JobTask& task) {
  Json shards = Json::array();
  for (const auto& path : task.shards) shards.push_back(path.string());
  Json rows = Json::array();
  for (const DrawnRow& r : task.rows) {
    rows.push_back(
        Json::array({r.sample, r.row_in_task, r.shard, r.row_in_shard, r.n_bytes, r.hash}));
  }
  return {{"name", task.name}, {"shards", shards}, {"sha256", task.shard_sha256}, {"rows", rows}};
}

void fill_from_json(JobTask& task, const Json& json) {
  for (const Json& path : json["shards"]) task.shards.emplace_back(path.get<std::string>());
  task.shard_sha256 = json["sha256"].get<std::vector<std::string>>();
  for (const Json& r : json["rows"]) {
    task.rows.push_back({.sample = r[0],
                         .row_in_task = r[1],
                         .shard = r[2],
                         .row_in_shard = r[3],
                         .n_bytes = r[4],
                         .hash = r[5]});
  }
}

// Reads and checks the shards of a task and draws its rows. Rank 0 only.
JobTask draw_task(const Inputs& inputs, const Competition& competition, const Task& task,
                  const EvaluateOptions& options) {
  const ShardRules rules{.tokenizer = competition.tokenizer.name,
                         .vocab_size = competition.tokenizer.vocab_size,
                         .eos_id = competition.tokenizer.eos_id,
                         .sequence_length = competition.sequence_length};
  JobTask drawn;
  drawn.name = task.name;
  drawn.shards = find_shards(inputs.competitions.path.parent_path(), task.data);
  TaskData data = TaskData::open(drawn.shards, rules, VerifyContent::yes);
  for (const ShardHeader& header : data.shards()) drawn.shard_sha256.push_back(header.sha256);
  drawn.rows = data.draw(inputs.candidates.block_hash, task.rows, options.rows);
  return drawn;
}

// Rank 0 only. Adds to `missing` what was looked for in vain.
Json draw_tasks(const Inputs& inputs, const Competition& competition,
                const EvaluateOptions& options, std::vector<std::string>& missing) {
  Json tasks = Json::array();
  Json missing_tasks = Json::array();
  for (const Task& task : competition.tasks) {
    if (!competition.scheduled) break;
    const auto folder = inputs.competitions.path.parent_path();
    const std::string pattern = unmatched_pattern(folder, task.data);
    if (pattern.empty()) {
      tasks.push_back(to_json(draw_task(inputs, competition, task, options)));
      continue;
    }
    missing_tasks.push_back(task.name);
    missing.push_back("task '" + task.name + "' of " + competition.name + ": data '" + pattern +
                      "' matches no file in " + folder.string());
    log_warning(missing.back() + (inputs.allow_missing_tasks
                                      ? "; the other tasks decide without it"
                                      : "; the competition is void without --allow-missing-tasks"));
  }
  return {{"tasks", tasks}, {"missing", missing_tasks}};
}

// Nothing at all is no data missing but a wrong path.
void require_data(const Json& competitions, const std::vector<std::string>& missing) {
  for (const Json& c : competitions) {
    if (!c["tasks"].empty()) return;
  }
  if (!missing.empty()) throw SystemError(ExitCode::bad_data, missing.front());
}

std::vector<JobCompetition> share_competitions(const Inputs& inputs, const EvaluateOptions& options,
                                               const MpiComm& world) {
  const std::string text = from_rank_zero(world, [&] {
    Json all = Json::array();
    std::vector<std::string> missing;
    for (const Competition& competition : inputs.competitions.competitions) {
      static_cast<void>(resolve_numerics(options, competition));
      all.push_back(draw_tasks(inputs, competition, options, missing));
    }
    require_data(all, missing);
    return all.dump();
  });
  const Json shared = parse_json(text);
  std::vector<JobCompetition> all;
  for (size_t c = 0; c < inputs.competitions.competitions.size(); ++c) {
    const Competition& competition = inputs.competitions.competitions[c];
    JobCompetition job{.name = competition.name,
                       .numerics = resolve_numerics(options, competition)};
    for (const Json& drawn : shared[c]["tasks"]) {
      JobTask task{.name = drawn["name"],
                   .rules = {.tokenizer = competition.tokenizer.name,
                             .vocab_size = competition.tokenizer.vocab_size,
                             .eos_id = competition.tokenizer.eos_id,
                             .sequence_length = competition.sequence_length}};
      fill_from_json(task, drawn);
      job.tasks.push_back(std::move(task));
    }
    job.missing_tasks = shared[c]["missing"].get<std::vector<std::string>>();
    all.push_back(std::move(job));
  }
  return all;
}

// Candidates with equal bytes in one competition become one model.
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
                        .shape = admissions[i].shape,
                        .weight_bytes = admissions[i].weight_bytes,
                        .need_bytes = admissions[i].need_bytes});
    }
    models[place->second].candidates.push_back(i);
  }
  return models;
}

}  // namespace

std::vector<int64_t> JobCompetition::samples() const {
  std::vector<int64_t> counts;
  for (const JobTask& task : tasks) counts.push_back(static_cast<int64_t>(task.rows.size()));
  return counts;
}

int64_t JobCompetition::block() const {
  const int64_t batches = (kSamplesPerItem + numerics.micro_batch - 1) / numerics.micro_batch;
  return batches * numerics.micro_batch;
}

Job share_job(const Inputs& inputs, const std::vector<Admission>& admissions,
              const EvaluateOptions& options, const MpiComm& world) {
  return {.competitions = share_competitions(inputs, options, world),
          .models = distinct_models(inputs, admissions)};
}

std::vector<WorkItem> items_of(const Job& job, size_t model) {
  const JobModel& m = job.models[model];
  const JobCompetition& competition = job.competitions[m.competition];
  return cut_into_items(competition.samples(), competition.block(),
                        predicted_row_seconds(m.shape, competition.numerics.tp, {}));
}

std::string key_of(const Job& job, size_t model, const WorkItem& item) {
  const JobModel& m = job.models[model];
  const JobCompetition& competition = job.competitions[m.competition];
  const JobTask& rows = competition.tasks[static_cast<size_t>(item.task)];
  ItemIdentity identity{.model = m.content_hash,
                        .task = "text_loss length " + std::to_string(rows.rules.sequence_length),
                        .numerics = numerics_text(competition.numerics)};
  for (int64_t s = item.samples.begin; s < item.samples.end; ++s) {
    identity.row_hashes.push_back(rows.rows[static_cast<size_t>(s)].hash);
  }
  return item_key(identity);
}

void require_same_numerics(const Job& job, const MpiComm& world) {
  Json mine = Json::array();
  for (const JobCompetition& c : job.competitions) mine.push_back(numerics_text(c.numerics));
  const std::vector<std::string> all = world.all_gather(mine.dump());
  static_cast<void>(from_rank_zero(world, [&] {
    for (size_t rank = 1; rank < all.size(); ++rank) {
      if (all[rank] == all[0]) continue;
      throw SystemError(ExitCode::usage,
                        "rank " + std::to_string(rank) +
                            " would compute with other numerics than rank 0: " + all[rank] +
                            " against " + all[0] + "; use nodes of one kind of CPU");
    }
    return std::string();
  }));
}

}  // namespace verdict
