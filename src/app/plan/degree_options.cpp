#include "app/plan/degree_options.h"

#include <algorithm>

#include "app/run/agenda.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

// Of the model that needs most; 0 if one cannot be split so.
uint64_t most_bytes(const RunPlan& plan, size_t competition, const Numerics& numerics) {
  uint64_t most = 0;
  for (size_t i = 0; i < plan.admissions.size(); ++i) {
    const Admission& a = plan.admissions[i];
    const Candidate& candidate = plan.inputs.candidates.candidates[i];
    if (!a.spec || competition_of(plan.inputs, candidate) != competition) continue;
    try {
      const auto& rules = plan.inputs.competitions.competitions[competition];
      most = std::max(most, need_of(*a.spec, rules, numerics).total());
    } catch (const ModelError&) {
      return 0;
    }
  }
  return most;
}

std::vector<CandidateWork> work_of(const Job& job, size_t competition) {
  std::vector<CandidateWork> work = all_work(job);
  for (CandidateWork& w : work) {
    if (job.models[static_cast<size_t>(w.candidate)].competition != competition) w.items.clear();
  }
  return work;
}

}  // namespace

std::vector<DegreeOption> degree_options(const RunPlan& plan, size_t competition,
                                         const EvaluateOptions& options,
                                         const std::vector<Seat>& seats) {
  const int together = options.tp_across_nodes ? plan.machine.ranks : plan.machine.ranks_per_node;
  Job job{.competitions = plan.job.competitions,
          .models = plan.job.models,
          .rates = plan.machine.rates};
  Numerics& numerics = job.competitions[competition].numerics;
  std::vector<DegreeOption> all;
  for (int tp = 1; tp <= together; ++tp) {
    if (together % tp != 0) continue;
    numerics.tp = tp;
    DegreeOption option{.tp = tp, .bytes = most_bytes(plan, competition, numerics)};
    option.fits = option.bytes > 0 && option.bytes <= plan.machine.rank_memory;
    option.groups = number_of_groups(assign_groups(seats, tp, options.tp_across_nodes));
    const std::vector<CandidateWork> work = work_of(job, competition);
    if (option.bytes > 0 && has_items(work) && option.groups > 0)
      option.seconds = make_plan(work, option.groups).makespan_seconds;
    all.push_back(option);
  }
  return all;
}

}  // namespace verdict
