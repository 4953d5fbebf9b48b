// What a competitions file must not say, with the exact messages.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "competition/example_competitions.h"
#include "verdict/competition/competition_file.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

using example::kExample;
using example::refusal;
using example::refusal_with;
using testing::HasSubstr;

TEST(CompetitionFile, EveryOtherKeyIsRequired) {
  for (const std::string line :
       {"uids = 256", "netuid = 9", "version_key = 4062", "id = 4", "name = \"14B\"",
        "reward = 0.30", "parameters = [13_700_000_000, 13_900_000_000]",
        "max_bytes = 31_138_512_896", "sequence_length = 4096",
        "tokenizer = { name = \"gpt-4\", vocab_size = 100277, eos_id = 100257 }",
        "epsilon = { kind = \"linear\", start = 0.005, end = 0.0001, blocks = 14400 }",
        "block = 5_177_981", "name = \"fineweb\"", "method = \"text_loss\"",
        "data = [\"fineweb-*.h5\"]", "weight = 0.30", "rows = 50"}) {
    EXPECT_THAT(refusal_with(line, ""), HasSubstr("is missing")) << line;
  }
  EXPECT_EQ(refusal_with("reward = 0.30", ""), "c.toml:5: 'competition.reward' is missing");
  EXPECT_EQ(refusal_with("rows = 50", ""), "c.toml:23: 'competition.task.rows' is missing");
}

TEST(CompetitionFile, UnknownKeysAreNamedWithTheirLineAlsoInsideInlineTables) {
  EXPECT_EQ(refusal_with("netuid = 9", "netuid = 9\nnetwork = 1"),
            "c.toml:3: unknown key 'network'");
  EXPECT_EQ(refusal_with("id = 4", "id = 4\nseed = 1"), "c.toml:7: unknown key 'competition.seed'");
  EXPECT_EQ(refusal_with("eos_id = 100257", "eos_id = 100257, bos_id = 1"),
            "c.toml:13: unknown key 'competition.tokenizer.bos_id'");
  EXPECT_EQ(refusal_with("blocks = 14400", "blocks = 14400, value = 0.1"),
            "c.toml:14: unknown key 'competition.epsilon.value'");
  EXPECT_EQ(refusal_with("tp = 1", "tp = 1, pp = 1"),
            "c.toml:17: unknown key 'competition.numerics.pp'");
  EXPECT_EQ(refusal_with("reward = 0.15", "rewards = 0.15"),
            "c.toml:21: unknown key 'competition.from.rewards'");
  EXPECT_EQ(refusal_with("reward = 0.15", "id = 5"),
            "c.toml:21: unknown key 'competition.from.id'");
  EXPECT_EQ(refusal_with("rows = 50", "rows = 50\nrow = 1"),
            "c.toml:29: unknown key 'competition.task.row'");
  EXPECT_EQ(refusal_with("ceiling = 5.0", "ceiling = 5.0, floor = 1"),
            "c.toml:37: unknown key 'competition.task.normalization.inverse_exponential.floor'");
  EXPECT_EQ(refusal_with("{ ceiling = 5.0 }", "{ ceiling = 5.0 }, none = 1"),
            "c.toml:37: unknown key 'competition.task.normalization.none'");
}

