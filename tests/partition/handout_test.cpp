#include "verdict/partition/handout.h"

#include <gtest/gtest.h>

namespace verdict {
namespace {

// Group 0: candidate 7 (unit 0), candidate 8 (unit 1). Group 1: candidate 9 in two parts (units 2,
// 3).
Plan small_plan() {
  return {.groups = 2,
          .units = {{.candidate = 7, .items = {0, 4}, .seconds = 4, .planned_group = 0},
                    {.candidate = 8, .items = {0, 2}, .seconds = 2, .planned_group = 0},
                    {.candidate = 9, .items = {0, 3}, .seconds = 3, .planned_group = 1},
                    {.candidate = 9, .items = {3, 5}, .seconds = 2, .planned_group = 1}}};
}

TEST(Handout, AGroupTakesItsOwnUnitsInOrder) {
  const Plan plan = small_plan();
  Handout handout(plan);
  EXPECT_EQ(handout.next(1), 2);
  EXPECT_EQ(handout.next(0), 0);
  EXPECT_EQ(handout.next(1), 3);
  EXPECT_EQ(handout.next(0), 1);
  EXPECT_EQ(handout.next(0), std::nullopt);
}

TEST(Handout, AnIdleGroupTakesOverTheLastUnitOfTheBusiest) {
  const Plan plan = small_plan();
  Handout handout(plan);
  EXPECT_EQ(handout.next(1), 2);
  EXPECT_EQ(handout.next(1), 3);
  EXPECT_EQ(handout.next(1), 1);
  EXPECT_EQ(handout.next(1), 0);
  EXPECT_EQ(handout.next(0), std::nullopt);
  EXPECT_EQ(handout.handed_out(), (std::vector<int64_t>{2, 3, 1, 0}));
}

TEST(Handout, AGroupThatLoadsAheadTakesNothingFromOthers) {
  const Plan plan = small_plan();
  Handout handout(plan);
  EXPECT_EQ(handout.next_planned(0), 0);
  EXPECT_EQ(handout.next_planned(0), 1);
  EXPECT_EQ(handout.next_planned(0), std::nullopt);
  EXPECT_EQ(handout.next(0), 3);
  handout.candidate_failed(3);
  EXPECT_EQ(handout.next_planned(1), std::nullopt);
}

TEST(Handout, WhatIsLeftOfAFailedCandidateIsDropped) {
  const Plan plan = small_plan();
  Handout handout(plan);
  EXPECT_EQ(handout.next(1), 2);
  handout.candidate_failed(2);
  EXPECT_EQ(handout.next(1), 1);
  EXPECT_EQ(handout.next(0), 0);
  EXPECT_EQ(handout.next(0), std::nullopt);
}

}  // namespace
}  // namespace verdict
