#include "checkpoint/weight_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checkpoint/fixtures.h"

namespace verdict {
namespace {

using testing::HasSubstr;
using testing_support::refusal;

std::string refusal_of(const std::string& text) {
  return refusal([&] { (void)parse_weight_index(text, "index.json"); });
}
std::string refusal_of_file(const std::string& file) {
  return refusal_of(R"({"weight_map": {"a": ")" + file + "\"}}");
}

TEST(WeightIndex, TensorsAreGroupedByFile) {
  const WeightIndex index = parse_weight_index(
      R"({"metadata": {"total_size": 3}, "weight_map": {"a": "1.safetensors", "b": "2.safetensors", "c": "1.safetensors"}})",
      "i");
  EXPECT_THAT(index.at("1.safetensors"), testing::ElementsAre("a", "c"));
  EXPECT_THAT(index.at("2.safetensors"), testing::ElementsAre("b"));
}

TEST(WeightIndex, OnlyPlainNamesOfSafetensorsFilesAreAccepted) {
  EXPECT_EQ(refusal_of_file("model-00001_of.00002.safetensors"), "accepted");
  for (const std::string file :
       {"../x.safetensors", "..safetensors", "a/b.safetensors", "/x.safetensors", ".safetensors",
        "x..y.safetensors", "x.bin", "x.safetensors ", "x\\u0000.safetensors", "x y.safetensors",
        "", "ü.safetensors", "a\\\\b.safetensors"}) {
    EXPECT_THAT(refusal_of_file(file), HasSubstr("is not the plain name of a .safetensors file"))
        << file;
  }
}

TEST(WeightIndex, TheFormIsStrict) {
  EXPECT_EQ(refusal_of("[]"), "index.json: is not a JSON object");
  EXPECT_EQ(refusal_of("{}"), "index.json: weight_map is missing or not an object");
  EXPECT_EQ(refusal_of(R"({"weight_map": []})"),
            "index.json: weight_map is missing or not an object");
  EXPECT_EQ(refusal_of(R"({"weight_map": {}})"), "index.json: weight_map is empty");
  EXPECT_EQ(refusal_of(R"({"weight_map": {"a": 1}})"),
            "index.json: weight_map['a'] is not a string");
  EXPECT_EQ(refusal_of(R"({"weight_map": {"a": "1.safetensors", "a": "2.safetensors"}})"),
            "index.json: key 'a' occurs twice");
  EXPECT_EQ(refusal_of(R"({"weight_map": {"a": "1.safetensors"}, "more": 1})"),
            "index.json: unknown key 'more'");
  EXPECT_THAT(refusal_of("{"), HasSubstr("index.json: not JSON at byte"));
}

TEST(WeightIndex, TheNumberOfShardsIsBounded) {
  std::string map;
  for (int i = 0; i < 513; ++i) {
    const std::string n = std::to_string(i);
    map.append(i == 0 ? "" : ",")
        .append("\"")
        .append(n)
        .append("\":\"")
        .append(n)
        .append(".safetensors\"");
  }
  EXPECT_EQ(refusal_of(R"({"weight_map": {)" + map + "}}"),
            "index.json: names more than 512 files");
}

}  // namespace
}  // namespace verdict
