#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "model/kernels/emulation.h"
#include "model/kernels/fused.h"

namespace verdict::kernels {
namespace {

// Half a unit of the last place of bfloat16 and of float32, relative, and a little for the float32
// arithmetic before: one rounding, and not two.
double tolerance(at::ScalarType dtype) { return dtype == at::kFloat ? 2e-6 : 0x1p-8 * 1.002; }

void expect_near(const at::Tensor& found, const at::Tensor& expected, at::ScalarType dtype) {
  const at::Tensor wide = expected.to(at::kDouble);
  const at::Tensor off = (found.to(at::kDouble) - wide).abs();
  const at::Tensor allowed = wide.abs() * tolerance(dtype) + 1e-6;
  EXPECT_TRUE(off.le(allowed).all().item<bool>()) << (off - allowed).max().item<double>();
}

// In double, from the definition; with the roundings of the dtype where the kind asks for them.
at::Tensor by_definition(const at::Tensor& x, const ops::NormWeights& w, Norm kind, double eps) {
  const at::Tensor wide = x.to(at::kDouble);
  const at::Tensor weight = w.weight.to(at::kDouble);
  if (kind == Norm::layer) {
    const at::Tensor centred = wide - wide.mean(-1, true);
    const at::Tensor scaled = centred / (centred.square().mean(-1, true) + eps).sqrt() * weight;
    return w.bias.defined() ? scaled + w.bias.to(at::kDouble) : scaled;
  }
  const at::Tensor normed = wide / (wide.square().mean(-1, true) + eps).sqrt();
  if (kind == Norm::rms_plus_one) return normed * (weight + 1);
  return normed * weight;
}

struct Case {
  at::Tensor x{}, branch{};
  ops::NormWeights weights{};
};

Case make_case(int64_t rows, int64_t width, at::ScalarType dtype) {
  const auto random = [&](at::IntArrayRef shape) { return at::randn(shape).to(dtype); };
  return {.x = random({rows, width}),
          .branch = random({rows, width}),
          .weights = {.weight = random({width}), .bias = random({width})}};
}

class AddNormKernel : public testing::Test {
 protected:
  void SetUp() override {
    at::manual_seed(3);
    launched().clear();
  }
};

// Widths of one element, of less than a warp, odd, of whole packs, of more packs than a block has
// threads (so that some are read twice), with a warp that is partly idle.
TEST_F(AddNormKernel, IsTheNormOfTheRoundedSumForEveryKindDtypeAndWidth) {
  constexpr double kEps = 1e-5;
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
    for (const int64_t width : {1, 7, 8, 72, 129, 512, 1031, 5120, 8200, 10001}) {
      for (const Norm kind : {Norm::rms_wide, Norm::rms_plus_one, Norm::layer}) {
        const Case c = make_case(3, width, dtype);
        const at::Tensor sum = c.x + c.branch;  // ATen rounds a sum of bfloat16 once, too.
        const at::Tensor out = at::empty_like(c.x);
        add_norm(c.x, c.branch, c.weights, kind, kEps, out);
        EXPECT_TRUE(at::equal(c.x, sum)) << "width " << width;
        expect_near(out, by_definition(sum, c.weights, kind, kEps), dtype);
        EXPECT_EQ(launched().back().packed, width * sum.element_size() % 16 == 0);
      }
    }
  }
}

TEST_F(AddNormKernel, LlamasKindIsRoundedBeforeTheProductWithTheWeight) {
  const Case c = make_case(4, 2048, at::kBFloat16);
  const at::Tensor out = at::empty_like(c.x);
  add_norm(c.x, {}, c.weights, Norm::rms, 1e-6, out);
  const at::Tensor expected = ops::norm(c.x, c.weights, Norm::rms, 1e-6);
  // The sum of squares runs in another order than ATen's, so that a tie may break the other way.
  const double differ = out.ne(expected).to(at::kDouble).mean().item<double>();
  EXPECT_LT(differ, 2e-3);
  const at::Tensor wide = at::empty_like(c.x);
  add_norm(c.x, {}, c.weights, Norm::rms_wide, 1e-6, wide);
  EXPECT_GT(out.ne(wide).to(at::kDouble).mean().item<double>(), 0.1);
}

TEST_F(AddNormKernel, AgreesWithTheOperationsOnCpu) {
  for (const Norm kind : {Norm::rms, Norm::rms_wide, Norm::rms_plus_one, Norm::layer}) {
    const Case c = make_case(5, 576, at::kFloat);
    const at::Tensor before = c.x.clone();
    const at::Tensor out = at::empty_like(c.x);
    add_norm(c.x, {}, c.weights, kind, 1e-5, out);
    EXPECT_TRUE(at::equal(c.x, before)) << "without a branch x stays";
    expect_near(out, ops::norm(c.x, c.weights, kind, 1e-5), at::kFloat);
  }
}

// A mean a thousand times the deviation: mean(x²) − mean(x)² would lose it all.
TEST_F(AddNormKernel, TheVarianceDoesNotCancel) {
  Case c = make_case(2, 4096, at::kFloat);
  c.x.add_(1000);
  const at::Tensor out = at::empty_like(c.x);
  add_norm(c.x, {}, c.weights, Norm::layer, 1e-5, out);
  const at::Tensor off = out.to(at::kDouble) - by_definition(c.x, c.weights, Norm::layer, 1e-5);
  EXPECT_LT(off.abs().max().item<double>(), 1e-3);
}

TEST_F(AddNormKernel, WithoutABiasNothingIsAdded) {
  Case c = make_case(2, 100, at::kFloat);
  c.weights.bias = at::Tensor();
  const at::Tensor out = at::empty_like(c.x);
  add_norm(c.x, {}, c.weights, Norm::layer, 1e-5, out);
  expect_near(out, by_definition(c.x, c.weights, Norm::layer, 1e-5), at::kFloat);
}

// Heads inside the packed product of q, k and v, in place: what is between them must stay.
TEST_F(AddNormKernel, TreatsHeadsOfAPackedProductInPlace) {
  for (const int64_t size : {8, 16, 5}) {
    const at::Tensor packed = at::randn({2, 3, 7, size}).to(at::kBFloat16);
    const at::Tensor before = packed.clone();
    const at::Tensor heads = packed.narrow(2, 2, 4);
    const ops::NormWeights weights{.weight = at::randn({size}).to(at::kBFloat16)};
    add_norm(heads, {}, weights, Norm::rms_wide, 1e-6, heads);
    expect_near(heads, by_definition(before.narrow(2, 2, 4), weights, Norm::rms_wide, 1e-6),
                at::kBFloat16);
    EXPECT_TRUE(at::equal(packed.narrow(2, 0, 2), before.narrow(2, 0, 2)));
    EXPECT_TRUE(at::equal(packed.narrow(2, 6, 1), before.narrow(2, 6, 1)));
  }
}

TEST_F(AddNormKernel, RowsThatAreNotAlignedTakeNarrowAccesses) {
  const at::Tensor memory = at::randn({2 * 64 + 1});
  const at::Tensor x = memory.narrow(0, 1, 2 * 64).view({2, 64});
  const ops::NormWeights weights{.weight = at::randn({64})};
  const at::Tensor out = at::empty({2, 64});
  add_norm(x, {}, weights, Norm::rms_wide, 1e-6, out);
  EXPECT_FALSE(launched().back().packed);
  expect_near(out, by_definition(x, weights, Norm::rms_wide, 1e-6), at::kFloat);
}

TEST_F(AddNormKernel, AValueThatIsNotFiniteSpoilsItsRowAndNoOther) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float bad : {infinity, -infinity, std::numeric_limits<float>::quiet_NaN()}) {
    for (const Norm kind : {Norm::rms, Norm::layer}) {
      const Case c = make_case(3, 300, at::kFloat);
      c.branch[1][299] = bad;
      const at::Tensor out = at::empty_like(c.x);
      add_norm(c.x, c.branch, c.weights, kind, 1e-5, out);
      EXPECT_FALSE(std::isfinite(out[1][299].item<float>()));
      EXPECT_TRUE(out[0].isfinite().all().item<bool>());
      EXPECT_TRUE(out[2].isfinite().all().item<bool>());
    }
  }
}

