#include "verdict/competition/step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "verdict/competition/epsilon.h"
#include "verdict/competition/keep.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

using testing::ElementsAre;

const Epsilon kLinear{.kind = Epsilon::Kind::linear, .start = 0.005, .end = 0.0001, .blocks = 2000};
const double kInfinity = std::numeric_limits<double>::infinity();

TEST(EpsilonAt, NeedsABlockToDecayOver) {
  Epsilon broken = kLinear;
  broken.blocks = 0;
  EXPECT_THROW((void)epsilon_at(broken, 1.0, 0.0), SystemError);
}

TEST(EpsilonAt, AnInfiniteBlockMeansFullyDecayedAndAnUnknownModelIsNew) {
  EXPECT_NEAR(epsilon_at(kLinear, kInfinity, 0.0), 0.0001, 1e-15);
  EXPECT_EQ(epsilon_at(kLinear, 1000.0, kInfinity), 0.005);
}

// The published example: age 1001, epsilon 0.00254755, 0.5·(1 − epsilon) = 0.498726225 < 0.499.
TEST(Duel, TheEarlierModelIsProtectedAndTheLaterOneIsNot) {
  const Entry older{.uid = 1, .score = 0.5, .block = 1000};
  const Entry newer{.uid = 2, .score = 0.499, .block = 2001};
  EXPECT_TRUE(duel(older, newer, kLinear, 2001).won);
  EXPECT_NEAR(duel(older, newer, kLinear, 2001).epsilon, 0.00254755, 1e-15);
  EXPECT_FALSE(duel(newer, older, kLinear, 2001).won);
  EXPECT_EQ(duel(newer, older, kLinear, 2001).epsilon, duel(older, newer, kLinear, 2001).epsilon);
  // Fully decayed, the newer one is good enough.
  EXPECT_TRUE(duel(newer, older, kLinear, 1e9).won);
}

TEST(Duel, NobodyIsProtectedInOneBlockAndNobodyWinsAtEquality) {
  const Entry a{.uid = 1, .score = 2.0, .block = 5};
  const Entry b{.uid = 2, .score = 1.999, .block = 5};
  EXPECT_FALSE(duel(a, b, kLinear, 5).won);
  EXPECT_TRUE(duel(b, a, kLinear, 5).won);
  EXPECT_EQ(duel(a, b, kLinear, 5).epsilon, 0.0);
  EXPECT_FALSE(duel(a, a, kLinear, 5).won);
}

std::vector<Entry> some_entries() {
  return {{.uid = 9, .score = 1.95, .block = 300},        {.uid = 3, .score = 2.0, .block = 100},
          {.uid = 5, .score = std::nan(""), .block = 50}, {.uid = 7, .score = 2.1, .block = 200},
          {.uid = 2, .score = -1.0, .block = 10},         {.uid = 4, .score = 1.99, .block = 150}};
}

TEST(HardenedStep, DoesNotDependOnTheOrderOfTheEntries) {
  std::vector<Entry> entries = some_entries();
  const StepResult first = hardened_step(entries, kLinear, 1000, Payout::softmax);
  EXPECT_THAT(first.uids, ElementsAre(2, 3, 4, 5, 7, 9));
  EXPECT_THAT(first.competitive, ElementsAre(3, 4, 9));
  EXPECT_THAT(first.ranking, ElementsAre(9, 4, 3));
  EXPECT_EQ(first.winner, 9);
  EXPECT_EQ(first.step_weights.at(2), 0.0);
  EXPECT_EQ(first.step_weights.at(5), 0.0);
  for (int i = 0; i < 20; ++i) {
    std::rotate(entries.begin(), entries.begin() + 1, entries.begin() + 3 + i % 4);
    const StepResult again = hardened_step(entries, kLinear, 1000, Payout::softmax);
    EXPECT_EQ(again.ranking, first.ranking);
    EXPECT_EQ(again.step_weights, first.step_weights);
    EXPECT_EQ(again.duel_won, first.duel_won);
  }
}

