#include "verdict/comm/group.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "verdict/core/error.h"

namespace verdict {
namespace {

TEST(Agree, OneRanksProblemReachesEveryRank) {
  const MpiComm world = world_communicator();
  const int last = world.size() - 1;
  try {
    agree(world, world.rank() == last ? std::optional<std::string>("broken") : std::nullopt);
    ADD_FAILURE() << "agreed";
  } catch (const ModelError& e) {
    EXPECT_EQ(std::string(e.what()),
              last == 0 ? "broken" : "rank " + std::to_string(last) + " of the group: broken");
  }
}

TEST(Agree, NobodysProblemIsNoError) { EXPECT_NO_THROW(agree(world_communicator(), std::nullopt)); }

TEST(JoinGroup, EveryGroupHasItsOwnTensorsAndLeader) {
  const MpiComm world = world_communicator();
  const auto group =
      join_group(world, assign_groups(find_seats(world), 2, false), std::chrono::seconds(60));
  if (!group) {
    EXPECT_EQ(world.rank(), world.size() - 1);
    EXPECT_EQ(world.size() % 2, 1);
    return;
  }
  EXPECT_EQ(group->size(), 2);
  EXPECT_EQ(group->index, world.rank() / 2);
  EXPECT_EQ(group->leader(), world.rank() % 2 == 0);
  at::Tensor t = at::full({1}, static_cast<double>(world.rank()), at::kFloat);
  group->tensors->all_reduce(t, ReduceOp::sum, {});
  EXPECT_EQ(t.item<float>(), static_cast<float>(4 * group->index + 1));
}

TEST(CheckLaunch, AnotherNumberOfRanksThanTheLauncherSaysIsRefusedWithTheRemedy) {
  const MpiComm world = world_communicator();
  const char* before = std::getenv("OMPI_COMM_WORLD_SIZE");
  const std::string kept = before == nullptr ? "" : before;
  EXPECT_NO_THROW(check_launch(world));
  ::unsetenv("OMPI_COMM_WORLD_SIZE");
  ::setenv("SLURM_STEP_NUM_TASKS", "64", 1);
  try {
    check_launch(world);
    ADD_FAILURE() << "accepted";
  } catch (const SystemError& e) {
    EXPECT_EQ(e.code(), ExitCode::usage);
    EXPECT_NE(std::string(e.what()).find("srun --mpi=pmix"), std::string::npos) << e.what();
  }
  ::unsetenv("SLURM_STEP_NUM_TASKS");
  if (!kept.empty()) ::setenv("OMPI_COMM_WORLD_SIZE", kept.c_str(), 1);
}

}  // namespace
}  // namespace verdict
