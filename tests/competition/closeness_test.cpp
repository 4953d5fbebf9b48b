// Which winners are said to be too close to call.
#include <gtest/gtest.h>

#include <cmath>

#include "verdict/competition/result.h"

namespace verdict {
namespace {

constexpr int kRows = 100;

Competition one_task() {
  Competition c;
  c.epsilon = {.kind = Epsilon::Kind::linear, .start = 0.005, .end = 0.0001, .blocks = 1000};
  c.tasks = {{.name = "web", .weight = 1.0, .rows = kRows}};
  return c;
}

// The score is `loss`; rows of models with another `spread` differ by ±(spread − spread')/2 from
// one to the next, so the paired error is about |spread − spread'| / 20.
ModelLosses model(int64_t uid, double block, double loss, double spread = 0.0) {
  ModelLosses m{.uid = uid, .block = block, .ok = true, .tasks = {{.name = "web"}}};
  for (int i = 0; i < kRows; ++i) {
    m.tasks[0].row_nll.push_back(100.0 * (loss + (i % 2 == 0 ? 0.5 : -0.5) * spread));
    m.tasks[0].row_tokens.push_back(100);
  }
  return m;
}

ScoredCompetition scored(std::vector<ModelLosses> models, double block = 1000.0) {
  return score_competition(one_task(), std::move(models), block);
}

// At its own block the earlier model is protected by 0.005, so 2.0·0.005 = 0.01 must be overcome.
TEST(TooCloseToCall, AChallengerJustPastTheThresholdIsClose) {
  const ScoredCompetition close = scored({model(1, 1000, 2.0), model(2, 1001, 1.9899)});
  EXPECT_EQ(close.winner, 2);
  EXPECT_TRUE(close.too_close_to_call);
  const ScoredCompetition clear = scored({model(1, 1000, 2.0), model(2, 1001, 1.9896)});
  EXPECT_EQ(clear.winner, 2);
  EXPECT_FALSE(clear.too_close_to_call);
}

TEST(TooCloseToCall, AChallengerJustShortOfTheThresholdIsClose) {
  const ScoredCompetition close = scored({model(1, 1000, 2.0), model(2, 1001, 1.9901)});
  EXPECT_EQ(close.winner, 1);
  EXPECT_EQ(close.runner_up, 2);
  EXPECT_NEAR(close.margin, -0.0099, 1e-12);
  EXPECT_TRUE(close.too_close_to_call);
  EXPECT_FALSE(scored({model(1, 1000, 2.0), model(2, 1001, 1.9904)}).too_close_to_call);
}

TEST(TooCloseToCall, RowsThatDisagreeMakeAWiderBand) {
  // The paired error is about 0.005, so that three of them reach 0.015 beyond the threshold.
  const ScoredCompetition close = scored({model(1, 1000, 2.0), model(2, 1001, 1.976, 0.1)});
  EXPECT_EQ(close.winner, 2);
  EXPECT_NEAR(close.margin_stderr, 0.005, 1e-4);
  EXPECT_TRUE(close.too_close_to_call);
  EXPECT_FALSE(scored({model(1, 1000, 2.0), model(2, 1001, 1.974, 0.1)}).too_close_to_call);
  // A spread that both share does not count.
  EXPECT_FALSE(scored({model(1, 1000, 2.0, 0.1), model(2, 1001, 1.976, 0.1)}).too_close_to_call);
}

// At block 1e6 epsilon has decayed to 0.0001: whoever is not better by that is not even
// competitive, so there is no runner-up, and yet 0.0001 nat decides.
TEST(TooCloseToCall, AModelJustShortOfCompetitiveIsCloseWithoutBeingRunnerUp) {
  const ScoredCompetition r = scored({model(1, 10, 2.0), model(2, 1000, 1.9999)}, 1e6);
  EXPECT_EQ(r.winner, 1);
  EXPECT_FALSE(r.runner_up.has_value());
  EXPECT_TRUE(std::isnan(r.margin));
  EXPECT_TRUE(r.too_close_to_call);
  EXPECT_FALSE(scored({model(1, 10, 2.0), model(2, 1000, 2.01)}, 1e6).too_close_to_call);
}

TEST(TooCloseToCall, InOneBlockTheFilterIsWhatDecides) {
  EXPECT_TRUE(scored({model(1, 10, 2.0), model(2, 10, 1.9996)}).too_close_to_call);
  EXPECT_FALSE(scored({model(1, 10, 2.0), model(2, 10, 1.999)}).too_close_to_call);
}

TEST(TooCloseToCall, AnExactCopyIsACopyForEverybody) {
  const ScoredCompetition r = scored({model(1, 10, 2.0), model(2, 1000, 2.0)}, 1e6);
  EXPECT_EQ(r.winner, 1);
  EXPECT_FALSE(r.too_close_to_call);
}

TEST(TooCloseToCall, OneRowIsNeverEnough) {
  Competition c = one_task();
  const auto one_row = [](int64_t uid, double nll) {
    return ModelLosses{.uid = uid,
                       .block = static_cast<double>(uid),
                       .ok = true,
                       .tasks = {{.name = "web", .row_nll = {nll}, .row_tokens = {1}}}};
  };
  const ScoredCompetition r = score_competition(c, {one_row(1, 2.0), one_row(2, 1.0)}, 10);
  EXPECT_EQ(r.winner, 2);
  EXPECT_TRUE(std::isnan(r.margin_stderr));
  EXPECT_TRUE(r.too_close_to_call);
}

TEST(TooCloseToCall, AloneThereIsNothingToCall) {
  EXPECT_FALSE(scored({model(1, 10, 2.0)}).too_close_to_call);
}

}  // namespace
}  // namespace verdict
