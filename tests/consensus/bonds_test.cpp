#include "consensus/bonds.h"

#include <gtest/gtest.h>

namespace verdict {
namespace {

constexpr Fixed kHalf = Fixed::from_bits(int64_t{1} << 31);
constexpr LiquidAlpha kSteep{
    .low = Fixed::from_bits(1 << 30), .high = kHalf, .steepness = Fixed::whole(1000)};

TEST(LiquidAlphaSigmoid, ARisingWeightIsMeasuredFromTheConsensusAFallingOneFromTheBond) {
  const Fixed near = alpha_sigmoid(kOne, kOne, Fixed{}, kSteep);
  const Fixed far = alpha_sigmoid(Fixed{}, kOne, Fixed{}, kSteep);
  EXPECT_LT(near, far);
  EXPECT_EQ(alpha_sigmoid(kOne, Fixed{}, kOne, kSteep), far);
  EXPECT_GE(near, kSteep.low);
  EXPECT_LE(far, kSteep.high);
}

// The published vectors have no such pair.
TEST(LiquidAlphaSigmoid, AWeightThatEqualsItsBondCountsAsRising) {
  EXPECT_EQ(alpha_sigmoid(Fixed{}, kOne, kOne, kSteep), alpha_sigmoid(Fixed{}, kOne, {}, kSteep));
  EXPECT_LT(alpha_sigmoid(kOne, kOne, kOne, kSteep), alpha_sigmoid(Fixed{}, kOne, kOne, kSteep));
}

TEST(LiquidAlphaSigmoid, EqualBoundsLeaveNoChoice) {
  const LiquidAlpha fixed{.low = kHalf, .high = kHalf, .steepness = Fixed::whole(-1000)};
  for (const Fixed weight : {Fixed{}, kHalf, kOne})
    EXPECT_EQ(alpha_sigmoid(kHalf, weight, Fixed{}, fixed), kHalf);
}

}  // namespace
}  // namespace verdict
