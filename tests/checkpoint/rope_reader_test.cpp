#include "checkpoint/rope_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "checkpoint/fixtures.h"

namespace verdict {
namespace {

using testing::HasSubstr;
using testing_support::refusal;

RotaryConfig read(const std::string& text) {
  const ConfigReader config = ConfigReader::parse(text, "c");
  const RotaryConfig result = read_rotary(config, {.rope = {.theta = 10'000}});
  config.refuse_unread_keys();
  return result;
}
std::string refusal_of(const std::string& text) {
  return refusal([&] { (void)read(text); });
}

const std::string kLlama3 =
    R"("factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192)";

TEST(Rotary, DefaultsHoldWhereNothingIsSaid) {
  const RotaryConfig expected{.rope = {.theta = 10'000}};
  EXPECT_EQ(read("{}"), expected);
  EXPECT_EQ(read(R"({"rope_scaling": null, "rope_theta": null})"), expected);
  EXPECT_EQ(read(R"({"rope_scaling": {"type": "default"}})"), expected);
}

TEST(Rotary, BothFormsOfOneConfigAreEqual) {
  const RotaryConfig older =
      read(R"({"rope_theta": 5e5, "rope_scaling": {"rope_type": "llama3", )" + kLlama3 + "}}");
  const RotaryConfig newer =
      read(R"({"rope_parameters": {"rope_theta": 5e5, "rope_type": "llama3", )" + kLlama3 + "}}");
  EXPECT_EQ(older, newer);
  EXPECT_EQ(older.rope, (Rope{.theta = 5e5,
                              .kind = Rope::Kind::llama3,
                              .factor = 8,
                              .low = 1,
                              .high = 4,
                              .original = 8192}));
}

TEST(Rotary, LinearScalingHasAFactor) {
  const RotaryConfig linear = read(R"({"rope_scaling": {"type": "linear", "factor": 2}})");
  EXPECT_EQ(linear.rope.kind, Rope::Kind::linear);
  EXPECT_EQ(linear.rope.factor, 2);
  EXPECT_EQ(refusal_of(R"({"rope_scaling": {"type": "linear"}})"),
            "c: rope_scaling.factor is missing");
  EXPECT_THAT(refusal_of(R"({"rope_scaling": {"type": "linear", "factor": 0}})"),
              HasSubstr("a number from 1"));
}

TEST(Rotary, YarnInfersItsAmplitude) {
  const std::string yarn =
      R"("rope_type": "yarn", "factor": 4, "original_max_position_embeddings": 64)";
  const auto rope = [&](const std::string& more) {
    return read(R"({"rope_scaling": {)" + yarn + more + "}}").rope;
  };
  EXPECT_EQ(rope("").low, 1);
  EXPECT_EQ(rope("").high, 32);
  EXPECT_TRUE(rope("").truncate);
  EXPECT_DOUBLE_EQ(rope("").amplitude, 0.1 * std::log(4) + 1);
  EXPECT_DOUBLE_EQ(rope(R"(, "mscale": 2, "mscale_all_dim": 1)").amplitude,
                   (0.2 * std::log(4) + 1) / (0.1 * std::log(4) + 1));
  EXPECT_EQ(rope(R"(, "attention_factor": 0.5)").amplitude, 0.5);
  EXPECT_THAT(refusal_of(R"({"rope_scaling": {"rope_type": "yarn", "factor": 4}})"),
              HasSubstr("original_max_position_embeddings is missing"));
}

TEST(Rotary, AnArchitecturesOwnKeysMayStandBesideTheCommonOnes) {
  const auto theta = [](const std::string& text) {
    const ConfigReader config = ConfigReader::parse(text, "c");
    return read_rotary(config, {.rope = {.theta = 10'000}}, {.theta = "rotary_emb_base"})
        .rope.theta;
  };
  EXPECT_EQ(theta(R"({"rotary_emb_base": 500})"), 500);
  EXPECT_EQ(theta(R"({"rope_theta": 500})"), 500);
  EXPECT_EQ(theta(R"({"rope_theta": 500, "rotary_emb_base": 500})"), 500);
  EXPECT_THAT(refusal([&] { (void)theta(R"({"rope_theta": 500, "rotary_emb_base": 400})"); }),
              HasSubstr("rope_theta contradicts rotary_emb_base"));
}

Rope longrope(const std::string& more, const RotaryDialect& dialect) {
  const ConfigReader config = ConfigReader::parse(
      R"({"rope_scaling": {"type": "longrope", "short_factor": [1, 1.5], "long_factor": [2, 4.5])" +
          more + "}}",
      "c");
  const RotaryConfig result = read_rotary(config, {.rope = {.theta = 10'000}}, dialect);
  config.refuse_unread_keys();
  return result.rope;
}

TEST(Rotary, LongropeInfersItsAmplitudeFromTheLengths) {
  const RotaryDialect phi3{.longrope_original = 64, .max_pos = 256};
  EXPECT_EQ(longrope("", phi3).original, 64);
  EXPECT_EQ(longrope("", phi3).short_factors, (std::vector<double>{1, 1.5}));
  EXPECT_EQ(longrope("", phi3).long_factors, (std::vector<double>{2, 4.5}));
  EXPECT_DOUBLE_EQ(longrope("", phi3).amplitude, std::sqrt(1 + std::log(4) / std::log(64)));
  EXPECT_DOUBLE_EQ(longrope(R"(, "factor": 8)", phi3).amplitude, std::sqrt(1.5));
  EXPECT_EQ(longrope(R"(, "factor": 8, "attention_factor": 0.5)", phi3).amplitude, 0.5);
  EXPECT_EQ(longrope("", {.longrope_original = 64, .max_pos = 32}).amplitude, 1);
}

TEST(Rotary, ALongropeThatContradictsItsModelIsRefused) {
  const auto refused = [](const std::string& more, int64_t original = 64) {
    return refusal([&] { (void)longrope(more, {.longrope_original = original, .max_pos = 256}); });
  };
  EXPECT_EQ(refused(R"(, "original_max_position_embeddings": 64)"), "accepted");
  EXPECT_EQ(refused(R"(, "original_max_position_embeddings": 65)"),
            "c: rope_scaling.original_max_position_embeddings contradicts the 64 of the model");
  EXPECT_THAT(refused("", 1), HasSubstr("rope_scaling.attention_factor is missing"));
  EXPECT_EQ(refused(R"(, "attention_factor": 2)", 1), "accepted");
  EXPECT_THAT(refused("", 0), HasSubstr("'longrope' is not supported"));
  EXPECT_THAT(refusal_of(R"({"rope_scaling": {"type": "linear", "factor": [2]}})"),
              HasSubstr("rope_scaling.factor must be a number"));
}

TEST(Rotary, OtherTypesAreRefusedByName) {
  for (const std::string type : {"longrope", "su", "proportional", "Linear"}) {
    EXPECT_EQ(refusal_of(R"({"rope_scaling": {"rope_type": ")" + type + R"(", "factor": 2}})"),
              "c: rope_scaling.rope_type = '" + type + "' is not supported");
    EXPECT_THAT(refusal_of(R"({"rope_parameters": {"rope_type": ")" + type + R"("}})"),
                HasSubstr(type));
  }
}

TEST(Rotary, BothFormsInOneFileMustAgree) {
  const std::string contradiction = "c: rope_parameters contradicts";
  EXPECT_EQ(
      refusal_of(
          R"({"rope_theta": 1e4, "rope_parameters": {"rope_theta": 1e4, "rope_type": "default"}})"),
      "accepted");
  EXPECT_THAT(refusal_of(R"({"rope_theta": 1e4, "rope_parameters": {"rope_theta": 2e4}})"),
              HasSubstr(contradiction));
  EXPECT_THAT(
      refusal_of(
          R"({"rope_scaling": {"type": "linear", "factor": 2}, "rope_parameters": {"rope_theta": 1e4}})"),
      HasSubstr(contradiction));
  EXPECT_THAT(refusal_of(R"({"rope_scaling": {"type": "linear", "factor": 2},
                             "rope_parameters": {"rope_type": "linear", "factor": 4}})"),
              HasSubstr(contradiction));
  EXPECT_EQ(refusal_of(R"({"rope_scaling": {"type": "linear", "factor": 2},
                           "rope_parameters": {"rope_type": "linear", "factor": 2}})"),
            "accepted");
  EXPECT_THAT(
      refusal_of(
          R"({"partial_rotary_factor": 0.5, "rope_parameters": {"partial_rotary_factor": 0.25}})"),
      HasSubstr(contradiction));
  EXPECT_EQ(read(R"({"partial_rotary_factor": 0.5, "rope_parameters": {"rope_theta": 1e4}})")
                .partial_factor,
            0.5);
  EXPECT_EQ(read(R"({"rope_parameters": {"partial_rotary_factor": 0.25}})").partial_factor, 0.25);
}

TEST(Rotary, TypeAndRopeTypeMustAgree) {
  EXPECT_EQ(
      refusal_of(R"({"rope_scaling": {"type": "linear", "rope_type": "linear", "factor": 2}})"),
      "accepted");
  EXPECT_THAT(refusal_of(R"({"rope_scaling": {"type": "linear", "rope_type": "default"}})"),
              HasSubstr("is 'linear', but rope_type is 'default'"));
}

TEST(Rotary, ParametersOfAnotherTypeAreRefused) {
  EXPECT_THAT(refusal_of(R"({"rope_scaling": {"type": "linear", "factor": 2, "beta_fast": 32}})"),
              HasSubstr("rope_scaling.beta_fast = 32"));
  EXPECT_THAT(refusal_of(R"({"rope_scaling": {"type": "default", "factor": 2}})"),
              HasSubstr("rope_scaling.factor"));
}

TEST(Rotary, ImpossibleNumbersAreRefused) {
  EXPECT_THAT(refusal_of(R"({"rope_theta": 0})"), HasSubstr("rope_theta must be a number from"));
  EXPECT_THAT(refusal_of(R"({"rope_theta": -1e4})"), HasSubstr("rope_theta"));
  EXPECT_THAT(refusal_of(R"({"partial_rotary_factor": 1.5})"), HasSubstr("partial_rotary_factor"));
  EXPECT_THAT(
      refusal_of(R"({"rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 4,
                             "high_freq_factor": 4, "original_max_position_embeddings": 8192}})"),
      HasSubstr("high_freq_factor must be greater than low_freq_factor"));
}

}  // namespace
}  // namespace verdict
