#include "verdict/partition/cost.h"

#include <gtest/gtest.h>

namespace verdict {
namespace {

// Qwen2.5-14B at 4,096 tokens (performance.md 2.2, 4): 30 GFLOP a token.
constexpr ModelShape kQwen{.parameters = 13'980'000'000,
                           .layers = 48,
                           .heads = 40,
                           .head_dim = 128,
                           .length = 4096,
                           .bytes = 29'500'000'000};

TEST(Cost, ATokenOfA14BModelCostsThirtyGigaflop) {
  EXPECT_NEAR(flop_per_token(kQwen), 30.0e9, 0.1e9);
}

TEST(Cost, SumsOfAGroupTakeTheTimeOfTheirBytes) {
  // Two sums of 41.9 MB a layer on 4 GPUs take 0.43 ms at 293 GB/s (performance.md 4).
  const MachineRates gpu{.flop = 6e14, .load_bytes = 4e9, .all_reduce_bytes = 2.93e11};
  const double alone = predicted_row_seconds(kQwen, 1, gpu);
  const double sums = predicted_row_seconds(kQwen, 4, gpu) - alone / 4;
  EXPECT_NEAR(sums / 48, 0.43e-3, 0.01e-3);
}

TEST(Cost, EachSumWaitsForItsStart) {
  MachineRates gpu = kGpuRates;
  const double with = predicted_row_seconds(kQwen, 2, gpu);
  gpu.all_reduce_seconds += 1e-3;
  EXPECT_NEAR(predicted_row_seconds(kQwen, 2, gpu) - with, 2 * 48 * 1e-3, 1e-9);
}

TEST(Cost, OneRankSumsNothing) {
  MachineRates slow = kGpuRates;
  slow.all_reduce_seconds = 1;
  EXPECT_EQ(predicted_row_seconds(kQwen, 1, slow), predicted_row_seconds(kQwen, 1, kGpuRates));
}

TEST(Cost, ReplicasDoMoreRowsThanAGroup) {
  for (const int tp : {2, 4, 8}) {
    EXPECT_GT(tp * predicted_row_seconds(kQwen, tp, kGpuRates),
              predicted_row_seconds(kQwen, 1, kGpuRates));
  }
}

}  // namespace
}  // namespace verdict
