#include <cmath>

#include "app/compare/comparison.h"
#include "verdict/core/table.h"

namespace verdict {
namespace {

using Align = TextTable::Align;

constexpr int kDecimals = 6;

std::string signed_fixed(double value) {
  return (value >= 0 ? "+" : "") + format_fixed(value, kDecimals);
}

std::string status_text(const ModelChange& m) {
  const auto name = [](const std::optional<Status>& status) {
    return status ? std::string(status_name(*status)) : std::string("no candidate");
  };
  return m.status_changed() ? name(m.first) + " → " + name(m.second) : name(m.first);
}

std::string change_text(const Estimate& e) {
  if (e.n == 0) return "–";
  const std::string error =
      std::isnan(e.standard_error) ? "" : " ± " + format_fixed(e.standard_error, kDecimals);
  return signed_fixed(e.mean) + error + ", n=" + std::to_string(e.n);
}

std::string winner_text(const CompetitionChange& c) {
  const auto name = [](const std::string& label) {
    return label.empty() ? std::string("nobody") : printable(label);
  };
  if (!c.winner_changed()) return "winner " + name(c.winner_first) + " in both\n";
  return "winner CHANGED from " + name(c.winner_first) + " to " + name(c.winner_second) + "\n";
}

std::string model_table(const CompetitionChange& c) {
  std::vector<TextTable::Column> columns{{"model", Align::left},
                                         {"status", Align::left},
                                         {"score [" + c.score_units + "]", Align::right}};
  for (const std::string& task : c.tasks)
    columns.push_back({printable(task) + " [nat]", Align::right});
  TextTable table(columns);
  for (const ModelChange& m : c.models) {
    const double change = m.score_second - m.score_first;
    std::vector<std::string> cells{printable(m.label), status_text(m),
                                   std::isnan(change) ? "–" : signed_fixed(change)};
    for (size_t t = 0; t < c.tasks.size(); ++t)
      cells.push_back(t < m.tasks.size() ? change_text(m.tasks[t].loss) : "–");
    table.add_row(cells);
  }
  return table.text(2);
}

std::string competition_text(const CompetitionChange& c) {
  std::string text = "competition " + printable(c.name);
  if (!c.in_first || !c.in_second)
    return text + " is in the " + (c.in_first ? "first" : "second") + " only\n";
  text += ": " + winner_text(c);
  if (!c.numerics.empty())
    text += "  other numerics: " + c.numerics + ": the differences hold rounding, too\n";
  text += model_table(c);
  int64_t apart = 0;
  for (const ModelChange& m : c.models) {
    for (const TaskChange& t : m.tasks) apart = std::max(apart, t.rows_of_one_only);
  }
  if (apart > 0)
    text += "  up to " + std::to_string(apart) + " rows of a task are in one of the two only\n";
  return text + "  (second − first; mean of the rows' differences ± its standard error, n rows)\n";
}

Json number_or_null(double value) { return std::isnan(value) ? Json() : json_number(value); }

Json status_json(const std::optional<Status>& status) {
  return status ? Json(status_name(*status)) : Json();
}

Json model_json(const ModelChange& m) {
  Json tasks = Json::array();
  for (const TaskChange& t : m.tasks) {
    tasks.push_back({{"task", t.task},
                     {"rows", t.loss.n},
                     {"loss_difference", json_number(t.loss.n == 0 ? kMissing : t.loss.mean)},
                     {"loss_difference_stderr", json_number(t.loss.standard_error)},
                     {"rows_of_one_only", t.rows_of_one_only}});
  }
  return {{"model", m.label},
          {"status_first", status_json(m.first)},
          {"status_second", status_json(m.second)},
          {"status_changed", m.status_changed()},
          {"score_first", number_or_null(m.score_first)},
          {"score_second", number_or_null(m.score_second)},
          {"tasks", tasks}};
}

}  // namespace

std::string comparison_text(const Comparison& comparison) {
  std::string text;
  if (!comparison.setting.empty()) text += comparison.setting + "\n";
  for (const CompetitionChange& c : comparison.competitions) text += competition_text(c);
  return text;
}

Json comparison_json(const Comparison& comparison) {
  Json competitions = Json::array();
  for (const CompetitionChange& c : comparison.competitions) {
    Json models = Json::array();
    for (const ModelChange& m : c.models) models.push_back(model_json(m));
    competitions.push_back(
        {{"name", c.name},
         {"in_first", c.in_first},
         {"in_second", c.in_second},
         {"winner_first", c.winner_first.empty() ? Json() : Json(c.winner_first)},
         {"winner_second", c.winner_second.empty() ? Json() : Json(c.winner_second)},
         {"winner_changed", c.winner_changed()},
         {"numerics_difference", c.numerics},
         {"models", models}});
  }
  return {{"schema", "verdict-comparison-1"},
          {"setting_difference", comparison.setting},
          {"competitions", competitions}};
}

}  // namespace verdict
