#include "app/report/page.h"

#include "app/report/html.h"

namespace verdict {
namespace {

std::string refusals_html(const ResultsContent& content) {
  std::string rows;
  for (const CandidateResult& c : content.candidates) {
    if (c.status == Status::ok) continue;
    rows += "<tr><td class=\"name\">" + escaped(model_label(c.uid, c.repo)) +
            "</td><td class=\"left\">" + std::string(status_name(c.status)) +
            "</td><td class=\"reason\">" + escaped(c.reason) + "</td></tr>\n";
  }
  if (rows.empty()) return "";
  return "<h2>Not scored</h2>\n<div class=\"scroll\"><table><tr><th class=\"left\">candidate</th>"
         "<th class=\"left\">status</th><th class=\"left\">reason</th></tr>\n" +
         rows + "</table></div>\n";
}

// Short texts of /run; the input files themselves are in results.h5.
std::string origin_html(const ResultsContent& content) {
  std::string html = "<h2>Where the numbers are from</h2>\n<dl>\n";
  const auto add = [&](const std::string& name, const std::string& text) {
    if (!text.empty()) html += "<dt>" + escaped(name) + "</dt><dd>" + escaped(text) + "</dd>\n";
  };
  add("block hash", content.block_hash);
  for (const CompetitionResult& c : content.competitions) add("numerics of " + c.name, c.numerics);
  for (const NamedText& text : content.run.texts) {
    for (const char* name : {"version", "git_commit", "build", "mpi", "torch", "hdf5",
                             "slurm_job_id", "start", "end", "command_line"}) {
      if (text.name == name) add(text.name, text.text);
    }
  }
  for (const RankInformation& rank : content.run.ranks)
    add("rank " + std::to_string(rank.rank), rank.host + " " + rank.device);
  add("loss", content.run.loss_definition);
  return html + "</dl>\n";
}

}  // namespace

std::string report_page(const ResultsContent& content, const std::vector<TimedStart>& timeline) {
  const std::string title = "verdict at block " + std::to_string(content.block);
  std::string body = "<h1>" + escaped(title) + "</h1>\n<p class=\"soft\">rules " +
                     escaped(content.rules) + ", " + std::to_string(content.candidates.size()) +
                     " candidates</p>\n";
  for (const CompetitionResult& c : content.competitions) {
    body += "<h2>" + escaped(c.name) + "</h2>\n" + winner_html(c) + models_html(c) +
            losses_html(c) + duels_html(c);
  }
  body += refusals_html(content);
  if (const std::string plots = timeline_plots(timeline); !plots.empty())
    body += "<h2>Who had which model when</h2>\n" + plots;
  return html_page(title, body + origin_html(content));
}

}  // namespace verdict
