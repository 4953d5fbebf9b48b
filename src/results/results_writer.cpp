#include "results/results_writer.h"

#include <numeric>

#include "results/generation_table.h"
#include "results/results_columns.h"
#include "results/seal.h"
#include "verdict/core/error.h"
#include "verdict/core/file.h"
#include "verdict/results/results_file.h"

namespace verdict {
namespace {

using Axes = std::vector<std::string>;

std::vector<std::string> status_meanings() { return {kStatusNames.begin(), kStatusNames.end()}; }
std::vector<std::string> no_yes() { return {"no", "yes"}; }

template <class Row>
std::vector<uint8_t> statuses(const std::vector<Row>& rows) {
  return column(rows, [](const Row& row) { return static_cast<uint8_t>(row.status); });
}

std::vector<int64_t> counted(size_t count) {
  std::vector<int64_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), int64_t{0});
  return numbers;
}

void require_size(size_t found, size_t expected, const std::string& what) {
  if (found == expected) return;
  throw SystemError("results: " + what + ": expected " + std::to_string(expected) + ", found " +
                    std::to_string(found));
}

void require_sizes(const CompetitionResult& c) {
  for (const ModelResult& model : c.models) {
    const std::string who = c.name + ", " + model_label(model.uid, model.repo);
    require_size(model.tasks.size(), c.tasks.size(), who + ": tasks");
    require_size(model.duels.size(), c.models.size(), who + ": duels");
  }
  for (const TaskTable& task : c.tasks) {
    const std::string what = c.name + ", " + task.name;
    require_size(task.nll_sum_nat.size(), c.models.size(), what + ": models");
    for (const auto& row : task.nll_sum_nat)
      require_size(row.size(), task.tokens.size(), what + ": samples");
  }
}

void write_candidates(TableWriter& root, const ResultsContent& content) {
  const auto& rows = content.candidates;
  bool all_in_nat = true;
  for (const auto& competition : content.competitions)
    all_in_nat = all_in_nat && competition.score_units == "nat";
  const Axes axes{"candidate"};
  root.add_axis<std::string>(
      {"candidate", "candidate, as uid:repository"},
      column(rows, [](const CandidateResult& c) { return model_label(c.uid, c.repo); }));
  root.add<int64_t>({"uid", "uid of the candidate"}, axes, column(rows, &CandidateResult::uid));
  root.add<std::string>({"hotkey", "hotkey of the candidate"}, axes,
                        column(rows, &CandidateResult::hotkey));
  root.add<std::string>({"repo", "repository of the model"}, axes,
                        column(rows, &CandidateResult::repo));
  root.add<std::string>({"commit", "commit of the repository"}, axes,
                        column(rows, &CandidateResult::commit));
  root.add<int64_t>({"competition", "id of the competition entered"}, axes,
                    column(rows, &CandidateResult::competition));
  root.add<int64_t>({"block", "block of the submission"}, axes,
                    column(rows, &CandidateResult::block));
  root.add<double>({"score", "score in its competition, lower is better", all_in_nat ? "nat" : "1"},
                   axes, column(rows, &CandidateResult::score));
  root.add_flags({"status", "what became of the candidate"}, axes, statuses(rows),
                 status_meanings());
  root.add<std::string>({"reason", "why the candidate is not ok"}, axes,
                        column(rows, &CandidateResult::reason));
}

void write_subnet(TableWriter& root, const ResultsContent& content) {
  const Axes axes{"subnet_uid"};
  root.add_axis<int64_t>({"subnet_uid", "uid of the subnet"},
                         counted(content.subnet_weight.size()));
  root.add<double>({"weight", "weight of the uid before conversion"}, axes, content.subnet_weight);
  root.add<uint16_t>({"weight_u16", "weight of the uid as published"}, axes,
                     content.subnet_weight_u16);
}

