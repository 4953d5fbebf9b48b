#include "verdict/core/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "verdict/core/error.h"

namespace verdict {
namespace {

std::string refusal(std::string_view text, const JsonLimits& limits = {}) {
  try {
    (void)parse_json(text, limits);
  } catch (const FormatError& e) {
    return e.what();
  }
  return "accepted";
}

TEST(StrictJson, RefusesAKeyThatOccursTwice) {
  EXPECT_EQ(refusal(R"({"a": 1, "b": {"a": 2}, "a": 3})"), "key 'a' occurs twice");
  EXPECT_EQ(refusal(R"([{"a": 1}, {"a": 2}])"), "accepted");
}

TEST(StrictJson, RefusesDepthBeyondTheLimit) {
  EXPECT_EQ(refusal("[[[1]]]", {.depth = 2}), "nested deeper than 2 levels");
  EXPECT_EQ(refusal("[[1]]", {.depth = 2}), "accepted");
}

TEST(StrictJson, RefusesWhatFollowsTheValueAndNonFiniteNumbers) {
  EXPECT_THAT(refusal("{} {}"), testing::HasSubstr("not JSON at byte"));
  EXPECT_THAT(refusal("[1e999]"), testing::HasSubstr("number overflow"));
  EXPECT_EQ(refusal(std::string_view("{}\0x", 4)), "not JSON at byte 2: a NUL character");
  EXPECT_THAT(refusal("[NaN]"), testing::HasSubstr("not JSON"));
  EXPECT_THAT(refusal("\"\xff\""), testing::HasSubstr("UTF-8"));
}

TEST(StrictJson, RefusesTextsBeyondTheLimit) {
  EXPECT_EQ(refusal("[1, 2, 3]", {.bytes = 4}), "is 9 bytes long, at most 4 are accepted");
}

TEST(JsonNumber, NonFiniteValuesComeBackAsThemselves) {
  for (const double value : {1.5, -0.0, std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity()}) {
    EXPECT_EQ(number_from_json(json_number(value)), value);
  }
  EXPECT_TRUE(std::isnan(number_from_json(json_number(std::nan("")))));
  EXPECT_THROW((void)number_from_json(Json("1.5")), FormatError);
}

}  // namespace
}  // namespace verdict
