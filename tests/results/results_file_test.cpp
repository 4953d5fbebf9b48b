#include "verdict/results/results_file.h"

#include <gmock/gmock.h>
#include <sys/mount.h>

#include <limits>

#include "hdf5/scratch.h"
#include "results/sample_content.h"
#include "verdict/hdf5/file.h"

namespace verdict {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ResultsFiles : public Scratch {
 protected:
  std::filesystem::path file_ = folder_ / "results.h5";
};

TEST_F(ResultsFiles, EqualContentGivesEqualBytes) {
  write_results(file_, sample_content());
  write_results(folder_ / "again.h5", sample_content());
  EXPECT_TRUE(read_text(file_) == read_text(folder_ / "again.h5"));
}

TEST_F(ResultsFiles, WhatIsReadIsWhatWasWritten) {
  write_results(file_, sample_content());
  const ResultsContent read = read_results(file_);
  EXPECT_TRUE(results_bytes(read) == read_text(file_));  // Every field, missing numbers included.
  ASSERT_EQ(read.competitions.size(), 2U);
  const CompetitionResult& c = read.competitions[0];
  EXPECT_EQ(c.models[1].tasks[1].loss_nat, 2.501);
  EXPECT_EQ(c.models[0].duels[1].score_difference, -0.001);
  EXPECT_TRUE(c.models[0].duels[1].won);
  EXPECT_EQ(c.tasks[1].nll_sum_nat[1][2], sample_nll(1, 1, 2));
  EXPECT_EQ(c.tasks[0].row_hash[2], 0xFFFFFFFFFFFFFF02U);
  EXPECT_EQ(c.winner_uid, 10);
  EXPECT_EQ(c.runner_up_uid, 11);
  EXPECT_EQ(c.models[9].status, Status::too_early);
  EXPECT_EQ(read.competitions[1].winner_uid, std::nullopt);
  EXPECT_EQ(read.subnet_weight_u16[10], 65535);
  EXPECT_EQ(read.candidates[4].reason, "größer als erlaubt");
  EXPECT_EQ(c.generation.prompts, (std::vector<std::string>{"fineweb/0", "fineweb/1"}));
  EXPECT_EQ(c.generation.ids[1][1], (std::vector<double>{103, 104, 105}));
  EXPECT_TRUE(std::isnan(c.generation.prompt_tokens[2]));
  EXPECT_TRUE(read.competitions[1].generation.prompts.empty());
  EXPECT_EQ(read.run.texts.size(), 3U);
  EXPECT_EQ(read.run.units[0].compute_seconds, 2.5);
}

TEST_F(ResultsFiles, NothingAtAllIsAFileToo) {
  write_results(file_, {});
  const ResultsContent read = read_results(file_);
  EXPECT_TRUE(read.candidates.empty());
  EXPECT_TRUE(read.competitions.empty());
}

TEST_F(ResultsFiles, InfinityIsMissing) {
  ResultsContent content = sample_content();
  content.candidates[0].score = std::numeric_limits<double>::infinity();
  content.competitions[0].models[0].tasks[0].perplexity = -std::numeric_limits<double>::infinity();
  content.competitions[0].margin = std::numeric_limits<double>::infinity();
  write_results(file_, content);
  const ResultsContent read = read_results(file_);
  EXPECT_TRUE(std::isnan(read.candidates[0].score));
  EXPECT_TRUE(std::isnan(read.competitions[0].models[0].tasks[0].perplexity));
  EXPECT_TRUE(std::isnan(read.competitions[0].margin));
}

TEST_F(ResultsFiles, TextThatIsNotUtf8IsShownAsBytes) {
  ResultsContent content = sample_content();
  content.candidates[2].reason = std::string("bad \xFF name\0here", 15);
  write_results(file_, content);
  EXPECT_EQ(read_results(file_).candidates[2].reason, "bad \\xFF name\\x00here");
}

TEST_F(ResultsFiles, ATableOfTheWrongSizeIsOurOwnMistake) {
  ResultsContent content = sample_content();
  content.competitions[0].models[3].tasks.pop_back();
  const SystemError e = system_error_of([&] { (void)results_bytes(content); });
  EXPECT_EQ(e.code(), ExitCode::internal);
  EXPECT_STREQ(e.what(), "results: 14B, 13:ns/model-3: tasks: expected 2, found 1");
  content = sample_content();
  content.competitions[0].tasks[1].nll_sum_nat[0].push_back(1.0);
  EXPECT_THROW((void)results_bytes(content), SystemError);
  content = sample_content();
  content.competitions[0].tasks[1].row.pop_back();
  EXPECT_THROW((void)results_bytes(content), SystemError);
  content = sample_content();
  content.competitions[0].generation.ids[0][1].pop_back();
  EXPECT_THROW((void)results_bytes(content), SystemError);
}

TEST_F(ResultsFiles, AFileOfALaterSchemaIsRefused) {
  Hdf5File file = Hdf5File::create_in_memory("a.h5");
  file.root().set_attribute<std::string>("Conventions", "verdict-2.0");
  write_atomically(file_, file.bytes());
  const SystemError e = system_error_of([&] { (void)read_results(file_); });
  EXPECT_EQ(e.code(), ExitCode::bad_data);
  EXPECT_THAT(e.what(), HasSubstr("'Conventions': expected verdict-1.x, found 'verdict-2.0'"));
}

TEST_F(ResultsFiles, AFileThatLacksATableIsRefusedWithItsName) {
  Hdf5File file = Hdf5File::create_in_memory("a.h5");
  Hdf5Group root = file.root();
  root.set_attribute<std::string>("Conventions", "verdict-1.7");
  root.set_attribute<int64_t>("block", 1);
  for (const char* name : {"block_hash", "seed", "rules"})
    root.set_attribute<std::string>(name, "");
  root.create_dataset<std::string>("candidate", {1}, {"1:a"});
  root.create_dataset<int64_t>("uid", {2}, {1, 2});
  write_atomically(file_, file.bytes());
  const SystemError e = system_error_of([&] { (void)read_results(file_); });
  EXPECT_EQ(e.code(), ExitCode::bad_data);
  EXPECT_THAT(e.what(), HasSubstr("results.h5: /uid: expected the shape [1], found [2]"));
}

// The HDF5 library crashes on some of these files: it must never see one.
TEST_F(ResultsFiles, AFlippedBitAnywhereIsFoundByTheChecksum) {
  const std::string bytes = results_bytes(sample_content());
  for (size_t at = 0; at + 30 < bytes.size(); at += 997) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 4);
    write_atomically(file_, damaged);
    const SystemError e = system_error_of([&] { (void)read_results(file_); });
    EXPECT_EQ(e.code(), ExitCode::bad_data) << at;
    EXPECT_THAT(e.what(), HasSubstr("results.h5: is damaged: the XXH3 of its bytes is ")) << at;
  }
}