TEST(HardenedStep, EveryPairOfModelsWithAScoreHasItsDuel) {
  const StepResult step = hardened_step(some_entries(), kLinear, 1000, Payout::softmax);
  const size_t n = step.uids.size();
  ASSERT_EQ(step.duel_won.size(), n * n);
  EXPECT_EQ(step.duel_won[5 * n + 1], 1);  // 9 beats 3.
  EXPECT_EQ(step.duel_won[1 * n + 5], 0);
  EXPECT_EQ(step.duel_won[1 * n + 4], 1);  // 7 is not competitive; 3 beats it all the same.
  EXPECT_NEAR(step.epsilon[5 * n + 1], 0.005 - 900.0 / 2000.0 * 0.0049, 1e-15);
  EXPECT_TRUE(std::isnan(step.epsilon[1 * n + 1]));
  EXPECT_TRUE(std::isnan(step.epsilon[1 * n + 3]));  // 5 has failed.
  EXPECT_EQ(step.duel_won[1 * n + 3], 0);
}

TEST(HardenedStep, TheWinnerAloneIsPaidIfTheCompetitionSaysSo) {
  const StepResult step = hardened_step(some_entries(), kLinear, 1000, Payout::winner);
  for (const auto& [uid, weight] : step.step_weights) EXPECT_EQ(weight, uid == 9 ? 1.0 : 0.0);
  const std::vector<Entry> failed{{.uid = 1, .score = kInfinity, .block = 1}};
  EXPECT_EQ(hardened_step(failed, kLinear, 1000, Payout::winner).step_weights.at(1), 0.0);
}

// 40 competitive models in one strict order: the winner's share is 1 / Σ exp(−100 k / 39).
TEST(HardenedStep, TheSoftmaxIsStableAndSumsToOne) {
  std::vector<Entry> entries;
  for (int64_t uid = 0; uid < 40; ++uid) {
    entries.push_back({.uid = uid,
                       .score = 4.0 * std::pow(0.98, static_cast<double>(uid)),
                       .block = 100.0 + static_cast<double>(uid)});
  }
  const StepResult step = hardened_step(entries, kLinear, 1000, Payout::softmax);
  double sum = 0.0;
  for (const auto& entry : step.step_weights) sum += entry.second;
  EXPECT_NEAR(sum, 1.0, 1e-12);
  double expected = 0.0;
  for (int k = 0; k < 40; ++k) expected += std::exp(-100.0 * k / 39.0);
  EXPECT_NEAR(step.step_weights.at(39), 1.0 / expected, 1e-12);
}

TEST(HardenedStep, OneUidTwiceIsABug) {
  const std::vector<Entry> entries{{.uid = 1, .score = 1.0, .block = 1},
                                   {.uid = 1, .score = 2.0, .block = 2}};
  EXPECT_THROW((void)hardened_step(entries, kLinear, 10, Payout::softmax), SystemError);
}

TEST(HardenedStep, NoModelsAtAllIsNoWinner) {
  const StepResult step = hardened_step({}, kLinear, 10, Payout::softmax);
  EXPECT_FALSE(step.winner.has_value());
  EXPECT_TRUE(step.step_weights.empty());
}

TEST(ModelsToKeep, WeightCountsMoreThanTheRateAndScoreFillsUp) {
  KeepInput input{.entries = {{.uid = 0, .score = 3.0, .block = 1},
                              {.uid = 1, .score = 2.0, .block = 2},
                              {.uid = 2, .score = kInfinity, .block = 3},
                              {.uid = 3, .score = 2.5, .block = 4},
                              {.uid = 4, .score = std::nan(""), .block = 5}},
                  .win_rate = {{0, 1.0}, {1, 0.0}},
                  .ema = {0.0, 0.25},
                  .at_least = 4};
  EXPECT_THAT(models_to_keep(input), ElementsAre(1, 0, 3, 2));
  input.ema = {0.0, 0.0009};  // Too little to count.
  EXPECT_THAT(models_to_keep(input), ElementsAre(0, 1, 3, 2));
  input.at_least = 1;
  EXPECT_THAT(models_to_keep(input), ElementsAre(0));
}

}  // namespace
}  // namespace verdict