TEST_F(AddNormKernel, ARowHasTheSameBitsWhereverItStands) {
  const Case c = make_case(6, 5120, at::kBFloat16);
  const at::Tensor all = at::empty_like(c.x);
  add_norm(c.x, {}, c.weights, Norm::rms, 1e-6, all);
  const at::Tensor alone = at::empty({1, 5120}, all.options());
  add_norm(c.x.narrow(0, 5, 1), {}, c.weights, Norm::rms, 1e-6, alone);
  EXPECT_EQ(std::memcmp(alone.data_ptr(), all[5].data_ptr(), alone.nbytes()), 0);
}

TEST_F(AddNormKernel, RefusesWhatItCannotTreat) {
  const Case c = make_case(2, 16, at::kFloat);
  const at::Tensor out = at::empty_like(c.x);
  const auto run = [&](const at::Tensor& x, const at::Tensor& branch, const at::Tensor& into) {
    add_norm(x, branch, c.weights, Norm::layer, 1e-5, into);
  };
  EXPECT_ANY_THROW(run(c.x.to(at::kHalf), {}, out));
  EXPECT_ANY_THROW(run(c.x, c.branch.narrow(0, 0, 1), out));
  EXPECT_ANY_THROW(run(c.x, c.branch, c.x));
  EXPECT_ANY_THROW(run(c.x, c.branch.to(at::kBFloat16), out));
  EXPECT_ANY_THROW(run(c.x.t(), {}, out));
  EXPECT_ANY_THROW(run(c.x.narrow(1, 0, 8), {}, out.narrow(1, 0, 8)));
}

}  // namespace
}  // namespace verdict::kernels
