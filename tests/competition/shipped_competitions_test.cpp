// The competitions files that come with the program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "verdict/competition/competition_file.h"
#include "verdict/competition/epsilon.h"

namespace verdict {
namespace {

using testing::ElementsAre;

constexpr int64_t kChange = 5'177'981;

std::filesystem::path shipped() {
  return std::filesystem::path(VERDICT_TEST_DIR).parent_path() / "launch/competitions";
}

TEST(ShippedCompetitions, EveryFileCanBeReadAtAnyBlock) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(shipped())) {
    if (entry.path().extension() != ".toml") continue;
    for (const int64_t block : {int64_t{0}, kChange, int64_t{100'000'000}})
      EXPECT_FALSE(read_competitions(entry.path(), block).competitions.empty());
    ++files;
  }
  EXPECT_GE(files, 1);
}

TEST(ShippedCompetitions, TheSubnetsOwnAreThoseOfItsConstants) {
  const CompetitionFile before = read_competitions(shipped() / "subnet9.toml", kChange - 1);
  const CompetitionFile now = read_competitions(shipped() / "subnet9.toml", kChange);
  ASSERT_EQ(now.competitions.size(), 2U);
  const Competition& small = now.competitions[0];
  const Competition& large = now.competitions[1];
  EXPECT_EQ(small.id, 2);
  EXPECT_EQ(large.id, 4);
  EXPECT_THAT(std::vector({before.competitions[0].reward, before.competitions[1].reward}),
              ElementsAre(0.30, 0.70));
  EXPECT_THAT(std::vector({small.reward, large.reward}), ElementsAre(0.15, 0.30));
  EXPECT_EQ(small.min_parameters, 3'200'000'000);
  EXPECT_EQ(small.max_parameters, 3'400'000'000);
  EXPECT_EQ(large.min_parameters, 13'700'000'000);
  EXPECT_EQ(large.max_parameters, 13'900'000'000);
  EXPECT_EQ(small.max_bytes, uint64_t{15} << 30);
  EXPECT_EQ(large.max_bytes, uint64_t{29} << 30);
  EXPECT_EQ(before.competitions[0].epsilon.blocks, 50400);
  EXPECT_EQ(before.competitions[1].epsilon.blocks, 72000);
  EXPECT_EQ(before.competitions[1].epsilon.end, 0.0005);
  for (const Competition& c : now.competitions) {
    EXPECT_EQ(c.epsilon.blocks, 14400);
    EXPECT_NEAR(epsilon_at(c.epsilon, 14400, 0), 0.0001, 1e-15);
    EXPECT_EQ(c.eval_block_delay, 250);
    EXPECT_EQ(c.sequence_length, 4096);
    EXPECT_EQ(c.architectures.size(), 9U);
    std::vector<double> weights;
    for (const Task& task : c.tasks) weights.push_back(task.weight);
    EXPECT_THAT(weights, ElementsAre(0.30, 0.25, 0.35, 0.05, 0.03, 0.02));
  }
}

}  // namespace
}  // namespace verdict