void write_model_columns(TableWriter& table, const CompetitionResult& c) {
  const Axes axes{"model"};
  const auto& models = c.models;
  table.add<int64_t>({"uid", "uid of the model"}, axes, column(models, &ModelResult::uid));
  table.add<double>({"score", "weighted loss over the tasks, lower is better", c.score_units}, axes,
                    column(models, &ModelResult::score));
  table.add<double>({"score_stderr", "standard error of score", c.score_units}, axes,
                    column(models, &ModelResult::score_stderr));
  table.add_flags({"status", "what became of the model"}, axes, statuses(models),
                  status_meanings());
  table.add_flags({"competitive", "whether it may still win against every earlier model"}, axes,
                  column(models, [](const ModelResult& m) { return uint8_t{m.competitive}; }),
                  no_yes());
  table.add<int64_t>({"wins", "duels won"}, axes, column(models, &ModelResult::wins));
  table.add<double>({"win_rate", "duels won / duels"}, axes,
                    column(models, &ModelResult::win_rate));
  table.add<double>({"step_weight", "weight of this step"}, axes,
                    column(models, &ModelResult::step_weight));
  table.add<double>({"ema", "moving average of the step weights"}, axes,
                    column(models, &ModelResult::ema));
}

void write_task_matrices(TableWriter& table, const CompetitionResult& c) {
  const Axes axes{"model", "task"};
  const auto of = [&](auto field) { return matrix(c.models, &ModelResult::tasks, field); };
  table.add<double>({"loss", "mean over rows of nll / targets", "nat"}, axes,
                    of(&TaskResult::loss_nat));
  table.add<double>({"loss_stderr", "standard error of loss, by row", "nat"}, axes,
                    of(&TaskResult::loss_stderr_nat));
  table.add<double>({"perplexity", "exp(loss)"}, axes, of(&TaskResult::perplexity));
  table.add<double>({"nll_sum", "negative log-likelihood of all targets", "nat"}, axes,
                    of(&TaskResult::nll_sum_nat));
  table.add<int64_t>({"tokens", "targets behind nll_sum"}, axes, of(&TaskResult::tokens));
  table.add<double>({"bits_per_byte", "nll_sum per byte of text", "bit"}, axes,
                    of(&TaskResult::bits_per_byte));
}

void write_duels(TableWriter& table, const CompetitionResult& c) {
  const Axes axes{"model", "opponent"};
  const auto of = [&](auto field) { return matrix(c.models, &ModelResult::duels, field); };
  table.add_flags({"duel_won", "whether model beat opponent"}, axes,
                  of([](const DuelResult& d) { return uint8_t{d.won}; }), no_yes());
  table.add<double>({"epsilon", "advantage of the earlier of the two"}, axes,
                    of(&DuelResult::epsilon));
  table.add<double>(
      {"score_difference", "score of model - score of opponent, on the same rows", c.score_units},
      axes, of(&DuelResult::score_difference));
  table.add<double>({"score_difference_stderr", "standard error of score_difference, paired by row",
                     c.score_units},
                    axes, of(&DuelResult::score_difference_stderr));
}

void write_samples(Hdf5Group group, const CompetitionResult& c, const TaskTable& task) {
  TableWriter table(std::move(group));
  table.group().set_attributes<std::string>("shard_names", task.shard_names);
  const auto samples = static_cast<int64_t>(task.tokens.size());
  const Axes axes{"sample"};
  table.add_axis<std::string>(
      {"model", "model, as uid:repository"},
      column(c.models, [](const ModelResult& m) { return model_label(m.uid, m.repo); }));
  table.add_axis<int64_t>({"sample", "row in the order in which it was drawn"},
                          counted(task.tokens.size()));
  std::vector<double> nll;
  for (const auto& row : task.nll_sum_nat) nll.insert(nll.end(), row.begin(), row.end());
  table.add<double>({"nll_sum", "negative log-likelihood of the row's targets", "nat"},
                    {"model", "sample"}, nll,
                    {.chunk = {1, samples}, .deflate = 4, .fletcher32 = true});
  table.add<int64_t>({"tokens", "targets of the row"}, axes, task.tokens);
  table.add<int64_t>(
      {"n_bytes", "bytes of text behind the row, 0 if unknown", "byte"}, axes,
      task.n_bytes.empty() ? std::vector<int64_t>(task.tokens.size(), 0) : task.n_bytes);
  table.add<int64_t>({"row", "row in its shard"}, axes, task.row);
  table.add<int64_t>({"shard", "shard of the row, an index into shard_names"}, axes, task.shard);
  table.add<uint64_t>({"row_hash", "XXH3 of the row's tokens as little-endian uint32"}, axes,
                      task.row_hash);
}

