// On tables of made-up devices: no GPU is looked at.
#include "verdict/partition/devices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verdict/core/error.h"

namespace verdict {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr uint64_t kGiB = uint64_t{1} << 30;

GpuFacts gpu(const std::string& uuid) {
  return {.uuid = uuid,
          .name = "NVIDIA H100",
          .capability = 90,
          .memory_bytes = 80 * kGiB,
          .free_bytes = 79 * kGiB};
}

struct Table {
  std::vector<Seat> seats{};
  std::vector<DeviceFacts> facts{};
};

// `nodes` with `ranks` ranks each; every rank sees all `gpus` GPUs of its node.
Table cluster(int nodes, int ranks, int gpus) {
  Table table;
  for (int n = 0; n < nodes; ++n) {
    DeviceFacts node{.host = "n" + std::to_string(n)};
    for (int g = 0; g < gpus; ++g) node.gpus.push_back(gpu(node.host + "-" + std::to_string(g)));
    for (int r = 0; r < ranks; ++r) {
      table.seats.push_back({.world_rank = n * ranks + r, .node = n, .local_rank = r});
      table.facts.push_back(node);
    }
  }
  return table;
}

DeviceChoice choose(const Table& t, const DeviceWish& wish = {}) {
  return choose_devices(wish, t.seats, t.facts);
}

std::pair<ExitCode, std::string> refusal(const Table& t, const DeviceWish& wish = {}) {
  try {
    static_cast<void>(choose(t, wish));
  } catch (const SystemError& e) {
    return {e.code(), e.what()};
  }
  return {ExitCode::ok, "not refused"};
}

TEST(Devices, WithoutGpusAutoIsTheCpuAndSaysNothing) {
  for (const std::string problem : {"", "no NVIDIA driver", "this build computes on CPU only"}) {
    Table t = cluster(2, 2, 0);
    for (DeviceFacts& f : t.facts) f.problem = problem;
    const DeviceChoice choice = choose(t);
    EXPECT_EQ(choice.kind, DeviceKind::cpu);
    EXPECT_THAT(choice.index, IsEmpty());
    EXPECT_THAT(choice.notes, IsEmpty());
  }
}

TEST(Devices, CpuIsTheCpuWhateverThereIs) {
  EXPECT_EQ(choose(cluster(1, 16, 2), {.device = "cpu"}).kind, DeviceKind::cpu);
}

TEST(Devices, EachRankTakesTheGpuOfItsLocalRank) {
  for (const std::string device : {"auto", "cuda"}) {
    const DeviceChoice choice = choose(cluster(2, 3, 4), {.device = device});
    EXPECT_EQ(choice.kind, DeviceKind::cuda);
    EXPECT_THAT(choice.index, ElementsAre(0, 1, 2, 0, 1, 2));
    EXPECT_EQ(choice.gpu, "NVIDIA H100, sm_90");
    EXPECT_EQ(choice.rank_memory_bytes, 80 * kGiB);
    EXPECT_FALSE(choice.shared);
    EXPECT_THAT(choice.notes, IsEmpty());
  }
}

TEST(Devices, ASingleGpuInSightIsTakenAndTheRemedyNoted) {
  Table t = cluster(1, 2, 1);
  t.facts[1].gpus[0].uuid = "n0-1";
  const DeviceChoice choice = choose(t);
  EXPECT_THAT(choice.index, ElementsAre(0, 0));
  EXPECT_THAT(choice.notes, ElementsAre(HasSubstr("--gpus-per-node")));
}

TEST(Devices, OneRankANodeIsNotIsolated) { EXPECT_THAT(choose(cluster(2, 1, 1)).notes, IsEmpty()); }

TEST(Devices, TwoRanksOnOneGpuAreRefusedWithTheRemedy) {
  const auto [code, text] = refusal(cluster(1, 3, 2));
  EXPECT_EQ(code, ExitCode::usage);
  EXPECT_THAT(text, HasSubstr("rank 2 on n0 would share n0-0 with rank 0"));
  EXPECT_THAT(text, HasSubstr("start one rank for each GPU (2 in sight there)"));
}

TEST(Devices, RanksThatMayShareDivideTheMemory) {
  Table t = cluster(1, 4, 1);
  for (DeviceFacts& f : t.facts) f.gpus[0].free_bytes = kGiB;  // What the others have taken.
  const DeviceChoice choice = choose(t, {.share_gpu = true});
  EXPECT_TRUE(choice.shared);
  EXPECT_THAT(choice.index, ElementsAre(0, 0, 0, 0));
  EXPECT_EQ(choice.rank_memory_bytes, 20 * kGiB);
  EXPECT_THAT(choice.notes, ElementsAre(HasSubstr("for tests")));
}

TEST(Devices, CudaWhereThereIsNoneSaysWhyAndWhere) {
  Table t = cluster(2, 1, 1);
  t.facts[1].problem = "the NVIDIA driver is for CUDA 12.4, this program needs 13.0";
  const auto [code, text] = refusal(t, {.device = "cuda"});
  EXPECT_EQ(code, ExitCode::usage);
  EXPECT_EQ(text,
            "--device cuda: rank 1 on n1: the NVIDIA driver is for CUDA 12.4, this program "
            "needs 13.0");
  const auto none = refusal(cluster(1, 1, 0), {.device = "cuda"});
  EXPECT_EQ(none.second, "--device cuda: rank 0 on n0: it sees no GPU");
}

TEST(Devices, RanksWithAndWithoutAGpuAreRefused) {
  Table t = cluster(2, 1, 1);
  t.facts[0].problem = "no NVIDIA driver";
  const auto [code, text] = refusal(t);
  EXPECT_EQ(code, ExitCode::usage);
  EXPECT_THAT(text, HasSubstr("rank 0 on n0: no NVIDIA driver, other ranks have one"));
  EXPECT_THAT(text, HasSubstr("--device cpu"));
}

TEST(Devices, GpusOfTwoKindsAreRefused) {
  Table t = cluster(2, 1, 1);
  t.facts[1].gpus[0].name = "NVIDIA A100";
  t.facts[1].gpus[0].capability = 80;
  const auto [code, text] = refusal(t);
  EXPECT_EQ(code, ExitCode::usage);
  EXPECT_THAT(text, HasSubstr("rank 1 on n1 computes on NVIDIA A100, rank 0 on n0 on NVIDIA H100"));
}

TEST(Devices, AGpuThatIsTooOldIsRefused) {
  Table t = cluster(1, 1, 1);
  t.facts[0].gpus[0].capability = 75;
  const auto [code, text] = refusal(t);
  EXPECT_EQ(code, ExitCode::usage);
  EXPECT_THAT(text, HasSubstr("compute capability 7.5, 8.0 or later is needed"));
}

TEST(Devices, AGpuThatAnotherProcessUsesIsATemporaryProblem) {
  Table t = cluster(1, 2, 2);
  t.facts[1].gpus[1].free_bytes = 70 * kGiB;
  const auto [code, text] = refusal(t);
  EXPECT_EQ(code, ExitCode::again);
  EXPECT_THAT(text, HasSubstr("rank 1 on n0: of the 81920 MiB of n0-1 only 71680 MiB are free"));
}

}  // namespace
}  // namespace verdict
