#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "model/kernels/emulation.h"
#include "model/kernels/fused.h"
#include "verdict/model/ops.h"

namespace verdict::kernels {
namespace {

at::Tensor by_definition(const at::Tensor& x, Act act) {
  const at::Tensor wide = x.to(at::kDouble);
  switch (act) {
    case Act::silu:
      return wide * at::sigmoid(wide);
    case Act::gelu_tanh:
      return wide * (1 + at::tanh(std::sqrt(2 / M_PI) * (wide + 0.044715 * wide.pow(3)))) / 2;
    case Act::gelu_erf:
      return wide * (1 + at::erf(wide / std::sqrt(2.0))) / 2;
  }
  return wide;
}

class GateKernel : public testing::TestWithParam<Act> {
 protected:
  void SetUp() override {
    at::manual_seed(9);
    launched().clear();
  }
};

// Widths of one element, odd, and of whole packs; values out to where the curves are flat.
TEST_P(GateKernel, IsTheActivationTimesTheSecondHalfRoundedOnce) {
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
    for (const int64_t width : {1, 7, 8, 72, 1031}) {
      const at::Tensor in = (at::randn({5, 2 * width}) * 4).to(dtype);
      const at::Tensor gated = gate(in, GetParam(), true);
      const at::Tensor up = in.narrow(1, width, width).to(at::kDouble);
      const at::Tensor expected = by_definition(in.narrow(1, 0, width), GetParam()) * up;
      const double allowed = dtype == at::kFloat ? 1e-5 : 0x1p-8 * 1.01;
      // Far out on the left 1 + erf cancels in float32: absolute, not relative.
      const at::Tensor off = (gated.to(at::kDouble) - expected).abs();
      EXPECT_TRUE(off.le(expected.abs() * allowed + 5e-6).all().item<bool>()) << width;
      EXPECT_EQ(gated.size(1), width);
      EXPECT_EQ(launched().back().packed, width * in.element_size() % 16 == 0);
      const at::Tensor plain = gate(in, GetParam(), false);
      const at::Tensor away = (plain.to(at::kDouble) - by_definition(in, GetParam())).abs();
      EXPECT_TRUE(away.le(plain.to(at::kDouble).abs() * allowed + 5e-6).all().item<bool>());
    }
  }
}

TEST_P(GateKernel, AgreesWithTheOperationsOnCpu) {
  const at::Tensor in = at::randn({6, 96}) * 3;
  EXPECT_TRUE(
      at::allclose(gate(in, GetParam(), true), ops::activate_gate(in, GetParam()), 1e-5, 2e-6));
  EXPECT_TRUE(at::allclose(gate(in, GetParam(), false), ops::activate(in, GetParam()), 1e-5, 2e-6));
}

TEST_P(GateKernel, NanAndInfinityComeOutAsOfTheOperationsOnCpu) {
  const float infinity = std::numeric_limits<float>::infinity();
  const at::Tensor in =
      at::tensor({infinity, -infinity, std::numeric_limits<float>::quiet_NaN(), 1.0F}).view({1, 4});
  const at::Tensor here = gate(in, GetParam(), false);
  const at::Tensor there = ops::activate(in, GetParam());
  EXPECT_EQ(here[0][0].item<float>(), infinity);
  EXPECT_TRUE(std::isnan(here[0][2].item<float>()));
  EXPECT_TRUE(std::isfinite(here[0][3].item<float>()));
  EXPECT_EQ(std::isfinite(here[0][1].item<float>()), std::isfinite(there[0][1].item<float>()));
}

INSTANTIATE_TEST_SUITE_P(Curves, GateKernel,
                         testing::Values(Act::silu, Act::gelu_tanh, Act::gelu_erf));

}  // namespace
}  // namespace verdict::kernels
