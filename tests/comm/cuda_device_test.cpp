// What can be seen of CUDA on a machine without a GPU; with one, what is specific to it is skipped.
#include "verdict/comm/cuda_device.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <gtest/gtest.h>

#include "verdict/comm/group.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

bool has_cuda_kernels() {
  const auto product = c10::Dispatcher::singleton().findSchema({"aten::mm", ""});
  return product && product->hasKernelForDispatchKey(c10::DispatchKey::CUDA);
}

TEST(CudaFacts, WithoutADriverThereIsAProblemInPlainWords) {
  const DeviceFacts facts = cuda_facts(0);
  EXPECT_EQ(facts.host, host_name());
  if (!facts.gpus.empty()) GTEST_SKIP() << "this machine has " << facts.gpus.size() << " GPUs";
#ifdef VERDICT_HAS_CUDA
  if (cuda_versions().driver != "0.0") GTEST_SKIP() << "this machine has a driver and no GPU";
  EXPECT_EQ(facts.problem, "no NVIDIA driver");
#else
  EXPECT_EQ(facts.problem, "this build computes on CPU only");
#endif
}

TEST(CudaLibrary, ItsKernelsAreThereOnceItIsLoadedAndNotBefore) {
  EXPECT_FALSE(has_cuda_kernels());
#ifdef VERDICT_HAS_CUDA
  load_cuda_library();
  EXPECT_TRUE(has_cuda_kernels());
#else
  EXPECT_THROW(load_cuda_library(), SystemError);
#endif
}

TEST(CudaDevice, OneThatIsNotThereIsNotOpened) {
  if (!cuda_facts(0).gpus.empty()) GTEST_SKIP() << "this machine has a GPU";
  EXPECT_THROW(open_cuda_device(0), SystemError);
}

TEST(JoinGroup, AStagedGroupOfSeveralSumsByWayOfTheHost) {
  const MpiComm world = world_communicator();
  const std::vector<int> together(static_cast<size_t>(world.size()), 0);
  const auto group =
      join_group(world, together, std::chrono::seconds(60), {.kind = TensorPath::Kind::staged});
  at::Tensor t = at::ones({2}, at::kFloat);
  group->tensors->all_reduce(t, ReduceOp::sum, {});
  EXPECT_EQ(t[1].item<float>(), static_cast<float>(world.size()));
}

}  // namespace
}  // namespace verdict
