#include "verdict/model/alibi.h"

#include <gtest/gtest.h>

#include <cmath>

namespace verdict {
namespace {

// One position and a head size of one: the slope itself, rounded to bf16.
double slope(int64_t heads, int64_t head) {
  return alibi_bias(heads, {head, head + 1}, 1, 2)[0][1].item<double>();
}

TEST(Alibi, SlopesOfAPowerOfTwoFallGeometrically) {
  for (int64_t i = 0; i < 8; ++i) EXPECT_EQ(slope(8, i), std::exp2(-static_cast<double>(i + 1)));
}

// 6 heads: the four slopes of 4 heads, then the first and third of 8.
TEST(Alibi, OtherNumbersOfHeadsTakeEveryOtherSlopeOfTheNextPower) {
  const double expected[] = {1.0 / 4, 1.0 / 16, 1.0 / 64, 1.0 / 256, 1.0 / 2, 1.0 / 8};
  for (int64_t i = 0; i < 6; ++i) EXPECT_EQ(slope(6, i), expected[i]);
}

TEST(Alibi, ARankHasTheSlopesOfItsOwnHeads) {
  const at::Tensor all = alibi_bias(6, {0, 6}, 16, 9);
  EXPECT_TRUE(at::equal(alibi_bias(6, {2, 5}, 16, 9), all.narrow(0, 2, 3)));
  EXPECT_EQ(all[1][8].item<double>(), 8.0 / 16 / 4);
}

// bf16 has 8 bits: position 257 becomes 256, and its product with a slope is rounded again.
TEST(Alibi, PositionsAndProductsAreRoundedAsTransformersRoundsThem) {
  const float slope_of_16 = 0.70703125F;  // 2^(−1/2) in bf16.
  const at::Tensor product = at::full({}, 256 * slope_of_16).to(at::kBFloat16).to(at::kFloat);
  EXPECT_EQ(alibi_bias(16, {0, 1}, 1, 258)[0][257].item<float>(), product.item<float>());
}

}  // namespace
}  // namespace verdict
