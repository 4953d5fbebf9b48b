#include "checkpoint/random_weights.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace verdict {
namespace {

TEST(RandomWeights, MeanAndDeviationAreAsAsked) {
  const RandomWeights weights(3, "t", 1, 0.5);
  double sum = 0;
  double squares = 0;
  constexpr int kCount = 100'000;
  for (uint64_t i = 0; i < kCount; ++i) {
    const double z = (static_cast<double>(weights.at(i)) - 1) / 0.5;
    sum += z;
    squares += z * z;
    ASSERT_LT(std::fabs(z), 3.47);
  }
  // Four standard errors: 1/sqrt(n) of the mean, less than sqrt(2/n) of the variance.
  EXPECT_NEAR(sum / kCount, 0, 4 / std::sqrt(kCount));
  EXPECT_NEAR(squares / kCount, 1, 4 * std::sqrt(2.0 / kCount));
}

TEST(RandomWeights, TheValuesAreFixedForEver) {
  // The formula of random_weights.h computed in Python, with XXH3 from libxxhash.
  const RandomWeights weights(7, "model.norm.weight", 0, 0.02);
  EXPECT_EQ(std::bit_cast<uint32_t>(weights.at(0)), 3163272176U);
  EXPECT_EQ(std::bit_cast<uint32_t>(weights.at(1)), 997068182U);
}

TEST(RandomWeights, BlocksAreThePartsOfOneStream) {
  const RandomWeights weights(1, "t", 0, 1);
  std::array<float, 10> whole{};
  std::array<float, 3> part{};
  weights.fill(0, DType::f32, std::as_writable_bytes(std::span(whole)));
  weights.fill(4, DType::f32, std::as_writable_bytes(std::span(part)));
  EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + 4));
}

TEST(RandomWeights, SeedAndNameChangeTheValues) {
  EXPECT_NE(RandomWeights(1, "a", 0, 1).at(0), RandomWeights(2, "a", 0, 1).at(0));
  EXPECT_NE(RandomWeights(1, "a", 0, 1).at(0), RandomWeights(1, "b", 0, 1).at(0));
}

double value_of_half(uint16_t bits) {
  const int exponent = (bits >> 10) & 31;
  const int fraction = bits & 1023;
  return exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(fraction + 1024, exponent - 25);
}

TEST(HalfBits, EveryFiniteHalfComesBackAndMiddlesGoToTheEvenNeighbour) {
  for (uint16_t bits = 0; bits < 0x7C00; ++bits) {
    const double value = value_of_half(bits);
    ASSERT_EQ(to_half_bits(static_cast<float>(value)), bits);
    ASSERT_EQ(to_half_bits(static_cast<float>(-value)), bits | 0x8000);
    const double middle =
        (value + (bits == 0x7BFF ? 65536.0 : value_of_half(static_cast<uint16_t>(bits + 1)))) / 2;
    ASSERT_EQ(to_half_bits(static_cast<float>(middle)), bits % 2 == 0 ? bits : bits + 1) << bits;
  }
  EXPECT_EQ(to_half_bits(std::numeric_limits<float>::infinity()), 0x7C00);
  EXPECT_EQ(to_half_bits(std::nanf("")), 0x7E00);
}

TEST(Bfloat16Bits, MiddlesGoToTheEvenNeighbour) {
  EXPECT_EQ(to_bfloat16_bits(1.0F), 0x3F80);
  EXPECT_EQ(to_bfloat16_bits(std::bit_cast<float>(0x3F808000U)), 0x3F80);
  EXPECT_EQ(to_bfloat16_bits(std::bit_cast<float>(0x3F808001U)), 0x3F81);
  EXPECT_EQ(to_bfloat16_bits(std::bit_cast<float>(0x3F818000U)), 0x3F82);
  EXPECT_EQ(to_bfloat16_bits(-0.0F), 0x8000);
  EXPECT_EQ(to_bfloat16_bits(std::bit_cast<float>(0x7F800001U)) & 0x7FFF, 0x7FC0);
}

}  // namespace
}  // namespace verdict
