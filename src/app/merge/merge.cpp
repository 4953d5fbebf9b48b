// `verdict merge`: the journals are the truth; everything else is made again from them.
#include <algorithm>
#include <iostream>

#include "app/commands.h"
#include "app/merge/parts.h"
#include "app/merge/rebuild.h"
#include "app/merge/unite.h"
#include "app/merge/write_merged.h"
#include "app/run/events.h"
#include "app/run/run_description.h"
#include "verdict/core/error.h"
#include "verdict/core/file.h"
#include "verdict/core/log.h"
#include "verdict/results/tables.h"

namespace verdict {
namespace {

// The file of --state must be what the runs started from, or what this merge has made of it before.
void require_state(const MergeOptions& options, const Merged& merged) {
  if (options.state.empty()) return;
  const std::string now = read_state(options.state).text;
  if (now == merged.state_before || now == state_text(merged.verdict.state)) return;
  throw SystemError(ExitCode::usage, options.state.string() +
                                         " is not the state that the runs started from: evaluate "
                                         "each of them with a copy of it");
}

bool states_were_used(const std::vector<Part>& parts) {
  return std::ranges::any_of(
      parts, [](const Part& part) { return file_exists(part.folder.state_before()); });
}

std::vector<RankInformation> ranks_of(const std::vector<Part>& parts, Json& numbers) {
  std::vector<RankInformation> ranks;
  for (const Part& part : parts) {
    for (const JournalEvent& event : part.journal.events) {
      if (event.name != "start") continue;
      const auto number = static_cast<int64_t>(ranks.size());
      ranks.push_back({.rank = number, .host = event.fields.value("host", "")});
      numbers.push_back({{"rank", number},
                         {"run", part.folder.path().string()},
                         {"rank_there", event.fields.value("rank", int64_t{0})}});
    }
  }
  return ranks;
}

RunInformation describe_merge(const std::vector<Part>& parts, const Merged& merged,
                              const LossTable& table) {
  RunInformation run =
      describe_job(merged.record.inputs, merged.record.job, merged_inputs(parts, merged)["options"],
                   table, {.start = merged.started, .end = utc_now()});
  Json numbers = Json::array();
  run.ranks = ranks_of(parts, numbers);
  run.texts.push_back({"merged_ranks", numbers.dump(1)});
  run.texts.push_back({"state_before", state_text(merged.record.inputs.before)});
  return run;
}

void require_other_folder(const MergeOptions& options) {
  for (const auto& run : options.runs) {
    std::error_code error;
    if (!std::filesystem::equivalent(run, options.out, error) || error) continue;
    throw SystemError(ExitCode::usage, "--out " + options.out.string() +
                                           " is one of the runs to merge: give another folder");
  }
}

}  // namespace

ExitCode run_merge(const MergeOptions& options) {
  require_other_folder(options);
  Merged merged{.started = utc_now()};
  const std::vector<Part> parts = open_parts(options.runs);
  require_same_measure(parts);
  merged.record = unite(parts);
  const JournalContent journal = all_items(parts);
  const Job& job = merged.record.job;
  const Rebuilt rebuilt = rebuild(parts, merged.record, journal);
  for (const std::string& missing : rebuilt.missing) log_warning(missing);
  if (!rebuilt.missing.empty()) {
    log_error("nothing was written: evaluate what is missing, then merge again");
    return ExitCode::again;
  }
  const LossTable& table = rebuilt.table;
  const EpochState& before = merged.record.inputs.before;
  if (!options.state.empty() || states_were_used(parts)) merged.state_before = state_text(before);
  merged.verdict = reach_verdict(
      merged.record.inputs, outcomes_of(merged.record.admissions, job, table), job, table, before);
  require_state(options, merged);
  merged.verdict.content.run = describe_merge(parts, merged, table);
  write_merged(options, parts, merged);
  if (options.json) {
    std::cout << inspect_json(merged.verdict.content).dump(2) << "\n";
  } else {
    std::cout << results_tables(merged.verdict.content) << "\nmerged " << parts.size()
              << " runs into " << options.out.string() << "\n";
  }
  return ExitCode::ok;
}

}  // namespace verdict
