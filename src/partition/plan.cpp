#include "verdict/partition/plan.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <tuple>

#include "partition/lower_bound.h"
#include "partition/packing.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

// Whole candidates are preferred up to this much above the lower bound: a cut costs a load.
constexpr double kGoodEnough = 1.03;
constexpr int kBisections = 25;

double makespan(const std::vector<Unit>& units, int groups) {
  std::vector<double> busy(static_cast<size_t>(groups), 0.0);
  for (const Unit& unit : units) busy[static_cast<size_t>(unit.planned_group)] += unit.seconds;
  return *std::max_element(busy.begin(), busy.end());
}

using Packing = std::function<std::optional<std::vector<Unit>>(const std::vector<CandidateShape>&,
                                                               int, double)>;

// Loading may take this share of the time in a group that takes a part of a candidate.
Packing fill_gaps(double load_share) {
  return [load_share](const std::vector<CandidateShape>& shapes, int groups, double limit) {
    return fill_gaps_up_to(shapes, groups, limit, load_share);
  };
}

// The shortest plan that `pack` finds between the bound and what is reached already.
void improve(Plan& plan, const std::vector<CandidateShape>& shapes, Packing pack) {
  double low = plan.lower_bound_seconds;
  double high = plan.makespan_seconds;
  for (int i = 0; i < kBisections && high > low; ++i) {
    const double limit = (low + high) / 2;
    auto units = pack(shapes, plan.groups, limit);
    if (!units) {
      low = limit;
      continue;
    }
    high = limit;
    if (const double reached = makespan(*units, plan.groups); reached < plan.makespan_seconds) {
      plan.makespan_seconds = reached;
      plan.units = std::move(*units);
    }
  }
}

}  // namespace

std::vector<WorkItem> cut_into_items(const std::vector<int64_t>& samples, int64_t block,
                                     double seconds_per_sample) {
  std::vector<WorkItem> items;
  for (size_t task = 0; task < samples.size(); ++task) {
    for (int64_t begin = 0; begin < samples[task]; begin += block) {
      const Range range{begin, std::min(begin + block, samples[task])};
      items.push_back({.task = static_cast<int64_t>(task),
                       .samples = range,
                       .seconds = seconds_per_sample * static_cast<double>(range.size())});
    }
  }
  return items;
}

void longest_items_first(std::vector<WorkItem>& items) {
  std::stable_sort(items.begin(), items.end(), [](const WorkItem& a, const WorkItem& b) {
    return std::tuple(a.generation, a.seconds) > std::tuple(b.generation, b.seconds);
  });
}

Plan make_plan(const std::vector<CandidateWork>& work, int groups) {
  if (groups < 1) throw SystemError("a plan needs at least one group");
  const std::vector<CandidateShape> shapes = longest_first(work);
  Plan plan{.groups = groups, .units = place_whole(shapes, groups)};
  if (plan.units.empty()) return plan;
  plan.makespan_seconds = makespan(plan.units, groups);
  plan.lower_bound_seconds = lower_bound_seconds(shapes, groups, plan.makespan_seconds);
  for (const Packing& pack :
       {Packing(pack_up_to), Packing(wrap_up_to), fill_gaps(0.1), fill_gaps(0.3), fill_gaps(0.8)}) {
    if (plan.makespan_seconds <= kGoodEnough * plan.lower_bound_seconds) break;
    improve(plan, shapes, pack);
  }
  return plan;
}

}  // namespace verdict
