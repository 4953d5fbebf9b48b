#include "verdict/competition/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "verdict/core/error.h"

namespace verdict {
namespace {

// 2, 4, 4, 6: mean 4, squares 4 + 0 + 0 + 4 = 8, variance 8/3, standard error sqrt(8/3/4) =
// sqrt(2/3).
TEST(SampleMean, AgreesWithAHandComputedOne) {
  const Estimate e = sample_mean(std::vector<double>{2.0, 4.0, 4.0, 6.0});
  EXPECT_EQ(e.n, 4);
  EXPECT_EQ(e.mean, 4.0);
  EXPECT_DOUBLE_EQ(e.standard_error, std::sqrt(2.0 / 3.0));
}

TEST(SampleMean, OneValueHasNoErrorAndNoneHasNoMean) {
  const Estimate one = sample_mean(std::vector<double>{3.0});
  EXPECT_EQ(one.mean, 3.0);
  EXPECT_TRUE(std::isnan(one.standard_error));
  const Estimate none = sample_mean({});
  EXPECT_EQ(none.n, 0);
  EXPECT_TRUE(std::isnan(none.mean));
  EXPECT_TRUE(std::isnan(none.standard_error));
}

// sqrt(0.36·0.01 + 0.16·0.0225) = sqrt(0.0036 + 0.0036).
TEST(StratifiedError, AddsVariancesWithSquaredWeights) {
  const std::vector<Stratum> strata{{.weight = 0.6, .standard_error = 0.1},
                                    {.weight = 0.4, .standard_error = 0.15}};
  EXPECT_DOUBLE_EQ(stratified_error(strata), std::sqrt(0.0072));
}

// a − b = −0.1, −0.1, 0.2: mean 0, squares 0.01 + 0.01 + 0.04 = 0.06, standard error sqrt(0.06/2/3)
// = 0.1. The rows themselves spread by 1: unpaired the error would be about 0.8.
TEST(PairedDifference, LooksAtTheRowsDifferences) {
  const std::vector<double> a{1.0, 2.0, 3.2};
  const std::vector<double> b{1.1, 2.1, 3.0};
  const std::vector<double> c{5.0, 5.0};
  const std::vector<double> d{4.0, 4.0};
  const std::vector<PairedTask> tasks{{.weight = 0.5, .a = a, .b = b},
                                      {.weight = 0.5, .a = c, .b = d}};
  const Difference difference = paired_difference(tasks);
  EXPECT_NEAR(difference.value, 0.5 * 0.0 + 0.5 * 1.0, 1e-15);
  EXPECT_NEAR(difference.standard_error, 0.5 * 0.1, 1e-15);
}

// With ceiling 1 and c = 1 − exp(−1): g(x) = (1 − exp(−x))/c, g'(x) = exp(−x)/c. Means 0.3 and 0.5,
// rows a = {0.2, 0.4} and b = {0.4, 0.6}: d = g'(0.3)·a − g'(0.5)·b has two values 0.2·(g'(0.3) −
// g'(0.5)) apart, so its standard error is half of that.
TEST(PairedDifference, GoesThroughTheNormalizationsSlope) {
  const Normalization inverse{.kind = Normalization::Kind::inverse_exponential, .ceiling = 1.0};
  const std::vector<double> a{0.2, 0.4};
  const std::vector<double> b{0.4, 0.6};
  const std::vector<PairedTask> tasks{{.weight = 1.0, .normalization = inverse, .a = a, .b = b}};
  const double c = 1.0 - std::exp(-1.0);
  const Difference difference = paired_difference(tasks);
  EXPECT_NEAR(difference.value, (std::exp(-0.5) - std::exp(-0.3)) / c, 1e-15);
  EXPECT_NEAR(difference.standard_error, (std::exp(-0.3) - std::exp(-0.5)) / c * 0.2 / 2.0, 1e-15);
}

TEST(PairedDifference, AModelAgainstItselfIsExactlyNothing) {
  const std::vector<double> a{0.1, 0.7, 0.3};
  const std::vector<PairedTask> tasks{{.weight = 0.3, .a = a, .b = a}};
  EXPECT_EQ(paired_difference(tasks).value, 0.0);
  EXPECT_EQ(paired_difference(tasks).standard_error, 0.0);
}

TEST(PairedDifference, OtherNumbersOfRowsAreABug) {
  const std::vector<double> a{0.1, 0.7};
  const std::vector<double> b{0.1};
  const std::vector<PairedTask> tasks{{.weight = 1.0, .a = a, .b = b}};
  EXPECT_THROW((void)paired_difference(tasks), SystemError);
}

TEST(TooCloseToCall, TheBoundIsThreeErrorsOfRowsAndNumericsTogether) {
  // 3·sqrt(0.0004² + 0.0001²) = 0.00123693…
  EXPECT_TRUE(too_close_to_call(0.0112, 0.01, 0.0004));
  EXPECT_FALSE(too_close_to_call(0.01124, 0.01, 0.0004));
  EXPECT_TRUE(too_close_to_call(0.0088, 0.01, 0.0004));
  EXPECT_FALSE(too_close_to_call(0.00876, 0.01, 0.0004));
  // Even without any error of rows.
  EXPECT_TRUE(too_close_to_call(0.00029, 0.0, 0.0));
  EXPECT_FALSE(too_close_to_call(0.00031, 0.0, 0.0));
}

TEST(TooCloseToCall, WhatIsNotKnownIsNotSure) {
  EXPECT_TRUE(too_close_to_call(1.0, 0.0, std::nan("")));
  EXPECT_TRUE(too_close_to_call(std::nan(""), 0.0, 0.1));
}

}  // namespace
}  // namespace verdict
