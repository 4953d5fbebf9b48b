// Whole steps and sequences of steps over several competitions, as published.
#include <gtest/gtest.h>

#include <numeric>

#include "competition/vector_reader.h"
#include "verdict/competition/keep.h"
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

void play_step(const Json& play, const Json& step, const Json& expected, Tracker& tracker) {
  const auto id = step["competition"].get<int64_t>();
  std::vector<Entry> entries = vectors::entries(step);
  const StepResult got = hardened_step(entries, vectors::epsilon(competition_of(play, id)["eps"]),
                                       number_from_json(step["block"]), Payout::softmax,
                                       play["temperature"].get<double>());
  vectors::expect_step(got, expected, kWeightTolerance, play["id"]);
  if (got.winner) {
    std::vector<double> weights(tracker.uids, 0.0);
    for (const auto& [uid, weight] : got.step_weights)
      weights.at(static_cast<size_t>(uid)) = weight;
    record(tracker, id, weights);
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.uid < b.uid; });
  KeepInput keep{
      .entries = entries, .win_rate = got.win_rate, .at_least = play["sample_min"].get<size_t>()};
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

TEST(ScoringCases, EverySingleStepAgrees) {
  int run = 0;
  const Json document = vectors::read("scoring_cases.json");
  for (const Json& c : document["cases"]) {
    if (c["kind"] != "single_step") continue;
    SCOPED_TRACE(c["id"].get<std::string>());
    const StepResult got = hardened_step(vectors::entries(c), vectors::epsilon(c["eps"]),
                                         number_from_json(c["current_block"]), Payout::softmax,
                                         c["temperature"].get<double>());
    vectors::expect_step(got, c["expected_hardened"], kWeightTolerance, c["id"]);
    ++run;
  }
  EXPECT_EQ(run, 32);
}

TEST(ScoringCases, EverySequenceAgreesStepByStepAndAtItsEnd) {
  int run = 0;
  size_t steps = 0;
  const Json document = vectors::read("scoring_cases.json");
  for (const Json& play : document["cases"]) {
    if (play["kind"] != "sequence") continue;
    SCOPED_TRACE(play["id"].get<std::string>());
    const Json& expected = play["expected_hardened"];
    Tracker tracker{.uids = play["n"].get<size_t>(), .alpha = play["alpha"].get<double>()};
    ASSERT_EQ(play["steps"].size(), expected["steps"].size());
    for (size_t i = 0; i < play["steps"].size(); ++i) {
      SCOPED_TRACE("step " + std::to_string(i));
      play_step(play, play["steps"][i], expected["steps"][i], tracker);
      ++steps;
    }
    expect_end(play, expected, tracker);
    ++run;
  }
  EXPECT_EQ(run, 5);
  EXPECT_EQ(steps, 27U);
}

}  // namespace
}  // namespace verdict
