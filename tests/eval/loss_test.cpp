#include "verdict/eval/loss.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "eval/world_group.h"
#include "verdict/checkpoint/shard_plan.h"

namespace verdict {
namespace {

constexpr int64_t kVocab = 1009;  // Prime: no degree but one divides it.

class TokenNll : public testing::Test {
 protected:
  void SetUp() override { at::manual_seed(7); }
  Group group_ = world_group();
  Range mine_ = share(kVocab, group_.rank(), group_.size());

  // This rank's columns, in memory of their own: the loss overwrites them.
  at::Tensor part(const at::Tensor& logits) const {
    return logits.narrow(1, mine_.begin, mine_.size()).contiguous();
  }
  at::Tensor nll(const at::Tensor& logits, const at::Tensor& targets) {
    at::Tensor own = part(logits);
    return token_nll(own, targets, mine_, *group_.tensors);
  }
};

TEST_F(TokenNll, IsTheCrossEntropyOfTheWholeVocabulary) {
  // A spread of 20 puts probabilities down to e^-70 into the sum.
  const at::Tensor logits = at::randn({200, kVocab}) * 20;
  const at::Tensor targets = at::randint(kVocab, {200}, at::kLong);
  const at::Tensor expected =
      -at::log_softmax(logits.to(at::kDouble), -1).gather(1, targets.unsqueeze(1)).squeeze(1);
  const at::Tensor error = (nll(logits, targets).to(at::kDouble) - expected).abs();
  // float32 holds a loss of 100 nat to 4e-6; the mean of the errors is far below.
  EXPECT_LT(error.max().item<double>(), 2e-5);
  EXPECT_LT(error.mean().item<double>(), 3e-6);
}

TEST_F(TokenNll, LargeLogitsDoNotOverflow) {
  at::Tensor logits = at::zeros({1, kVocab});
  logits[0][500] = 1e30F;
  const at::Tensor targets = at::full({1}, int64_t{500}, at::kLong);
  EXPECT_EQ(nll(logits, targets).item<float>(), 0.0F);
}

TEST_F(TokenNll, ALogitThatIsNotFiniteMakesItsTokenNanAndNoOther) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float bad : {infinity, -infinity, std::numeric_limits<float>::quiet_NaN()}) {
    for (const int64_t place : {int64_t{0}, kVocab - 1}) {
      at::Tensor logits = at::randn({3, kVocab});
      logits[1][place] = bad;
      const at::Tensor result = nll(logits, at::full({3}, int64_t{5}, at::kLong));
      EXPECT_TRUE(std::isnan(result[1].item<float>())) << bad << " at " << place;
      EXPECT_TRUE(std::isfinite(result[0].item<float>()));
      EXPECT_TRUE(std::isfinite(result[2].item<float>()));
    }
  }
}

}  // namespace
}  // namespace verdict
