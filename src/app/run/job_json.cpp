#include "app/run/job_json.h"

namespace verdict {
namespace {

JobTask task_from(const Json& json, const ShardRules& rules) {
  JobTask task{.name = json.at("name").get<std::string>(), .rules = rules};
  for (const Json& path : json.at("shards")) task.shards.emplace_back(path.get<std::string>());
  task.shard_sha256 = json.at("sha256").get<std::vector<std::string>>();
  for (const Json& r : json.at("rows")) {
    task.rows.push_back({.sample = r.at(0),
                         .row_in_task = r.at(1),
                         .shard = r.at(2),
                         .row_in_shard = r.at(3),
                         .n_bytes = r.at(4),
                         .hash = r.at(5)});
  }
  return task;
}

}  // namespace

Json task_json(const JobTask& task) {
  Json shards = Json::array();
  for (const auto& path : task.shards) shards.push_back(path.string());
  Json rows = Json::array();
  for (const DrawnRow& r : task.rows) {
    rows.push_back(
        Json::array({r.sample, r.row_in_task, r.shard, r.row_in_shard, r.n_bytes, r.hash}));
  }
  return {{"name", task.name}, {"shards", shards}, {"sha256", task.shard_sha256}, {"rows", rows}};
}

Json drawn_json(const JobCompetition& competition) {
  Json tasks = Json::array();
  for (const JobTask& task : competition.tasks) tasks.push_back(task_json(task));
  return {{"tasks", tasks}, {"missing", competition.missing_tasks}};
}

void fill_from_json(JobCompetition& competition, const ShardRules& rules, const Json& json) {
  for (const Json& task : json.at("tasks")) competition.tasks.push_back(task_from(task, rules));
  competition.missing_tasks = json.at("missing").get<std::vector<std::string>>();
}

}  // namespace verdict
