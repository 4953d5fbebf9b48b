// One competition from row losses to the winner, with numbers made by hand.
#include "verdict/competition/result.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "verdict/competition/score.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Competition two_tasks() {
  Competition c;
  c.id = 4;
  c.name = "14B";
  c.epsilon = {.kind = Epsilon::Kind::fixed, .start = 0.005, .end = 0.005};
  c.tasks = {{.name = "web", .weight = 0.75, .rows = 2},
             {.name = "code", .weight = 0.25, .rows = 2}};
  return c;
}

// Rows of "web" have 10 targets, those of "code" 5; one row of "code" has no byte count.
ModelLosses model(int64_t uid, double block, std::vector<double> web, std::vector<double> code) {
  return {
      .uid = uid,
      .block = block,
      .ok = true,
      .tasks = {
          {.name = "web", .row_nll = std::move(web), .row_tokens = {10, 10}, .row_bytes = {40, 42}},
          {.name = "code", .row_nll = std::move(code), .row_tokens = {5, 5}, .row_bytes = {0, 8}}}};
}

// uid 3: row losses 2.0, 2.2 on both: score 2.1. uid 1: 1.8, 2.04 and 2.0, 2.2: score 0.75·1.92 +
// 0.25·2.1 = 1.965. uid 5 comes last and is worse than both; uid 2 failed.
std::vector<ModelLosses> four_models() {
  return {model(3, 100, {20.0, 22.0}, {10.0, 11.0}),
          model(1, 200, {18.0, 20.4}, {10.0, 11.0}),
          model(5, 300, {21.0, 23.0}, {10.0, 11.0}),
          {.uid = 2, .block = 50, .ok = false}};
}

TEST(ScoreCompetition, TasksOfAModelAreMeasuredByRow) {
  const ScoredCompetition r = score_competition(two_tasks(), four_models(), 1000);
  EXPECT_EQ(r.id, 4);
  EXPECT_EQ(r.name, "14B");
  EXPECT_EQ(r.block, 1000.0);
  EXPECT_THAT(r.uids, ElementsAre(1, 2, 3, 5));
  EXPECT_THAT(r.tasks, ElementsAre("web", "code"));
  EXPECT_DOUBLE_EQ(r.loss[0 * 2 + 0], 1.92);
  EXPECT_DOUBLE_EQ(r.loss[2 * 2 + 0], 2.1);
  EXPECT_NEAR(r.loss_stderr[2 * 2 + 1], 0.1, 1e-15);
  EXPECT_DOUBLE_EQ(r.perplexity[2 * 2 + 0], std::exp(2.1));
  EXPECT_EQ(r.nll_sum[2 * 2 + 0], 42.0);
  EXPECT_EQ(r.tokens[2 * 2 + 0], 20);
  EXPECT_EQ(r.tokens[2 * 2 + 1], 10);
  EXPECT_DOUBLE_EQ(r.bits_per_byte[2 * 2 + 0], 42.0 / std::numbers::ln2 / 82.0);
  EXPECT_TRUE(std::isnan(r.bits_per_byte[2 * 2 + 1]));
}

TEST(ScoreCompetition, ScoresRatesAndWeightsFollowFromTheLosses) {
  const ScoredCompetition r = score_competition(two_tasks(), four_models(), 1000);
  EXPECT_DOUBLE_EQ(r.score[0], 1.965);
  EXPECT_DOUBLE_EQ(r.score[2], 2.1);
  EXPECT_NEAR(r.score_stderr[2], 0.1 * std::sqrt(0.75 * 0.75 + 0.25 * 0.25), 1e-15);
  EXPECT_THAT(r.ok, ElementsAre(1, 0, 1, 1));
  EXPECT_THAT(r.competitive, ElementsAre(1, 0, 1, 0));
  EXPECT_THAT(r.wins, ElementsAre(1, 0, 0, 0));
  EXPECT_EQ(r.win_rate[0], 1.0);
  EXPECT_EQ(r.win_rate[3], 0.0);
  EXPECT_DOUBLE_EQ(r.step_weight[0], 1.0 / (1.0 + 2.0 * std::exp(-100.0)));
  EXPECT_EQ(r.step_weight[1], 0.0);
  EXPECT_GT(r.step_weight[3], 0.0);
  EXPECT_THAT(r.ranking, ElementsAre(1, 3));
}

