#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "model/kernels/emulation.h"
#include "model/kernels/fused.h"

namespace verdict::kernels {
namespace {

at::Tensor nll_of(const RowSums& sums) { return sums.peak + sums.sum.log() - sums.target; }

at::Tensor by_definition(const at::Tensor& logits, const at::Tensor& targets, double softcap) {
  at::Tensor wide = logits.to(at::kDouble);
  if (softcap > 0) wide = (wide / softcap).tanh() * softcap;
  return -at::log_softmax(wide, -1).gather(1, targets.unsqueeze(1)).squeeze(1);
}

class LogSumExpKernel : public testing::Test {
 protected:
  void SetUp() override {
    at::manual_seed(11);
    launched().clear();
  }
  static at::Tensor targets(int64_t rows, int64_t vocab) {
    return at::randint(vocab, {rows}, at::kLong);
  }
};

// The bounds of the goal for this kernel: 2e-5 nat for a token, 1e-6 in the mean. Vocabularies of
// one id, odd, of whole packs, of more than a block's threads, and of a real tokenizer.
TEST_F(LogSumExpKernel, GivesTheCrossEntropy) {
  for (const int64_t vocab : {1, 3, 8, 1009, 4096, 50257, 100352}) {
    const at::Tensor logits = at::randn({24, vocab}) * 5;
    const at::Tensor ids = targets(24, vocab);
    const at::Tensor found = nll_of(log_sum_exp(logits, ids, {0, vocab}, 0));
    const at::Tensor off = found.to(at::kDouble) - by_definition(logits, ids, 0);
    EXPECT_LT(off.abs().max().item<double>(), 2e-5) << vocab;
    EXPECT_LT(std::abs(off.mean().item<double>()), 1e-6) << vocab;
    EXPECT_EQ(launched().back().packed, vocab % 4 == 0);
  }
}

// As in the goldens of the loss: probabilities down to e^-70 and logits at the end of float32.
TEST_F(LogSumExpKernel, NeitherSmallProbabilitiesNorLargeLogitsHarm) {
  const at::Tensor spread = at::randn({50, 1009}) * 20;
  const at::Tensor ids = targets(50, 1009);
  const at::Tensor off = nll_of(log_sum_exp(spread, ids, {0, 1009}, 0)).to(at::kDouble) -
                         by_definition(spread, ids, 0);
  EXPECT_LT(off.abs().max().item<double>(), 2e-5);
  at::Tensor large = at::zeros({2, 1009});
  large[0][500] = 1e30F;
  large[1].fill_(-std::numeric_limits<float>::max());
  large[1][500] = std::numeric_limits<float>::max();
  const at::Tensor five_hundred = at::full({2}, int64_t{500}, at::kLong);
  EXPECT_TRUE(at::equal(nll_of(log_sum_exp(large, five_hundred, {0, 1009}, 0)), at::zeros({2})));
}

TEST_F(LogSumExpKernel, TheSoftCapBendsEveryLogitAndTheTargets) {
  for (const int64_t vocab : {1009, 1024}) {
    const at::Tensor logits = at::randn({20, vocab}) * 40;
    const at::Tensor ids = targets(20, vocab);
    const at::Tensor before = logits.clone();
    const at::Tensor off = nll_of(log_sum_exp(logits, ids, {0, vocab}, 30)).to(at::kDouble) -
                           by_definition(logits, ids, 30);
    EXPECT_LT(off.abs().max().item<double>(), 2e-5);
    EXPECT_TRUE(at::equal(logits, before)) << "the logits are read and never written";
  }
}

// Three ranks with parts of the vocabulary, one of them a single id, merged as ranks do.
TEST_F(LogSumExpKernel, RanksWithPartsOfTheVocabularyMakeTheWhole) {
  const int64_t vocab = 1013;
  const at::Tensor logits = at::randn({30, vocab}) * 8;
  const at::Tensor ids = targets(30, vocab);
  std::vector<RowSums> parts;
  at::Tensor peak = at::full({30}, -std::numeric_limits<float>::infinity());
  for (const Range mine : {Range{0, 500}, Range{500, 501}, Range{501, vocab}}) {
    // A view: its rows are further apart than they are long.
    parts.push_back(log_sum_exp(logits.narrow(1, mine.begin, mine.size()), ids, mine, 0));
    peak = at::maximum(peak, parts.back().peak);
  }
  at::Tensor sum = at::zeros({30});
  at::Tensor hit = at::zeros({30});
  for (const RowSums& part : parts) {
    sum += part.sum * (part.peak - peak).exp();
    hit += part.target;
  }
  const at::Tensor off = (peak + sum.log() - hit).to(at::kDouble) - by_definition(logits, ids, 0);
  EXPECT_LT(off.abs().max().item<double>(), 2e-5);
}

TEST_F(LogSumExpKernel, RowsLongerApartThanTheyAreWideKeepWideAccessesAndTheirTail) {
  const at::Tensor memory = at::randn({4, 1024});
  const at::Tensor logits = memory.narrow(1, 0, 1021);
  const at::Tensor ids = at::full({4}, int64_t{1020}, at::kLong);
  const at::Tensor off = nll_of(log_sum_exp(logits, ids, {0, 1021}, 0)).to(at::kDouble) -
                         by_definition(logits, ids, 0);
  EXPECT_TRUE(launched().back().packed);
  EXPECT_LT(off.abs().max().item<double>(), 2e-5);
}

// In the first and the last pack, in the tail, and where a soft-cap would hide it.
TEST_F(LogSumExpKernel, ALogitThatIsNotFiniteMakesItsTokenNanAndNoOther) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float bad : {infinity, -infinity, std::numeric_limits<float>::quiet_NaN()}) {
    for (const int64_t place : {0, 1, 2047, 2048, 4100}) {
      for (const double softcap : {0.0, 30.0}) {
        const at::Tensor logits = at::randn({3, 4104}).narrow(1, 0, 4101);
        logits[1][place] = bad;
        const at::Tensor ids = at::full({3}, int64_t{5}, at::kLong);
        const at::Tensor found = nll_of(log_sum_exp(logits, ids, {0, 4101}, softcap));
        EXPECT_TRUE(std::isnan(found[1].item<float>())) << bad << " at " << place;
        EXPECT_TRUE(std::isfinite(found[0].item<float>()));
        EXPECT_TRUE(std::isfinite(found[2].item<float>()));
      }
    }
  }
}

