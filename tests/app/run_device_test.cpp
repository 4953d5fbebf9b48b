// What ranks compute on, decided on made-up GPUs.
#include "app/run/run_device.h"

#include <gtest/gtest.h>

#include "app/run/admission.h"
#include "app/run/share.h"

namespace verdict {
namespace {

constexpr uint64_t kMemory = uint64_t{80} << 30;

GpuFacts gpu(const std::string& uuid) {
  return {.uuid = uuid,
          .name = "Made-up 1",
          .capability = 90,
          .memory_bytes = kMemory,
          .free_bytes = kMemory};
}

// Every rank sees `count` GPUs of its node.
FactsOf node_with(int count) {
  return [count](int) {
    DeviceFacts facts{.host = host_name()};
    for (int i = 0; i < count; ++i) facts.gpus.push_back(gpu("GPU-" + std::to_string(i)));
    return facts;
  };
}

FactsOf without(const std::string& problem) {
  return [problem](int) { return DeviceFacts{.host = host_name(), .problem = problem}; };
}

// The words of the refusal, on whichever rank.
std::string refusal(const DeviceWish& wish, const FactsOf& facts) {
  try {
    static_cast<void>(share_device(wish, world_communicator(), facts));
    return "";
  } catch (const SharedError& e) {
    EXPECT_EQ(e.code(), ExitCode::usage);
    return e.what();
  } catch (const QuietExit& e) {
    EXPECT_EQ(e.code(), ExitCode::usage);
    EXPECT_NE(world_communicator().rank(), 0);
    return "said by rank 0";
  }
}

void expect_refusal(const DeviceWish& wish, const FactsOf& facts,
                    const std::vector<std::string>& parts) {
  const std::string said = refusal(wish, facts);
  if (world_communicator().rank() != 0) {
    EXPECT_EQ(said, "said by rank 0");
    return;
  }
  for (const std::string& part : parts) EXPECT_NE(said.find(part), std::string::npos) << said;
}

TEST(RunDevice, OnCpuNobodyIsAskedForGpus) {
  const auto fail = [](int) -> DeviceFacts {
    ADD_FAILURE() << "asked";
    return {};
  };
  RunDevice device = share_device({.device = "cpu"}, world_communicator(), fail);
  open_run_device(device);
  EXPECT_FALSE(device.gpu);
  EXPECT_EQ(device.device(), at::Device(at::kCPU));
  EXPECT_EQ(device.path().kind, TensorPath::Kind::mpi);
  EXPECT_EQ(device.defaults().dtype, "float32");
  EXPECT_TRUE(device.defaults().gpu_name.empty());
  EXPECT_GT(device.rank_memory_bytes, 0U);
}

TEST(RunDevice, AutoWithoutADriverIsTheCpu) {
  EXPECT_FALSE(share_device({}, world_communicator(), without("no NVIDIA driver")).gpu);
}

TEST(RunDevice, ADriverThatIsTooOldIsRefusedToThoseWhoWantGpus) {
  expect_refusal({.device = "cuda"}, without("the NVIDIA driver is for CUDA 12.2"),
                 {"--device cuda", "rank 0 on " + host_name(), "CUDA 12.2"});
}

TEST(RunDevice, EachRankTakesAGpuOfItsOwn) {
  const MpiComm world = world_communicator();
  const RunDevice device = share_device({}, world, node_with(world.size()));
  EXPECT_TRUE(device.gpu);
  EXPECT_EQ(device.index, world.rank());
  EXPECT_EQ(device.name, "Made-up 1, sm_90");
  EXPECT_EQ(device.device(), at::Device(at::kCUDA, static_cast<at::DeviceIndex>(world.rank())));
  EXPECT_EQ(device.path().kind, TensorPath::Kind::nccl);
  EXPECT_EQ(device.path().gpu, world.rank());
  EXPECT_EQ(device.rank_memory_bytes, usable_memory(kMemory));
  const MachineDefaults defaults = device.defaults();
  EXPECT_TRUE(defaults.gpu);
  EXPECT_EQ(defaults.dtype, "bfloat16");
  EXPECT_EQ(defaults.gpu_name, device.name);
}

TEST(RunDevice, TwoRanksOnOneGpuAreRefusedWithTheRemedy) {
  const MpiComm world = world_communicator();
  if (world.size() == 1) GTEST_SKIP() << "one rank shares with nobody";
  expect_refusal({}, node_with(1), {"share GPU-0", "one rank for each GPU"});
}

TEST(RunDevice, ThoseWhoMayShareAGpuDivideItsMemoryAndSumOverTheHost) {
  const MpiComm world = world_communicator();
  const RunDevice device = share_device({.device = "cuda", .share_gpu = true}, world, node_with(1));
  EXPECT_EQ(device.index, 0);
  EXPECT_EQ(device.rank_memory_bytes, usable_memory(kMemory / static_cast<uint64_t>(world.size())));
  EXPECT_EQ(device.path().kind,
            world.size() == 1 ? TensorPath::Kind::nccl : TensorPath::Kind::staged);
}

TEST(RunDevice, GpusOfTwoKindsAreRefused) {
  const MpiComm world = world_communicator();
  if (world.size() == 1) GTEST_SKIP() << "one rank has one GPU";
  expect_refusal({},
                 [](int local_rank) {
                   DeviceFacts facts{.host = host_name(),
                                     .gpus = {gpu("GPU-" + std::to_string(local_rank))}};
                   if (local_rank == 1) facts.gpus[0].name = "Made-up 2";
                   return facts;
                 },
                 {"Made-up 2", "GPUs of one kind"});
}

}  // namespace
}  // namespace verdict
