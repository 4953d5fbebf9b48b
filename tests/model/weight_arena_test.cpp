#include "verdict/model/weight_arena.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <thread>

#include "verdict/model/ops.h"
#include "verdict/model/tensor_memory.h"

namespace verdict {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

uint64_t resident_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stoull(line.substr(6)) * 1024;
  }
  return 0;
}

class EitherArena : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override { take_tensor_memory_from_malloc(); }
  static std::unique_ptr<WeightArena> make(size_t bytes) {
    return GetParam() ? make_device_arena(bytes, at::kCPU) : make_host_arena(bytes);
  }
};

INSTANTIATE_TEST_SUITE_P(HostAndDevice, EitherArena, testing::Bool(),
                         [](const auto& of) { return std::string(of.param ? "Device" : "Host"); });

TEST_P(EitherArena, TensorsLieSideBySideAlignedAndApart) {
  const auto arena = make(kMiB);
  const at::Tensor a = arena->tensor({3, 5}, at::kFloat).fill_(1);
  const at::Tensor b = arena->tensor({7}, at::kBFloat16).fill_(2);
  const at::Tensor c = arena->tensor({2, 2}, at::kFloat).fill_(3);
  for (const at::Tensor& t : {a, b, c}) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(t.data_ptr()) % 64, 0U);
    EXPECT_TRUE(t.is_contiguous());
  }
  EXPECT_TRUE(a.eq(1).all().item<bool>());
  EXPECT_TRUE(b.eq(2).all().item<bool>());
  EXPECT_EQ(b.scalar_type(), at::kBFloat16);
  EXPECT_EQ(c.sizes(), at::IntArrayRef({2, 2}));
  EXPECT_EQ(arena->misses(), 0U);
}

TEST_P(EitherArena, IsIdleWhenTheLastTensorIsGoneAndThenGivesTheSamePlaces) {
  const auto arena = make(kMiB);
  EXPECT_TRUE(arena->is_idle());
  at::Tensor a = arena->tensor({100}, at::kFloat);
  at::Tensor b = arena->tensor({100}, at::kFloat);
  const void* first = a.data_ptr();
  EXPECT_FALSE(arena->is_idle());
  a.reset();
  EXPECT_FALSE(arena->is_idle());
  b = b.narrow(0, 50, 10);
  EXPECT_FALSE(arena->is_idle());
  b.reset();
  EXPECT_TRUE(arena->is_idle());
  arena->restart(1000);
  EXPECT_EQ(arena->tensor({100}, at::kFloat).data_ptr(), first);
}

TEST_P(EitherArena, WhatFindsNoRoomIsMadeElsewhereAndCounted) {
  const auto arena = make(8192);
  const at::Tensor a = arena->tensor({1000}, at::kFloat).fill_(1);
  const at::Tensor b = arena->tensor({2000}, at::kFloat).fill_(2);
  EXPECT_EQ(arena->misses(), 1U);
  EXPECT_TRUE(a.eq(1).all().item<bool>());
  EXPECT_TRUE(b.eq(2).all().item<bool>());
}

TEST_P(EitherArena, TensorsOutliveIt) {
  auto arena = make(kMiB);
  at::Tensor a = arena->tensor({1000}, at::kFloat).fill_(5);
  arena.reset();
  EXPECT_TRUE(a.eq(5).all().item<bool>());
  std::thread([&] { a.reset(); }).join();
}

TEST(HostArena, HoldsWhatOneDnnReorders) {
  take_tensor_memory_from_malloc();
  const auto arena = make_host_arena(kMiB);
  const at::Tensor weight = at::arange(64 * 32, at::kFloat).view({64, 32});
  ops::Linear linear;
  arena->within([&] { linear = ops::make_linear(weight, {}, 16); });
  EXPECT_FALSE(arena->is_idle());
  EXPECT_EQ(arena->misses(), 0U);
  ops::Workspace workspace;
  at::Tensor out;
  ops::linear(linear, at::ones({16, 32}, at::kFloat), out, workspace);
  EXPECT_TRUE(at::allclose(out, weight.sum(1).expand({16, 64})));
  linear = {};
  EXPECT_TRUE(arena->is_idle());
}

