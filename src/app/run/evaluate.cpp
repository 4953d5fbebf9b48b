#include "app/run/evaluate.h"

#include <iostream>
#include <optional>

#include "app/run/admission.h"
#include "app/run/events.h"
#include "app/run/inputs.h"
#include "app/run/job.h"
#include "app/run/journal_table.h"
#include "app/run/losses.h"
#include "app/run/provenance.h"
#include "app/run/publish.h"
#include "app/run/share.h"
#include "app/run/work.h"
#include "verdict/comm/group.h"
#include "verdict/core/file.h"
#include "verdict/core/json.h"
#include "verdict/core/log.h"
#include "verdict/core/table.h"
#include "verdict/results/run_folder.h"
#include "verdict/results/tables.h"

namespace verdict {
namespace {

// The folder exists on every rank afterwards; rank 0 made it or found it.
RunFolder share_folder(const EvaluateOptions& options, const Json& inputs, const MpiComm& world) {
  std::optional<RunFolder> folder;
  static_cast<void>(from_rank_zero(world, [&] {
    folder = RunFolder::create_or_resume(options.out, inputs);
    return std::string();
  }));
  return folder ? *folder : RunFolder::open(options.out);
}

// Every rank reads the journals of earlier starts; only rank 0 puts them into the table, so that
// each cell is written once in the whole job.
std::vector<CandidateWork> take_earlier_work(const Job& job, const RunFolder& folder,
                                             const MpiComm& world, LossTable& table) {
  const JournalContent journal = read_journals(folder.journal());
  world.barrier();  // Nobody opens a new journal before all have read the old ones.
  LossTable elsewhere(job);
  LossTable& mine = world.rank() == 0 ? table : elsewhere;
  for (const auto& [model, failure] : journalled_failures(job, journal)) {
    table.fail(model, failure);
    elsewhere.fail(model, failure);
  }
  std::vector<CandidateWork> left = take_journalled(job, journal, mine);
  if (world.rank() == 0) {
    for (const std::string& warning : journal.warnings) log_warning(warning);
    if (!journal.items.empty()) {
      log_info(std::to_string(journal.items.size()) +
               " items of earlier starts are in the journal and stand");
    }
  }
  return left;
}

void report_refusals(const Inputs& inputs, const std::vector<Admission>& admissions,
                     EventLog& events) {
  for (size_t i = 0; i < admissions.size(); ++i) {
    if (admissions[i].status == Status::ok) continue;
    const Candidate& c = inputs.candidates.candidates[i];
    log_warning("candidate " + std::to_string(c.uid) + " (" + printable(c.repo) + ") is " +
                std::string(status_name(admissions[i].status)) + ": " +
                printable(admissions[i].reason));
    events.write("refused", {{"uid", c.uid},
                             {"status", status_name(admissions[i].status)},
                             {"reason", admissions[i].reason}});
  }
}

void print_verdict(const EvaluateOptions& options, const RunFolder& folder,
                   const Verdict& verdict) {
  if (options.json) {
    std::cout << inspect_json(verdict.content).dump(2) << std::endl;
    return;
  }
  std::cout << results_tables(verdict.content) << "\nwrote " << folder.results().string() << " and "
            << folder.weights().string() << std::endl;
}

}  // namespace

ExitCode run_evaluate(const EvaluateOptions& options, const MpiComm& world) {
  require_groups(job, options.tp_across_nodes, world);
  const bool first = world.rank() == 0;
  RunTimes times{.start = utc_now()};
  const Inputs inputs = share_inputs(options, world);
  if (first)
    log_info("checking " + std::to_string(inputs.candidates.candidates.size()) + " candidates");
  const std::vector<Admission> admissions = admit_candidates(inputs, options, world);
  const Job job = share_job(inputs, admissions, options, world);
  const RunFolder folder = share_folder(options, inputs_of_run(inputs, job, options), world);

  std::optional<EventLog> events;
  if (first) {
    events.emplace(folder.events());
    events->write("start", {{"ranks", world.size()}, {"resumed", folder.resumed()}});
    report_refusals(inputs, admissions, *events);
  }
  LossTable table(job);
  const std::vector<CandidateWork> left = take_earlier_work(job, folder, world, table);
  do_work(job, left,
          {.journal = folder.journal(),
           .model_root = options.model_root,
           .across_nodes = options.tp_across_nodes,
           .model_timeout_seconds = options.model_timeout_seconds},
          world, events ? &*events : nullptr, table);
  table.combine(world);

  times.end = utc_now();
  const RunInformation run = describe_run(inputs, job, options, table, times, world);
  if (first) {
    table.require_complete(job);
    require_same_as_journal(job, table, read_journals(folder.journal()));
    Verdict verdict = reach_verdict(inputs, outcomes_of(admissions, job, table), job, table);
    verdict.content.run = run;
    write_verdict(folder, verdict);
    events->write("finished", {{"results_sha256", verdict.weights.results_sha256}});
    print_verdict(options, folder, verdict);
  }
  world.barrier();  // Once one rank has left, the launcher gives the others about a second.
  return ExitCode::ok;
}

}  // namespace verdict