TEST_F(LogSumExpKernel, ATokenHasTheSameBitsWhereverItStands) {
  const at::Tensor logits = at::randn({9, 5000});
  const at::Tensor ids = targets(9, 5000);
  const RowSums all = log_sum_exp(logits, ids, {0, 5000}, 0);
  const RowSums alone = log_sum_exp(logits.narrow(0, 8, 1), ids.narrow(0, 8, 1), {0, 5000}, 0);
  EXPECT_TRUE(at::equal(all.sum.narrow(0, 8, 1), alone.sum));
  EXPECT_TRUE(at::equal(all.peak.narrow(0, 8, 1), alone.peak));
}

TEST_F(LogSumExpKernel, RefusesWhatItCannotTreat) {
  const at::Tensor logits = at::randn({3, 8});
  const at::Tensor ids = targets(3, 8);
  const auto run = [](const at::Tensor& l, const at::Tensor& t, Range vocab) {
    static_cast<void>(log_sum_exp(l, t, vocab, 0));
  };
  EXPECT_ANY_THROW(run(logits.to(at::kBFloat16), ids, {0, 8}));
  EXPECT_ANY_THROW(run(logits, ids, {0, 9}));
  EXPECT_ANY_THROW(run(logits, ids.narrow(0, 0, 2), {0, 8}));
  EXPECT_ANY_THROW(run(logits, ids.to(at::kInt), {0, 8}));
  EXPECT_ANY_THROW(run(logits.t(), ids, {0, 3}));
}

}  // namespace
}  // namespace verdict::kernels
