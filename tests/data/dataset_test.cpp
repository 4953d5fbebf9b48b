#include "verdict/data/dataset.h"

#include <gmock/gmock.h>

#include "data/shard_writer.h"
#include "hdf5/scratch.h"
#include "verdict/core/hash.h"

namespace verdict {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Datasets : public Scratch {
 protected:
  // 10 rows in shards of 3, 5 and 2; a row's first token is 4 × its number in the task.
  TaskData ten_rows() {
    uint32_t next = 0;
    std::vector<std::filesystem::path> paths;
    for (const int64_t rows : {3, 5, 2}) {
      ShardToWrite shard{.rows = rows};
      for (int64_t i = 0; i < rows * 4; ++i) shard.tokens.push_back(next++);
      paths.push_back(folder_ / ("part" + std::to_string(paths.size()) + ".h5"));
      write_shard(paths.back(), shard);
    }
    return TaskData::open(paths, rules_of_the_tests(), VerifyContent::yes);
  }
  void touch(const std::string& name) { write_atomically(folder_ / name, "x"); }
};

std::vector<int64_t> rows_in_task(const std::vector<DrawnRow>& drawn) {
  std::vector<int64_t> rows;
  for (const DrawnRow& row : drawn) rows.push_back(row.row_in_task);
  return rows;
}

// Expected: CPython 3.11, x = list(range(10));
// random.Random(int.from_bytes(hashlib.sha256(b"0x5f").digest(), "big")).shuffle(x).
TEST_F(Datasets, RowsAreDrawnInTheOrderOfCPythonsShuffle) {
  TaskData data = ten_rows();
  EXPECT_EQ(data.total_rows(), 10);
  EXPECT_THAT(rows_in_task(data.draw("0x5f", 10)), ElementsAre(8, 9, 3, 5, 7, 4, 0, 2, 6, 1));
  EXPECT_THAT(rows_in_task(data.draw("0x5f", 4)), ElementsAre(8, 9, 3, 5));
}

// The same with the block hash of "seed-block-hash" in the scoring vectors and list(range(20)):
// "shuffle-big".
TEST_F(Datasets, RowsAreDrawnAsTheScoringVectorsSay) {
  write_shard(folder_ / "a.h5", {.rows = 20, .tokens = std::vector<uint32_t>(80, 7)});
  TaskData data = TaskData::open({folder_ / "a.h5"}, rules_of_the_tests(), VerifyContent::no);
  EXPECT_THAT(rows_in_task(data.draw(
                  "0xab12cd34ab12cd34ab12cd34ab12cd34ab12cd34ab12cd34ab12cd34ab12cd34", 20)),
              ElementsAre(12, 5, 8, 19, 15, 10, 2, 17, 3, 16, 1, 18, 9, 14, 6, 0, 4, 7, 13, 11));
}

TEST_F(Datasets, TheSmallestOfRowsCapAndWhatThereIsCounts) {
  TaskData data = ten_rows();
  EXPECT_EQ(data.draw("0x5f", 6, 3).size(), 3U);
  EXPECT_EQ(data.draw("0x5f", 3, 6).size(), 3U);
  EXPECT_EQ(data.draw("0x5f", 50, 20).size(), 10U);
  EXPECT_EQ(data.draw("0x5f", 50, 0).size(), 0U);
}

TEST_F(Datasets, ADrawnRowKnowsItsPlaceItsBytesAndItsTokens) {
  TaskData data = ten_rows();
  const std::vector<DrawnRow> drawn = data.draw("0x5f", 10);
  for (size_t i = 0; i < drawn.size(); ++i) {
    const DrawnRow& row = drawn[i];
    EXPECT_EQ(row.sample, static_cast<int64_t>(i));
    const auto first = static_cast<uint32_t>(4 * row.row_in_task);
    const std::vector<uint32_t> tokens{first, first + 1, first + 2, first + 3};
    EXPECT_EQ(data.tokens(row), tokens);
    EXPECT_EQ(row.hash, xxh3_64({reinterpret_cast<const char*>(tokens.data()), 16}));
    EXPECT_EQ(row.n_bytes, 1000 + row.row_in_shard);
  }
  EXPECT_EQ(drawn[0].shard, 2U);  // Row 8 of the task is the first of the last shard.
  EXPECT_EQ(drawn[0].row_in_shard, 0);
  EXPECT_EQ(drawn[4].shard, 1U);  // Row 7 is the last of the second.
  EXPECT_EQ(drawn[4].row_in_shard, 4);
}

TEST_F(Datasets, ARowThatIsNotTheOneThatWasDrawnIsRefused) {
  TaskData data = ten_rows();
  DrawnRow row = data.draw("0x5f", 1).at(0);
  const std::string hash = xxh3_hex({reinterpret_cast<const char*>(data.tokens(row).data()), 16});
  // Another rank's copy of the shard: the same header, other tokens.
  write_shard(folder_ / "part2.h5", {.rows = 2, .tokens = {32, 33, 34, 36, 36, 37, 38, 39}});
  TaskData copy = TaskData::open({folder_ / "part0.h5", folder_ / "part1.h5", folder_ / "part2.h5"},
                                 rules_of_the_tests(), VerifyContent::no);
  const SystemError e = system_error_of([&] { (void)copy.tokens(row); });
  EXPECT_EQ(e.code(), ExitCode::bad_data);
  EXPECT_THAT(e.what(), HasSubstr("part2.h5: row 0: expected tokens with the hash " + hash +
                                  ", as they were drawn, found "));
}

TEST_F(Datasets, AShardOfAnotherCompetitionStopsTheTask) {
  write_shard(folder_ / "a.h5");
  write_shard(folder_ / "b.h5", {.tokenizer = "llama"});
  const SystemError e = system_error_of([&] {
    (void)TaskData::open({folder_ / "a.h5", folder_ / "b.h5"}, rules_of_the_tests(),
                         VerifyContent::no);
  });
  EXPECT_EQ(e.code(), ExitCode::bad_data);
  EXPECT_THAT(e.what(), HasSubstr("b.h5: tokenizer"));
}

TEST_F(Datasets, ContentIsVerifiedOnlyWhenAsked) {
  write_shard(folder_ / "a.h5", {.sha256 = std::string(64, '0')});
  EXPECT_NO_THROW(
      (void)TaskData::open({folder_ / "a.h5"}, rules_of_the_tests(), VerifyContent::no));
  EXPECT_THROW((void)TaskData::open({folder_ / "a.h5"}, rules_of_the_tests(), VerifyContent::yes),
               SystemError);
}

TEST_F(Datasets, ShardsAreFoundInByteOrderAndEachOnce) {
  std::filesystem::create_directories(folder_ / "x");
  for (const char* name : {"b-1.h5", "B-2.h5", "b-10.h5", "x/a.h5", "ä.h5", "c.txt"}) touch(name);
  EXPECT_THAT(find_shards(folder_, {"*.h5", "b-*.h5", "x/../b-1.h5", "x/*"}),
              ElementsAre(folder_ / "B-2.h5", folder_ / "b-1.h5", folder_ / "b-10.h5",
                          folder_ / "x/a.h5", folder_ / "ä.h5"));
  EXPECT_THAT(find_shards("/nowhere", {(folder_ / "c.*").string()}),
              ElementsAre(folder_ / "c.txt"));
}

// Normalised, the first would sort behind the second in one spelling and before it in another.
TEST_F(Datasets, TheOrderOfShardsDoesNotDependOnTheSpellingOfTheFolder) {
  for (const char* folder : {"zz/local", "x"}) {
    std::filesystem::create_directories(folder_ / folder);
  }
  touch("x/a.h5");
  touch("zz/local/b.h5");
  std::filesystem::create_directory_symlink("zz", folder_ / "0");
  const std::vector<std::string> patterns{"local/*.h5", "../x/*.h5"};
  const auto names_in = [&](const std::filesystem::path& folder) {
    std::vector<std::string> names;
    for (const auto& path : find_shards(folder, patterns)) names.push_back(path.filename());
    return names;
  };
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder_ / "zz");
  EXPECT_THAT(names_in(""), ElementsAre("a.h5", "b.h5"));
  EXPECT_THAT(names_in("."), ElementsAre("a.h5", "b.h5"));
  EXPECT_THAT(names_in("../zz"), ElementsAre("a.h5", "b.h5"));
  std::filesystem::current_path(before);
  EXPECT_THAT(names_in(folder_ / "zz"), ElementsAre("a.h5", "b.h5"));
  EXPECT_THAT(names_in(folder_ / "x/../zz/"), ElementsAre("a.h5", "b.h5"));
  EXPECT_THAT(names_in(folder_ / "0"), ElementsAre("a.h5", "b.h5"));
  std::filesystem::rename(folder_ / "zz", folder_ / "aa");
  EXPECT_THAT(names_in(folder_ / "aa"), ElementsAre("a.h5", "b.h5"));
}

