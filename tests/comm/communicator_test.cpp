#include "verdict/comm/communicator.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "verdict/core/error.h"

namespace verdict {
namespace {

using std::chrono::seconds;

class CommunicatorTest : public testing::Test {
 protected:
  MpiComm world_ = world_communicator();
  std::unique_ptr<Communicator> comm_ =
      make_mpi_communicator(world_.duplicate(), "test group", seconds(60));
};

// What rank r holds: values of very different size, so that another order of adding shows in the
// last bits.
at::Tensor part_of(int rank, int64_t numel) {
  const at::Tensor i = at::arange(numel, at::kFloat);
  return (i + 1).mul(0.1).add(rank).sin().mul(std::pow(100.0, rank % 3));
}

TEST_F(CommunicatorTest, SumsAreTheRankOrderedSumBitForBit) {
  for (const int64_t numel : {1, 2, 3, 7, 64, 1001, 70'000}) {
    at::Tensor mine = part_of(comm_->rank(), numel);
    at::Tensor expected = part_of(0, numel);
    for (int r = 1; r < comm_->size(); ++r) expected.add_(part_of(r, numel));
    comm_->all_reduce(mine, ReduceOp::sum, {});
    EXPECT_EQ(std::memcmp(mine.data_ptr(), expected.data_ptr(), mine.nbytes()), 0)
        << numel << " values";
  }
}

TEST_F(CommunicatorTest, BfloatSumsAreRoundedOnce) {
  at::Tensor mine = part_of(comm_->rank(), 129).to(at::kBFloat16);
  at::Tensor expected = part_of(0, 129).to(at::kBFloat16).to(at::kFloat);
  for (int r = 1; r < comm_->size(); ++r)
    expected.add_(part_of(r, 129).to(at::kBFloat16).to(at::kFloat));
  comm_->all_reduce(mine, ReduceOp::sum, {});
  EXPECT_TRUE(at::equal(mine, expected.to(at::kBFloat16)));
}

TEST_F(CommunicatorTest, NanWinsEveryMaximum) {
  at::Tensor mine = at::full({5}, static_cast<double>(comm_->rank()), at::kFloat);
  if (comm_->rank() == comm_->size() - 1) mine[3] = std::numeric_limits<float>::quiet_NaN();
  comm_->all_reduce(mine, ReduceOp::max, {});
  EXPECT_EQ(mine[0].item<float>(), static_cast<float>(comm_->size() - 1));
  EXPECT_TRUE(std::isnan(mine[3].item<float>()));
}

TEST_F(CommunicatorTest, GathersInRankOrder) {
  const at::Tensor mine = at::full({2, 3}, static_cast<double>(comm_->rank()), at::kFloat);
  at::Tensor all = at::empty({2 * comm_->size(), 3}, at::kFloat);
  comm_->all_gather(mine, all, {});
  for (int r = 0; r < comm_->size(); ++r)
    EXPECT_EQ(all[2 * r + 1][2].item<float>(), static_cast<float>(r));
}

TEST_F(CommunicatorTest, BroadcastsTheRootsTensor) {
  const int root = comm_->size() - 1;
  at::Tensor t = at::full({4}, static_cast<int64_t>(comm_->rank()), at::kLong);
  comm_->broadcast(t, root, {});
  EXPECT_EQ(t[3].item<int64_t>(), root);
}

TEST_F(CommunicatorTest, AWaitBeyondItsDeadlineNamesTheGroup) {
  if (world_.size() == 1) GTEST_SKIP() << "one rank waits for nobody";
  const auto impatient = make_mpi_communicator(world_.duplicate(), "group 7 on somewhere",
                                               seconds(world_.rank() == 0 ? 0 : 1));
  if (world_.rank() != 0) {
    // The others join late; their own wait is then over at once or ends in the same error.
    world_.barrier();
    at::Tensor t = at::zeros({4}, at::kFloat);
    try {
      impatient->all_reduce(t, ReduceOp::sum, {});
    } catch (const SystemError&) {
      SUCCEED();
    }
    return;
  }
  at::Tensor t = at::zeros({4}, at::kFloat);
  try {
    impatient->all_reduce(t, ReduceOp::sum, {});
    ADD_FAILURE() << "waited";
  } catch (const SystemError& e) {
    EXPECT_EQ(e.code(), ExitCode::io);
    EXPECT_TRUE(
        std::string(e.what()).starts_with("group 7 on somewhere: all_reduce did not end in time"))
        << e.what();
  }
  world_.barrier();
}

TEST_F(CommunicatorTest, TrafficCountsCallsAndBytes) {
  at::Tensor t = at::zeros({10}, at::kFloat);
  const Traffic before = comm_->traffic();
  comm_->all_reduce(t, ReduceOp::sum, {});
  EXPECT_EQ(comm_->traffic().bytes - before.bytes, comm_->size() == 1 ? 0 : 40);
  EXPECT_EQ(comm_->traffic().calls - before.calls, comm_->size() == 1 ? 0 : 1);
}

TEST_F(CommunicatorTest, ATensorThatIsNotContiguousIsRefused) {
  if (comm_->size() == 1) GTEST_SKIP() << "one rank reduces nothing";
  at::Tensor t = at::zeros({4, 4}, at::kFloat).t();
  EXPECT_THROW(comm_->all_reduce(t, ReduceOp::sum, {}), SystemError);
}

}  // namespace
}  // namespace verdict
