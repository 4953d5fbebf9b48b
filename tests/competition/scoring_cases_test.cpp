// Whole steps and sequences of steps over several competitions, as published.
#include <gtest/gtest.h>

#include <numeric>

#include "competition/vector_reader.h"
#include "verdict/competition/keep.h"
#include "verdict/competition/rules.h"
#include "verdict/competition/tracker.h"
#include "verdict/competition/weights.h"

namespace verdict {
namespace {

constexpr double kWeightTolerance =
    2e-6;  // The production code behind the cases works in float32 here.

const Json& competition_of(const Json& play, int64_t id) {
  for (const Json& c : play["competitions"]) {
    if (c["id"].get<int64_t>() == id) return c;
  }
  throw SystemError("no competition " + std::to_string(id));
}

void expect_step_or_abort(const StepResult& got, const Json& expected, const std::string& what) {
  EXPECT_EQ(got.aborted, expected.contains("error")) << what;
  if (got.aborted || expected.contains("error")) return;
  vectors::expect_step(got, expected, kWeightTolerance, what);
}

StepInput input_of(const Json& step, const Json& eps, const Json& block, const Json& temperature) {
  return {.entries = vectors::entries(step),
          .epsilon = vectors::epsilon(eps),
          .current_block = number_from_json(block),
          .temperature = temperature.get<double>()};
}

void play_step(const Json& play, const Json& step, const Json& expected, Rules rules,
               Tracker& tracker) {
  const auto id = step["competition"].get<int64_t>();
  std::vector<Entry> entries = vectors::entries(step);
  const StepResult got = decide_step(
      rules, input_of(step, competition_of(play, id)["eps"], step["block"], play["temperature"]));
  vectors::expect_step(got, expected, kWeightTolerance, play["id"]);
  if (got.winner) {
    std::vector<double> weights(tracker.uids, 0.0);
    for (const auto& [uid, weight] : got.step_weights)
      weights.at(static_cast<size_t>(uid)) = weight;
    record(tracker, id, weights);
  }
  if (rules == Rules::hardened) {
    std::sort(entries.begin(), entries.end(),
              [](const Entry& a, const Entry& b) { return a.uid < b.uid; });
  }
  KeepInput keep{.entries = entries,
                 .win_rate = got.win_rate,
                 .at_least = play["sample_min"].get<size_t>(),
                 .rules = rules};
  if (tracker.weights.contains(id)) keep.ema = tracker.weights.at(id);
  EXPECT_EQ(models_to_keep(keep), expected["keep"].get<std::vector<int64_t>>());
}

void expect_end(const Json& play, const Json& expected, const Tracker& tracker) {
  ASSERT_EQ(tracker.weights.size(), expected["competition_weights"].size());
  for (const auto& [id, weights] : tracker.weights) {
    vectors::expect_list(weights, expected["competition_weights"][std::to_string(id)],
                         kWeightTolerance, "EMA");
  }
  std::vector<RewardShare> rewards;
  for (const Json& c : play["competitions"])
    rewards.push_back({c["id"].get<int64_t>(), c["reward"].get<double>()});
  const std::vector<double> subnet = subnet_vector(tracker, rewards);
  vectors::expect_list(subnet, expected["subnet_weights"], kWeightTolerance, "subnet");
  std::vector<int64_t> uids(subnet.size());
  std::iota(uids.begin(), uids.end(), int64_t{0});
  const U16Weights got = to_u16(uids, subnet);
  EXPECT_EQ(got.uids, expected["u16_uids"].get<std::vector<int64_t>>());
  const auto values = expected["u16_vals"].get<std::vector<int>>();
  ASSERT_EQ(got.values.size(), values.size());
  for (size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(got.values[i], values[i], 1);
}

const std::map<Rules, std::string> kExpected{{Rules::hardened, "expected_hardened"},
                                             {Rules::reference, "expected_reference"}};

TEST(ScoringCases, EverySingleStepAgreesByBothRuleSets) {
  int run = 0;
  const Json document = vectors::read("scoring_cases.json");
  for (const Json& c : document["cases"]) {
    if (c["kind"] != "single_step") continue;
    for (const auto& [rules, expected] : kExpected) {
      SCOPED_TRACE(c["id"].get<std::string>() + " " + expected);
      const StepInput input = input_of(c, c["eps"], c["current_block"], c["temperature"]);
      expect_step_or_abort(decide_step(rules, input), c[expected], c["id"]);
      ++run;
    }
  }
  EXPECT_EQ(run, 64);
}

TEST(ScoringCases, EveryStepByBatchesAgrees) {
  int run = 0;
  const Json document = vectors::read("scoring_cases.json");
  for (const Json& c : document["cases"]) {
    if (c["kind"] != "legacy_step") continue;
    SCOPED_TRACE(c["id"].get<std::string>());
    const Json& expected = c["expected_reference"];
    const StepResult got = batch_step(vectors::batches(c));
    vectors::expect_map(got.wins, expected["wins"], 0.0, "wins");
    vectors::expect_map(got.win_rate, expected["win_rate"], 0.0, "win rate");
    vectors::expect_map(got.step_weights, expected["step_weights"], kWeightTolerance, "weights");
    ++run;
  }
  EXPECT_EQ(run, 3);
}

TEST(ScoringCases, EverySequenceAgreesStepByStepAndAtItsEnd) {
  int run = 0;
  size_t steps = 0;
  const Json document = vectors::read("scoring_cases.json");
  for (const Json& play : document["cases"]) {
    if (play["kind"] != "sequence") continue;
    for (const auto& [rules, key] : kExpected) {
      SCOPED_TRACE(play["id"].get<std::string>() + " " + key);
      const Json& expected = play[key];
      Tracker tracker{.uids = play["n"].get<size_t>(), .alpha = play["alpha"].get<double>()};
      ASSERT_EQ(play["steps"].size(), expected["steps"].size());
      for (size_t i = 0; i < play["steps"].size(); ++i) {
        SCOPED_TRACE("step " + std::to_string(i));
        play_step(play, play["steps"][i], expected["steps"][i], rules, tracker);
        ++steps;
      }
      expect_end(play, expected, tracker);
      ++run;
    }
  }
  EXPECT_EQ(run, 10);
  EXPECT_EQ(steps, 54U);
}

}  // namespace
}  // namespace verdict
