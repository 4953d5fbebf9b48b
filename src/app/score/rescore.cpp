#include "app/score/rescore.h"

#include <algorithm>

#include "app/score/overrides.h"
#include "verdict/competition/retry.h"
#include "verdict/core/error.h"
#include "verdict/core/python_random.h"
#include "verdict/core/table.h"
#include "verdict/results/results_file.h"
#include "verdict/results/tables.h"

namespace verdict {
namespace {

std::string run_text(const ResultsContent& content, const std::string& name) {
  for (const NamedText& text : content.run.texts) {
    if (text.name == name) return text.text;
  }
  return "";
}

// The inputs as the file quotes them.
struct Quoted {
  CompetitionFile competitions{};
  CandidatesFile candidates{};
  EpochState before{};
  bool allow_missing_tasks = false;
};

Quoted inputs_of(const ResultsContent& content, int64_t block, const std::filesystem::path& path) {
  const std::string where = path.string() + ": /run/";
  const std::string state = run_text(content, "state_before");
  Quoted inputs{.competitions = parse_competitions(run_text(content, "competitions"),
                                                   where + "competitions", block)};
  inputs.candidates =
      parse_candidates(run_text(content, "candidates"), where + "candidates", inputs.competitions);
  try {
    if (!state.empty()) inputs.before = parse_state(state);
    const Json resolved = parse_json(run_text(content, "resolved"));
    inputs.allow_missing_tasks = resolved.value("allow_missing_tasks", false);
  } catch (const std::exception& e) {
    throw SystemError(ExitCode::bad_data, where + "state_before or resolved: " + e.what());
  }
  return inputs;
}

// The samples that count, in the order in which they are added up.
std::vector<size_t> chosen(size_t samples, const ScoreOptions& options) {
  std::vector<size_t> order(samples);
  for (size_t i = 0; i < samples; ++i) order[i] = i;
  if (options.seed) {
    const std::vector<int64_t> shuffled =
        PythonRandom::from_block_hash(*options.seed).shuffled(static_cast<int64_t>(samples));
    for (size_t i = 0; i < samples; ++i) order[i] = static_cast<size_t>(shuffled[i]);
  }
  const auto rows = static_cast<size_t>(options.rows.value_or(static_cast<int64_t>(samples)));
  order.resize(std::min(samples, rows));
  return order;
}

template <class T>
std::vector<T> picked(const std::vector<T>& values, const std::vector<size_t>& order) {
  std::vector<T> result;
  for (const size_t i : order) {
    if (i < values.size()) result.push_back(values[i]);
  }
  return result;
}

TaskTable subset(const TaskTable& task, const ScoreOptions& options) {
  const std::vector<size_t> order = chosen(task.tokens.size(), options);
  TaskTable part{.name = task.name,
                 .weight = task.weight,
                 .shard_names = task.shard_names,
                 .tokens = picked(task.tokens, order),
                 .n_bytes = picked(task.n_bytes, order),
                 .row = picked(task.row, order),
                 .shard = picked(task.shard, order),
                 .row_hash = picked(task.row_hash, order)};
  for (const auto& nll : task.nll_sum_nat) part.nll_sum_nat.push_back(picked(nll, order));
  return part;
}

const TaskTable* task_of(const CompetitionResult& result, const std::string& name) {
  const auto found = std::ranges::find(result.tasks, name, &TaskTable::name);
  return found == result.tasks.end() ? nullptr : &*found;
}

// In the order of the competition's tasks; what the file does not have is missing.
MeasuredCompetition measured(const Competition& competition, const CompetitionResult* result,
                             const ScoreOptions& options) {
  MeasuredCompetition rows;
  if (result != nullptr) {
    rows.numerics = result->numerics;
    rows.generation = result->generation;
  }
  for (const Task& task : competition.tasks) {
    const TaskTable* found = result == nullptr ? nullptr : task_of(*result, task.name);
    if (found == nullptr) {
      rows.missing_tasks.push_back(task.name);
    } else {
      rows.tasks.push_back(subset(*found, options));
    }
  }
  return rows;
}

// At another block a candidate may be too early.
std::vector<CandidateResult> candidates_at(const ResultsContent& content,
                                           const CompetitionFile& competitions, int64_t block) {
  std::vector<CandidateResult> all = content.candidates;
  for (CandidateResult& c : all) {
    c.score = kMissing;
    const auto competition =
        std::ranges::find(competitions.competitions, c.competition, &Competition::id);
    if (block == content.block || competition == competitions.competitions.end() ||
        delay_is_over(c.block, competition->eval_block_delay, block))
      continue;
    c.status = Status::too_early;
    c.reason = "committed at block " + std::to_string(c.block) + ", evaluated after " +
               std::to_string(competition->eval_block_delay);
  }
  return all;
}

}  // namespace

Rescored rescore(const std::filesystem::path& results, const ScoreOptions& options) {
  Rescored rescored{.file = read_results(results)};
  const ResultsContent& file = rescored.file;
  const int64_t block = options.block.value_or(file.block);
  Quoted inputs = inputs_of(file, block, results);
  Measurements all{.candidates = candidates_at(file, inputs.competitions, block)};
  override_epsilons(inputs.competitions.competitions, options);
  for (const Competition& competition : inputs.competitions.competitions) {
    const auto found = std::ranges::find(file.competitions, competition.id, &CompetitionResult::id);
    all.competitions.push_back(
        measured(competition, found == file.competitions.end() ? nullptr : &*found, options));
  }
  rescored.now = reach_verdict(
      {.competitions = inputs.competitions,
       .candidates = inputs.candidates,
       .before = inputs.before,
       .block = block,
       .rules = rules_of_name(options.rules.value_or(file.rules)),
       .allow_missing_tasks = options.allow_missing_tasks || inputs.allow_missing_tasks},
      all);
  return rescored;
}

namespace {

const CompetitionResult* same_competition(const ResultsContent& content, int64_t id) {
  const auto found = std::ranges::find(content.competitions, id, &CompetitionResult::id);
  return found == content.competitions.end() ? nullptr : &*found;
}

std::string winner_of(const CompetitionResult* c) {
  return c == nullptr || !c->winner_uid ? "nobody" : "uid " + std::to_string(*c->winner_uid);
}

}  // namespace

std::string rescored_tables(const Rescored& rescored) {
  std::string text;
  for (const CompetitionResult& now : rescored.now.content.competitions) {
    const std::string then = winner_of(same_competition(rescored.file, now.id));
    const std::string winner = winner_of(&now);
    text +=
        "competition " + printable(now.name) + ": " + winner +
        (winner == then ? " wins, as in the file\n" : " would have won instead of " + then + "\n");
  }
  return text + "\n" + results_tables(rescored.now.content);
}

Json rescored_json(const Rescored& rescored) {
  Json json = inspect_json(rescored.now.content);
  Json changes = Json::array();
  for (const CompetitionResult& now : rescored.now.content.competitions) {
    const CompetitionResult* then = same_competition(rescored.file, now.id);
    const bool same = then != nullptr && then->winner_uid == now.winner_uid;
    changes.push_back(
        {{"id", now.id},
         {"winner_in_file", then != nullptr && then->winner_uid ? Json(*then->winner_uid) : Json()},
         {"winner_now", now.winner_uid ? Json(*now.winner_uid) : Json()},
         {"changed", !same}});
  }
  json["what_if"] = changes;
  return json;
}

}  // namespace verdict
