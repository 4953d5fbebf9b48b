#include "verdict/checkpoint/config_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checkpoint/fixtures.h"

namespace verdict {
namespace {

using testing::HasSubstr;
using testing_support::refusal;

ConfigReader parse(const std::string& text) { return ConfigReader::parse(text, "config.json"); }
std::string refusal_of(const std::string& text) {
  return refusal([&] { (void)parse(text); });
}
std::string unread(const std::string& text) {
  return refusal([&] { parse(text).refuse_unread_keys(); });
}

TEST(ConfigReader, TheTextIsStrictJson) {
  EXPECT_EQ(refusal_of(R"({"a": 1, "a": 2})"), "config.json: key 'a' occurs twice");
  EXPECT_EQ(refusal_of(R"({"o": {"a": 1, "a": 2}})"), "config.json: key 'a' occurs twice");
  EXPECT_EQ(refusal_of("[]"), "config.json: is not a JSON object");
  EXPECT_THAT(refusal_of("{"), HasSubstr("config.json: not JSON at byte"));
  EXPECT_THAT(refusal_of("{} {}"), HasSubstr("not JSON at byte"));
  EXPECT_THAT(refusal_of(R"({"a": NaN})"), HasSubstr("not JSON at byte"));
  EXPECT_THAT(refusal_of(R"({"a": 1e999})"), HasSubstr("number overflow"));
  EXPECT_THAT(refusal_of(std::string("{}\0{", 4)), HasSubstr("a NUL byte"));
}

TEST(ConfigReader, DepthAndSizeAreBounded) {
  EXPECT_EQ(refusal_of(R"({"a": [[[[[[[1]]]]]]]})"), "accepted");
  EXPECT_EQ(refusal_of(R"({"a": [[[[[[[[1]]]]]]]]})"), "config.json: nested deeper than 8 levels");
  EXPECT_THAT(refusal_of("{}" + std::string(1 << 20, ' ')),
              HasSubstr("at most 1048576 are accepted"));
}

TEST(ConfigReader, ManyKeysAreReadInReasonableTime) {
  std::string text = "{";
  for (int i = 0; i < 75'000; ++i) text.append("\"k").append(std::to_string(i)).append("\":1,");
  EXPECT_EQ(refusal_of(text + "\"x\":1}"), "accepted");
}

TEST(ConfigReader, IntegersHaveATypeAndARange) {
  const ConfigReader c =
      parse(R"({"n": 5, "f": 5.0, "s": "5", "big": 18446744073709551615, "neg": -1})");
  const Range allowed{1, 11};
  const auto message = [&](const std::string& key) {
    return refusal([&] { (void)c.integer(key, allowed); });
  };
  EXPECT_EQ(c.integer("n", allowed), 5);
  EXPECT_EQ(message("f"), "config.json: f must be an integer from 1 to 10, found 5.0");
  EXPECT_EQ(message("s"), "config.json: s must be an integer from 1 to 10, found \"5\"");
  EXPECT_EQ(message("big"),
            "config.json: big must be an integer from 1 to 10, found 18446744073709551615");
  EXPECT_EQ(message("neg"), "config.json: neg must be an integer from 1 to 10, found -1");
  EXPECT_EQ(message("none"), "config.json: none is missing");
  EXPECT_EQ(refusal([&] {
              (void)c.integer("n", {1, 5});
            }),
            "config.json: n must be an integer from 1 to 4, found 5");
}

TEST(ConfigReader, NumbersHaveARange) {
  const ConfigReader c = parse(R"({"i": 2, "f": 0.5, "b": true})");
  EXPECT_EQ(c.number("i", {1, 2}), 2);
  EXPECT_EQ(c.number("f", {0, 1}), 0.5);
  EXPECT_EQ(refusal([&] {
              (void)c.number("f", {1, 2});
            }),
            "config.json: f must be a number from 1 to 2, found 0.5");
  EXPECT_THAT(refusal([&] { (void)c.number("b", {0, 1}); }), HasSubstr("found true"));
}

TEST(ConfigReader, OtherTypesAreNamed) {
  const ConfigReader c = parse(R"({"n": 1, "l": ["a", 2]})");
  EXPECT_EQ(refusal([&] { (void)c.boolean_or("n", true); }),
            "config.json: n must be true or false, found 1");
  EXPECT_EQ(refusal([&] { (void)c.text_or("n", ""); }), "config.json: n must be a string, found 1");
  EXPECT_EQ(refusal([&] { (void)c.texts("l"); }),
            "config.json: l must be a list of strings, found [\"a\",2]");
  EXPECT_EQ(refusal([&] { (void)c.object("n"); }), "config.json: n must be an object, found 1");
}

TEST(ConfigReader, NullIsAbsent) {
  const ConfigReader c = parse(R"({"a": null, "b": 1})");
  EXPECT_FALSE(c.has("a"));
  EXPECT_TRUE(c.is_null("a"));
  EXPECT_FALSE(c.is_null("b"));
  EXPECT_FALSE(c.is_null("c"));
  EXPECT_EQ(c.integer_or("a", 3, {1, 2}), 3);
  EXPECT_EQ(refusal([&] { (void)c.integer("a", {1, 2}); }), "config.json: a is missing");
}

TEST(ConfigReader, TheArchitectureIsTheFirstOfItsList) {
  EXPECT_EQ(parse(R"({"architectures": ["A", "B"]})").architecture(), "A");
  EXPECT_EQ(refusal([&] { (void)parse(R"({"architectures": []})").architecture(); }),
            "config.json: architectures is empty");
  EXPECT_THAT(refusal([&] { (void)parse(R"({"architectures": "A"})").architecture(); }),
              HasSubstr("a list of strings"));
}

TEST(ConfigReader, EveryKeyThatNobodyReadIsNamed) {
  const ConfigReader c =
      parse(R"({"read": 1, "novel": {"x": [1]}, "other": 2, "null": null, "use_cache": true})");
  (void)c.integer("read", {0, 9});
  EXPECT_EQ(refusal([&] { c.refuse_unread_keys(); }),
            "config.json: not supported: novel = {\"x\":[1]}, other = 2");
}

TEST(ConfigReader, UnreadKeysOfOpenedObjectsAreNamedWithTheirPath) {
  const ConfigReader c =
      parse(R"({"rope_scaling": {"factor": 2, "attention_factor": 1, "use_cache": 0}})");
  (void)c.object("rope_scaling").number("factor", {1, 9});
  EXPECT_EQ(
      refusal([&] { c.refuse_unread_keys(); }),
      "config.json: not supported: rope_scaling.attention_factor = 1, rope_scaling.use_cache = 0");
}

TEST(ConfigReader, QuantisationAndForeignCodeAreRefusedByName) {
  EXPECT_THAT(unread(R"({"quantization_config": {"bits": 4}})"),
              HasSubstr("quantization_config = "));
  EXPECT_THAT(unread(R"({"auto_map": {"AutoModel": "m.py"}})"), HasSubstr("auto_map = "));
}

TEST(ConfigReader, HarmlessKeysMayHaveAnyValue) {
  for (const std::string key :
       {"bos_token_id", "attention_dropout", "attn_pdrop", "decoder_layerdrop", "dtype",
        "summary_type", "encoder_layers", "forced_eos_token_id", "init_std", "id2label"}) {
    EXPECT_EQ(unread("{\"" + key + "\": [1, {\"a\": 2}]}"), "accepted") << key;
  }
  EXPECT_NE(unread(R"({"forced_bias": 1})"), "accepted");
}

TEST(ConfigReader, SwitchesAreAcceptedWithOneValueOnly) {
  for (const std::string key : {"use_bidirectional_attention", "add_cross_attention",
                                "is_encoder_decoder", "scale_attn_by_inverse_layer_idx"}) {
    EXPECT_EQ(unread("{\"" + key + "\": false}"), "accepted") << key;
    EXPECT_EQ(unread("{\"" + key + "\": null}"), "accepted") << key;
    EXPECT_EQ(unread("{\"" + key + "\": true}"), "config.json: not supported: " + key + " = true");
    EXPECT_NE(unread("{\"" + key + "\": 0}"), "accepted") << key;
  }
  EXPECT_EQ(unread(R"({"scale_attn_weights": true})"), "accepted");
  EXPECT_NE(unread(R"({"scale_attn_weights": false})"), "accepted");
}

TEST(ConfigReader, HostileTextIsShownShortAndWithoutControlCharacters) {
  EXPECT_THAT(unread("{\"k\\u001b\": \"" + std::string(500, 'v') + "\"}"),
              testing::AllOf(HasSubstr("k\\x1B = "), HasSubstr("…"),
                             testing::Not(HasSubstr(std::string(100, 'v')))));
}

}  // namespace
}  // namespace verdict
