#include "app/doctor/diagnosis.h"
#include "verdict/core/table.h"

namespace verdict {
namespace {

const char* level_name(Level level) {
  switch (level) {
    case Level::fine:
      return "ok";
    case Level::advice:
      return "advice";
    case Level::fault:
      return "FAULT";
  }
  return "";
}

std::string rank_table(const std::vector<RankFacts>& ranks) {
  using Align = TextTable::Align;
  TextTable table({{"rank", Align::right},
                   {"host", Align::left},
                   {"local", Align::right},
                   {"CPUs", Align::left},
                   {"instructions", Align::left},
                   {"GPUs", Align::right},
                   {"launcher", Align::left}});
  for (const RankFacts& r : ranks) {
    table.add_row({std::to_string(r.rank), printable(r.host), std::to_string(r.local_rank),
                   number_list(r.machine.cpus),
                   parse_json(r.numerics).value("instruction_set", "unknown"),
                   r.gpus.driver ? std::to_string(r.gpus.gpus.size()) : "no driver",
                   r.launcher.empty() ? "none" : r.launcher});
  }
  return table.text();
}

}  // namespace

std::string doctor_text(const std::vector<RankFacts>& ranks, const std::vector<Finding>& findings) {
  TextTable table(
      {{"", TextTable::Align::left}, {"", TextTable::Align::left}, {"", TextTable::Align::left}});
  size_t faults = 0;
  for (const Finding& f : findings) {
    if (f.level == Level::fault) ++faults;
    table.add_row({level_name(f.level), f.topic, printable(f.found)});
    if (!f.remedy.empty()) table.add_row({"", "", "  type: " + printable(f.remedy)});
  }
  const std::string lines = table.text();
  return rank_table(ranks) + lines.substr(lines.find('\n') + 1) +
         (faults == 0 ? "evaluation can run\n"
                      : "evaluation cannot run: " + std::to_string(faults) +
                            (faults == 1 ? " fault\n" : " faults\n"));
}

Json doctor_json(const std::vector<RankFacts>& ranks, const std::vector<Finding>& findings) {
  Json facts = Json::array();
  for (const RankFacts& r : ranks) facts.push_back(to_json(r));
  Json found = Json::array();
  for (const Finding& f : findings) {
    found.push_back({{"level", f.level == Level::fault ? "fault" : level_name(f.level)},
                     {"topic", f.topic},
                     {"found", f.found},
                     {"type", f.remedy}});
  }
  return {{"schema", "verdict-doctor-1"},
          {"can_run", exit_code_of(findings) == ExitCode::ok},
          {"findings", found},
          {"ranks", facts}};
}

}  // namespace verdict