TEST(CompetitionFile, NumbersOutsideTheirRangeAreRefused) {
  EXPECT_EQ(refusal_with("uids = 256", "uids = 0"), "c.toml:1: 'uids' must be 1 to 65536, found 0");
  EXPECT_EQ(refusal_with("uids = 256", "uids = 65537"),
            "c.toml:1: 'uids' must be 1 to 65536, found 65537");
  EXPECT_EQ(refusal_with("uids = 256", "uids = 65536"), "accepted");
  EXPECT_EQ(refusal_with("netuid = 9", "netuid = -1"),
            "c.toml:2: 'netuid' must be 0 to 65535, found -1");
  EXPECT_EQ(refusal_with("= 4062", "= -1"), "c.toml:3: 'version_key' must not be negative");
  EXPECT_EQ(refusal_with("id = 4", "id = -4"),
            "c.toml:6: 'competition.id' must be at least 0, found -4");
  EXPECT_EQ(refusal_with("reward = 0.30", "reward = -0.1"),
            "c.toml:8: 'competition.reward' must be 0 to 1");
  EXPECT_EQ(refusal_with("reward = 0.30", "reward = nan"),
            "c.toml:8: 'competition.reward' must be 0 to 1");
  EXPECT_EQ(refusal_with("reward = 0.30", "reward = 0"), "accepted");
  EXPECT_EQ(refusal_with("13_900_000_000]", "13_600_000_000]"),
            "c.toml:10: 'competition.parameters' must be [least, most] with 0 ≤ least ≤ most");
  EXPECT_THAT(refusal_with(", 13_900_000_000]", "]"), HasSubstr("must be [least, most]"));
  EXPECT_EQ(refusal_with("31_138_512_896", "0"),
            "c.toml:11: 'competition.max_bytes' must be at least 1, found 0");
  EXPECT_EQ(refusal_with("4096", "1"),
            "c.toml:12: 'competition.sequence_length' must be at least 2, found 1");
  EXPECT_EQ(refusal_with("100257", "100277"),
            "c.toml:13: 'competition.tokenizer.eos_id' must be 0 to 100276, found 100277");
  EXPECT_EQ(refusal_with("= 250", "= -1"),
            "c.toml:15: 'competition.eval_block_delay' must be at least 0, found -1");
  EXPECT_THAT(refusal_with("= 250", "= 250\nnorms = { soft = 9.0, soft_share = 0.1, hard = 8.0 }"),
              HasSubstr("'competition.norms.hard' must be finite and not below soft"));
  EXPECT_THAT(refusal_with("= 250", "= 250\nnorms = { soft = 9.0, soft_share = 1.1, hard = 9.0 }"),
              HasSubstr("'competition.norms.soft_share' must be 0 to 1"));
  EXPECT_EQ(refusal_with("tp = 1", "tp = 0"),
            "c.toml:17: 'competition.numerics.tp' must be 1 to 2147483647, found 0");
  EXPECT_EQ(refusal_with("micro_batch = 4", "micro_batch = 0"),
            "c.toml:17: 'competition.numerics.micro_batch' must be 1 to 2147483647, found 0");
  EXPECT_EQ(refusal_with("rows = 50", "rows = 0"),
            "c.toml:28: 'competition.task.rows' must be at least 1, found 0");
  EXPECT_EQ(refusal_with("weight = 0.30", "weight = 0"),
            "c.toml:27: 'competition.task.weight' must be more than 0");
  EXPECT_EQ(refusal_with("weight = 0.30", "weight = -0.3"),
            "c.toml:27: 'competition.task.weight' must be more than 0");
  EXPECT_EQ(refusal_with("ceiling = 5.0", "ceiling = 0"),
            "c.toml:37: 'competition.task.normalization.inverse_exponential.ceiling' must be more "
            "than 0 and finite");
}

TEST(CompetitionFile, EpsilonOutsideItsRangeIsRefused) {
  EXPECT_EQ(refusal_with("start = 0.005", "start = 1.0"),
            "c.toml:14: 'competition.epsilon.start' must be at least 0 and less than 1");
  EXPECT_EQ(refusal_with("end = 0.0001", "end = -0.1"),
            "c.toml:14: 'competition.epsilon.end' must be at least 0 and less than 1");
  EXPECT_EQ(refusal_with("end = 0.0001", "end = nan"),
            "c.toml:14: 'competition.epsilon.end' must be at least 0 and less than 1");
  EXPECT_EQ(refusal_with("blocks = 14400", "blocks = 0"),
            "c.toml:14: 'competition.epsilon.blocks' must be at least 1, found 0");
  EXPECT_EQ(
      refusal_with("\"linear\"", "\"cubic\""),
      "c.toml:14: 'competition.epsilon.kind' must be \"fixed\" or \"linear\", found \"cubic\"");
}

