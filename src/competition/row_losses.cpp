#include "competition/row_losses.h"

#include <cmath>
#include <string>

#include "verdict/core/error.h"

namespace verdict {
namespace {

std::string who(const ModelLosses& model) { return "uid " + std::to_string(model.uid); }

void check_shape(const Competition& competition, const ModelLosses& model) {
  if (model.tasks.size() != competition.tasks.size()) {
    throw SystemError(who(model) + " has losses on " + std::to_string(model.tasks.size()) +
                      " tasks, competition " + competition.name + " has " +
                      std::to_string(competition.tasks.size()));
  }
  for (size_t t = 0; t < model.tasks.size(); ++t) {
    const TaskLosses& task = model.tasks[t];
    if (task.name != competition.tasks[t].name) {
      throw SystemError(who(model) + " has losses on task '" + task.name + "' where competition " +
                        competition.name + " has '" + competition.tasks[t].name + "'");
    }
    const size_t rows = task.row_nll.size();
    if (task.row_tokens.size() != rows ||
        (!task.row_bytes.empty() && task.row_bytes.size() != rows)) {
      throw SystemError(who(model) + ", task '" + task.name + "': " + std::to_string(rows) +
                        " losses, " + std::to_string(task.row_tokens.size()) + " token counts, " +
                        std::to_string(task.row_bytes.size()) + " byte counts");
    }
  }
}

}  // namespace

RowLosses row_losses(const Competition& competition, const ModelLosses& model) {
  if (!model.ok) return {};
  check_shape(competition, model);
  RowLosses losses;
  for (const TaskLosses& task : model.tasks) {
    if (task.row_nll.empty()) return {};
    std::vector<double>& rows = losses.emplace_back();
    for (size_t i = 0; i < task.row_nll.size(); ++i) {
      if (!std::isfinite(task.row_nll[i]) || task.row_tokens[i] < 1) return {};
      rows.push_back(task.row_nll[i] / static_cast<double>(task.row_tokens[i]));
    }
  }
  return losses;
}

void check_same_rows(const ModelLosses& a, const ModelLosses& b) {
  for (size_t t = 0; t < a.tasks.size(); ++t) {
    if (a.tasks[t].row_tokens != b.tasks[t].row_tokens) {
      throw SystemError(who(a) + " and " + who(b) + " were measured on different rows of task '" +
                        a.tasks[t].name + "'");
    }
  }
}

}  // namespace verdict
