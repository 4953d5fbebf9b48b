#include "verdict/results/differences.h"

#include <gtest/gtest.h>

#include "verdict/core/error.h"

namespace verdict {
namespace {

TEST(NumericsDifference, EqualFingerprintsHaveNone) {
  EXPECT_EQ(numerics_difference(R"({"tp":1,"dtype":"float32"})", R"({"tp":1,"dtype":"float32"})"),
            "");
  EXPECT_EQ(numerics_difference(R"({"tp":1,"dtype":"float32"})", R"({"dtype":"float32", "tp":1})"),
            "");
}

TEST(NumericsDifference, EveryDifferenceIsNamedWithBothValues) {
  EXPECT_EQ(numerics_difference(R"({"tp":1,"torch":"2.10"})", R"({"tp":2,"torch":"2.11"})"),
            R"(tp is 1 against 2; torch is "2.10" against "2.11")");
}

TEST(NumericsDifference, AKeyThatOneSideLacksIsADifference) {
  EXPECT_EQ(numerics_difference(R"({"tp":1})", R"({"tp":1,"kernels":2})"),
            "kernels is nothing against 2");
  EXPECT_EQ(numerics_difference(R"({"tp":1,"kernels":2})", R"({"tp":1})"),
            "kernels is 2 against nothing");
}

TEST(NumericsDifference, WhatIsNotJsonIsRefused) {
  EXPECT_THROW(static_cast<void>(numerics_difference("{", "{}")), FormatError);
}

TEST(Differences, OfListsAndObjectsOnlyWhatDiffersIsNamed) {
  const auto found = differences(parse_json(R"({"a":[1,2,3],"b":{"c":"x"}})"),
                                 parse_json(R"({"a":[1,9],"b":{"c":"y\u001b"}})"));
  EXPECT_EQ(describe_differences(found),
            R"(a[1] is 2 against 9; a[2] is 3 against nothing; b.c is "x" against "y\u001b")");
}

}  // namespace
}  // namespace verdict
