// The bound against the shortest of all plans, tried one by one.
#include "partition/lower_bound.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "partition/work_shapes.h"

namespace verdict {
namespace {

struct Piece {
  size_t candidate = 0;
  double seconds = 0;
};

// The shortest makespan of any way to give items to groups; a group loads a candidate once.
double best_of_all(const std::vector<CandidateWork>& work, int groups) {
  std::vector<Piece> pieces;
  for (size_t c = 0; c < work.size(); ++c) {
    for (const WorkItem& item : work[c].items) pieces.push_back({c, item.seconds});
  }
  const auto m = static_cast<size_t>(groups);
  std::vector<size_t> place(pieces.size(), 0);
  double best = std::numeric_limits<double>::infinity();
  while (true) {
    std::vector<double> busy(m, 0.0);
    std::vector<std::vector<bool>> loaded(m, std::vector<bool>(work.size(), false));
    for (size_t i = 0; i < pieces.size(); ++i) {
      if (!loaded[place[i]][pieces[i].candidate])
        busy[place[i]] += work[pieces[i].candidate].load_seconds;
      loaded[place[i]][pieces[i].candidate] = true;
      busy[place[i]] += pieces[i].seconds;
    }
    best = std::min(best, *std::max_element(busy.begin(), busy.end()));
    size_t digit = 0;  // The next way: counts in the number system of `groups` digits.
    while (digit < place.size() && ++place[digit] == m) place[digit++] = 0;
    if (digit == place.size()) return best;
  }
}

std::vector<CandidateWork> few_items(PythonRandom& random, int kind) {
  std::vector<CandidateWork> work;
  int64_t items = 0;
  for (int64_t c = 0; items < 7; ++c) {
    const double row = kind == 0 ? 1.0 : spread(random, 0.3, 3);
    const double load = kind == 2 ? spread(random, 0.01, 10) : spread(random, 0.2, 2);
    const int64_t rows = random.randint(1, 2 * std::min<int64_t>(7 - items, 5));
    work.push_back(work_of(c, kind == 0 ? 0.75 : load, {rows}, 2, row));
    items += static_cast<int64_t>(work.back().items.size());
  }
  return work;
}

TEST(LowerBound, NoWayToGiveItemsToGroupsBeatsIt) {
  PythonRandom random = PythonRandom::from_decimal("3");
  double tightness = 0;
  int cases = 0;
  for (int round = 0; round < 150; ++round) {
    for (const int groups : {2, 3}) {
      const auto work = few_items(random, round % 3);
      const double best = best_of_all(work, groups);
      const Plan plan = make_plan(work, groups);
      EXPECT_LE(plan.lower_bound_seconds, best * (1 + 1e-9)) << "round " << round;
      EXPECT_GE(plan.makespan_seconds, best * (1 - 1e-9)) << "round " << round;
      tightness += plan.lower_bound_seconds / best;
      ++cases;
    }
  }
  EXPECT_GT(tightness / cases, 0.9) << "a bound of nothing would be true, too";
}

TEST(LowerBound, KnowsWhatTheCutsOfEqualCandidatesCost) {
  // Five candidates of 20 s to load and 50 s of work on four groups: one of them must be cut four
  // ways, or several in two. The shortest is (5 · 70 + 3 · 20) / 4.
  std::vector<CandidateWork> work;
  for (int64_t c = 0; c < 5; ++c) work.push_back(work_of(c, 20, {50}, 1, 1));
  const double bound = lower_bound_seconds(longest_first(work), 4, 140);
  EXPECT_GT(bound, 101.5);
  EXPECT_LE(bound, 102.5);
}

TEST(LowerBound, KnowsThatItemsAreNotCut) {
  // Ten items on three groups: one of them has four.
  const std::vector<CandidateWork> work{work_of(0, 0.5, {10}, 1, 1)};
  EXPECT_NEAR(lower_bound_seconds(longest_first(work), 3, 20), 4.5, 1e-6);
}

}  // namespace
}  // namespace verdict
