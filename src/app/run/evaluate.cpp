#include "app/run/evaluate.h"

#include <iostream>
#include <optional>
#include <set>

#include "app/run/events.h"
#include "app/run/job_file.h"
#include "app/run/journal_table.h"
#include "app/run/losses.h"
#include "app/run/provenance.h"
#include "app/run/publish.h"
#include "app/run/run_device.h"
#include "app/run/share.h"
#include "app/run/share_admissions.h"
#include "app/run/share_agenda.h"
#include "app/run/share_inputs.h"
#include "app/run/share_job.h"
#include "app/run/stop.h"
#include "app/run/work.h"
#include "verdict/comm/group.h"
#include "verdict/core/file.h"
#include "verdict/core/json.h"
#include "verdict/core/log.h"
#include "verdict/core/table.h"
#include "verdict/results/run_folder.h"
#include "verdict/results/run_lock.h"
#include "verdict/results/state_file.h"
#include "verdict/results/tables.h"

namespace verdict {
namespace {

// Ranks of a job that was killed may take some seconds to end.
constexpr std::chrono::seconds kLockPatience{15};

void create_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw SystemError(ExitCode::cannot_write,
                      "cannot create " + folder.string() + ": " + error.message());
  }
}

// The folder exists on every rank afterwards; rank 0 made it or found it, and owns it from then on.
RunFolder share_folder(const EvaluateOptions& options, const Json& inputs, const MpiComm& world,
                       std::optional<RunLock>& lock) {
  std::optional<RunFolder> folder;
  static_cast<void>(from_rank_zero(world, [&] {
    create_folder(options.out);
    // A folder of other inputs is refused before anything in it is touched.
    if (file_exists(options.out / "inputs.json")) {
      static_cast<void>(RunFolder::create_or_resume(options.out, inputs));
    }
    lock.emplace(options.out, kLockPatience);
    folder = RunFolder::create_or_resume(options.out, inputs);
    return std::string();
  }));
  return folder ? *folder : RunFolder::open(options.out);
}

// Collective: whether any rank was asked to stop.
bool is_stopped(const StopSignal& stop, const MpiComm& world) {
  return world.all_reduce_max(stop.requested() ? 1 : 0) != 0;
}

// Computes what the journals do not hold of `wanted`. What shares its key with another item waits
// for the next round, which finds it in the journals unless the model that was to compute it has
// failed.
void compute_rounds(const Job& job, std::vector<CandidateWork> wanted, WorkOptions& options,
                    const MpiComm& world, EventLog* events, LossTable& table) {
  for (int round = 0; round == 0 || has_items(wanted); ++round) {
    if (is_stopped(*options.stop, world)) return;
    if (round > 0) table.share_failures(world);
    const bool first_look = options.attempt == 0;
    Agenda agenda = share_agenda(
        job, wanted, {.journal = options.journal, .earlier_starts = first_look}, world, table);
    if (round == 0) options.attempt = agenda.attempt;
    do_work(job, agenda.now, options, world, events, table);
    wanted = std::move(agenda.shared);
  }
}

// The work of `models` only or, unless `those`, of all others.
std::vector<CandidateWork> part_of(std::vector<CandidateWork> work, const std::set<size_t>& models,
                                   bool those) {
  for (CandidateWork& w : work) {
    if (models.contains(static_cast<size_t>(w.candidate)) != those) w.items.clear();
  }
  return work;
}

// A timeout or a file that could not be read says more about the moment than about the model: what
// failed so is tried once more when all else is done, and only then is it a result.
void compute_losses(const Job& job, WorkOptions options, const MpiComm& world, EventLog* events,
                    LossTable& table) {
  const std::vector<CandidateWork> all = all_work(job);
  const std::set<size_t> suspects = share_suspects(job, options.journal, world);
  compute_rounds(job, part_of(all, suspects, false), options, world, events, table);
  if (!suspects.empty()) {
    compute_rounds(job, part_of(all, suspects, true), options, world, events, table);
  }
  table.share_failures(world);
  std::vector<CandidateWork> again = all;  // A place for every model, as all lists of work.
  for (CandidateWork& w : again) {
    const auto& failure = table.failure(static_cast<size_t>(w.candidate));
    if (!failure || (failure->status != Status::timeout && failure->status != Status::io_error)) {
      w.items.clear();
      continue;
    }
    table.start_again(static_cast<size_t>(w.candidate));
  }
  options.load_ahead = false;  // Alone, so that nothing slows it down.
  if (has_items(again)) compute_rounds(job, again, options, world, events, table);
}