// Row differences of "web" between uid 1 and uid 3: −0.2, −0.16: standard error 0.02, times its
// weight 0.015.
TEST(ScoreCompetition, DifferencesArePairedOnTheRows) {
  const ScoredCompetition r = score_competition(two_tasks(), four_models(), 1000);
  const size_t n = 4;
  EXPECT_NEAR(r.score_difference[0 * n + 2], -0.135, 1e-12);
  EXPECT_NEAR(r.score_difference[2 * n + 0], 0.135, 1e-12);
  EXPECT_NEAR(r.score_difference_stderr[0 * n + 2], 0.015, 1e-12);
  EXPECT_NEAR(r.score_difference_stderr[2 * n + 0], 0.015, 1e-12);
  EXPECT_TRUE(std::isnan(r.score_difference[0]));
  EXPECT_TRUE(std::isnan(r.score_difference[0 * n + 1]));
  EXPECT_EQ(r.duel_won[0 * n + 2], 1);
  EXPECT_EQ(r.duel_won[2 * n + 0], 0);
  EXPECT_EQ(r.epsilon[0 * n + 2], 0.005);
  EXPECT_TRUE(std::isnan(r.epsilon[0 * n + 1]));
}

TEST(ScoreCompetition, TheMarginIsThatToTheRunnerUp) {
  const ScoredCompetition r = score_competition(two_tasks(), four_models(), 1000);
  EXPECT_EQ(r.winner, 1);
  EXPECT_EQ(r.runner_up, 3);
  EXPECT_NEAR(r.margin, 0.135, 1e-12);
  EXPECT_NEAR(r.margin_stderr, 0.015, 1e-12);
  EXPECT_FALSE(r.too_close_to_call);
}

TEST(ScoreCompetition, AModelThatFailedIsMissingEverywhere) {
  const ScoredCompetition r = score_competition(two_tasks(), four_models(), 1000);
  for (size_t t = 0; t < 2; ++t) {
    EXPECT_TRUE(std::isnan(r.loss[1 * 2 + t]));
    EXPECT_TRUE(std::isnan(r.loss_stderr[1 * 2 + t]));
    EXPECT_TRUE(std::isnan(r.perplexity[1 * 2 + t]));
    EXPECT_TRUE(std::isnan(r.nll_sum[1 * 2 + t]));
    EXPECT_EQ(r.tokens[1 * 2 + t], 0);
  }
  EXPECT_TRUE(std::isnan(r.score[1]));
  EXPECT_TRUE(std::isnan(r.score_stderr[1]));
  EXPECT_TRUE(std::isnan(r.win_rate[1]));
}

TEST(ScoreCompetition, AMissingRowAnInfiniteLossAndARowWithoutTargetsFailTheModel) {
  for (int broken = 0; broken < 4; ++broken) {
    std::vector<ModelLosses> models = four_models();
    TaskLosses& code = models[1].tasks[1];
    if (broken == 0) code.row_nll[1] = std::nan("");
    if (broken == 1) code.row_nll[1] = std::numeric_limits<double>::infinity();
    if (broken == 2) code.row_tokens[1] = 0;
    if (broken == 3) code.row_nll = {-1000.0, -1000.0};  // A negative score.
    const ScoredCompetition r = score_competition(two_tasks(), models, 1000);
    EXPECT_EQ(r.ok[0], 0) << broken;
    EXPECT_TRUE(std::isnan(r.loss[0])) << broken;
    EXPECT_TRUE(std::isnan(r.score[0])) << broken;
    EXPECT_EQ(r.winner, 3) << broken;
    EXPECT_FALSE(r.runner_up.has_value()) << broken;
    EXPECT_TRUE(std::isnan(r.margin)) << broken;
    EXPECT_TRUE(std::isnan(r.margin_stderr)) << broken;
  }
}

