#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "app/report/html.h"
#include "app/report/loss_plot.h"
#include "app/report/page.h"
#include "app/report/timeline.h"

namespace verdict {
namespace {

TEST(Escaped, NothingOfAStrangersTextIsMarkup) {
  EXPECT_EQ(escaped("<script>alert(\"x\" & 'y')</script>"),
            "&lt;script&gt;alert(&quot;x&quot; &amp; &#39;y&#39;)&lt;/script&gt;");
  EXPECT_EQ(escaped("\x1b[31m\xff"), "\\x1B[31m\\xFF");
  EXPECT_EQ(escaped("größer ≤"), "größer ≤");
}

TEST(Shortened, ATextIsCutBetweenCharacters) {
  EXPECT_EQ(shortened("größe", 5), "größe");
  EXPECT_EQ(shortened("größer", 3), "grö…");
  EXPECT_EQ(shortened("", 3), "");
}

TEST(RoundTicks, AreRoundAndInside) {
  EXPECT_EQ(round_ticks(0, 10, 5), (std::vector<double>{0, 2, 4, 6, 8, 10}));
  EXPECT_EQ(round_ticks(1.3, 1.3, 5), std::vector<double>{});
  for (const double tick : round_ticks(2.6157, 2.6162, 5)) {
    EXPECT_GE(tick, 2.6157);
    EXPECT_LE(tick, 2.6162);
  }
}

TEST(LossPlot, ModelsWithoutALossAreLeftOutAndNamesAreEscaped) {
  EXPECT_EQ(loss_plot("t", {{.label = "a", .loss = NAN}}), "");
  const std::string svg = loss_plot("t", {{.label = "<b>", .loss = 2, .standard_error = 0.5},
                                          {.label = "c", .loss = 1, .standard_error = NAN}});
  EXPECT_EQ(svg.find("<b>"), std::string::npos);
  EXPECT_NE(svg.find("&lt;b&gt;"), std::string::npos);
  EXPECT_NE(svg.find("2.00000 ± 0.50000"), std::string::npos);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_LT(svg.find(">c<"), svg.find("&lt;b&gt;"));  // The better one first.
}

TEST(SecondsOf, ReadsWhatTheEventsSay) {
  EXPECT_DOUBLE_EQ(seconds_of("1970-01-02T00:00:01.250Z"), 86401.25);
  EXPECT_TRUE(std::isnan(seconds_of("yesterday")));
  EXPECT_TRUE(std::isnan(seconds_of("1970-01-02T00:00:01")));
}

TEST(Timeline, UnitsOfEveryStartAreFoundBesideTornLines) {
  const std::string path = testing::TempDir() + "report_parts_events.jsonl";
  std::ofstream(path)
      << R"({"time":"1970-01-01T00:00:00.000Z","event":"start"})"
         "\n"
      << R"({"time":"1970-01-01T00:00:01.000Z","event":"unit_started","unit":0,"group":0,"model":"a"})"
         "\n"
      << R"({"time":"1970-01-01T00:00:02.000Z","event":"unit_started","unit":1,"group":1,"model":"b"})"
         "\n"
      << R"({"time":"1970-01-01T00:00:04.000Z","event":"unit_finished","unit":0,"group":0,"failed":true})"
         "\n"
      << "{\"time\":\"1970-01\n"
      << R"({"time":"1970-01-01T00:01:00.000Z","event":"start"})"
         "\n"
      << R"({"time":"1970-01-01T00:01:01.000Z","event":"unit_started","unit":0,"group":0,"model":"c"})"
         "\n";
  const auto starts = read_timeline(path);
  ASSERT_EQ(starts.size(), 2U);
  ASSERT_EQ(starts[0].units.size(), 2U);
  EXPECT_EQ(starts[0].units[0].model, "a");
  EXPECT_TRUE(starts[0].units[0].failed);
  EXPECT_DOUBLE_EQ(starts[0].units[0].end - starts[0].units[0].begin, 3);
  EXPECT_DOUBLE_EQ(starts[0].units[1].end, 4);  // It has no end of its own.
  ASSERT_EQ(starts[1].units.size(), 1U);
  EXPECT_TRUE(read_timeline(path + ".absent").empty());
}

TEST(Page, HoldsNothingFromElsewhereAndNoMarkupOfStrangers) {
  ResultsContent content{.block = 1, .block_hash = "0x1", .rules = "hardened"};
  content.candidates.push_back({.uid = 3,
                                .repo = "<img src=http://evil/>",
                                .status = Status::refused,
                                .reason = "</style><script>x()</script>"});
  content.competitions.push_back({.id = 1, .name = "tiny"});
  const std::string page = report_page(content, {});
  EXPECT_EQ(page.find("<img"), std::string::npos);
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_EQ(page.find("href="), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;"), std::string::npos);
  EXPECT_NE(page.find("No winner"), std::string::npos);
}

}  // namespace
}  // namespace verdict
