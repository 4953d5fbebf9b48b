#include "verdict/eval/model_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <chrono>

#include "eval/world_group.h"
#include "verdict/core/error.h"
#include "verdict/eval/session.h"

namespace verdict {
namespace {

constexpr int64_t kLength = 41;

SessionOptions options_of(const Group& group, const std::filesystem::path& folder) {
  return {.folder = folder, .numerics = {.tp = group.size()}, .length = kLength};
}

std::vector<uint32_t> some_tokens(int64_t sample) {
  std::vector<uint32_t> row;
  for (int64_t i = 0; i < kLength; ++i)
    row.push_back(static_cast<uint32_t>((sample * 7 + i * 3) % 60));
  return row;
}

TEST(ModelLoader, AModelReadOnAThreadWhileAnotherComputesGivesTheSameBits) {
  const Group group = world_group();
  const SessionOptions options = options_of(group, goldens() / "baseline");
  ModelSession present = ModelSession::load(options, group);
  ModelLoader loader(options, group.rank(), group.size());
  const auto expected = present.score({0, 3}, some_tokens);
  ModelSession next = ModelSession::adopt(loader.take(), options, group);
  const auto losses = next.score({0, 3}, some_tokens);
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(std::bit_cast<uint64_t>(losses[i].nll), std::bit_cast<uint64_t>(expected[i].nll));
  }
  EXPECT_GT(next.load_seconds(), 0);
}

TEST(ModelLoader, WhatIsWrongWithTheModelIsToldWhenItIsAdopted) {
  const Group group = world_group();
  const SessionOptions options = options_of(group, "/nowhere/at/all");
  ModelLoader loader(options, group.rank(), group.size());
  LoadedModel loaded = loader.take();
  ASSERT_TRUE(loaded.problem.has_value());
  EXPECT_THAT(*loaded.problem, testing::HasSubstr("/nowhere/at/all"));
  EXPECT_THROW(ModelSession::adopt(std::move(loaded), options, group), ModelError);
}

TEST(ModelLoader, ALoadThatNobodyWantsAnyMoreEndsBetweenTwoParameters) {
  const Group group = world_group();
  SessionOptions options = options_of(group, goldens() / "baseline");
  const std::atomic<bool> cancelled{true};
  EXPECT_THROW(static_cast<void>(read_model(options, group.rank(), group.size(), &cancelled)),
               LoadCancelled);
  options.read_bytes_per_s = 2000;  // The whole file would take 14 s.
  const auto start = std::chrono::steady_clock::now();
  { const ModelLoader loader(options, group.rank(), group.size()); }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  EXPECT_LT(taken.count(), 8);
}

}  // namespace
}  // namespace verdict
