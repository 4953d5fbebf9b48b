#include "verdict/competition/competition_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "competition/example_competitions.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

using example::kExample;
using example::refusal;
using example::refusal_with;
using example::with;
using testing::ElementsAre;

TEST(CompetitionFile, TheExampleIsReadToTheLetter) {
  const CompetitionFile file = parse_competitions(kExample, "c.toml", 5'000'000);
  EXPECT_EQ(file.uids, 256);
  EXPECT_EQ(file.netuid, 9);
  EXPECT_EQ(file.version_key, 4062);
  EXPECT_EQ(file.text, kExample);
  EXPECT_EQ(file.path, "c.toml");
  ASSERT_EQ(file.competitions.size(), 1U);
  const Competition& c = file.competitions[0];
  EXPECT_EQ(c.id, 4);
  EXPECT_EQ(c.name, "14B");
  EXPECT_EQ(c.reward, 0.30);
  EXPECT_THAT(c.architectures, ElementsAre("LlamaForCausalLM", "MistralForCausalLM"));
  EXPECT_EQ(c.min_parameters, 13'700'000'000);
  EXPECT_EQ(c.max_parameters, 13'900'000'000);
  EXPECT_EQ(c.max_bytes, 31'138'512'896U);
  EXPECT_EQ(c.sequence_length, 4096);
  EXPECT_EQ(c.tokenizer.name, "gpt-4");
  EXPECT_EQ(c.tokenizer.vocab_size, 100277);
  EXPECT_EQ(c.tokenizer.eos_id, 100257);
  EXPECT_EQ(c.epsilon.kind, Epsilon::Kind::linear);
  EXPECT_EQ(c.epsilon.start, 0.005);
  EXPECT_EQ(c.epsilon.end, 0.0001);
  EXPECT_EQ(c.epsilon.blocks, 14400);
  EXPECT_EQ(c.eval_block_delay, 250);
  EXPECT_EQ(c.payout, Payout::softmax);
  EXPECT_EQ(c.numerics.dtype, "bfloat16");
  EXPECT_EQ(c.numerics.tp, 1);
  EXPECT_EQ(c.numerics.micro_batch, 4);
  ASSERT_EQ(c.tasks.size(), 2U);
  EXPECT_EQ(c.tasks[0].name, "fineweb");
  EXPECT_EQ(c.tasks[0].method, "text_loss");
  EXPECT_THAT(c.tasks[1].data, ElementsAre("a.h5", "b.h5"));
  EXPECT_EQ(c.tasks[0].weight, 0.30);
  EXPECT_EQ(c.tasks[1].rows, 20);
  EXPECT_EQ(c.tasks[0].normalization.kind, Normalization::Kind::none);
  EXPECT_EQ(c.tasks[1].normalization.kind, Normalization::Kind::inverse_exponential);
  EXPECT_EQ(c.tasks[1].normalization.ceiling, 5.0);
}

TEST(CompetitionFile, WhatIsOptionalHasItsDocumentedMeaning) {
  std::string text(kExample);
  for (const std::string line : {"architectures = [\"LlamaForCausalLM\", \"MistralForCausalLM\"]\n",
                                 "eval_block_delay = 250\n", "payout = \"softmax\"\n",
                                 "numerics = { dtype = \"bfloat16\", tp = 1, micro_batch = 4 }\n",
                                 "normalization = \"none\"\n"}) {
    text.erase(text.find(line), line.size());
  }
  const Competition c = parse_competitions(text, "c.toml", 0).competitions.at(0);
  EXPECT_TRUE(c.architectures.empty());
  EXPECT_EQ(c.eval_block_delay, 0);
  EXPECT_EQ(c.payout, Payout::softmax);
  EXPECT_TRUE(c.sanity_generation);
  EXPECT_FALSE(c.numerics.dtype.has_value());
  EXPECT_FALSE(c.numerics.tp.has_value());
  EXPECT_FALSE(c.numerics.micro_batch.has_value());
  EXPECT_EQ(c.tasks[0].normalization.kind, Normalization::Kind::none);
}

TEST(CompetitionFile, OtherChoicesAreReadToo) {
  const std::string without = with("payout = \"softmax\"", "sanity_generation = false");
  EXPECT_FALSE(parse_competitions(without, "c.toml", 0).competitions[0].sanity_generation);
  const std::string fixed =
      with(R"({ kind = "linear", start = 0.005, end = 0.0001, blocks = 14400 })",
           R"({ kind = "fixed", value = 0.25 })");
  const Epsilon epsilon = parse_competitions(fixed, "c.toml", 0).competitions[0].epsilon;
  EXPECT_EQ(epsilon.kind, Epsilon::Kind::fixed);
  EXPECT_EQ(epsilon.start, 0.25);
  EXPECT_EQ(epsilon.end, 0.25);
  EXPECT_EQ(
      parse_competitions(with("\"softmax\"", "\"winner\""), "c.toml", 0).competitions[0].payout,
      Payout::winner);
  // An epsilon that grows is legal.
  EXPECT_EQ(refusal_with("end = 0.0001", "end = 0.5"), "accepted");
}

TEST(CompetitionFile, LaterRulesReplaceEarlierOnesFromTheirBlockOn) {
  const auto reward_at = [](const std::string& text, int64_t block) {
    return parse_competitions(text, "c.toml", block).competitions[0].reward;
  };
  EXPECT_EQ(reward_at(std::string(kExample), 5'177'980), 0.30);
  EXPECT_EQ(reward_at(std::string(kExample), 5'177'981), 0.15);
  // Written out of order, applied in order of blocks; each replaces only what it gives.
  const std::string two = with("[[competition.from]]",
                               "[[competition.from]]\nblock = 6_000_000\nreward = 0.05\n"
                               "payout = \"winner\"\n\n[[competition.from]]");
  EXPECT_EQ(reward_at(two, 5'999'999), 0.15);
  EXPECT_EQ(reward_at(two, 6'000'000), 0.05);
  const Competition last = parse_competitions(two, "c.toml", 6'000'000).competitions[0];
  EXPECT_EQ(last.payout, Payout::winner);
  EXPECT_EQ(last.eval_block_delay, 250);
  EXPECT_EQ(last.tasks.size(), 2U);
}

TEST(CompetitionFile, ALaterTaskListReplacesTheWholeList) {
  const std::string text = with("reward = 0.15\n", R"(reward = 0.15
[[competition.from.task]]
name = "new"
method = "text_loss"
data = ["new.h5"]
weight = 1.0
rows = 5
)");
  EXPECT_EQ(parse_competitions(text, "c.toml", 0).competitions[0].tasks.size(), 2U);
  const std::vector<Task> tasks =
      parse_competitions(text, "c.toml", 6'000'000).competitions[0].tasks;
  ASSERT_EQ(tasks.size(), 1U);
  EXPECT_EQ(tasks[0].name, "new");
}

TEST(CompetitionFile, LaterRulesAreCheckedBeforeTheirBlock) {
  EXPECT_EQ(refusal_with("reward = 0.15", "reward = 1.5"),
            "c.toml:21: 'competition.from.reward' must be 0 to 1");
  EXPECT_EQ(refusal_with("reward = 0.15", "epsilon = { kind = \"fixed\", value = 2.0 }"),
            "c.toml:21: 'competition.from.epsilon.value' must be at least 0 and less than 1");
  EXPECT_EQ(refusal_with("5_177_981", "-1"),
            "c.toml:20: 'competition.from.block' must be at least 0, found -1");
  EXPECT_EQ(refusal_with("[[competition.from]]",
                         "[[competition.from]]\nblock = 5177981\n[[competition.from]]"),
            "c.toml:22: 'competition.from.block' 5177981 occurs twice");
  // A rule that a later one replaces is checked as well.
  EXPECT_EQ(refusal(with("reward = 0.30", "reward = 2"), 6'000'000),
            "c.toml:8: 'competition.reward' must be 0 to 1");
}

TEST(CompetitionFile, IsReadFromDisk) {
  const std::string path = testing::TempDir() + "/competition_file_test.toml";
  std::ofstream(path) << kExample;
  const CompetitionFile file = read_competitions(path, 0);
  EXPECT_EQ(file.path, path);
  EXPECT_EQ(file.text, kExample);
  EXPECT_THROW((void)read_competitions(path + ".none", 0), SystemError);
}

}  // namespace
}  // namespace verdict
