#include "verdict/results/tables.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "verdict/core/table.h"

namespace verdict {
namespace {

constexpr int kLossDecimals = 5;

std::string with_error(double value, double error) {
  if (std::isnan(value)) return format_fixed(value, kLossDecimals);
  return format_fixed(value, kLossDecimals) + " ± " + format_fixed(error, kLossDecimals);
}

std::string label(const ModelResult& model) {
  return printable(model_label(model.uid, model.repo));
}

const ModelResult* find_model(const CompetitionResult& c, const std::optional<int64_t>& uid) {
  const auto found =
      std::ranges::find_if(c.models, [&](const ModelResult& m) { return uid && m.uid == *uid; });
  return found == c.models.end() ? nullptr : &*found;
}

int64_t rows_of(const CompetitionResult& c) {
  int64_t rows = 0;
  for (const TaskTable& task : c.tasks) rows += static_cast<int64_t>(task.tokens.size());
  return rows;
}

// The competitive by scoring.md A.9.4: highest win rate, then lower score, then earlier block, then
// lower uid. Then those that were filtered, by score; models without a score last.
std::vector<const ModelResult*> ranked(const ResultsContent& content, const CompetitionResult& c) {
  std::map<int64_t, int64_t> blocks;
  for (const CandidateResult& candidate : content.candidates)
    blocks[candidate.uid] = candidate.block;
  std::vector<const ModelResult*> order;
  order.reserve(c.models.size());
  for (const ModelResult& model : c.models) order.push_back(&model);
  const auto key = [&](const ModelResult* m) {
    const bool scored = m->status == Status::ok && !std::isnan(m->score);
    return std::tuple(!scored, !m->competitive, std::isnan(m->win_rate) ? 0.0 : -m->win_rate,
                      scored ? m->score : 0.0, blocks[m->uid], m->uid);
  };
  std::ranges::sort(order, [&](const auto* a, const auto* b) { return key(a) < key(b); });
  return order;
}

std::string winner_line(const CompetitionResult& c) {
  const ModelResult* winner = find_model(c, c.winner_uid);
  if (winner == nullptr) return "no winner: this competition pays nobody new";
  std::string line = "winner " + label(*winner) + ", score " +
                     with_error(winner->score, winner->score_stderr) + " " + c.score_units;
  const ModelResult* runner_up = find_model(c, c.runner_up_uid);
  if (runner_up == nullptr) return line + "; no runner-up";
  line += "; margin " + with_error(c.margin, c.margin_stderr) + " " + c.score_units + " over " +
          label(*runner_up);
  return c.too_close_to_call ? line + "; TOO CLOSE TO CALL" : line;
}

// What is not as the competitions file says.
std::string notes_of(const CompetitionResult& c) {
  std::string text;
  std::string missing;
  for (const std::string& task : c.missing_tasks)
    missing += (missing.empty() ? "" : ", ") + printable(task);
  if (!missing.empty()) {
    text += "no data for " + missing +
            (c.is_void ? ": void, nothing is recorded\n" : ": the other tasks share the weight\n");
  } else if (c.is_void) {
    text += "void: these rules name a model without a score; nothing is recorded\n";
  }
  if (std::isfinite(c.reward_effective) && std::abs(c.reward_effective - c.reward) > 1e-9) {
    text += "reward " + format_fixed(c.reward, 4) + ", of what is paid " +
            format_fixed(c.reward_effective, 4) +
            ": what is missing to 1, or has no average yet, goes to the others in proportion\n";
  }
  return text;
}

std::vector<TextTable::Column> columns_of(const CompetitionResult& c) {
  using Align = TextTable::Align;
  std::vector<TextTable::Column> columns{{"rank", Align::right},
                                         {"uid", Align::right},
                                         {"repo", Align::left},
                                         {"status", Align::left}};
  columns.push_back(
      {"score [" + c.score_units + "], n=" + std::to_string(rows_of(c)), Align::right});
  for (const TaskTable& task : c.tasks) {
    const std::string name = printable(task.name);
    columns.push_back({name + " [nat], n=" + std::to_string(task.tokens.size()), Align::right});
    columns.push_back({"ppl", Align::right});
  }
  for (const char* title : {"wins", "win rate", "weight"}) columns.push_back({title, Align::right});
  return columns;
}

// Scored, but no better than an earlier model: it takes no part in the duels.
bool is_filtered(const ModelResult& m) { return m.status == Status::ok && !m.competitive; }

std::vector<std::string> cells_of(const ModelResult& m, size_t rank) {
  std::vector<std::string> cells{m.competitive ? std::to_string(rank) : "–", std::to_string(m.uid),
                                 printable(m.repo),
                                 is_filtered(m) ? "filtered" : std::string(status_name(m.status)),
                                 with_error(m.score, m.score_stderr)};
  for (const TaskResult& task : m.tasks) {
    cells.push_back(with_error(task.loss_nat, task.loss_stderr_nat));
    cells.push_back(format_fixed(task.perplexity, 2));
  }
  cells.push_back(std::to_string(m.wins));
  cells.push_back(format_fixed(m.win_rate, 3));
  cells.push_back(format_fixed(m.step_weight, 4));
  return cells;
}

std::string failures(const ResultsContent& content, const CompetitionResult& c) {
  std::string text;
  for (const CandidateResult& candidate : content.candidates) {
    if (candidate.competition != c.id || candidate.status == Status::ok) continue;
    text += "  " + printable(model_label(candidate.uid, candidate.repo)) + ": " +
            std::string(status_name(candidate.status)) + ": " + printable(candidate.reason) + "\n";
  }
  return text.empty() ? text : std::string("not scored:\n").append(text);
}

}  // namespace

std::string competition_table(const ResultsContent& content, const CompetitionResult& c) {
  std::string text = "competition " + std::to_string(c.id) + " " + printable(c.name) + ", block " +
                     std::to_string(content.block) + ", rules " + printable(content.rules) + "\n";
  text += winner_line(c) + "\n" + notes_of(c);
  TextTable table(columns_of(c));
  size_t rank = 0;
  for (const ModelResult* model : ranked(content, c)) table.add_row(cells_of(*model, ++rank));
  if (!c.models.empty()) text += table.text(2) + "  (mean ± standard error over n rows";
  if (std::ranges::any_of(c.models, is_filtered)) {
    text += "; filtered: scored, but does not beat an earlier model even by the final epsilon";
  }
  if (!c.models.empty()) text += ")\n";
  return text + failures(content, c);
}

std::string results_tables(const ResultsContent& content) {
  std::string text;
  for (const CompetitionResult& c : content.competitions) {
    if (!text.empty()) text += "\n";
    text += competition_table(content, c);
  }
  return text;
}

}  // namespace verdict
