// What must hold whatever the scores are, over random steps by each rule set.
#include "verdict/competition/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "verdict/competition/result.h"
#include "verdict/competition/scoring_benchmark.h"
#include "verdict/core/error.h"
#include "verdict/core/python_random.h"

namespace verdict {
namespace {

using testing::ElementsAre;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kSteps = 400;

double unit(PythonRandom& random) { return static_cast<double>(random.below(1'000'000)) / 1e6; }

// Close scores, few blocks and some failures: ties and cycles occur.
StepInput random_step(PythonRandom& random, size_t most) {
  StepInput input{.epsilon = {.kind = Epsilon::Kind::linear,
                              .start = 0.005,
                              .end = 0.0001,
                              .blocks = 1 + static_cast<int64_t>(random.below(100))},
                  .current_block = 100.0};
  const size_t models = 1 + random.below(most);
  for (size_t m = 0; m < models; ++m) {
    double score = 2.0 + 0.02 * unit(random);
    if (random.below(4) == 0) score = 2.01;
    if (random.below(8) == 0) score = random.below(2) == 0 ? kInfinity : std::nan("");
    input.entries.push_back({.uid = static_cast<int64_t>(7 * m + random.below(7)),
                             .score = score,
                             .block = static_cast<double>(random.below(6) * 10)});
    std::vector<double>& list = input.batches.emplace_back();
    for (int b = 0; b < 5; ++b) list.push_back(score + 0.01 * unit(random));
  }
  return input;
}

void expect_sound(const StepResult& step) {
  double sum = 0.0;
  for (const auto& [uid, weight] : step.step_weights) {
    EXPECT_TRUE(weight >= 0.0 && weight <= 1.0) << "uid " << uid;
    sum += weight;
  }
  EXPECT_NEAR(sum, step.winner ? 1.0 : 0.0, 1e-12);
  for (const auto& [uid, rate] : step.win_rate) EXPECT_TRUE(rate >= 0.0 && rate <= 1.0);
}

TEST(EveryRuleSet, GivesWeightsThatSumToOneAndNoNaN) {
  PythonRandom random = PythonRandom::from_decimal("11");
  for (int i = 0; i < kSteps; ++i) {
    const StepInput input = random_step(random, 12);
    for (const Rules rules : {Rules::hardened, Rules::reference, Rules::per_batch})
      expect_sound(decide_step(rules, input));
  }
}

StepInput permuted(const StepInput& input, PythonRandom& random) {
  StepInput other = input;
  const std::vector<int64_t> order = random.shuffled(static_cast<int64_t>(input.entries.size()));
  for (size_t i = 0; i < order.size(); ++i)
    other.entries[i] = input.entries[static_cast<size_t>(order[i])];
  return other;
}

TEST(HardenedRules, TheOrderOfTheCandidatesMeansNothing) {
  PythonRandom random = PythonRandom::from_decimal("12");
  for (int i = 0; i < kSteps; ++i) {
    const StepInput input = random_step(random, 12);
    const StepResult a = decide_step(Rules::hardened, input);
    const StepResult b = decide_step(Rules::hardened, permuted(input, random));
    EXPECT_EQ(a.winner, b.winner);
    EXPECT_EQ(a.step_weights, b.step_weights);
    EXPECT_EQ(a.ranking, b.ranking);
  }
}

TEST(HardenedRules, AFailedCandidateMoreChangesNothingForTheOthers) {
  PythonRandom random = PythonRandom::from_decimal("13");
  for (int i = 0; i < kSteps; ++i) {
    const StepInput input = random_step(random, 12);
    const StepResult before = decide_step(Rules::hardened, input);
    StepInput more = input;
    const double failed = i % 3 == 0 ? std::nan("") : i % 3 == 1 ? kInfinity : -1.0;
    more.entries.push_back(
        {.uid = 200, .score = failed, .block = static_cast<double>(random.below(60))});
    const StepResult after = decide_step(Rules::hardened, more);
    EXPECT_EQ(before.winner, after.winner);
    EXPECT_EQ(before.ranking, after.ranking);
    EXPECT_EQ(after.step_weights.at(200), 0.0);
  }
}

// A copy comes later, or in the same block with a higher uid: it cannot be competitive, so it can
// neither win nor take a duel.
TEST(HardenedRules, ACopyOfACandidateNeverChangesTheWinner) {
  PythonRandom random = PythonRandom::from_decimal("14");
  for (int i = 0; i < kSteps; ++i) {
    const StepInput input = random_step(random, 12);
    const StepResult before = decide_step(Rules::hardened, input);
    StepInput more = input;
    Entry copy = input.entries[random.below(input.entries.size())];
    copy.uid = 200;
    copy.block += static_cast<double>(random.below(3));
    more.entries.push_back(copy);
    const StepResult after = decide_step(Rules::hardened, more);
    EXPECT_EQ(before.winner, after.winner);
    EXPECT_EQ(before.ranking, after.ranking);
    EXPECT_EQ(before.wins, after.wins);
  }
}

TEST(RuleNames, AreThoseOfTheCommandLine) {
  for (const Rules rules : {Rules::hardened, Rules::reference, Rules::per_batch})
    EXPECT_EQ(rules_of_name(rules_name(rules)), rules);
  EXPECT_EQ(rules_name(Rules::per_batch), "per-batch");
  EXPECT_THROW((void)rules_of_name("newest"), SystemError);
}

TEST(ReferenceRules, ACycleIsWonByTheFirstInEvaluationOrder) {
  StepInput cycle{
      .entries = {{.uid = 2, .score = 0.997, .block = 1001},
                  {.uid = 1, .score = 1.0, .block = 1000},
                  {.uid = 3, .score = 0.993, .block = 1002}},
      .epsilon = {.kind = Epsilon::Kind::linear, .start = 0.005, .end = 0.0005, .blocks = 50400},
      .current_block = 1002};
  EXPECT_EQ(decide_step(Rules::reference, cycle).winner, 2);
  EXPECT_EQ(decide_step(Rules::hardened, cycle).winner, 3);  // Equal rates: the lowest score.
}

// Two tasks of two rows; by batches a model is as good as the rows it wins.
Competition two_tasks() {
  Competition c{.id = 1, .name = "c"};
  c.epsilon = {.start = 0.0, .end = 0.0};
  c.tasks = {{.name = "web", .weight = 0.9, .rows = 2}, {.name = "code", .weight = 0.1, .rows = 2}};
  return c;
}

ModelLosses model(int64_t uid, double block, std::vector<double> web, std::vector<double> code) {
  return {.uid = uid,
          .block = block,
          .ok = true,
          .tasks = {{.name = "web", .row_nll = std::move(web), .row_tokens = {1, 1}},
                    {.name = "code", .row_nll = std::move(code), .row_tokens = {1, 1}}}};
}

TEST(ScoreCompetitionByRules, BatchesCountRowsAndNotTheirTasksWeights) {
  const std::vector<ModelLosses> models{model(1, 10, {1.0, 3.0}, {2.0, 2.0}),
                                        model(2, 20, {1.5, 3.5}, {1.0, 1.0}),
                                        {.uid = 3, .block = 5}};
  EXPECT_EQ(score_competition(two_tasks(), models, 100).winner, 1);
  const ScoredCompetition r =
      score_competition(two_tasks(), models, 100, {.rules = Rules::per_batch});
  EXPECT_THAT(r.wins, ElementsAre(6, 6, 0));  // Two of four against each other, four against uid 3.
  EXPECT_EQ(r.winner, 1);                     // The first of equals in evaluation order.
  EXPECT_TRUE(r.too_close_to_call);
  EXPECT_THAT(r.competitive, ElementsAre(1, 1, 0));
  EXPECT_GT(r.step_weight[2], 0.0);  // The older softmax is over all, failed ones too.
  EXPECT_LT(r.step_weight[2], 1e-20);
}

TEST(ScoreCompetitionByRules, ALeadInEveryBatchIsSure) {
  const std::vector<ModelLosses> models{model(1, 10, {1.0, 3.0}, {2.0, 2.0}),
                                        model(2, 20, {0.9, 2.9}, {1.8, 1.9})};
  const ScoredCompetition r =
      score_competition(two_tasks(), models, 100, {.rules = Rules::per_batch});
  EXPECT_EQ(r.winner, 2);
  EXPECT_FALSE(r.too_close_to_call);
}

// The reference gives everything to the earliest of models that all failed; nobody is paid for
// that.
TEST(ScoreCompetitionByRules, AModelWithoutAScoreIsNeverPaid) {
  const std::vector<ModelLosses> failed{{.uid = 1, .block = 10}, {.uid = 2, .block = 20}};
  const ScoredCompetition r =
      score_competition(two_tasks(), failed, 100, {.rules = Rules::reference});
  EXPECT_TRUE(r.is_void);
  EXPECT_FALSE(r.winner.has_value());
  EXPECT_THAT(r.step_weight, ElementsAre(0.0, 0.0));
}

TEST(ScoreCompetitionByRules, AMissingTaskMakesTheStepVoidUnlessItIsAllowed) {
  std::vector<ModelLosses> models{model(1, 10, {1.0, 3.0}, {}), model(2, 20, {1.5, 3.5}, {})};
  for (ModelLosses& m : models) m.tasks.pop_back();
  StepRules how{.missing_tasks = {"code"}};
  const ScoredCompetition nobody = score_competition(two_tasks(), models, 100, how);
  EXPECT_TRUE(nobody.is_void);
  EXPECT_FALSE(nobody.winner.has_value());
  EXPECT_THAT(nobody.competitive, ElementsAre(0, 0));
  EXPECT_EQ(nobody.score[0], 2.0);  // Shown all the same.
  how.allow_missing_tasks = true;
  const ScoredCompetition allowed = score_competition(two_tasks(), models, 100, how);
  EXPECT_FALSE(allowed.is_void);
  EXPECT_EQ(allowed.winner, 1);
  EXPECT_THAT(allowed.task_weights, ElementsAre(1.0));
  EXPECT_THAT(allowed.missing_tasks, ElementsAre("code"));
  how.missing_tasks = {};
  EXPECT_THROW((void)score_competition(two_tasks(), models, 100, how), SystemError);
}

// The budget is 50 ms; 20 times that must not fail on a busy machine.
TEST(ScoringBenchmark, ALargeCompetitionIsScoredInMilliseconds) {
  const double seconds = scoring_seconds({.models = 256, .tasks = 6, .rows = 50}, 3);
  RecordProperty("milliseconds", std::to_string(seconds * 1e3));
  EXPECT_LT(seconds, 1.0);
}

}  // namespace
}  // namespace verdict
