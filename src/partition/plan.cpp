#include "verdict/partition/plan.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "verdict/core/error.h"

namespace verdict {
namespace {

// Whole candidates are preferred up to this much above the lower bound: a cut costs a load.
constexpr double kGoodEnough = 1.03;
constexpr int kBisections = 40;

double total_seconds(const CandidateWork& work) {
  return std::accumulate(work.items.begin(), work.items.end(), work.load_seconds,
                         [](double sum, const WorkItem& item) { return sum + item.seconds; });
}

// Longest first; equal ones in order of their number.
std::vector<const CandidateWork*> longest_first(const std::vector<CandidateWork>& work) {
  std::vector<const CandidateWork*> order;
  for (const CandidateWork& w : work) {
    if (!w.items.empty()) order.push_back(&w);
  }
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return total_seconds(*a) > total_seconds(*b);
  });
  return order;
}

double lower_bound(const std::vector<const CandidateWork*>& order, int groups) {
  double sum = 0;
  double longest_piece = 0;
  for (const CandidateWork* w : order) {
    sum += total_seconds(*w);
    for (const WorkItem& item : w->items)
      longest_piece = std::max(longest_piece, w->load_seconds + item.seconds);
  }
  return std::max(sum / groups, longest_piece);
}

// Each whole candidate to the group that is free first.
std::vector<Unit> place_whole(const std::vector<const CandidateWork*>& order, int groups) {
  std::vector<double> busy(static_cast<size_t>(groups), 0.0);
  std::vector<Unit> units;
  for (const CandidateWork* w : order) {
    const auto free_first = std::min_element(busy.begin(), busy.end());
    const double seconds = total_seconds(*w);
    units.push_back({.candidate = w->candidate,
                     .items = {0, static_cast<int64_t>(w->items.size())},
                     .seconds = seconds,
                     .planned_group = static_cast<int>(free_first - busy.begin())});
    *free_first += seconds;
  }
  return units;
}

// Fills group after group up to `limit`, cutting candidates between items. Nothing if the groups do
// not suffice.
std::optional<std::vector<Unit>> fill_up_to(const std::vector<const CandidateWork*>& order,
                                            int groups, double limit) {
  std::vector<Unit> units;
  int group = 0;
  double used = 0;
  for (const CandidateWork* w : order) {
    const auto n = static_cast<int64_t>(w->items.size());
    for (int64_t begin = 0; begin < n;) {
      double seconds = w->load_seconds;
      int64_t end = begin;
      while (end < n && used + seconds + w->items[static_cast<size_t>(end)].seconds <= limit) {
        seconds += w->items[static_cast<size_t>(end++)].seconds;
      }
      if (end == begin) {  // Not even one item fits here.
        if (used == 0 || ++group == groups) return std::nullopt;
        used = 0;
        continue;
      }
      units.push_back({.candidate = w->candidate,
                       .items = {begin, end},
                       .seconds = seconds,
                       .planned_group = group});
      used += seconds;
      begin = end;
    }
  }
  return units;
}

double makespan(const std::vector<Unit>& units, int groups) {
  std::vector<double> busy(static_cast<size_t>(groups), 0.0);
  for (const Unit& unit : units) busy[static_cast<size_t>(unit.planned_group)] += unit.seconds;
  return *std::max_element(busy.begin(), busy.end());
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

Plan make_plan(const std::vector<CandidateWork>& work, int groups) {
  if (groups < 1) throw SystemError("a plan needs at least one group");
  const auto order = longest_first(work);
  const double bound = lower_bound(order, groups);
  std::vector<Unit> best = place_whole(order, groups);
  double best_makespan = best.empty() ? 0 : makespan(best, groups);
  double low = bound;
  double high = best_makespan;
  for (int i = 0; i < kBisections && best_makespan > kGoodEnough * bound && high > low; ++i) {
    const double limit = (low + high) / 2;
    auto units = fill_up_to(order, groups, limit);
    if (!units) {
      low = limit;
      continue;
    }
    high = limit;
    if (const double reached = makespan(*units, groups); reached < best_makespan) {
      best_makespan = reached;
      best = std::move(*units);
    }
  }
  return {.groups = groups,
          .units = std::move(best),
          .makespan_seconds = best_makespan,
          .lower_bound_seconds = bound};
}

}  // namespace verdict