TEST(CompetitionFile, WordsOutsideTheirChoicesAreRefusedByName) {
  EXPECT_EQ(refusal_with("method = \"text_loss\"", "method = \"tts\""),
            "c.toml:25: 'competition.task.method' must be \"text_loss\", found \"tts\"");
  EXPECT_EQ(refusal_with("\"softmax\"", "\"all\""),
            "c.toml:16: 'competition.payout' must be \"softmax\" or \"winner\", found \"all\"");
  EXPECT_EQ(refusal_with("\"bfloat16\"", "\"float16\""),
            "c.toml:17: 'competition.numerics.dtype' must be \"float32\" or \"bfloat16\", found "
            "\"float16\"");
  EXPECT_EQ(refusal_with("normalization = \"none\"", "normalization = \"log\""),
            "c.toml:29: 'competition.task.normalization' must be \"none\" or { inverse_exponential "
            "= { ceiling = … } }");
  EXPECT_EQ(refusal_with("{ ceiling = 5.0 }", "{}"),
            "c.toml:37: 'competition.task.normalization.inverse_exponential.ceiling' is missing");
  EXPECT_EQ(refusal_with("[\"LlamaForCausalLM\", \"MistralForCausalLM\"]", "[]"),
            "c.toml:9: 'competition.architectures' must not be empty; leave it out to allow all");
  EXPECT_EQ(refusal_with("[\"fineweb-*.h5\"]", "[]"),
            "c.toml:26: 'competition.task.data' must name at least one shard");
  EXPECT_EQ(refusal_with("[\"fineweb-*.h5\"]", "[\"\"]"),
            "c.toml:26: 'competition.task.data' must not hold an empty pattern");
  EXPECT_EQ(refusal_with("\"gpt-4\"", "\"\""),
            "c.toml:13: 'competition.tokenizer.name' must not be empty");
}

TEST(CompetitionFile, NamesKeepToTheirPattern) {
  for (const std::string name : {"", "a b", "a/b", "ä", "123456789012345678901234567890123"}) {
    EXPECT_EQ(refusal_with("\"14B\"", "\"" + name + "\""),
              "c.toml:7: 'competition.name' must be 1 to 32 letters, digits, '_' or '-', found '" +
                  name + "'");
  }
  EXPECT_EQ(refusal_with("\"14B\"", "\"A-z_0\""), "accepted");
  EXPECT_EQ(
      refusal_with("\"fineweb\"", "\"..\""),
      "c.toml:24: 'competition.task.name' must be 1 to 32 letters, digits, '_' or '-', found '..'");
}

TEST(CompetitionFile, TaskWeightsSumToOneAndTaskNamesAreUnique) {
  EXPECT_EQ(
      refusal_with("weight = 0.30", "weight = 0.20"),
      "c.toml:23: 'competition.task' weights of competition 14B must sum to 1, found 0.9000000000");
  EXPECT_EQ(refusal_with("weight = 0.30", "weight = 0.3000000005"), "accepted");
  EXPECT_THAT(refusal_with("weight = 0.30", "weight = 0.300000002"),
              HasSubstr("found 1.0000000020"));
  EXPECT_EQ(refusal_with("\"code\"", "\"fineweb\""),
            "c.toml:32: 'competition.task.name' 'fineweb' occurs twice in competition 14B");
  const std::string text(kExample);
  EXPECT_EQ(refusal(text.substr(0, text.find("[[competition.task]]"))),
            "c.toml:5: 'competition' of 14B needs at least one [[competition.task]]");
}

TEST(CompetitionFile, IdsAndNamesAreUniqueAndRewardsSumToAtMostOne) {
  const std::string first(kExample);
  const std::string second = first.substr(first.find("[[competition]]"));
  const auto replaced = [&](const std::string& id, const std::string& name,
                            const std::string& reward) {
    std::string text = second;
    text.replace(text.find("id = 4"), 6, "id = " + id);
    text.replace(text.find("14B"), 3, name);
    text.replace(text.find("reward = 0.30"), 13, "reward = " + reward);
    return first + text;
  };
  EXPECT_EQ(refusal(replaced("4", "3B", "0.1")),
            "c.toml:39: 'competition.id' 4 is the id of competition 14B already");
  EXPECT_EQ(refusal(replaced("5", "14B", "0.1")),
            "c.toml:40: 'competition.name' 14B is the name of competition 4 already");
  EXPECT_EQ(refusal(replaced("5", "3B", "0.7")), "accepted");
  EXPECT_THAT(
      refusal(replaced("5", "3B", "0.70000001")),
      HasSubstr("'competition' rewards must sum to at most 1, found 1.0000000100 at block 0"));
  // What was too much before a `from` does not matter after it.
  EXPECT_EQ(refusal(replaced("5", "3B", "0.8"), 5'177'981), "accepted");
}

TEST(CompetitionFile, AFileWithoutCompetitionsIsRefused) {
  EXPECT_THAT(refusal("uids = 1\nnetuid = 1\nversion_key = 1\n"),
              HasSubstr("'competition' is missing: write at least one [[competition]]"));
  EXPECT_EQ(refusal_with("[[competition]]", "[competition]"),
            "c.toml:5: 'competition' must be written as [[competition]]");
}

}  // namespace
}  // namespace verdict
