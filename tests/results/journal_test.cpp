#include "verdict/results/journal.h"

#include <gmock/gmock.h>

#include <bit>
#include <cmath>
#include <limits>
#include <set>
#include <sstream>

#include "hdf5/scratch.h"
#include "verdict/core/hash.h"

namespace verdict {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class Journals : public Scratch {
 protected:
  static JournalItem item(const std::string& key, std::vector<double> nll = {1.5, 2.5}) {
    JournalItem item{.key = key, .model = "abc", .competition = "14B", .task = "code"};
    item.samples = {8, 8 + static_cast<int64_t>(nll.size())};
    item.tokens = std::vector<int64_t>(nll.size(), 4095);
    item.nll_nat = std::move(nll);
    item.load_seconds = 0.125;
    item.compute_seconds = 3.5;
    item.leader_rank = 2;
    item.numerics["dtype"] = "float32";
    return item;
  }
  // A file in the journal folder whose name sorts behind those of the writer.
  void add_file(const std::string& text) { write_atomically(folder_ / "9-later.jsonl", text); }
  static std::string sealed(const std::string& text) {
    return text + ",\"xxh3\":\"" + xxh3_hex(text) + "\"}\n";
  }
};

TEST_F(Journals, ASanityGenerationReadsBackAndAnotherOfItsKeyIsAConflict) {
  JournalItem generation{.key = "g", .model = "abc", .competition = "14B"};
  generation.generated = {.prompt_tokens = 100, .tokens = {{1, 0, 7}, {100276, 5, 5}}};
  {
    JournalWriter writer(folder_, 0);
    writer.item(generation);
    writer.item(item("k"));
  }
  const JournalContent content = read_journals(folder_);
  EXPECT_EQ(content.items.at("g").generated, generation.generated);
  EXPECT_THAT(content.items.at("g").nll_nat, IsEmpty());
  EXPECT_EQ(content.items.at("k").generated, std::nullopt);
  generation.generated->tokens[1][2] = 6;
  JournalWriter(folder_, 1).item(generation);
  EXPECT_THAT(read_journals(folder_).conflicts, SizeIs(1));
}

TEST_F(Journals, ASanityGenerationOfAnotherShapeIsRefused) {
  for (const char* generated : {"7", "[7]", "[[7.5]]", "[[\"a\"]]"}) {
    add_file(
        sealed(std::string(R"({"event":"item","v":2,"key":"k","model":"m","competition":"c",)") +
               R"("prompt_tokens":3,"generated":)" + generated));
    EXPECT_THROW(static_cast<void>(read_journals(folder_)), SystemError) << generated;
  }
}

TEST_F(Journals, AFolderThatWasDeletedDoesNotComeBack) {
  std::filesystem::remove_all(folder_);
  EXPECT_THROW(JournalWriter(folder_, 0), SystemError);
  EXPECT_FALSE(std::filesystem::exists(folder_));
}

TEST_F(Journals, AnItemReadsBackBitForBit) {
  using Limits = std::numeric_limits<double>;
  const std::vector<double> nll{0.1,
                                1.0 / 3.0,
                                -0.0,
                                Limits::denorm_min(),
                                Limits::max(),
                                Limits::min(),
                                Limits::infinity(),
                                -Limits::infinity(),
                                12345.678901234567};
  {
    JournalWriter writer(folder_, 3);
    writer.item(item("k1", nll));
    writer.item(item("k2", {Limits::quiet_NaN()}));
  }
  const JournalContent content = read_journals(folder_);
  EXPECT_THAT(content.warnings, IsEmpty());
  ASSERT_THAT(content.items, SizeIs(2));
  const JournalItem& read = content.items.at("k1");
  ASSERT_EQ(read.nll_nat.size(), nll.size());
  for (size_t i = 0; i < nll.size(); ++i) {
    EXPECT_EQ(std::bit_cast<uint64_t>(read.nll_nat[i]), std::bit_cast<uint64_t>(nll[i])) << i;
  }
  EXPECT_TRUE(std::isnan(content.items.at("k2").nll_nat[0]));
  EXPECT_EQ(read.model, "abc");
  EXPECT_EQ(read.competition, "14B");
  EXPECT_EQ(read.task, "code");
  EXPECT_EQ(read.samples, (Range{8, 17}));
  EXPECT_EQ(read.tokens, std::vector<int64_t>(9, 4095));
  EXPECT_EQ(read.load_seconds, 0.125);
  EXPECT_EQ(read.compute_seconds, 3.5);
  EXPECT_EQ(read.leader_rank, 2);
  EXPECT_EQ(read.numerics["dtype"], "float32");
}

TEST_F(Journals, OnlyItemsCarryAKeyAndEveryLineItsChecksum) {
  JournalWriter writer(folder_, 0);
  writer.begin(Json{{"model", "abc"}});
  writer.item(item("k1"));
  writer.event(
      {.name = "oom", .model = "abc", .reason = "2 GiB asked for", .fields = Json{{"bytes", 5}}});
  std::istringstream lines(read_text(writer.path()));
  int keys = 0;
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const Json json = parse_json(line);
    keys += json.contains("key") ? 1 : 0;
    const size_t at = line.rfind(",\"xxh3\":");
    EXPECT_EQ(json["xxh3"], xxh3_hex(line.substr(0, at)));
    EXPECT_TRUE(json.contains("event"));
  }
  EXPECT_EQ(keys, 1);
  EXPECT_EQ(count, 4);  // With the line that says which process this is.
}

