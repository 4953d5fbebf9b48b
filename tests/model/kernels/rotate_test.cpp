#include <gtest/gtest.h>

#include <cmath>

#include "model/kernels/emulation.h"
#include "model/kernels/fused.h"
#include "verdict/model/ops.h"

namespace verdict::kernels {
namespace {

struct Shape {
  int64_t size = 0;  // E
  int64_t rotary_dim = 0;
};

// In double. qk [B, L, H, E], angles [L, rotary_dim/2] rounded to the dtype of qk before.
at::Tensor by_definition(const at::Tensor& qk, const at::Tensor& cos, const at::Tensor& sin,
                         bool pairs) {
  at::Tensor out = qk.to(at::kDouble).clone();
  const int64_t half = cos.size(1);
  const at::Tensor turned = out.narrow(-1, 0, 2 * half);
  const at::Tensor split =
      pairs ? turned.unflatten(-1, {half, 2}).transpose(-1, -2) : turned.unflatten(-1, {2, half});
  const at::Tensor first = split.select(-2, 0).clone();
  const at::Tensor second = split.select(-2, 1).clone();
  const at::Tensor c = cos.to(at::kDouble).unsqueeze(1);
  const at::Tensor s = sin.to(at::kDouble).unsqueeze(1);
  split.select(-2, 0).copy_(first * c - second * s);
  split.select(-2, 1).copy_(second * c + first * s);
  return out;
}

class RotateKernel : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    at::manual_seed(5);
    launched().clear();
  }
};

// Whole heads and a part of each, odd halves, and heads that begin unaligned; two rows of tokens,
// whose positions begin again; values beside the queries and keys, which must stay.
TEST_P(RotateKernel, TurnsQueriesAndKeysOfThePackedProduct) {
  const bool pairs = GetParam();
  for (const Shape& shape :
       {Shape{16, 16}, Shape{128, 128}, Shape{80, 32}, Shape{6, 4}, Shape{10, 10}, Shape{24, 8}}) {
    for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
      const at::Tensor product = at::randn({2, 5, 6, shape.size}).to(dtype);
      const at::Tensor before = product.clone();
      const at::Tensor angle = at::randn({5, shape.rotary_dim / 2}) * 3;
      const at::Tensor cos = angle.cos().to(dtype);
      const at::Tensor sin = angle.sin().to(dtype);
      rotate(product.narrow(2, 0, 4), cos, sin, pairs);
      const at::Tensor expected = by_definition(before.narrow(2, 0, 4), cos, sin, pairs);
      const double allowed = dtype == at::kFloat ? 1e-6 : 0x1p-8 * 1.002;
      const at::Tensor off = (product.narrow(2, 0, 4).to(at::kDouble) - expected).abs();
      EXPECT_TRUE(off.le(expected.abs() * allowed + 1e-6).all().item<bool>())
          << shape.size << " of which " << shape.rotary_dim;
      EXPECT_TRUE(at::equal(product.narrow(2, 4, 2), before.narrow(2, 4, 2)));
      const int64_t bytes = product.element_size();
      const bool packed = shape.size * bytes % 16 == 0 && shape.rotary_dim / 2 * bytes % 16 == 0;
      EXPECT_EQ(launched().back().packed, packed);
    }
  }
}

// The operations on CPU do the same in float32, step by step, so that no bit differs.
TEST_P(RotateKernel, HasTheBitsOfTheOperationsOnCpu) {
  const bool pairs = GetParam();
  const at::Tensor here = at::randn({2, 7, 3, 20});
  const at::Tensor there = here.clone();
  const at::Tensor angle = at::randn({7, 8});
  rotate(here, angle.cos(), angle.sin(), pairs);
  const auto on_cpu = pairs ? ops::rotate_pairs : ops::rotate_halves;
  on_cpu(there, angle.cos(), angle.sin());
  EXPECT_TRUE(at::equal(here, there));
}

TEST_P(RotateKernel, AValueThatIsNotFiniteStaysInItsPair) {
  const at::Tensor qk = at::randn({1, 2, 1, 8});
  qk[0][1][0][0] = INFINITY;
  const at::Tensor angle = at::randn({2, 4});
  rotate(qk, angle.cos(), angle.sin(), GetParam());
  const int64_t partner = GetParam() ? 1 : 4;
  EXPECT_FALSE(std::isfinite(qk[0][1][0][partner].item<float>()));
  EXPECT_EQ(qk.isfinite().logical_not().sum().item<int64_t>(), 2);
}

TEST_P(RotateKernel, RefusesATableOfAnotherLengthOrDtype) {
  const at::Tensor qk = at::randn({1, 3, 2, 8});
  const at::Tensor table = at::randn({3, 4});
  EXPECT_ANY_THROW(rotate(qk, table.narrow(0, 0, 2), table.narrow(0, 0, 2), GetParam()));
  EXPECT_ANY_THROW(rotate(qk, table.to(at::kBFloat16), table.to(at::kBFloat16), GetParam()));
  EXPECT_ANY_THROW(rotate(qk.narrow(3, 0, 6), table, table, GetParam()));
}

INSTANTIATE_TEST_SUITE_P(HalvesAndPairs, RotateKernel, testing::Bool());

}  // namespace
}  // namespace verdict::kernels
