#include "app/compare/comparison.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "verdict/core/error.h"
#include "verdict/results/differences.h"

namespace verdict {
namespace {

template <class T>
const T* find_named(const std::vector<T>& all, const std::string& name) {
  const auto found = std::ranges::find(all, name, &T::name);
  return found == all.end() ? nullptr : &*found;
}

std::string label_of(const ModelResult& model) { return model_label(model.uid, model.repo); }

std::string winner_of(const CompetitionResult& c) {
  const auto found = std::ranges::find_if(
      c.models, [&](const ModelResult& m) { return c.winner_uid && m.uid == *c.winner_uid; });
  return found == c.models.end() ? "" : label_of(*found);
}

// Loss per token of each row of one model, by row hash and how often that hash came before.
using RowKey = std::pair<uint64_t, int64_t>;
std::map<RowKey, double> losses_by_row(const TaskTable& task, size_t model) {
  std::map<RowKey, double> losses;
  std::map<uint64_t, int64_t> seen;
  for (size_t s = 0; s < task.row_hash.size(); ++s) {
    losses[{task.row_hash[s], seen[task.row_hash[s]]++}] =
        task.nll_sum_nat[model][s] / static_cast<double>(task.tokens[s]);
  }
  return losses;
}

TaskChange change_of(const TaskTable& first, size_t first_model, const TaskTable& second,
                     size_t second_model) {
  const auto before = losses_by_row(first, first_model);
  const auto after = losses_by_row(second, second_model);
  std::vector<double> changes;
  int64_t common = 0;
  for (const auto& [row, loss] : before) {
    const auto found = after.find(row);
    if (found == after.end()) continue;
    ++common;
    const double change = found->second - loss;
    if (std::isfinite(change)) changes.push_back(change);
  }
  return {.task = first.name,
          .loss = sample_mean(changes),
          .rows_of_one_only = static_cast<int64_t>(before.size() + after.size()) - 2 * common};
}

// Models of both, in the order of the first, then those that only the second has.
std::vector<ModelChange> model_changes(const CompetitionResult& first,
                                       const CompetitionResult& second,
                                       const std::vector<std::string>& tasks) {
  std::map<std::string, size_t> place;
  for (size_t m = 0; m < second.models.size(); ++m) place[label_of(second.models[m])] = m;
  std::vector<ModelChange> changes;
  for (size_t m = 0; m < first.models.size(); ++m) {
    const ModelResult& before = first.models[m];
    ModelChange change{
        .label = label_of(before), .first = before.status, .score_first = before.score};
    if (const auto found = place.find(change.label); found != place.end()) {
      const ModelResult& after = second.models[found->second];
      change.second = after.status;
      change.score_second = after.score;
      for (const std::string& name : tasks) {
        change.tasks.push_back(change_of(*find_named(first.tasks, name), m,
                                         *find_named(second.tasks, name), found->second));
      }
      place.erase(found);
    }
    changes.push_back(std::move(change));
  }
  for (const ModelResult& after : second.models) {
    if (place.contains(label_of(after))) {
      changes.push_back(
          {.label = label_of(after), .second = after.status, .score_second = after.score});
    }
  }
  return changes;
}

CompetitionChange compare_competition(const CompetitionResult& first,
                                      const CompetitionResult& second) {
  CompetitionChange change{.name = first.name,
                           .winner_first = winner_of(first),
                           .winner_second = winner_of(second),
                           .score_units = first.score_units};
  change.numerics = numerics_difference(first.numerics.empty() ? "{}" : first.numerics,
                                        second.numerics.empty() ? "{}" : second.numerics);
  for (const TaskTable& task : first.tasks) {
    if (find_named(second.tasks, task.name) != nullptr) change.tasks.push_back(task.name);
  }
  change.models = model_changes(first, second, change.tasks);
  return change;
}

Json setting_of(const ResultsContent& content) {
  return {{"block", content.block}, {"block_hash", content.block_hash}, {"rules", content.rules}};
}

}  // namespace

Comparison compare_results(const ResultsContent& first, const ResultsContent& second) {
  Comparison comparison;
  comparison.setting = describe_differences(differences(setting_of(first), setting_of(second)));
  for (const CompetitionResult& c : first.competitions) {
    if (const CompetitionResult* other = find_named(second.competitions, c.name)) {
      comparison.competitions.push_back(compare_competition(c, *other));
    } else {
      comparison.competitions.push_back({.name = c.name, .in_second = false});
    }
  }
  for (const CompetitionResult& c : second.competitions) {
    if (find_named(first.competitions, c.name) == nullptr)
      comparison.competitions.push_back({.name = c.name, .in_first = false});
  }
  return comparison;
}

void require_same_numerics(const Comparison& comparison, const std::string& first,
                           const std::string& second) {
  std::string found;
  for (const CompetitionChange& c : comparison.competitions) {
    if (c.numerics.empty()) continue;
    found += (found.empty() ? "" : "; ") + ("competition '" + c.name + "': ") + c.numerics;
  }
  if (found.empty()) return;
  throw SystemError(ExitCode::usage,
                    first + " and " + second + " were computed with other numerics (" + found +
                        "): --allow-different-numerics compares them all the same");
}

}  // namespace verdict
