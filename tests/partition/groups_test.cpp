#include "verdict/partition/groups.h"

#include <gtest/gtest.h>

#include <map>

namespace verdict {
namespace {

std::vector<Seat> seats_of(const std::vector<int>& nodes) {
  std::vector<Seat> seats;
  std::map<int, int> local;
  for (size_t r = 0; r < nodes.size(); ++r) {
    seats.push_back(
        {.world_rank = static_cast<int>(r), .node = nodes[r], .local_rank = local[nodes[r]]++});
  }
  return seats;
}

TEST(AssignGroups, GroupsStayInsideANodeHoweverRanksAreDealtOut) {
  EXPECT_EQ(assign_groups(seats_of({0, 1, 0, 1}), 2, false), (std::vector<int>{0, 1, 0, 1}));
  EXPECT_EQ(assign_groups(seats_of({0, 0, 1, 1}), 2, false), (std::vector<int>{0, 0, 1, 1}));
}

TEST(AssignGroups, RanksThatFillNoGroupAreLeftOver) {
  EXPECT_EQ(assign_groups(seats_of({0, 0, 0, 1, 1, 1}), 2, false),
            (std::vector<int>{0, 0, -1, 1, 1, -1}));
  EXPECT_EQ(assign_groups(seats_of({0, 0, 0}), 4, false), (std::vector<int>{-1, -1, -1}));
}

TEST(AssignGroups, AcrossNodesOnlyWhenAsked) {
  EXPECT_EQ(assign_groups(seats_of({0, 0, 0, 1, 1, 1}), 2, true),
            (std::vector<int>{0, 0, 1, 1, 2, 2}));
}

TEST(AssignGroups, TheNumberOfGroupsIsThatOfThoseThatAreFull) {
  EXPECT_EQ(number_of_groups(assign_groups(seats_of({0, 0, 0, 1, 1, 1}), 2, false)), 2);
  EXPECT_EQ(number_of_groups(assign_groups(seats_of({0, 0, 0}), 4, false)), 0);
  EXPECT_EQ(number_of_groups({}), 0);
}

}  // namespace
}  // namespace verdict
