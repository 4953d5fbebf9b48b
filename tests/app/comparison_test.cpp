#include "app/compare/comparison.h"

#include <gtest/gtest.h>

#include <cmath>

#include "verdict/core/error.h"

namespace verdict {
namespace {

// One competition, one task, the models 10:a and 11:b.
ResultsContent results(const std::vector<std::vector<double>>& nll,
                       const std::vector<uint64_t>& row_hash) {
  TaskTable task{.name = "prose", .weight = 1, .row_hash = row_hash, .nll_sum_nat = nll};
  task.tokens.assign(row_hash.size(), 10);
  ResultsContent content{.block = 7, .block_hash = "0x1", .rules = "hardened"};
  content.competitions.push_back(
      {.id = 1, .name = "tiny", .numerics = R"({"tp":1})", .tasks = {task}});
  for (size_t m = 0; m < nll.size(); ++m) {
    ModelResult model{.uid = static_cast<int64_t>(10 + m), .repo = m == 0 ? "a" : "b"};
    model.score = 1.0 + static_cast<double>(m);
    content.competitions[0].models.push_back(model);
  }
  content.competitions[0].winner_uid = 10;
  return content;
}

TEST(Compare, DifferencesArePairedByRowWhateverTheirOrder) {
  const auto first = results({{10, 20, 30}}, {1, 2, 3});
  const auto second = results({{33, 11, 22}}, {3, 1, 2});
  const Comparison c = compare_results(first, second);
  const Estimate& loss = c.competitions[0].models[0].tasks[0].loss;
  EXPECT_EQ(loss.n, 3);
  EXPECT_NEAR(loss.mean, 0.2, 1e-15);  // 0.1, 0.2 and 0.3 nat per token.
  EXPECT_NEAR(loss.standard_error, 0.1 / std::sqrt(3.0), 1e-15);
  EXPECT_EQ(c.competitions[0].models[0].tasks[0].rows_of_one_only, 0);
}

TEST(Compare, RowsOfOneRunOnlyAreCountedAndLeftOut) {
  const Comparison c =
      compare_results(results({{10, 20, 30}}, {1, 2, 3}), results({{12, 99}}, {1, 4}));
  const TaskChange& task = c.competitions[0].models[0].tasks[0];
  EXPECT_EQ(task.loss.n, 1);
  EXPECT_NEAR(task.loss.mean, 0.2, 1e-15);
  EXPECT_TRUE(std::isnan(task.loss.standard_error));
  EXPECT_EQ(task.rows_of_one_only, 3);
}

TEST(Compare, EqualRowsOfATaskAreEachPairedOnce) {
  const Comparison c = compare_results(results({{10, 20}}, {5, 5}), results({{10, 20}}, {5, 5}));
  EXPECT_EQ(c.competitions[0].models[0].tasks[0].loss.n, 2);
  EXPECT_EQ(c.competitions[0].models[0].tasks[0].loss.mean, 0.0);
}

TEST(Compare, AMissingLossIsNoRowInCommon) {
  const Comparison c =
      compare_results(results({{10, kMissing}}, {1, 2}), results({{11, 20}}, {1, 2}));
  EXPECT_EQ(c.competitions[0].models[0].tasks[0].loss.n, 1);
}

TEST(Compare, ChangedWinnersStatusesAndCandidatesAreTold) {
  auto first = results({{10}, {20}}, {1});
  auto second = results({{10}, {20}}, {1});
  second.competitions[0].winner_uid = 11;
  second.competitions[0].models[0].status = Status::timeout;
  second.competitions[0].models[1].repo = "c";
  const CompetitionChange c = compare_results(first, second).competitions[0];
  EXPECT_TRUE(c.winner_changed());
  EXPECT_EQ(c.winner_first, "10:a");
  EXPECT_EQ(c.winner_second, "11:c");
  ASSERT_EQ(c.models.size(), 3U);
  EXPECT_TRUE(c.models[0].status_changed());
  EXPECT_EQ(c.models[1].second, std::nullopt);
  EXPECT_EQ(c.models[2].first, std::nullopt);
  EXPECT_EQ(c.models[2].label, "11:c");
}

TEST(Compare, OtherNumericsAreRefusedByNameAndNotOtherwise) {
  const auto first = results({{10}}, {1});
  auto second = first;
  EXPECT_NO_THROW(require_same_numerics(compare_results(first, second), "A", "B"));
  second.competitions[0].numerics = R"({"tp":2})";
  try {
    require_same_numerics(compare_results(first, second), "A", "B");
    ADD_FAILURE() << "accepted";
  } catch (const SystemError& e) {
    EXPECT_EQ(e.code(), ExitCode::usage);
    EXPECT_EQ(std::string(e.what()),
              "A and B were computed with other numerics (competition 'tiny': tp is 1 against 2): "
              "--allow-different-numerics compares them all the same");
  }
}

TEST(Compare, ACompetitionOfOneRunOnlyIsSaid) {
  const auto first = results({{10}}, {1});
  auto second = first;
  second.competitions[0].name = "other";
  const Comparison c = compare_results(first, second);
  ASSERT_EQ(c.competitions.size(), 2U);
  EXPECT_NE(comparison_text(c).find("competition tiny is in the first only"), std::string::npos);
  EXPECT_NE(comparison_text(c).find("competition other is in the second only"), std::string::npos);
}

}  // namespace
}  // namespace verdict
