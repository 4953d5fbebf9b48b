#include "verdict/comm/staged_communicator.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace verdict {
namespace {

// Tensors of the CPU play those of a device: what is tested is that all goes there and comes back.
class StagedTest : public testing::Test {
 protected:
  MpiComm world_ = world_communicator();
  std::unique_ptr<Communicator> comm_ = make_staged_communicator(
      make_mpi_communicator(world_.duplicate(), "staged", std::chrono::seconds(60)));
};

TEST_F(StagedTest, SumsAndMaximaComeBack) {
  at::Tensor t = at::full({3}, static_cast<double>(world_.rank() + 1), at::kBFloat16);
  comm_->all_reduce(t, ReduceOp::sum, {});
  EXPECT_EQ(t[2].item<float>(), static_cast<float>(world_.size() * (world_.size() + 1) / 2));
  at::Tensor peak = at::full({2}, static_cast<double>(world_.rank()), at::kFloat);
  if (world_.rank() == 0) peak[1] = std::numeric_limits<float>::quiet_NaN();
  comm_->all_reduce(peak, ReduceOp::max, {});
  EXPECT_EQ(peak[0].item<float>(), static_cast<float>(world_.size() - 1));
  EXPECT_TRUE(std::isnan(peak[1].item<float>()));
}

TEST_F(StagedTest, GathersAndBroadcastsComeBack) {
  const at::Tensor mine = at::full({1, 2}, static_cast<double>(world_.rank()), at::kFloat);
  at::Tensor all = at::full({world_.size(), 2}, -1.0, at::kFloat);
  comm_->all_gather(mine, all, {});
  for (int r = 0; r < world_.size(); ++r) EXPECT_EQ(all[r][1].item<float>(), static_cast<float>(r));
  const int root = world_.size() - 1;
  at::Tensor ids = at::full({4}, static_cast<int64_t>(world_.rank()), at::kLong);
  comm_->broadcast(ids, root, {});
  EXPECT_EQ(ids[0].item<int64_t>(), root);
}

TEST_F(StagedTest, CountsWhatCrossesMpi) {
  at::Tensor t = at::zeros({10}, at::kFloat);
  comm_->all_reduce(t, ReduceOp::sum, {});
  EXPECT_EQ(comm_->traffic().bytes, world_.size() == 1 ? 0 : 40);
}

}  // namespace
}  // namespace verdict
