#include "verdict/model/norm.h"

#include <gtest/gtest.h>

namespace verdict::ops {
namespace {

double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

at::Tensor normalised(const at::Tensor& x, double eps) {
  const at::Tensor wide = x.to(at::kDouble);
  return wide / (wide.square().mean(-1, true) + eps).sqrt();
}

class NormTest : public testing::Test {
 protected:
  void SetUp() override { at::manual_seed(1); }
};

TEST_F(NormTest, RmsDividesByTheRootMeanSquare) {
  const at::Tensor x = at::randn({5, 33});
  const at::Tensor w = at::randn({33});
  const at::Tensor expected = normalised(x, 1e-3) * w;
  EXPECT_LT(largest_difference(norm(x, {.weight = w}, Norm::rms, 1e-3), expected), 1e-6);
  EXPECT_LT(largest_difference(norm(x, {.weight = w}, Norm::rms_wide, 1e-3), expected), 1e-6);
  EXPECT_LT(largest_difference(norm(x, {.weight = w - 1}, Norm::rms_plus_one, 1e-3), expected),
            1e-6);
}

TEST_F(NormTest, BfloatIsRoundedBeforeTheWeightOrAfterIt) {
  const at::Tensor x = at::randn({3, 64}).to(at::kBFloat16);
  const at::Tensor w = at::randn({64}).to(at::kBFloat16);
  const at::Tensor wide = x.to(at::kFloat);
  const at::Tensor exact = wide * (wide.square().mean(-1, true) + 1e-6).rsqrt();
  const at::Tensor before = norm(x, {.weight = w}, Norm::rms, 1e-6);
  const at::Tensor after = norm(x, {.weight = w}, Norm::rms_wide, 1e-6);
  EXPECT_TRUE(at::equal(before, exact.to(at::kBFloat16) * w));
  EXPECT_TRUE(at::equal(after, (exact * w.to(at::kFloat)).to(at::kBFloat16)));
  EXPECT_FALSE(at::equal(before, after));
}

TEST_F(NormTest, LayerNormTakesTheMeanAwayAndHasABias) {
  const at::Tensor x = at::randn({4, 2, 10});
  const at::Tensor w = at::randn({10});
  const at::Tensor b = at::randn({10});
  const at::Tensor wide = x.to(at::kDouble);
  const at::Tensor centred = wide - wide.mean(-1, true);
  const at::Tensor expected = centred / (centred.square().mean(-1, true) + 1e-2).sqrt() * w + b;
  EXPECT_LT(largest_difference(norm(x, {.weight = w, .bias = b}, Norm::layer, 1e-2), expected),
            1e-6);
}

// Heads of two ranks: the sum of both ranks' squares makes the norm of the whole width.
TEST_F(NormTest, OverAllHeadsItIsTheSameInOneOrTwoParts) {
  const at::Tensor x = at::randn({2, 3, 5, 4});
  const at::Tensor w = at::randn({20});
  const at::Tensor expected = normalised(x.view({2, 3, 20}), 1e-3).mul(w).view({2, 3, 5, 4});
  const at::Tensor left = x.narrow(2, 0, 2);
  const at::Tensor right = x.narrow(2, 2, 3);
  const at::Tensor mean_square = (sum_of_squares(left) + sum_of_squares(right)) / 20;
  const auto part = [&](const at::Tensor& t, int64_t begin) {
    return norm_of_heads(t, mean_square, w.narrow(0, begin * 4, t.size(2) * 4), Norm::rms_wide,
                         1e-3);
  };
  EXPECT_LT(largest_difference(at::cat({part(left, 0), part(right, 2)}, 2), expected), 1e-6);
}

}  // namespace
}  // namespace verdict::ops
