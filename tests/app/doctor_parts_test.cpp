#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "app/doctor/diagnosis.h"

namespace verdict {
namespace {

RankFacts healthy(int64_t rank, std::vector<int64_t> cpus) {
  RankFacts f{.rank = rank, .host = "n1", .local_rank = rank, .launcher = "mpirun"};
  f.numerics = R"({"torch":"2.11.0","instruction_set":"AVX512","threads":1})";
  f.machine = {.cpus = std::move(cpus), .cpus_there = 4};
  f.machine.memory_bytes = f.machine.available_bytes = uint64_t{64} << 30;
  f.machine.shm_bytes = f.machine.shm_free_bytes = uint64_t{8} << 30;
  f.gpus = {.driver = true,
            .cuda_version = "13.0",
            .gpus = {{.name = "X", .uuid = "a"}, {.name = "X", .uuid = "b"}}};
  f.out = {
      .path = "/r", .place = "/r", .type = "NFS", .free_bytes = uint64_t{1} << 40, .locks = true};
  f.models = {.path = "/m", .place = "/m", .entries = 2, .listing = "x"};
  return f;
}

std::vector<RankFacts> two() { return {healthy(0, {0, 1}), healthy(1, {2, 3})}; }

// The only finding that is not fine.
Finding only(const Asked& asked, const std::vector<RankFacts>& ranks) {
  std::vector<Finding> found;
  for (const Finding& f : diagnose(asked, ranks)) {
    if (f.level != Level::fine) found.push_back(f);
  }
  EXPECT_EQ(found.size(), 1U);
  return found.empty() ? Finding{} : found.front();
}

TEST(Doctor, FindsNothingWrongWithAHealthyLaunch) {
  for (const Finding& f : diagnose({.threads = 2}, two()))
    EXPECT_EQ(f.level, Level::fine) << f.found;
}

TEST(Doctor, FactsSurviveTheWayToRankZero) {
  RankFacts f = healthy(3, {1});
  f.out.unseen = {2};
  f.machine.environment["LD_PRELOAD"] = "x";
  EXPECT_EQ(to_json(facts_from_json(to_json(f))), to_json(f));
}

TEST(Doctor, RanksOnTheSameCpusAreAFaultWhileOthersAreIdle) {
  auto ranks = two();
  ranks[1].machine.cpus = {0, 1};
  EXPECT_EQ(only({.threads = 1}, ranks).level, Level::advice);  // Enough, but not their own.
  const Finding f = only({.threads = 2}, ranks);
  EXPECT_EQ(f.level, Level::fault);
  EXPECT_NE(f.found.find("4 threads on the CPUs 0-1, of 4"), std::string::npos) << f.found;
  EXPECT_NE(f.remedy.find("ppr:2:node:PE=2"), std::string::npos) << f.remedy;
}

TEST(Doctor, OtherKernelsAreAFault) {
  auto ranks = two();
  ranks[1].numerics = R"({"torch":"2.11.0","instruction_set":"AVX2","threads":1})";
  const Finding f = only({}, ranks);
  EXPECT_EQ(f.level, Level::fault);
  EXPECT_NE(f.found.find("rank 1 on n1"), std::string::npos);
  EXPECT_NE(f.found.find("AVX2"), std::string::npos);
}

TEST(Doctor, MemorySharedMemoryAndVariablesThatHurtAreSaid) {
  auto ranks = two();
  ranks[0].machine.memory_limit_bytes = uint64_t{1} << 30;
  EXPECT_NE(only({}, ranks).found.find("limited to 1.00 GiB by the control group"),
            std::string::npos);
  ranks = two();
  ranks[0].machine.shm_free_bytes = 1 << 20;
  EXPECT_EQ(only({}, ranks).topic, "/dev/shm");
  ranks = two();
  ranks[1].machine.environment["ONEDNN_MAX_CPU_ISA"] = "AVX2";
  EXPECT_EQ(only({}, ranks).remedy, "unset ONEDNN_MAX_CPU_ISA");
  ranks = two();
  ranks[1].machine.environment["OMP_NUM_THREADS"] = "3";
  EXPECT_EQ(only({}, ranks).remedy, "export OMP_NUM_THREADS=2");
}

TEST(Doctor, FoldersThatAreNotSharedEndIn74) {
  auto ranks = two();
  ranks[1].out.unseen = {0};
  EXPECT_EQ(only({}, ranks).code, ExitCode::io);
  EXPECT_EQ(exit_code_of(diagnose({}, ranks)), ExitCode::io);
  ranks[0].out.problem = "cannot write /r: Read-only file system";
  EXPECT_EQ(exit_code_of(diagnose({}, ranks)), ExitCode::cannot_write);
  ranks[0].launch_problem = "mpirun started 4 ranks, MPI sees 2";
  EXPECT_EQ(exit_code_of(diagnose({}, ranks)), ExitCode::usage);
  ranks = two();
  ranks[1].models.listing = "y";
  EXPECT_EQ(only({}, ranks).topic, "models");
}

TEST(Doctor, GpusAreAFaultOnlyForThoseWhoWantThem) {
  const Asked cuda{.device = "cuda", .gpu_build = true};
  EXPECT_EQ(exit_code_of(diagnose(cuda, two())), ExitCode::ok);
  EXPECT_EQ(only({.device = "cuda"}, two()).remedy, "--device cpu");
  auto ranks = two();
  for (RankFacts& r : ranks) r.gpus.gpus.resize(1);
  EXPECT_EQ(only(cuda, ranks).level, Level::fault);
  EXPECT_EQ(exit_code_of(diagnose({.device = "cpu"}, ranks)), ExitCode::ok);
  ranks[1].gpus.gpus[0].uuid = "b";  // As --gpus-per-task deals them out.
  EXPECT_NE(only(cuda, ranks).remedy.find("--gpus-per-node=2"), std::string::npos);
  ranks[1].gpus = {};
  EXPECT_NE(only(cuda, ranks).found.find("libcuda.so.1 is not there"), std::string::npos);
}

TEST(Gpus, AreWhatTheDriverSays) {
  const GpuReport r = look_for_gpus({.cuda = FAKE_CUDA, .nvml = FAKE_CUDA});
  EXPECT_EQ(r.problem, "");
  EXPECT_EQ(r.cuda_version, "13.1");
  EXPECT_EQ(r.driver_version, "580.1");
  ASSERT_EQ(r.gpus.size(), 2U);
  EXPECT_EQ(r.gpus[1].name, "Made-up 1");
  EXPECT_EQ(r.gpus[1].uuid, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
  EXPECT_EQ(r.gpus[1].memory_bytes, uint64_t{80} << 30);
  EXPECT_EQ(r.gpus[0].without_peer_access, std::vector<int64_t>{1});
  EXPECT_TRUE(r.gpus[1].without_peer_access.empty());
}

TEST(Gpus, ADriverThatFailsOrIsNotThereIsSaid) {
  ::setenv("FAKE_CUDA_ERROR", "1", 1);
  EXPECT_EQ(look_for_gpus({.cuda = FAKE_CUDA, .nvml = "none.so"}).problem,
            "cuInit: a made-up fault");
  ::unsetenv("FAKE_CUDA_ERROR");
  EXPECT_FALSE(look_for_gpus({.cuda = "none.so", .nvml = "none.so"}).driver);
}

TEST(MemoryLimit, TheTightestOfBothVersionsIsFound) {
  const std::filesystem::path root = testing::TempDir() + "doctor_parts_root";
  const auto write = [&](const std::string& name, const std::string& text) {
    std::filesystem::create_directories((root / name).parent_path());
    std::ofstream(root / name) << text << "\n";
  };
  EXPECT_EQ(find_memory_limit(root / "nothing").limit_bytes, 0U);
  write("proc/self/cgroup", "4:cpu,memory:/a/b\n0::/job/step");
  write("sys/fs/cgroup/job/step/memory.max", "max");
  write("sys/fs/cgroup/job/memory.max", "5000");
  write("sys/fs/cgroup/job/memory.current", "70");
  write("sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "9223372036854771712");
  EXPECT_EQ(find_memory_limit(root).limit_bytes, 5000U);
  EXPECT_EQ(find_memory_limit(root).used_bytes, 70U);
  write("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "4000");
  EXPECT_EQ(find_memory_limit(root).limit_bytes, 4000U);
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace verdict
