#include <algorithm>
#include <cmath>

#include "app/report/html.h"
#include "app/report/loss_plot.h"
#include "app/report/page.h"
#include "verdict/core/table.h"

namespace verdict {
namespace {

constexpr size_t kMostDuels = 24;  // Models in the matrix.

std::string label_of(const ModelResult& m) { return model_label(m.uid, m.repo); }

const ModelResult* find(const CompetitionResult& c, const std::optional<int64_t>& uid) {
  const auto found =
      std::ranges::find_if(c.models, [&](const ModelResult& m) { return uid && m.uid == *uid; });
  return found == c.models.end() ? nullptr : &*found;
}

std::string with_error(double value, double error) {
  if (std::isnan(value)) return "–";
  return format_fixed(value, 5) + (std::isnan(error) ? "" : " ± " + format_fixed(error, 5));
}

std::string cell(const std::string& css_class, const std::string& text) {
  return "<td" + (css_class.empty() ? "" : " class=\"" + css_class + "\"") + ">" + escaped(text) +
         "</td>";
}

// The winner, then competitive models by win rate, then the rest, each by score; those without one
// last.
std::vector<size_t> in_order(const CompetitionResult& c) {
  std::vector<size_t> order(c.models.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto key = [&](size_t i) {
    const ModelResult& m = c.models[i];
    return std::tuple(std::isnan(m.score), !(c.winner_uid && m.uid == *c.winner_uid),
                      !m.competitive, std::isnan(m.win_rate) ? 0.0 : -m.win_rate,
                      std::isnan(m.score) ? 0.0 : m.score, m.uid);
  };
  std::ranges::sort(order, [&](size_t a, size_t b) { return key(a) < key(b); });
  return order;
}

std::string duel_cell(const DuelResult& d) {
  if (std::isnan(d.score_difference)) return cell("", "–");
  const std::string css =
      std::string(d.score_difference < 0 ? "better" : "worse") + (d.won ? " won" : "");
  const std::string error = std::isnan(d.score_difference_stderr)
                                ? ""
                                : "± " + format_fixed(d.score_difference_stderr, 5);
  return "<td class=\"" + css + "\">" + (d.score_difference > 0 ? "+" : "") +
         format_fixed(d.score_difference, 5) + "<br><small>" + error + "</small></td>";
}

}  // namespace

std::string winner_html(const CompetitionResult& c) {
  const ModelResult* winner = find(c, c.winner_uid);
  if (winner == nullptr)
    return "<p class=\"winner none\">No winner: this competition pays nobody new.</p>\n";
  std::string html = "<p class=\"winner\">Winner <strong>" + escaped(label_of(*winner)) +
                     "</strong>, score " + with_error(winner->score, winner->score_stderr) + " " +
                     escaped(c.score_units);
  if (const ModelResult* second = find(c, c.runner_up_uid)) {
    html += ", " + with_error(c.margin, c.margin_stderr) + " " + escaped(c.score_units) +
            " better than " + escaped(label_of(*second));
  }
  html += c.too_close_to_call ? ". <span class=\"close\">Too close to call.</span>" : ".";
  return html + "</p>\n";
}

std::string models_html(const CompetitionResult& c) {
  std::string html =
      "<div class=\"scroll\"><table><tr><th class=\"left\">model</th><th class=\"left\">status"
      "</th><th>score [" +
      escaped(c.score_units) + "]</th>";
  for (const TaskTable& task : c.tasks)
    html +=
        "<th>" + escaped(task.name) + " [nat], n=" + std::to_string(task.tokens.size()) + "</th>";
  html += "<th>wins</th><th>win rate</th><th>weight</th></tr>\n";
  for (const size_t i : in_order(c)) {
    const ModelResult& m = c.models[i];
    const bool filtered = m.status == Status::ok && !m.competitive;
    html += c.winner_uid && m.uid == *c.winner_uid ? "<tr class=\"first\">" : "<tr>";
    html += cell("name", label_of(m)) +
            cell("left", filtered ? "filtered" : std::string(status_name(m.status))) +
            cell("", with_error(m.score, m.score_stderr));
    for (const TaskResult& task : m.tasks)
      html += cell("", with_error(task.loss_nat, task.loss_stderr_nat));
    html += cell("", std::to_string(m.wins)) + cell("", format_fixed(m.win_rate, 3)) +
            cell("", format_fixed(m.step_weight, 4)) + "</tr>\n";
  }
  return html +
         "</table></div>\n<p class=\"soft\">Mean ± standard error over n rows; lower is "
         "better. Filtered: scored, but takes no part in the duels.</p>\n";
}

std::string losses_html(const CompetitionResult& c) {
  std::string html;
  for (size_t t = 0; t < c.tasks.size(); ++t) {
    std::vector<LossPoint> points;
    for (const ModelResult& m : c.models) {
      points.push_back({.label = label_of(m),
                        .loss = m.tasks.at(t).loss_nat,
                        .standard_error = m.tasks.at(t).loss_stderr_nat});
    }
    const std::string plot = loss_plot(c.tasks[t].name, std::move(points));
    if (plot.empty()) continue;
    html += "<h3>loss on " + escaped(c.tasks[t].name) + ", " +
            std::to_string(c.tasks[t].tokens.size()) + " rows, mean ± standard error</h3>\n" + plot;
  }
  return html;
}

std::string duels_html(const CompetitionResult& c) {
  std::vector<size_t> scored;
  for (const size_t i : in_order(c)) {
    if (!std::isnan(c.models[i].score)) scored.push_back(i);
  }
  if (scored.size() < 2) return "";
  const size_t all = scored.size();
  scored.resize(std::min(all, kMostDuels));
  std::string html =
      "<h3>score of the row − score of the column, paired on the same rows</h3>\n"
      "<div class=\"scroll\"><table><tr><th></th>";
  for (const size_t o : scored) html += "<th>" + std::to_string(c.models[o].uid) + "</th>";
  html += "</tr>\n";
  for (const size_t m : scored) {
    html += "<tr>" + cell("name", label_of(c.models[m]));
    for (const size_t o : scored)
      html += m == o ? cell("", "") : duel_cell(c.models[m].duels.at(o));
    html += "</tr>\n";
  }
  html += "</table></div>\n<p class=\"soft\">In " + escaped(c.score_units) +
          "; green: the row is better; bold: it wins the duel.";
  if (all > kMostDuels)
    html += " The best " + std::to_string(kMostDuels) + " of " + std::to_string(all) + " models.";
  return html + "</p>\n";
}

}  // namespace verdict