TEST_F(Datasets, AFileThatTwoPatternsNameDifferentlyIsOneShard) {
  touch("a.h5");
  EXPECT_THAT(find_shards(folder_, {"a.h5", (folder_ / "*.h5").string(), "./a.h5"}),
              testing::SizeIs(1));
}

TEST_F(Datasets, AFolderWithSpecialCharactersIsAName) {
  folder_ /= "a[1]*";
  std::filesystem::create_directories(folder_);
  touch("d.h5");
  EXPECT_THAT(find_shards(folder_, {"*.h5"}), ElementsAre(folder_ / "d.h5"));
  std::filesystem::remove_all(folder_);
  folder_ = folder_.parent_path();
}

TEST_F(Datasets, APatternWithoutAMatchIsNamed) {
  touch("a.h5");
  const SystemError e = system_error_of([&] {
    (void)find_shards(folder_, {"a.h5", "fineweb-*.h5"});
  });
  EXPECT_EQ(e.code(), ExitCode::bad_data);
  EXPECT_THAT(e.what(), HasSubstr("data 'fineweb-*.h5' matches no file in " + folder_.string()));
  EXPECT_EQ(unmatched_pattern(folder_, {"a.h5", "fineweb-*.h5"}), "fineweb-*.h5");
  EXPECT_EQ(unmatched_pattern(folder_, {"a.h5", "*.h5"}), "");
}

}  // namespace
}  // namespace verdict