TEST_F(Journals, AnotherProcessOfTheSameRankGetsAnotherFile) {
  JournalWriter a(folder_, 0);
  JournalWriter b(folder_, 0);
  EXPECT_NE(a.path(), b.path());
  EXPECT_THAT(a.path().filename().string(),
              testing::MatchesRegex("0-[0-9]+T[0-9]+\\.[0-9]+Z\\.jsonl"));
}

TEST_F(Journals, TheFirstItemOfAKeyStandsAndAnotherResultIsSaid) {
  {
    JournalWriter writer(folder_, 0);
    writer.item(item("k1", {1.0}));
    writer.item(item("k1", {1.0}));
  }
  EXPECT_THAT(read_journals(folder_).warnings, IsEmpty());
  JournalWriter later(folder_, 1);
  later.item(item("k1", {2.0}));
  const JournalContent content = read_journals(folder_);
  EXPECT_THAT(content.items.at("k1").nll_nat, ElementsAre(1.0));
  ASSERT_THAT(content.warnings, SizeIs(1));
  EXPECT_THAT(content.warnings[0],
              testing::StartsWith(later.path().string() +
                                  ":2: a second item of key k1 has other values than "));
  EXPECT_THAT(content.warnings[0], testing::EndsWith(":2; the first one stands"));
  EXPECT_EQ(content.conflicts, content.warnings);
}

TEST_F(Journals, ATornLastLineIsIgnoredWithAWarning) {
  JournalWriter writer(folder_, 0);
  writer.item(item("k1"));
  writer.item(item("k2"));
  const std::string text = read_text(writer.path());
  // Wherever the last line is cut, the first item stands; only its newline may be missing.
  const size_t last = text.rfind("{\"event\":\"item\"");
  for (size_t end = last + 1; end < text.size() - 1; end += 7) {
    write_atomically(writer.path(), text.substr(0, end));
    const JournalContent content = read_journals(folder_);
    EXPECT_THAT(content.items, SizeIs(1));
    ASSERT_THAT(content.warnings, SizeIs(1));
    EXPECT_EQ(content.warnings[0],
              writer.path().string() + ":3: ignored, the line was not written to its end");
  }
  write_atomically(writer.path(), text.substr(0, text.size() - 1));
  EXPECT_THAT(read_journals(folder_).items, SizeIs(2));
}

TEST_F(Journals, AFlippedBitAnywhereLosesThatLineOnly) {
  JournalWriter writer(folder_, 0);
  writer.item(item("k1"));
  writer.item(item("k2"));
  const std::string text = read_text(writer.path());
  const size_t begin = text.find("{\"event\":\"item\"");
  const size_t end = text.find('\n', begin);
  for (size_t at = begin; at < end; ++at) {
    std::string damaged = text;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    if (damaged[at] == '\n') continue;
    write_atomically(writer.path(), damaged);
    const JournalContent content = read_journals(folder_);
    ASSERT_THAT(content.items, SizeIs(1)) << at;
    EXPECT_TRUE(content.items.contains("k2"));
    ASSERT_THAT(content.warnings, SizeIs(1));
    EXPECT_EQ(content.warnings[0],
              writer.path().string() + ":2: ignored, the line does not match its checksum");
  }
}

