#include "app/run/work.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "app/run/agenda.h"
#include "app/run/group_worker.h"
#include "app/run/progress.h"
#include "app/run/share.h"
#include "verdict/comm/dispatcher.h"
#include "verdict/comm/group.h"
#include "verdict/core/error.h"
#include "verdict/core/log.h"
#include "verdict/partition/handout.h"

namespace verdict {
namespace {

// A collective of a tensor-parallel group that takes longer than this has lost a rank.
constexpr std::chrono::seconds kPatience{300};

double mean_length(const Job& job, const std::vector<CandidateWork>& work) {
  double tokens = 0;
  for (const CandidateWork& w : work) {
    const JobModel& model = job.models[static_cast<size_t>(w.candidate)];
    tokens += static_cast<double>(rows_of({w}) * model.shape.length);
  }
  return tokens / static_cast<double>(std::max<int64_t>(rows_of(work), 1));
}

std::string short_name(const JobModel& model) { return model.folder.filename().string(); }

// What rank 0's dispatcher thread decides with and reports to.
DispatchPolicy make_policy(const Job& job, const Plan& plan, Handout& handout, Progress& progress,
                           EventLog& events) {
  const auto name_of = [&job, &plan](int64_t unit) {
    return short_name(
        job.models[static_cast<size_t>(plan.units[static_cast<size_t>(unit)].candidate)]);
  };
  return {.next =
              [&](const WorkRequest& request) {
                return request.ahead ? handout.next_planned(request.group)
                                     : handout.next(request.group);
              },
          .started =
              [&, name_of](int group, int64_t unit) {
                events.write("unit_started",
                             {{"unit", unit}, {"group", group}, {"model", name_of(unit)}});
              },
          .done =
              [&](const UnitReport& report) {
                events.write(report.end == UnitEnd::stopped ? "unit_stopped" : "unit_finished",
                             {{"unit", report.unit},
                              {"group", report.group},
                              {"failed", report.end == UnitEnd::failed},
                              {"load_seconds", report.load_seconds},
                              {"load_wait_seconds", report.wait_seconds}});
                if (report.end == UnitEnd::failed) handout.candidate_failed(report.unit);
              },
          .progress = [&, name_of](int64_t unit,
                                   int64_t rows) { progress.rows_done(rows, name_of(unit)); }};
}

void announce(const Plan& plan, const std::vector<CandidateWork>& work, int tp, int idle) {
  std::set<int64_t> models;
  for (const Unit& unit : plan.units) models.insert(unit.candidate);
  log_info("TP " + std::to_string(tp) + ": " + std::to_string(models.size()) + " models, " +
           std::to_string(rows_of(work)) + " rows, " + std::to_string(plan.units.size()) +
           " units on " + std::to_string(plan.groups) + " groups" +
           (idle > 0 ? "; " + std::to_string(idle) + " ranks fill no group and stay idle" : ""));
}

void do_phase(const Job& job, const std::vector<CandidateWork>& work, int tp,
              const WorkOptions& options, const MpiComm& world, EventLog* events,
              LossTable& table) {
  const std::vector<int> groups = assign_groups(find_seats(world), tp, options.across_nodes);
  const int count = number_of_groups(groups);
  const Plan plan = make_plan(work, count);
  const MpiComm channel = world.duplicate();
  Handout handout(plan);
  std::optional<Progress> progress;
  std::optional<Dispatcher> dispatcher;  // Last: its thread uses all of the above.
  if (world.rank() == 0) {
    progress.emplace(rows_of(work), mean_length(job, work), *events);
    announce(plan, work, tp, static_cast<int>(std::count(groups.begin(), groups.end(), -1)));
    dispatcher.emplace(channel, count, make_policy(job, plan, handout, *progress, *events));
  }
  const auto group = join_group(world, groups, kPatience, options.tensors);
  if (group) GroupWorker(job, work, plan, options, *group, channel, world.rank(), table).run();
  if (dispatcher) {
    dispatcher->join();
    progress->finish();
  }
  world.barrier_patiently();  // Groups end at different times, and some ranks are in none.
}

}  // namespace

void require_groups(const Job& job, bool across_nodes, const MpiComm& world) {
  const std::vector<Seat> seats = find_seats(world);
  static_cast<void>(from_rank_zero(world, [&] {
    require_groups(job, seats, across_nodes);
    return std::string();
  }));
}

void do_work(const Job& job, const std::vector<CandidateWork>& left, const WorkOptions& options,
             const MpiComm& world, EventLog* events, LossTable& table) {
  for (const int tp : degrees_of(job, left))
    do_phase(job, of_degree(job, left, tp), tp, options, world, events, table);
}

}  // namespace verdict
