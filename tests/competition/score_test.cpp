// Scores, moving averages and published weights beyond the published vectors.
#include "verdict/competition/score.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "verdict/competition/tracker.h"
#include "verdict/competition/weights.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

using testing::ElementsAre;

const double kInfinity = std::numeric_limits<double>::infinity();
const Normalization kInverse{.kind = Normalization::Kind::inverse_exponential, .ceiling = 5.0};

TEST(NormalizeScore, InfinityBecomesOneAndNanStays) {
  EXPECT_EQ(normalize_score(kInfinity, kInverse), 1.0);
  EXPECT_TRUE(std::isnan(normalize_score(std::nan(""), kInverse)));
  EXPECT_EQ(normalize_score(kInfinity, {}), kInfinity);
}

TEST(NormalizationSlope, IsTheDerivative) {
  const double h = 1e-6;
  const double numeric =
      (normalize_score(2.0 + h, kInverse) - normalize_score(2.0 - h, kInverse)) / (2.0 * h);
  EXPECT_NEAR(normalization_slope(2.0, kInverse), numeric, 1e-9);
  EXPECT_EQ(normalization_slope(5.0, kInverse), 0.0);
  EXPECT_EQ(normalization_slope(2.0, {}), 1.0);
}

TEST(CombineTasks, NormalizesEachTaskBeforeItsWeight) {
  const std::vector<TaskScore> tasks{{.raw = 2.0, .weight = 0.5},
                                     {.raw = 7.0, .weight = 0.5, .normalization = kInverse}};
  EXPECT_DOUBLE_EQ(combine_tasks(tasks), 0.5 * 2.0 + 0.5 * 1.0);
}

TEST(EffectiveWeights, AreLeftAloneWithinTheToleranceOfTheSum) {
  EXPECT_THAT(effective_weights(std::vector<double>{0.5, 0.5 + 5e-10}),
              ElementsAre(0.5, 0.5 + 5e-10));
  EXPECT_THAT(effective_weights(std::vector<double>{0.25, 0.25}), ElementsAre(0.5, 0.5));
}

TEST(Tracker, AnUnusableStepRecordsZeros) {
  Tracker tracker{.uids = 3};
  record(tracker, 1, {0.0, 0.0, 0.0});
  EXPECT_THAT(tracker.weights.at(1), ElementsAre(0.0, 0.0, 0.0));
  record(tracker, 2, {1.0, std::nan(""), 0.0});
  EXPECT_THAT(tracker.weights.at(2), ElementsAre(0.0, 0.0, 0.0));
}

TEST(Tracker, GrowsButNeverShrinks) {
  Tracker tracker{.uids = 2};
  record(tracker, 1, {0.0, 1.0});
  resize(tracker, 4);
  EXPECT_THAT(tracker.weights.at(1), ElementsAre(0.0, 1.0, 0.0, 0.0));
  EXPECT_THROW(resize(tracker, 3), SystemError);
  EXPECT_THROW(record(tracker, 1, {1.0, 0.0}), SystemError);
}

TEST(SubnetVector, WhatIsMissingGoesToTheOthersInProportion) {
  Tracker tracker{.uids = 3};
  const std::vector<RewardShare> rewards{{1, 0.3}, {2, 0.1}, {3, 0.6}};
  EXPECT_THAT(subnet_vector(tracker, rewards), ElementsAre(0.0, 0.0, 0.0));
  record(tracker, 1, {1.0, 0.0, 0.0});
  record(tracker, 2, {0.0, 1.0, 0.0});
  const std::vector<double> subnet = subnet_vector(tracker, rewards);
  EXPECT_DOUBLE_EQ(subnet[0], 0.75);
  EXPECT_DOUBLE_EQ(subnet[1], 0.25);
  EXPECT_EQ(subnet[2], 0.0);
}

TEST(ToU16, InfinityAndNoWeightsAreRefused) {
  EXPECT_THROW((void)to_u16(std::vector<int64_t>{1}, std::vector<double>{kInfinity}), SystemError);
  EXPECT_THROW((void)to_u16({}, {}), SystemError);
}

}  // namespace
}  // namespace verdict