// The state as this run found it at its first start: reruns start from the same, so that no average
// is moved twice.
StateFile share_state(const EvaluateOptions& options, int64_t block, const RunFolder& folder,
                      const MpiComm& world) {
  StateFile before{.state = {}, .text = state_text({})};
  static_cast<void>(from_rank_zero(world, [&] {
    if (options.state.empty()) return std::string();
    before = read_state_before(options, block);
    if (!file_exists(folder.state_before())) write_atomically(folder.state_before(), before.text);
    return std::string();
  }));
  return before;
}

// What was journalled is gone with the folder: nothing is made of what this process remembers.
void require_folder(const RunFolder& folder) {
  if (file_exists(folder.inputs_file())) return;
  throw SystemError(ExitCode::io, folder.inputs_file().string() +
                                      " was deleted during the run: run the same line again to "
                                      "begin anew");
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

// The state last: until it is replaced a rerun of this folder gives all of it again.
void publish(const EvaluateOptions& options, const RunFolder& folder, const StateFile& before,
             Verdict& verdict) {
  write_verdict(folder, verdict);
  if (!options.state.empty()) {
    replace_state(options.state, before.text, state_text(verdict.state));
  }
  if (options.json) {
    std::cout << inspect_json(verdict.content).dump(2) << std::endl;
    return;
  }
  std::cout << results_tables(verdict.content) << "\nwrote " << folder.results().string() << " and "
            << folder.weights().string() << std::endl;
}

// Collective. True if the run was stopped and something is left to do; rank 0 then says so.
bool stopped_early(const StopSignal& stop, const LossTable& table, const MpiComm& world,
                   EventLog* events) {
  if (!is_stopped(stop, world) || table.complete()) return false;
  if (events != nullptr) {
    events->write("stopped");
    log_info(
        "stopped before the end; what is done is in the journal: run the same line again to go on");
  }
  return true;
}

}  // namespace

ExitCode run_evaluate(const EvaluateOptions& options, const MpiComm& world,
                      const StopSignal& stop) {
  const bool first = world.rank() == 0;
  RunTimes times{.start = utc_now()};
  const Inputs inputs = share_inputs(options, world);
  if (first)
    log_info("checking " + std::to_string(inputs.candidates.candidates.size()) + " candidates");
  RunDevice device =
      share_device({.device = options.device, .share_gpu = options.share_gpu}, world);
  open_run_device(device);
  const Admitted admitted = admit_candidates(inputs, options, device, world);
  const std::vector<Admission>& admissions = admitted.admissions;
  const Job job = share_job(inputs, admitted, options, world);
  require_same_numerics(job, world);
  require_groups(job, options.tp_across_nodes, world);
  std::optional<RunLock> lock;
  const RunFolder folder = share_folder(options, inputs_of_run(inputs, job, options), world, lock);

  std::optional<EventLog> events;
  if (first) {
    events.emplace(folder.events());
    events->write("start", {{"ranks", world.size()}, {"resumed", folder.resumed()}});
    write_atomically(folder.job(),
                     job_text({.inputs = inputs, .admissions = admissions, .job = job}));
    report_refusals(inputs, admissions, *events);
  }
  const StateFile before = share_state(options, inputs.candidates.block, folder, world);
  LossTable table(job);
  compute_losses(job,
                 {.journal = folder.journal(),
                  .model_root = options.model_root,
                  .across_nodes = options.tp_across_nodes,
                  .model_timeout_seconds = options.model_timeout_seconds,
                  .stop = &stop,
                  .load_ahead = options.load_ahead,
                  .rank_memory_bytes = device.rank_memory_bytes,
                  .device = device.device(),
                  .tensors = device.path(),
                  .read_bytes_per_s = options.max_read_bytes_per_s},
                 world, events ? &*events : nullptr, table);
  table.combine(world);
  if (stopped_early(stop, table, world, events ? &*events : nullptr)) return ExitCode::again;

  times.end = utc_now();
  const RunInformation run = describe_run(inputs, job, options, table, times, device, world);
  if (first) {
    table.require_complete(job);
    require_folder(folder);
    require_same_as_journal(job, table, read_journals(folder.journal()));
    Verdict verdict =
        reach_verdict(inputs, outcomes_of(admissions, job, table), job, table, before.state);
    verdict.content.run = run;
    verdict.content.run.texts.push_back({"state_before", before.text});
    publish(options, folder, before, verdict);
    events->write("finished", {{"results_sha256", verdict.weights.results_sha256}});
  }
  world.barrier();  // Once one rank has left, the launcher gives the others about a second.
  return ExitCode::ok;
}

}  // namespace verdict
