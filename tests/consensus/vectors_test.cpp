// Every published vector of the consensus, and that a wrong one would be seen.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consensus/checker.h"
#include "verdict/core/error.h"
#include "verdict/core/file.h"

namespace verdict::vectors {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

Json read(const std::string& name) {
  return parse_json(read_text(std::string(VERDICT_TEST_DIR) + "/consensus/vectors/" + name));
}

TEST(YumaVectors, EverySingleFunctionAgrees) {
  const Json document = read("yuma_vectors.json");
  Checker checker;
  for (const Json& vector : document["math"]) check_math(vector, checker);
  EXPECT_EQ(document["math"].size(), 92U);
  EXPECT_GT(checker.comparisons(), 92U);
  EXPECT_THAT(checker.failures(), IsEmpty());
}

TEST(YumaVectors, EveryScriptAgreesInAll1215Comparisons) {
  const Json document = read("yuma_vectors.json");
  Checker checker;
  for (const Json& script : document["epochs"]) check_script(script, checker);
  EXPECT_EQ(document["epochs"].size(), 36U);
  EXPECT_EQ(checker.comparisons(), 1215U);
  EXPECT_THAT(checker.failures(), IsEmpty());
}

TEST(YumaVectors, EveryFieldOfEveryCaseAgrees) {
  const Json document = read("yuma_cases.json");
  Checker checker;
  check_document(document, checker);
  EXPECT_EQ(checker.comparisons(), 40U * 14U);
  EXPECT_THAT(checker.failures(), IsEmpty());
}

// Adds 1 to the first number in `value`, or turns the first boolean; false if there is none.
bool spoil(Json& value) {
  if (value.is_boolean()) {
    value = !value.get<bool>();
    return true;
  }
  if (value.is_number()) {
    value =
        value.is_number_integer() ? Json(value.get<int64_t>() + 1) : Json(value.get<double>() + 1);
    return true;
  }
  if (!value.is_structured()) return false;
  for (auto it = value.rbegin(); it != value.rend(); ++it) {
    if (spoil(*it)) return true;
  }
  return false;
}

TEST(YumaVectors, OneWrongFigureInAnyEntryIsSeen) {
  const Json vectors = read("yuma_vectors.json");
  for (Json vector : vectors["math"]) {
    if (!spoil(vector["expected"])) continue;
    Checker checker;
    check_math(vector, checker);
    EXPECT_EQ(checker.failures().size(), 1U) << vector["id"];
  }
  const Json cases = read("yuma_cases.json");
  for (const Json& epoch : cases["cases"]) {
    for (const auto& [key, ignored] : epoch["expected"].items()) {
      Json wrong = epoch;
      if (!spoil(wrong["expected"][key])) continue;
      Checker checker;
      check_case(wrong, checker);
      ASSERT_EQ(checker.failures().size(), 1U) << epoch["id"];
      EXPECT_THAT(checker.failures().front(), HasSubstr(key));
    }
  }
}

TEST(YumaVectors, OneWrongFigureInAnyEpochOfAScriptIsSeen) {
  size_t spoilt = 0;
  const Json vectors = read("yuma_vectors.json");
  for (const Json& script : vectors["epochs"]) {
    if (script["n"].get<int>() > 10) continue;  // The large ones differ in nothing but size.
    for (size_t i = 0; i < script["steps"].size(); ++i) {
      const Json expectations = script["steps"][i].value("expect", Json::object());
      for (const auto& [key, ignored] : expectations.items()) {
        if (key == "equal_server_emission" || key == "emission_sum") continue;  // Not lists.
        Json wrong = script;
        if (!spoil(wrong["steps"][i]["expect"][key])) continue;
        Checker checker;
        check_script(wrong, checker);
        EXPECT_EQ(checker.failures().size(), 1U) << script["id"] << ", step " << i << ": " << key;
        ++spoilt;
      }
    }
  }
  EXPECT_GT(spoilt, 100U);
}

TEST(YumaVectors, WhatIsNoVectorFileIsRefused) {
  Checker checker;
  EXPECT_THROW(check_document(Json::object(), checker), FormatError);
  EXPECT_THROW(check_math({{"id", "x"}, {"fn", "y"}, {"args", {}}, {"expected", 1}}, checker),
               FormatError);
}

}  // namespace
}  // namespace verdict::vectors
