#include "verdict/model/ops.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace verdict::ops {
namespace {

double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

class Ops : public testing::Test {
 protected:
  void SetUp() override { at::manual_seed(1); }
};

TEST_F(Ops, LinearIsTheProductWithTheTransposedWeightPlusBias) {
  const at::Tensor weight = at::randn({37, 24});
  const at::Tensor bias = at::randn({37});
  const at::Tensor x = at::randn({11, 24});
  Workspace workspace;
  at::Tensor out;
  linear(make_linear(weight, bias, 11), x, out, workspace);
  EXPECT_LT(largest_difference(
                out, at::linear(x.to(at::kDouble), weight.to(at::kDouble), bias.to(at::kDouble))),
            1e-5);
  linear(make_linear(weight, {}, 11), x, out, workspace);
  EXPECT_LT(largest_difference(out, at::linear(x.to(at::kDouble), weight.to(at::kDouble))), 1e-5);
  EXPECT_EQ(workspace.products, 2);
}

// What "the same bits" stands on: neither the other rows nor the place in the batch may matter.
TEST_F(Ops, ARowsProductHasTheSameBitsWhereverItStands) {
  const Linear l = make_linear(at::randn({192, 96}), {}, 8);
  const at::Tensor row = at::randn({1, 96});
  Workspace workspace;
  at::Tensor first;
  at::Tensor last;
  linear(l, at::cat({row, at::randn({7, 96})}), first, workspace);
  linear(l, at::cat({at::randn({7, 96}), row}), last, workspace);
  EXPECT_EQ(std::memcmp(first[0].data_ptr(), last[7].data_ptr(), 192 * sizeof(float)), 0);
}

TEST_F(Ops, TheGateIsTheFirstHalfAndGoesThroughTheActivation) {
  const at::Tensor gate = at::randn({4, 9});
  const at::Tensor up = at::randn({4, 9});
  const at::Tensor both = at::cat({gate, up}, 1);
  const at::Tensor wide = gate.to(at::kDouble);
  EXPECT_LT(largest_difference(activate_gate(both, Act::silu), wide * at::sigmoid(wide) * up),
            1e-6);
  const at::Tensor erf = wide * (1 + at::erf(wide / std::sqrt(2.0))) / 2;
  EXPECT_LT(largest_difference(activate_gate(both, Act::gelu_erf), erf * up), 1e-6);
  const at::Tensor inner = std::sqrt(2 / M_PI) * (wide + 0.044715 * wide.pow(3));
  const at::Tensor tanh = wide * (1 + at::tanh(inner)) / 2;
  EXPECT_LT(largest_difference(activate_gate(both, Act::gelu_tanh), tanh * up), 1e-6);
  EXPECT_LT(largest_difference(activate(gate, Act::gelu_tanh), tanh), 1e-6);
  EXPECT_GT(largest_difference(tanh, erf), 1e-5);
}

TEST_F(Ops, PairsTurnNeighboursAgainstEachOther) {
  at::Tensor x = at::randn({2, 3, 2, 6});
  const at::Tensor before = x.clone();
  const at::Tensor angle = at::randn({3, 2});  // rotary_dim 4 of 6.
  rotate_pairs(x, angle.cos(), angle.sin());
  for (int64_t position = 0; position < 3; ++position) {
    for (int64_t k = 0; k < 2; ++k) {
      const double a = angle[position][k].item<double>();
      const double u = before[1][position][1][2 * k].item<double>();
      const double v = before[1][position][1][2 * k + 1].item<double>();
      EXPECT_NEAR(x[1][position][1][2 * k].item<double>(), u * std::cos(a) - v * std::sin(a), 1e-6);
      EXPECT_NEAR(x[1][position][1][2 * k + 1].item<double>(), v * std::cos(a) + u * std::sin(a),
                  1e-6);
    }
  }
  EXPECT_TRUE(at::equal(x.narrow(-1, 4, 2), before.narrow(-1, 4, 2)));
}

TEST_F(Ops, RotationTurnsHalvesAgainstEachOtherAndLeavesTheRest) {
  at::Tensor x = at::randn({1, 3, 2, 8});
  const at::Tensor before = x.clone();
  const at::Tensor angle = at::randn({3, 2});  // rotary_dim 4 of 8.
  rotate_halves(x, angle.cos(), angle.sin());
  for (int64_t position = 0; position < 3; ++position) {
    for (int64_t k = 0; k < 2; ++k) {
      const double a = angle[position][k].item<double>();
      const double u = before[0][position][1][k].item<double>();
      const double v = before[0][position][1][k + 2].item<double>();
      EXPECT_NEAR(x[0][position][1][k].item<double>(), u * std::cos(a) - v * std::sin(a), 1e-6);
      EXPECT_NEAR(x[0][position][1][k + 2].item<double>(), v * std::cos(a) + u * std::sin(a), 1e-6);
    }
  }
  EXPECT_TRUE(at::equal(x.narrow(-1, 4, 4), before.narrow(-1, 4, 4)));
}

TEST_F(Ops, EmbeddingGivesZeroForIdsOfOtherRanks) {
  const at::Tensor embed = at::randn({4, 3});  // Ids 10 to 13.
  const at::Tensor rows = embed_own(embed, at::tensor({9, 10, 13, 14}, at::kLong), 10);
  EXPECT_TRUE(at::equal(rows[0], at::zeros({3})));
  EXPECT_TRUE(at::equal(rows[1], embed[0]));
  EXPECT_TRUE(at::equal(rows[2], embed[3]));
  EXPECT_TRUE(at::equal(rows[3], at::zeros({3})));
}

}  // namespace
}  // namespace verdict::ops