TEST(HostArena, WhatIsMadeOutsideLiesElsewhere) {
  take_tensor_memory_from_malloc();
  const auto arena = make_host_arena(kMiB);
  const at::Tensor outside = at::ones({100}, at::kFloat);
  EXPECT_TRUE(arena->is_idle());
  arena->within([] {
    at::Tensor other;  // Another thread's.
    std::thread([&] { other = at::ones({100}, at::kFloat); }).join();
  });
  EXPECT_TRUE(arena->is_idle());
}

TEST(HostArena, PagesThatASmallerModelDoesNotNeedGoBack) {
  take_tensor_memory_from_malloc();
  const auto arena = make_host_arena(64 * kMiB);
  const uint64_t before = resident_bytes();
  arena->tensor({static_cast<int64_t>(15 * kMiB)}, at::kFloat).fill_(1);  // And gone.
  EXPECT_GT(resident_bytes(), before + 50 * kMiB);
  arena->restart(8 * kMiB);
  EXPECT_LT(resident_bytes(), before + 16 * kMiB);
}

TEST(WeightArenas, TwoModelsTakeTurnsInTwoArenas) {
  take_tensor_memory_from_malloc();
  WeightArenas arenas(at::kCPU);
  at::Tensor present = arenas.next(4000, 1).tensor({1000}, at::kFloat);
  for (int model = 0; model < 10; ++model) {
    at::Tensor next = arenas.next(4000, 1).tensor({1000}, at::kFloat);
    EXPECT_NE(next.data_ptr(), present.data_ptr());
    present = next;
  }
  EXPECT_EQ(arenas.allocations(), 2U);
}

TEST(WeightArenas, OneAfterTheOtherTakesOne) {
  take_tensor_memory_from_malloc();
  WeightArenas arenas(at::kCPU);
  for (const int64_t size : {1000, 900, 1000, 10})
    static_cast<void>(arenas.next(static_cast<size_t>(size) * 4, 1).tensor({size}, at::kFloat));
  EXPECT_EQ(arenas.allocations(), 1U);
  static_cast<void>(arenas.next(kMiB, 1));  // Larger than any before.
  EXPECT_EQ(arenas.allocations(), 2U);
  static_cast<void>(arenas.next(kMiB, 1));
  EXPECT_EQ(arenas.allocations(), 2U);
}

// The memory of a GPU is planned for what its models need.
TEST(WeightArenas, OnADeviceAModelDoesNotHoldAnArenaMuchLargerThanItself) {
  WeightArenas arenas(at::kCPU, /*on_host=*/false);
  EXPECT_LE(arenas.next(kMiB, 10).bytes(), kMiB + 16 * 512);
  EXPECT_LE(arenas.next(kMiB - kMiB / 64, 10).bytes(), kMiB + 16 * 512);
  EXPECT_EQ(arenas.allocations(), 1U);
  EXPECT_LE(arenas.next(kMiB / 2, 10).bytes(), kMiB / 2 + 16 * 512);
  EXPECT_EQ(arenas.allocations(), 2U);
}

TEST(WeightArenas, TensorsThatFoundNoRoomAreCountedThoughTheirArenaIsGone) {
  take_tensor_memory_from_malloc();
  WeightArenas arenas(at::kCPU);
  static_cast<void>(arenas.next(1000, 1).tensor({1 << 20}, at::kFloat));
  EXPECT_EQ(arenas.allocations(), 2U);
  static_cast<void>(arenas.next(kMiB, 1));
  EXPECT_EQ(arenas.allocations(), 3U);
}

}  // namespace
}  // namespace verdict
