#include "verdict/results/results_file.h"
#include "verdict/results/tables.h"

namespace verdict {
namespace {

Json optional_uid(const std::optional<int64_t>& uid) { return uid ? Json(*uid) : Json(nullptr); }

Json candidate_json(const CandidateResult& c) {
  Json json = Json::object();
  json["uid"] = c.uid;
  json["hotkey"] = c.hotkey;
  json["repo"] = c.repo;
  json["commit"] = c.commit;
  json["competition"] = c.competition;
  json["block"] = c.block;
  json["score"] = json_number(c.score);
  json["status"] = status_name(c.status);
  json["reason"] = c.reason;
  return json;
}

Json task_result_json(const TaskResult& result, const TaskTable& task) {
  Json json = Json::object();
  json["task"] = task.name;
  json["loss"] = json_number(result.loss_nat);
  json["loss_stderr"] = json_number(result.loss_stderr_nat);
  json["rows"] = task.tokens.size();
  json["perplexity"] = json_number(result.perplexity);
  json["nll_sum"] = json_number(result.nll_sum_nat);
  json["tokens"] = result.tokens;
  json["bits_per_byte"] = json_number(result.bits_per_byte);
  return json;
}

Json duel_json(const DuelResult& duel, int64_t opponent) {
  Json json = Json::object();
  json["opponent_uid"] = opponent;
  json["won"] = duel.won;
  json["epsilon"] = json_number(duel.epsilon);
  json["score_difference"] = json_number(duel.score_difference);
  json["score_difference_stderr"] = json_number(duel.score_difference_stderr);
  return json;
}

Json model_json(const ModelResult& m, const CompetitionResult& c) {
  Json json = Json::object();
  json["uid"] = m.uid;
  json["repo"] = m.repo;
  json["status"] = status_name(m.status);
  json["score"] = json_number(m.score);
  json["score_stderr"] = json_number(m.score_stderr);
  json["competitive"] = m.competitive;
  json["wins"] = m.wins;
  json["win_rate"] = json_number(m.win_rate);
  json["step_weight"] = json_number(m.step_weight);
  json["ema"] = json_number(m.ema);
  json["tasks"] = Json::array();
  for (size_t t = 0; t < c.tasks.size(); ++t)
    json["tasks"].push_back(task_result_json(m.tasks.at(t), c.tasks[t]));
  json["duels"] = Json::array();
  for (size_t o = 0; o < c.models.size(); ++o) {
    if (c.models[o].uid != m.uid)
      json["duels"].push_back(duel_json(m.duels.at(o), c.models[o].uid));
  }
  return json;
}

Json competition_json(const CompetitionResult& c) {
  Json json = Json::object();
  json["id"] = c.id;
  json["name"] = c.name;
  json["reward"] = json_number(c.reward);
  json["reward_effective"] = json_number(c.reward_effective);
  json["missing_tasks"] = c.missing_tasks;
  json["void"] = c.is_void;
  json["numerics"] = parse_json(c.numerics.empty() ? "{}" : c.numerics);
  json["winner_uid"] = optional_uid(c.winner_uid);
  json["runner_up_uid"] = optional_uid(c.runner_up_uid);
  json["margin"] = json_number(c.margin);
  json["margin_stderr"] = json_number(c.margin_stderr);
  json["too_close_to_call"] = c.too_close_to_call;
  json["score_units"] = c.score_units;
  json["models"] = Json::array();
  for (const ModelResult& model : c.models) json["models"].push_back(model_json(model, c));
  return json;
}

Json weights_json(const ResultsContent& content) {
  Json json = Json::array();
  for (size_t uid = 0; uid < content.subnet_weight.size(); ++uid) {
    if (content.subnet_weight[uid] == 0) continue;
    Json entry = Json::object();
    entry["uid"] = uid;
    entry["weight"] = json_number(content.subnet_weight[uid]);
    entry["weight_u16"] = content.subnet_weight_u16.at(uid);
    json.push_back(std::move(entry));
  }
  return json;
}

}  // namespace

Json inspect_json(const ResultsContent& content) {
  Json json = Json::object();
  json["schema"] = kResultsConventions;
  json["block"] = content.block;
  json["block_hash"] = content.block_hash;
  json["seed"] = content.seed;
  json["rules"] = content.rules;
  json["competitions"] = Json::array();
  for (const auto& competition : content.competitions)
    json["competitions"].push_back(competition_json(competition));
  json["candidates"] = Json::array();
  for (const auto& candidate : content.candidates)
    json["candidates"].push_back(candidate_json(candidate));
  json["weights"] = weights_json(content);
  return json;
}

}  // namespace verdict
