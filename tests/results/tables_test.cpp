#include "verdict/results/tables.h"

#include <gmock/gmock.h>

#include "results/sample_content.h"

namespace verdict {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Tables, TheWinnerComesWithItsMarginAndItsDoubt) {
  const std::string text = results_tables(sample_content());
  EXPECT_THAT(
      text,
      HasSubstr(
          "competition 4 14B, block 5433000, rules hardened\n"
          "winner 10:ns/model-0, score 1.75000 ± 0.12500 nat; margin 0.00100 ± 0.00040 nat over "
          "11:ns/model-1; TOO CLOSE TO CALL\n"));
  EXPECT_THAT(text, HasSubstr("no winner: this competition pays nobody new"));
}

TEST(Tables, EveryMeanHasItsCountItsUnitAndItsStandardError) {
  const std::string text = results_tables(sample_content());
  EXPECT_THAT(text, HasSubstr("score [nat], n=6"));
  EXPECT_THAT(text, HasSubstr("fineweb [nat], n=3"));
  EXPECT_THAT(text, HasSubstr("1.50100 ± 0.25000"));
}

TEST(Tables, ModelsStandInTheOrderOfTheirRank) {
  ResultsContent content = sample_content();
  auto& models = content.competitions[0].models;
  const auto before = [&](const std::string& a, const std::string& b) {
    const std::string text = competition_table(content, content.competitions[0]);
    const size_t table = text.find("rank");
    return text.find(a, table) < text.find(b, table);
  };
  EXPECT_TRUE(before("ns/model-0", "ns/model-1"));
  models[1].win_rate = 2;  // More wins go first,
  EXPECT_TRUE(before("ns/model-1", "ns/model-0"));
  models[1].win_rate = models[0].win_rate;  // then the lower score,
  EXPECT_TRUE(before("ns/model-0", "ns/model-1"));
  models[1].score = models[0].score;
  content.candidates[1].block = 1;  // then the earlier block.
  EXPECT_TRUE(before("ns/model-1", "ns/model-0"));
  EXPECT_TRUE(before("ns/model-0", "ns/model-2"));  // Without a score: last.
}

TEST(Tables, AModelThatTakesNoPartInTheDuelsIsMarkedAndHasNoRank) {
  ResultsContent content = sample_content();
  auto& models = content.competitions[0].models;
  EXPECT_THAT(competition_table(content, content.competitions[0]), Not(HasSubstr("filtered")));
  for (ModelResult& model : models) model.competitive = model.uid == 10;
  const std::string text = competition_table(content, content.competitions[0]);
  EXPECT_THAT(text, HasSubstr("–   11  ns/model-1  filtered"));
  EXPECT_THAT(text, HasSubstr("filtered: scored, but does not beat an earlier model"));
}

TEST(Tables, FailuresAreListedWithTheirReason) {
  EXPECT_THAT(results_tables(sample_content()),
              HasSubstr("  14:ns/model-4: out_of_memory: größer als erlaubt\n"));
}

TEST(Tables, TextOfCandidatesCannotSteerTheTerminal) {
  ResultsContent content = sample_content();
  content.competitions[0].models[0].repo = "ns/\x1b[2Jevil";
  content.candidates[3].reason = "line\nbreak \x1b[0m";
  const std::string text = results_tables(content);
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, HasSubstr("ns/\\x1B[2Jevil"));
  EXPECT_THAT(text, HasSubstr("line\\x0Abreak"));
}

TEST(InspectJson, CarriesEveryNumberAndSpellsWhatJsonCannot) {
  const Json json = inspect_json(sample_content());
  EXPECT_EQ(json["schema"], "verdict-1.0");
  const Json& c = json["competitions"][0];
  EXPECT_EQ(c["winner_uid"], 10);
  EXPECT_EQ(c["models"][1]["tasks"][1]["loss"], 2.501);
  EXPECT_EQ(c["models"][1]["tasks"][1]["rows"], 3);
  EXPECT_EQ(c["models"][2]["score"], "nan");
  EXPECT_EQ(c["models"][2]["status"], "refused");
  EXPECT_EQ(c["models"][0]["duels"][0]["opponent_uid"], 11);
  EXPECT_EQ(c["models"][0]["duels"][0]["score_difference"], -0.001);
  EXPECT_EQ(json["competitions"][1]["winner_uid"], nullptr);
  EXPECT_EQ(json["weights"],
            (Json::array({Json{{"uid", 10}, {"weight", 1.0}, {"weight_u16", 65535}}})));
  EXPECT_NO_THROW((void)parse_json(json.dump()));
}

}  // namespace
}  // namespace verdict