TEST_F(ResultsFiles, AFileWithoutAChecksumWasRewrittenAndIsRead) {
  const std::string bytes = results_bytes(sample_content());
  write_atomically(file_, std::string_view(bytes).substr(0, bytes.size() - 30));
  EXPECT_EQ(read_results(file_).competitions.size(), 2U);
}

TEST_F(ResultsFiles, ATruncatedFileIsRefused) {
  const std::string bytes = results_bytes(sample_content());
  write_atomically(file_, std::string_view(bytes).substr(0, bytes.size() / 2));
  const SystemError e = system_error_of([&] { (void)read_results(file_); });
  EXPECT_EQ(e.code(), ExitCode::bad_data);
  EXPECT_THAT(e.what(), HasSubstr("truncated file"));
}

TEST_F(ResultsFiles, AFullDiskLeavesTheOldFile) {
  const std::filesystem::path disk = folder_ / "disk";
  std::filesystem::create_directories(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=64k") != 0)
    GTEST_SKIP() << "may not mount a tmpfs";
  ResultsContent large = sample_content();
  large.run.texts[0].text = std::string(200'000, 'x');
  write_atomically(disk / "results.h5", "old");
  const SystemError e = system_error_of([&] { write_results(disk / "results.h5", large); });
  EXPECT_EQ(e.code(), ExitCode::cannot_write);
  EXPECT_THAT(e.what(), HasSubstr("No space left on device"));
  EXPECT_EQ(read_text(disk / "results.h5"), "old");
  ::umount(disk.c_str());
}

}  // namespace
}  // namespace verdict