TEST(ScoreCompetition, AFailureCannotHideBehindANormalizationThatEndsAtOne) {
  Competition c = two_tasks();
  for (Task& task : c.tasks)
    task.normalization = {.kind = Normalization::Kind::inverse_exponential, .ceiling = 5.0};
  std::vector<ModelLosses> models = four_models();
  models[0].tasks[0].row_nll[0] = std::numeric_limits<double>::infinity();
  const ScoredCompetition r = score_competition(c, models, 1000);
  EXPECT_EQ(r.ok[2], 0);
  EXPECT_NEAR(r.score[0],
              0.75 * normalize_score(1.92, c.tasks[0].normalization) +
                  0.25 * normalize_score(2.1, c.tasks[1].normalization),
              1e-12);
  EXPECT_NEAR(r.loss[0], 1.92, 1e-12);
}

TEST(ScoreCompetition, WithoutAnyScoreThereIsNoWinnerAndNothingIsPaid) {
  const std::vector<ModelLosses> models{{.uid = 7, .block = 1}, {.uid = 8, .block = 2}};
  const ScoredCompetition r = score_competition(two_tasks(), models, 1000);
  EXPECT_FALSE(r.winner.has_value());
  EXPECT_FALSE(r.runner_up.has_value());
  EXPECT_THAT(r.step_weight, ElementsAre(0.0, 0.0));
  EXPECT_TRUE(std::isnan(r.margin));
  EXPECT_FALSE(r.too_close_to_call);
  EXPECT_FALSE(score_competition(two_tasks(), {}, 1000).winner.has_value());
}

TEST(ScoreCompetition, WeightsOfTasksThatAreLeftAreScaledUp) {
  Competition c = two_tasks();
  c.tasks.pop_back();
  std::vector<ModelLosses> models = four_models();
  for (ModelLosses& m : models) {
    if (m.ok) m.tasks.pop_back();
  }
  const ScoredCompetition r = score_competition(c, models, 1000);
  EXPECT_DOUBLE_EQ(r.score[0], 1.92);
  EXPECT_NEAR(r.score_stderr[2], 0.1, 1e-15);
  EXPECT_NEAR(r.margin_stderr, 0.02, 1e-12);
}

std::string refusal(std::vector<ModelLosses> models) {
  try {
    (void)score_competition(two_tasks(), std::move(models), 1000);
  } catch (const SystemError& e) {
    EXPECT_EQ(e.code(), ExitCode::internal);
    return e.what();
  }
  return "accepted";
}

TEST(ScoreCompetition, LossesThatDoNotFitTogetherAreABug) {
  std::vector<ModelLosses> models = four_models();
  models[1].tasks.pop_back();
  EXPECT_EQ(refusal(models), "uid 1 has losses on 1 tasks, competition 14B has 2");
  models = four_models();
  models[1].tasks[1].name = "math";
  EXPECT_EQ(refusal(models), "uid 1 has losses on task 'math' where competition 14B has 'code'");
  models = four_models();
  models[1].tasks[1].row_tokens.pop_back();
  EXPECT_EQ(refusal(models), "uid 1, task 'code': 2 losses, 1 token counts, 2 byte counts");
  models = four_models();
  models[1].tasks[0].row_tokens[0] = 9;
  EXPECT_EQ(refusal(models), "uid 1 and uid 3 were measured on different rows of task 'web'");
  models = four_models();
  models[1].uid = 3;
  EXPECT_THAT(refusal(models), HasSubstr("uid 3 occurs twice"));
}

TEST(ScoreCompetition, WeightsGoToAVectorByUidAndTheAverageComesBack) {
  ScoredCompetition r = score_competition(two_tasks(), four_models(), 1000);
  const std::vector<double> step = step_vector(r, 6);
  EXPECT_THAT(step,
              ElementsAre(0.0, r.step_weight[0], 0.0, r.step_weight[2], 0.0, r.step_weight[3]));
  EXPECT_THROW((void)step_vector(r, 5), SystemError);
  EXPECT_TRUE(std::isnan(r.ema[0]));
  assign_ema(r, {0.1, 0.2, 0.3, 0.4, 0.0, 0.0});
  EXPECT_THAT(r.ema, ElementsAre(0.2, 0.3, 0.4, 0.0));
  assign_ema(r, {});
  EXPECT_THAT(r.ema, ElementsAre(0.0, 0.0, 0.0, 0.0));
}

}  // namespace
}  // namespace verdict
