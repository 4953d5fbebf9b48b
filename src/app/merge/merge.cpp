// `verdict merge`: the journals are the truth; everything else is made again from them.
#include <algorithm>
#include <iostream>
#include <tuple>

#include "app/commands.h"
#include "app/merge/parts.h"
#include "app/merge/unite.h"
#include "app/merge/write_merged.h"
#include "app/run/agenda.h"
#include "app/run/events.h"
#include "app/run/journal_table.h"
#include "app/run/run_description.h"
#include "verdict/core/error.h"
#include "verdict/core/file.h"
#include "verdict/core/log.h"
#include "verdict/core/table.h"
#include "verdict/results/tables.h"

namespace verdict {
namespace {

// What one run has given up on fails in the union, too, unless another has all of its rows: a
// timeout or a file that could not be read says more about the moment than about the model.
void take_failures(const std::vector<Part>& parts, const Job& job, const JournalContent& journal,
                   LossTable& table) {
  for (const Part& part : parts) {
    for (const GivenUp& g : given_up(part)) {
      for (size_t m = 0; m < job.models.size(); ++m) {
        if (job.models[m].competition != g.competition ||
            job.models[m].content_hash != g.content_hash) {
          continue;
        }
        const bool complete = missing_items(job, m, journal) == 0;
        if (complete && g.failure.status == Status::non_finite) {
          throw SystemError(ExitCode::bad_data, part.folder.journal().string() + ": model " +
                                                    g.content_hash + " failed here (" +
                                                    g.failure.reason +
                                                    "), and other journals have all of its losses");
        }
        if (complete) continue;
        const auto& known = table.failure(m);
        if (!known ||
            std::tie(g.failure.status, g.failure.reason) < std::tie(known->status, known->reason)) {
          table.fail(m, g.failure);
        }
      }
    }
  }
}

// Says what nobody has evaluated yet; true if there is something.
bool report_missing(const JobRecord& record, const JournalContent& journal,
                    const LossTable& table) {
  bool any = false;
  for (size_t m = 0; m < record.job.models.size(); ++m) {
    if (table.failure(m)) continue;
    const size_t missing = missing_items(record.job, m, journal);
    if (missing == 0) continue;
    any = true;
    const JobModel& model = record.job.models[m];
    for (const size_t c : model.candidates) {
      const Candidate& candidate = record.inputs.candidates.candidates[c];
      log_warning("candidate " + std::to_string(candidate.uid) + " (" + printable(candidate.repo) +
                  "), competition " + record.job.competitions[model.competition].name + ": " +
                  std::to_string(missing) + " of " +
                  std::to_string(items_of(record.job, m).size()) + " items are in no journal");
    }
  }
  return any;
}

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
  LossTable table(job);
  take_failures(parts, job, journal, table);
  if (report_missing(merged.record, journal, table)) {
    log_error("nothing was written: evaluate what is missing, then merge again");
    return ExitCode::again;
  }
  take_journalled(job, all_work(job), journal, table);
  take_timings(job, journal, table);
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