TEST_F(Journals, FailuresAreFoundByModel) {
  JournalWriter writer(folder_, 0);
  writer.begin(Json{{"model", "abc"}});
  writer.event({.name = "timeout", .model = "abc", .reason = "550 s"});
  writer.event({.name = "oom", .model = "def"});
  writer.event({.name = "stopped"});
  const JournalContent content = read_journals(folder_);
  EXPECT_THAT(content.events, SizeIs(5));
  const auto failures = content.failures_of("abc");
  ASSERT_THAT(failures, SizeIs(1));
  EXPECT_EQ(failures[0].name, "timeout");
  EXPECT_EQ(failures[0].reason, "550 s");
  EXPECT_EQ(content.events[1].fields["unit"]["model"], "abc");
}

TEST_F(Journals, ALineOfALaterVersionIsRefused) {
  add_file(sealed(R"({"event":"item","v":3,"key":"k")"));
  const SystemError e = system_error_of([&] { (void)read_journals(folder_); });
  EXPECT_EQ(e.code(), ExitCode::bad_data);
  EXPECT_THAT(e.what(),
              HasSubstr("9-later.jsonl:1: is of journal version 3, this program reads up to 2"));
}

TEST_F(Journals, AnIntactLineThatLacksAFieldIsRefused) {
  add_file(sealed(R"({"event":"item","v":1,"key":"k")"));
  EXPECT_THAT(system_error_of([&] { (void)read_journals(folder_); }).what(),
              HasSubstr("9-later.jsonl:1: key 'model': expected a string, found nothing"));
  add_file(sealed(
      R"({"event":"item","v":1,"key":"k","model":"m","competition":"c","task":"t","samples":[0,2],)"
      R"("nll_nat":[1.0],"tokens":[1])"));
  EXPECT_THAT(system_error_of([&] { (void)read_journals(folder_); }).what(),
              HasSubstr("item of 2 samples has 1 losses and 1 token counts"));
}

TEST_F(Journals, NoFolderIsAnEmptyJournal) {
  EXPECT_THAT(read_journals(folder_ / "none").items, IsEmpty());
}

TEST_F(Journals, TheWriterRefusesWhatTheReaderWould) {
  JournalWriter writer(folder_, 0);
  JournalItem wrong = item("k1");
  wrong.tokens.pop_back();
  EXPECT_THROW(writer.item(wrong), SystemError);
  EXPECT_THROW(writer.event({.name = "oom", .fields = Json{{"key", "k1"}}}), SystemError);
  EXPECT_THROW(writer.event({.name = "item"}), SystemError);
}

TEST_F(Journals, AReasonThatIsNotUtf8DoesNotStopTheRun) {
  JournalWriter writer(folder_, 0);
  writer.event({.name = "model_failed", .model = "abc", .reason = "tensor '\xFF'"});
  EXPECT_THAT(read_journals(folder_).failures_of("abc")[0].reason, HasSubstr("tensor '"));
}

TEST(ItemKey, DependsOnEveryPartOfTheIdentity) {
  const ItemIdentity identity{.model = "m", .task = "t", .row_hashes = {1, 2}, .numerics = "n"};
  // Python: hashlib.sha256(b'["verdict-item-1","m","t",[1,2],"n"]').hexdigest()
  EXPECT_EQ(item_key(identity), "219b6f1e2d8d0c6060e278cd8bb8c008b9763462d7b4468dceb3d8eedb5678f2");
  std::set<std::string> keys{item_key(identity)};
  for (int part = 0; part < 5; ++part) {
    ItemIdentity other = identity;
    if (part == 0) other.model = "m\",\"";
    if (part == 1) other.task = "u";
    if (part == 2) other.row_hashes = {2, 1};
    if (part == 3) other.row_hashes = {1};
    if (part == 4) other.numerics = "";
    keys.insert(item_key(other));
  }
  EXPECT_THAT(keys, SizeIs(6));
}

}  // namespace
}  // namespace verdict
