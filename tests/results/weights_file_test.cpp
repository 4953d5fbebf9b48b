#include "verdict/results/weights_file.h"

#include <gmock/gmock.h>

#include "hdf5/scratch.h"
#include "verdict/core/json.h"

namespace verdict {
namespace {

using testing::HasSubstr;

PublishedWeights sample_weights() {
  PublishedWeights weights{.netuid = 9,
                           .block = 5433000,
                           .version_key = 4062,
                           .results_sha256 = "ab",
                           .uids = {12, 13},
                           .weights = {65535, 21},
                           .competitions = {}};
  PublishedCompetition decided{.id = 4, .name = "14B"};
  decided.winner = PublishedWinner{
      .uid = 12, .hotkey = "5F", .repo = "ns/name", .commit = "c0", .score = 2.1131};
  decided.runner_up = PublishedRunnerUp{.uid = 13, .score = 2.1140};
  decided.margin = 0.0009;
  decided.margin_stderr = 0.0004;
  weights.competitions = {decided, {.id = 5, .name = "3B"}};
  return weights;
}

std::string refusal(const std::string& text) {
  try {
    (void)parse_weights(text);
  } catch (const FormatError& e) {
    return e.what();
  }
  return "none";
}

// The text of design.md 3.4, with a competition that nobody won.
TEST(WeightsFile, HoldsTheFieldsOfTheDesignInTheirOrder) {
  const Json expected = parse_json(
      R"({"schema": "verdict-weights-1", "netuid": 9, "block": 5433000, "version_key": 4062,
    "results_sha256": "ab", "uids": [12, 13], "weights": [65535, 21], "competitions": [
      {"id": 4, "name": "14B",
       "winner": {"uid": 12, "hotkey": "5F", "repo": "ns/name", "commit": "c0", "score": 2.1131},
       "runner_up": {"uid": 13, "score": 2.1140}, "margin": 0.0009, "margin_stderr": 0.0004,
       "too_close_to_call": false},
      {"id": 5, "name": "3B", "winner": null, "runner_up": null, "margin": null, "margin_stderr": null,
       "too_close_to_call": false}]})");
  EXPECT_EQ(parse_json(weights_text(sample_weights())), expected);
}

TEST(WeightsFile, ReadsBackAsItWasWritten) {
  const std::string text = weights_text(sample_weights());
  EXPECT_EQ(weights_text(parse_weights(text)), text);
}

TEST(WeightsFile, WhatIsWrongIsNamed) {
  Json json = parse_json(weights_text(sample_weights()));
  const auto with = [&](const std::string& key, const Json& value) {
    Json changed = json;
    changed[key] = value;
    return refusal(changed.dump());
  };
  EXPECT_EQ(with("schema", "verdict-weights-2"),
            "expected schema 'verdict-weights-1', found 'verdict-weights-2'");
  EXPECT_EQ(with("netuid", "9"), "key 'netuid': expected an integer, found \"9\"");
  EXPECT_EQ(with("weights", {1}), "has 2 uids and 1 weights, expected as many of each");
  EXPECT_EQ(with("weights", {1, 65536}), "uid 13 has weight 65536, expected 0 to 65535");
  EXPECT_EQ(with("uids", {13, 13}),
            "uid 13 stands behind uid 13, expected ascending uids, each once");
  EXPECT_EQ(with("competitions", {1}), "key 'competitions': expected objects, found 1");
  EXPECT_EQ(with("netuid", 65536),
            "key 'netuid': expected an integer from 0 to 65535, found 65536");
  EXPECT_EQ(with("netuid", -1), "key 'netuid': expected an integer from 0 to 65535, found -1");
  EXPECT_EQ(with("block", -1), "key 'block': expected an integer from 0, found -1");
  EXPECT_EQ(with("version_key", -1), "key 'version_key': expected an integer from 0, found -1");
  EXPECT_EQ(with("uids", {12, 65536}), "uid 65536 is not one of 0 to 65535");
  EXPECT_EQ(with("uids", {-1, 13}), "uid -1 is not one of 0 to 65535");
  json["competitions"][0].erase("margin");
  EXPECT_EQ(refusal(json.dump()), "key 'margin': expected a number or null, found nothing");
  EXPECT_EQ(refusal("[]"), "expected an object, found array");
}

TEST(WeightsFile, AKeyThatNobodyKnowsIsRefusedAtEveryLevel) {
  const std::string text = weights_text(sample_weights());
  for (const char* place :
       {"", "/competitions/0", "/competitions/0/winner", "/competitions/0/runner_up"}) {
    Json json = parse_json(text);
    json[Json::json_pointer(place)]["wieghts"] = 1;
    EXPECT_EQ(refusal(json.dump()), "key 'wieghts': is not a known key") << place;
  }
  for (const char* place : {"/competitions/0/winner/uid", "/competitions/0/runner_up/uid"}) {
    Json json = parse_json(text);
    json[Json::json_pointer(place)] = 65536;
    EXPECT_EQ(refusal(json.dump()), "key 'uid': expected an integer from 0 to 65535, found 65536")
        << place;
  }
}

class WeightsOnDisk : public Scratch {};

TEST_F(WeightsOnDisk, ADamagedFileIsNamed) {
  write_weights(folder_ / "weights.json", sample_weights());
  EXPECT_EQ(read_weights(folder_ / "weights.json").uids.size(), 2U);
  write_atomically(folder_ / "weights.json", "{");
  const SystemError e = system_error_of([&] { (void)read_weights(folder_ / "weights.json"); });
  EXPECT_EQ(e.code(), ExitCode::bad_data);
  EXPECT_THAT(e.what(), HasSubstr("weights.json: not JSON at byte"));
}

}  // namespace
}  // namespace verdict
