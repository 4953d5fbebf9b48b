#include "verdict/core/file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "verdict/core/error.h"

namespace verdict {
namespace {

class Files : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("verdict-file-test-" + std::to_string(::getpid()));
};

TEST_F(Files, AnAtomicWriteReplacesTheWholeFileAndLeavesNoOther) {
  write_atomically(folder_ / "a", "old and long");
  write_atomically(folder_ / "a", "new");
  EXPECT_EQ(read_text(folder_ / "a"), "new");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(Files, AnAppendFileIsNeverOpenedTwice) {
  AppendFile journal(folder_ / "j");
  journal.append_line("one", true);
  journal.append_line("two", false);
  EXPECT_EQ(read_text(folder_ / "j"), "one\ntwo\n");
  EXPECT_THROW(AppendFile(folder_ / "j"), SystemError);
}

TEST_F(Files, AppendingToADeletedFileIsAnError) {
  AppendFile journal(folder_ / "j");
  std::filesystem::remove(folder_ / "j");
  try {
    journal.append_line("lost", true);
    FAIL() << "written to nowhere";
  } catch (const SystemError& e) {
    EXPECT_EQ(e.code(), ExitCode::cannot_write);
    EXPECT_NE(std::string(e.what()).find((folder_ / "j").string() + ": it was deleted"),
              std::string::npos)
        << e.what();
  }
}

TEST_F(Files, AShortFileIsAnErrorThatNamesTheByte) {
  write_atomically(folder_ / "a", "abc");
  const FileDescriptor fd = open_for_reading(folder_ / "a");
  std::array<std::byte, 4> bytes{};
  try {
    read_exactly(fd.get(), 1, bytes, "a");
    FAIL() << "read past the end";
  } catch (const SystemError& e) {
    EXPECT_EQ(e.code(), ExitCode::io);
    EXPECT_STREQ(e.what(), "a ends at byte 3, 2 bytes before it should");
  }
}

TEST_F(Files, AMissingFileIsNamedWithTheCause) {
  try {
    (void)read_text(folder_ / "none");
    FAIL() << "opened";
  } catch (const SystemError& e) {
    EXPECT_EQ(std::string(e.what()),
              "cannot open " + (folder_ / "none").string() + ": No such file or directory");
  }
}

TEST_F(Files, WhetherAFileExistsIsAnAnswerOrAnErrorThatNamesIt) {
  write_atomically(folder_ / "a", "abc");
  EXPECT_TRUE(file_exists(folder_ / "a"));
  EXPECT_FALSE(file_exists(folder_ / "none"));
  std::filesystem::create_symlink("loop", folder_ / "loop");
  try {
    (void)file_exists(folder_ / "loop");
    FAIL() << "answered";
  } catch (const SystemError& e) {
    EXPECT_EQ(e.code(), ExitCode::io);
    EXPECT_EQ(std::string(e.what()), "cannot look for " + (folder_ / "loop").string() +
                                         ": Too many levels of symbolic links");
  }
}

TEST_F(Files, APathInsideAFileIsRelativeToThatFile) {
  EXPECT_EQ(resolve_beside("/a/b.json", "c/d"), "/a/c/d");
  EXPECT_EQ(resolve_beside("/a/b.json", "/c/d"), "/c/d");
}

}  // namespace
}  // namespace verdict
