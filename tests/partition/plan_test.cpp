#include "verdict/partition/plan.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "verdict/core/error.h"

namespace verdict {
namespace {

CandidateWork candidate(int64_t number, double load, int64_t rows, double seconds_per_row,
                        int64_t block = 8) {
  return {.candidate = number,
          .load_seconds = load,
          .items = cut_into_items({rows}, block, seconds_per_row)};
}

// Every item of every candidate in exactly one unit, and no unit empty.
void expect_every_item_once(const std::vector<CandidateWork>& work, const Plan& plan) {
  std::map<int64_t, std::set<int64_t>> seen;
  for (const Unit& unit : plan.units) {
    EXPECT_FALSE(unit.items.empty());
    EXPECT_LT(unit.planned_group, plan.groups);
    for (int64_t i = unit.items.begin; i < unit.items.end; ++i) {
      EXPECT_TRUE(seen[unit.candidate].insert(i).second) << "item " << i << " twice";
    }
  }
  for (const CandidateWork& w : work) EXPECT_EQ(seen[w.candidate].size(), w.items.size());
}

TEST(CutIntoItems, BlocksBeginAtMultiplesAndCoverEverySample) {
  const auto items = cut_into_items({10, 0, 8}, 8, 0.5);
  ASSERT_EQ(items.size(), 3U);
  EXPECT_EQ(items[1].samples, (Range{8, 10}));
  EXPECT_EQ(items[1].seconds, 1.0);
  EXPECT_EQ(items[2].task, 2);
}

TEST(LongestItemsFirst, TheSanityGenerationComesBeforeThem) {
  std::vector<WorkItem> items = cut_into_items({10}, 4, 0.5);
  items.insert(items.begin(), {.generation = true, .seconds = 0.1});
  std::swap(items[0], items[2]);
  longest_items_first(items);
  EXPECT_TRUE(items[0].generation);
  EXPECT_EQ(items[3].samples, (Range{8, 10}));
}

TEST(Plan, EqualCandidatesOnAsManyGroupsAreNotCut) {
  const std::vector<CandidateWork> work{candidate(0, 1, 100, 0.1), candidate(1, 1, 100, 0.1)};
  const Plan plan = make_plan(work, 2);
  EXPECT_EQ(plan.units.size(), 2U);
  EXPECT_DOUBLE_EQ(plan.makespan_seconds, 11);
}

TEST(Plan, OneCandidateIsCutOverAllGroups) {
  const std::vector<CandidateWork> work{candidate(0, 0.1, 64, 1, 1)};
  const Plan plan = make_plan(work, 4);
  expect_every_item_once(work, plan);
  EXPECT_EQ(plan.units.size(), 4U);
  EXPECT_LT(plan.makespan_seconds, 16.5);
}

TEST(Plan, ThreeCandidatesOnTwoGroupsShareTheThird) {
  const std::vector<CandidateWork> work{candidate(0, 0.1, 24, 1, 4), candidate(1, 0.1, 24, 1, 4),
                                        candidate(2, 0.1, 24, 1, 4)};
  const Plan plan = make_plan(work, 2);
  expect_every_item_once(work, plan);
  EXPECT_LT(plan.makespan_seconds, 37);  // Uncut: 48.
}

TEST(Plan, NothingToDoIsAnEmptyPlan) {
  EXPECT_TRUE(make_plan({}, 3).units.empty());
  EXPECT_TRUE(make_plan({{.candidate = 0, .load_seconds = 1}}, 3).units.empty());
  EXPECT_THROW((void)make_plan({}, 0), SystemError);
}

}  // namespace
}  // namespace verdict
