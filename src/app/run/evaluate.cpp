#include "app/run/evaluate.h"

#include <iostream>
#include <optional>

#include "app/run/admission.h"
#include "app/run/agenda.h"
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

// Computes what the journals do not hold. What shares its key with another item waits for the next
// round, which finds it in the journals unless the model that was to compute it has failed.
void compute_losses(const Job& job, WorkOptions options, const MpiComm& world, EventLog* events,
                    LossTable& table) {
  std::vector<CandidateWork> wanted = all_work(job);
  for (int round = 0; round == 0 || has_items(wanted); ++round) {
    if (round > 0) table.share_failures(world);
    Agenda agenda = share_agenda(
        job, wanted, {.journal = options.journal, .earlier_starts = round == 0}, world, table);
    if (round == 0) options.attempt = agenda.attempt;
    do_work(job, agenda.now, options, world, events, table);
    wanted = std::move(agenda.shared);
  }
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
  const bool first = world.rank() == 0;
  RunTimes times{.start = utc_now()};
  const Inputs inputs = share_inputs(options, world);
  if (first)
    log_info("checking " + std::to_string(inputs.candidates.candidates.size()) + " candidates");
  const std::vector<Admission> admissions = admit_candidates(inputs, options, world);
  const Job job = share_job(inputs, admissions, options, world);
  require_groups(job, options.tp_across_nodes, world);
  const RunFolder folder = share_folder(options, inputs_of_run(inputs, job, options), world);

  std::optional<EventLog> events;
  if (first) {
    events.emplace(folder.events());
    events->write("start", {{"ranks", world.size()}, {"resumed", folder.resumed()}});
    report_refusals(inputs, admissions, *events);
  }
  LossTable table(job);
  compute_losses(job,
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
