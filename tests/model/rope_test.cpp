#include "verdict/model/rope.h"

#include <gtest/gtest.h>

#include <cmath>

namespace verdict {
namespace {

double angle(const RotaryTable& table, int64_t position, int64_t k) {
  return std::atan2(table.sin[position][k].item<double>(), table.cos[position][k].item<double>());
}

TEST(Rope, PlainFrequenciesFallGeometrically) {
  const RotaryTable t = rotary_table({.theta = 10'000}, 8, 2);
  EXPECT_NEAR(angle(t, 1, 0), 1.0, 1e-6);
  EXPECT_NEAR(angle(t, 1, 1), 0.1, 1e-7);
  EXPECT_NEAR(angle(t, 1, 3), 0.001, 1e-9);
  EXPECT_EQ(angle(t, 0, 2), 0.0);
}

TEST(Rope, LinearScalingDividesEveryFrequency) {
  const RotaryTable t =
      rotary_table({.theta = 10'000, .kind = Rope::Kind::linear, .factor = 4}, 8, 2);
  EXPECT_NEAR(angle(t, 1, 0), 0.25, 1e-6);
  EXPECT_NEAR(angle(t, 1, 1), 0.025, 1e-7);
}

// Worked by hand from the rule: wavelengths 6.28, 62.8, 628, 6283; low 100/1, high 100/4.
TEST(Rope, Llama3KeepsShortWavelengthsSlowsLongOnesAndBlendsBetween) {
  const Rope rope{.theta = 10'000,
                  .kind = Rope::Kind::llama3,
                  .factor = 8,
                  .low = 1,
                  .high = 4,
                  .original = 100};
  const RotaryTable t = rotary_table(rope, 8, 2);
  EXPECT_NEAR(angle(t, 1, 0), 1.0, 1e-6);
  const double smooth = (100 / (2 * M_PI / 0.1) - 1) / (4 - 1);
  EXPECT_NEAR(angle(t, 1, 1), 0.1 * ((1 - smooth) / 8 + smooth), 1e-7);
  EXPECT_NEAR(angle(t, 1, 2), 0.01 / 8, 1e-8);
  EXPECT_NEAR(angle(t, 1, 3), 0.001 / 8, 1e-9);
}

// Longer rows get a greater base: 10000·(2·300/100 − 1)^(8/6).
TEST(Rope, DynamicScalingDependsOnTheRowsLength) {
  const Rope rope{.theta = 10'000, .kind = Rope::Kind::dynamic, .factor = 2, .original = 100};
  EXPECT_NEAR(angle(rotary_table(rope, 8, 100), 1, 1), 0.1, 1e-7);
  const double base = 10'000 * std::pow(5.0, 8.0 / 6);
  EXPECT_NEAR(angle(rotary_table(rope, 8, 300), 1, 1), std::pow(base, -0.25), 1e-7);
}

// Worked by hand: dimensions at 4 and 1 rotations in 100 positions are 0.6 and 1.2, which the ramp
// rounds to 0 and 2: kept, half way, divided, divided.
TEST(Rope, YarnDividesSlowDimensionsOnARamp) {
  Rope rope{
      .theta = 10'000, .kind = Rope::Kind::yarn, .factor = 4, .low = 1, .high = 4, .original = 100};
  const RotaryTable t = rotary_table(rope, 8, 2);
  EXPECT_NEAR(angle(t, 1, 0), 1.0, 1e-6);
  EXPECT_NEAR(angle(t, 1, 1), 0.1 * (0.5 + 0.5 / 4), 1e-7);
  EXPECT_NEAR(angle(t, 1, 2), 0.01 / 4, 1e-8);
  EXPECT_NEAR(angle(t, 1, 3), 0.001 / 4, 1e-9);
  rope.amplitude = 1.5;
  EXPECT_NEAR(rotary_table(rope, 8, 2).cos[0][0].item<double>(), 1.5, 1e-6);
}

// Up to `original` tokens the short factors, beyond it the long ones, for every position of the
// row.
TEST(Rope, LongropeHasADivisorForEachPairOfDimensions) {
  const Rope rope{.theta = 10'000,
                  .kind = Rope::Kind::longrope,
                  .original = 5,
                  .amplitude = 1.5,
                  .short_factors = {1, 2, 4, 5},
                  .long_factors = {2, 5, 8, 10}};
  const RotaryTable short_row = rotary_table(rope, 8, 5);
  EXPECT_NEAR(angle(short_row, 1, 0), 1.0, 1e-6);
  EXPECT_NEAR(angle(short_row, 1, 1), 0.1 / 2, 1e-7);
  EXPECT_NEAR(angle(short_row, 4, 3), 4 * 0.001 / 5, 1e-8);
  EXPECT_NEAR(short_row.cos[0][0].item<double>(), 1.5, 1e-6);
  const RotaryTable long_row = rotary_table(rope, 8, 6);
  EXPECT_NEAR(angle(long_row, 1, 0), 0.5, 1e-6);
  EXPECT_NEAR(angle(long_row, 4, 3), 4 * 0.001 / 10, 1e-8);
  EXPECT_NEAR(long_row.cos[0][0].item<double>(), 1.5, 1e-6);
}

}  // namespace
}  // namespace verdict