void write_outcome(Hdf5Group& group, const CompetitionResult& c, const ResultsContent& content) {
  group.set_attribute<int64_t>("id", c.id);
  group.set_attribute<int64_t>("block", content.block);
  group.set_attribute<std::string>("rules", content.rules);
  group.set_attribute<double>("reward", finite_or_missing(c.reward));
  group.set_attribute<double>("reward_effective", finite_or_missing(c.reward_effective));
  group.set_attributes<std::string>("missing_tasks", c.missing_tasks);
  group.set_attribute<uint8_t>("void", c.is_void);
  group.set_attribute<std::string>("numerics", c.numerics);
  if (c.winner_uid) {
    group.set_attribute<int64_t>("winner_uid", *c.winner_uid);
    for (const ModelResult& model : c.models) {
      if (model.uid == *c.winner_uid)
        group.set_attribute("winner", model_label(model.uid, model.repo));
    }
  }
  if (c.runner_up_uid) group.set_attribute<int64_t>("runner_up_uid", *c.runner_up_uid);
  group.set_attribute<double>("margin", finite_or_missing(c.margin));
  group.set_attribute<double>("margin_stderr", finite_or_missing(c.margin_stderr));
  group.set_attribute<uint8_t>("too_close_to_call", c.too_close_to_call);
}

void write_competition(Hdf5Group group, const CompetitionResult& c, const ResultsContent& content) {
  require_sizes(c);
  TableWriter table(std::move(group));
  write_outcome(table.group(), c, content);
  const auto labels =
      column(c.models, [](const ModelResult& m) { return model_label(m.uid, m.repo); });
  table.add_axis<std::string>({"model", "model, as uid:repository"}, labels);
  table.add_axis<std::string>({"task", "task"}, column(c.tasks, &TaskTable::name));
  table.add_axis<std::string>({"opponent", "opponent, as uid:repository"}, labels);
  write_task_matrices(table, c);
  write_model_columns(table, c);
  write_duels(table, c);
  table.add<double>({"task_weight", "weight of the task in the score"}, {"task"},
                    column(c.tasks, &TaskTable::weight));
  table.add<int64_t>({"rows", "rows behind each loss"}, {"task"},
                     column(c.tasks, [](const TaskTable& task) {
                       return static_cast<int64_t>(task.tokens.size());
                     }));
  Hdf5Group samples = table.group().create_group("samples");
  for (const TaskTable& task : c.tasks) write_samples(samples.create_group(task.name), c, task);
  if (!c.generation.prompts.empty()) write_generation(table.group().create_group("generation"), c);
}

}  // namespace

std::string results_bytes(const ResultsContent& content) {
  const Hdf5File file = Hdf5File::create_in_memory("results.h5");
  TableWriter root(file.root());
  root.group().set_attribute<std::string>("Conventions", kResultsConventions);
  root.group().set_attribute<int64_t>("block", content.block);
  root.group().set_attribute<std::string>("block_hash", content.block_hash);
  root.group().set_attribute<std::string>("seed", content.seed);
  root.group().set_attribute<std::string>("rules", content.rules);
  write_candidates(root, content);
  write_subnet(root, content);
  Hdf5Group competitions = root.group().create_group("competitions");
  for (const auto& c : content.competitions)
    write_competition(competitions.create_group(c.name), c, content);
  // Last, so that what may differ between two runs moves nothing else in the file.
  write_run(root.group().create_group("run"), content.run);
  return sealed(file.bytes());
}

void write_results(const std::filesystem::path& path, const ResultsContent& content) {
  write_atomically(path, results_bytes(content));
}

}  // namespace verdict
