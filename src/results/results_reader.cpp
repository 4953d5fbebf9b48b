#include "results/generation_table.h"
#include "results/seal.h"
#include "results/table_reader.h"
#include "verdict/core/error.h"
#include "verdict/core/file.h"
#include "verdict/core/table.h"
#include "verdict/results/results_file.h"

namespace verdict {
namespace {

constexpr std::string_view kFamily = "verdict-1.";

void require_conventions(const Hdf5Group& root) {
  const auto found = root.attribute<std::string>("Conventions");
  if (found.starts_with(kFamily)) return;
  throw SystemError(ExitCode::bad_data, root.place() + ": attribute 'Conventions': expected " +
                                            std::string(kFamily) + "x, found '" + printable(found) +
                                            "'");
}

std::vector<CandidateResult> read_candidates(TableReader& root) {
  const auto labels = root.axis<std::string>("candidate");
  const auto integers = [&](const std::string& name) {
    return root.column<int64_t>(name, {"candidate"});
  };
  const auto texts = [&](const std::string& name) {
    return root.column<std::string>(name, {"candidate"});
  };
  const auto uids = integers("uid");
  const auto hotkeys = texts("hotkey");
  const auto repos = texts("repo");
  const auto commits = texts("commit");
  const auto competitions = integers("competition");
  const auto blocks = integers("block");
  const auto scores = root.column<double>("score", {"candidate"});
  const auto statuses = root.statuses("status", "candidate");
  const auto reasons = texts("reason");
  std::vector<CandidateResult> rows;
  for (size_t i = 0; i < labels.size(); ++i) {
    rows.push_back({.uid = uids[i],
                    .hotkey = hotkeys[i],
                    .repo = repos[i],
                    .commit = commits[i],
                    .competition = competitions[i],
                    .block = blocks[i],
                    .score = scores[i],
                    .status = statuses[i],
                    .reason = reasons[i]});
  }
  return rows;
}

void read_model_columns(const TableReader& table, const std::vector<std::string>& labels,
                        CompetitionResult& c) {
  const auto uids = table.column<int64_t>("uid", {"model"});
  const auto scores = table.column<double>("score", {"model"});
  const auto errors = table.column<double>("score_stderr", {"model"});
  const auto statuses = table.statuses("status", "model");
  const auto competitive = table.column<uint8_t>("competitive", {"model"});
  const auto wins = table.column<int64_t>("wins", {"model"});
  const auto rates = table.column<double>("win_rate", {"model"});
  const auto weights = table.column<double>("step_weight", {"model"});
  const auto emas = table.column<double>("ema", {"model"});
  for (size_t i = 0; i < labels.size(); ++i) {
    c.models.push_back({.uid = uids[i],
                        .repo = split_label(labels[i], table.group().place()).repo,
                        .score = scores[i],
                        .score_stderr = errors[i],
                        .status = statuses[i],
                        .competitive = competitive[i] != 0,
                        .wins = wins[i],
                        .win_rate = rates[i],
                        .step_weight = weights[i],
                        .ema = emas[i],
                        .tasks = {},
                        .duels = {}});
  }
}

void read_task_matrices(const TableReader& table, size_t tasks, CompetitionResult& c) {
  const auto doubles = [&](const std::string& name) {
    return table.column<double>(name, {"model", "task"});
  };
  const auto losses = doubles("loss");
  const auto errors = doubles("loss_stderr");
  const auto perplexities = doubles("perplexity");
  const auto sums = doubles("nll_sum");
  const auto tokens = table.column<int64_t>("tokens", {"model", "task"});
  const auto bits = doubles("bits_per_byte");
  for (size_t i = 0; i < losses.size(); ++i) {
    c.models[i / tasks].tasks.push_back({.loss_nat = losses[i],
                                         .loss_stderr_nat = errors[i],
                                         .perplexity = perplexities[i],
                                         .nll_sum_nat = sums[i],
                                         .tokens = tokens[i],
                                         .bits_per_byte = bits[i]});
  }
}

void read_duels(const TableReader& table, CompetitionResult& c) {
  const std::vector<std::string> axes{"model", "opponent"};
  const auto won = table.column<uint8_t>("duel_won", axes);
  const auto epsilons = table.column<double>("epsilon", axes);
  const auto differences = table.column<double>("score_difference", axes);
  const auto errors = table.column<double>("score_difference_stderr", axes);
  const size_t opponents = c.models.size();
  for (size_t i = 0; i < won.size(); ++i) {
    c.models[i / opponents].duels.push_back({.won = won[i] != 0,
                                             .epsilon = epsilons[i],
                                             .score_difference = differences[i],
                                             .score_difference_stderr = errors[i]});
  }
}

TaskTable read_samples(Hdf5Group group, const std::string& name, double weight, size_t models) {
  TaskTable task{.name = name, .weight = weight};
  task.shard_names = group.attributes<std::string>("shard_names");
  TableReader table(std::move(group));
  const size_t rows = table.axis<std::string>("model").size();
  if (rows != models) {
    throw SystemError(ExitCode::bad_data, table.group().place() + "/model: expected " +
                                              std::to_string(models) + " models, found " +
                                              std::to_string(rows));
  }
  const size_t samples = table.axis<int64_t>("sample").size();
  const auto nll = table.column<double>("nll_sum", {"model", "sample"});
  for (size_t m = 0; m < models; ++m) {
    const auto begin = nll.begin() + static_cast<std::ptrdiff_t>(m * samples);
    task.nll_sum_nat.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(samples));
  }
  task.tokens = table.column<int64_t>("tokens", {"sample"});
  // Files of the first versions have no bytes, and no word on missing tasks.
  if (table.group().has("n_bytes")) task.n_bytes = table.column<int64_t>("n_bytes", {"sample"});
  task.row = table.column<int64_t>("row", {"sample"});
  task.shard = table.column<int64_t>("shard", {"sample"});
  task.row_hash = table.column<uint64_t>("row_hash", {"sample"});
  return task;
}

CompetitionResult read_competition(Hdf5Group from, const std::string& name) {
  TableReader table(std::move(from));
  const Hdf5Group& group = table.group();
  CompetitionResult c{.id = group.attribute<int64_t>("id"),
                      .name = name,
                      .reward = group.attribute<double>("reward"),
                      .numerics = group.attribute<std::string>("numerics")};
  if (group.has_attribute("reward_effective")) {
    c.reward_effective = group.attribute<double>("reward_effective");
    c.missing_tasks = group.attributes<std::string>("missing_tasks");
    c.is_void = group.attribute<uint8_t>("void") != 0;
  }
  const auto labels = table.axis<std::string>("model");
  const auto tasks = table.axis<std::string>("task");
  (void)table.axis<std::string>("opponent");
  read_model_columns(table, labels, c);
  c.score_units = group.dataset("score").attribute<std::string>("units");
  read_task_matrices(table, tasks.size(), c);
  read_duels(table, c);
  const auto weights = table.column<double>("task_weight", {"task"});
  const Hdf5Group samples = group.group("samples");
  for (size_t t = 0; t < tasks.size(); ++t) {
    c.tasks.push_back(read_samples(samples.group(tasks[t]), tasks[t], weights[t], labels.size()));
  }
  if (group.has("generation"))
    c.generation = read_generation(group.group("generation"), labels.size());
  if (group.has_attribute("winner_uid")) c.winner_uid = group.attribute<int64_t>("winner_uid");
  if (group.has_attribute("runner_up_uid"))
    c.runner_up_uid = group.attribute<int64_t>("runner_up_uid");
  c.margin = group.attribute<double>("margin");
  c.margin_stderr = group.attribute<double>("margin_stderr");
  c.too_close_to_call = group.attribute<uint8_t>("too_close_to_call") != 0;
  return c;
}

}  // namespace

ResultsContent read_results(const std::filesystem::path& path) {
  check_seal(read_text(path), path.string());
  TableReader root(Hdf5File::open(path).root());
  const Hdf5Group& group = root.group();
  require_conventions(group);
  ResultsContent content{.block = group.attribute<int64_t>("block"),
                         .block_hash = group.attribute<std::string>("block_hash"),
                         .seed = group.attribute<std::string>("seed"),
                         .rules = group.attribute<std::string>("rules"),
                         .candidates = read_candidates(root)};
  (void)root.axis<int64_t>("subnet_uid");
  content.subnet_weight = root.column<double>("weight", {"subnet_uid"});
  content.subnet_weight_u16 = root.column<uint16_t>("weight_u16", {"subnet_uid"});
  const Hdf5Group competitions = group.group("competitions");
  for (const std::string& name : competitions.names()) {
    content.competitions.push_back(read_competition(competitions.group(name), name));
  }
  content.run = read_run(group.group("run"));
  return content;
}

}  // namespace verdict
