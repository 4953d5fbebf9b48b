// What reaches the disk and when: this program's fsync and close stand in for the C library's.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <vector>

#include "verdict/core/error.h"
#include "verdict/core/file.h"

namespace {

// What the two functions below were called for since the test began.
struct Calls {
  std::vector<int> synced_modes{};  // O_WRONLY, O_RDONLY, … of each descriptor.
  bool fail_close_of_writer = false;
};

Calls& calls() {
  static Calls all;
  return all;
}

int access_mode(int fd) { return ::fcntl(fd, F_GETFL) & O_ACCMODE; }

}  // namespace

extern "C" int fsync(int fd) {
  calls().synced_modes.push_back(access_mode(fd));
  return static_cast<int>(::syscall(SYS_fsync, fd));
}

extern "C" int close(int fd) {
  const bool fail = calls().fail_close_of_writer && access_mode(fd) == O_WRONLY;
  const int result = static_cast<int>(::syscall(SYS_close, fd));
  if (!fail) return result;
  errno = EIO;
  return -1;
}

namespace verdict {
namespace {

class AtomicWrites : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_);
    calls() = {};
  }
  void TearDown() override {
    calls() = {};
    std::filesystem::remove_all(folder_);
  }
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("verdict-sync-test-" + std::to_string(::getpid()));
};

TEST_F(AtomicWrites, TheDescriptorThatWroteIsSyncedAndThenTheFolder) {
  write_atomically(folder_ / "a", "text");
  EXPECT_EQ(calls().synced_modes, (std::vector<int>{O_WRONLY, O_RDONLY}));
}

TEST_F(AtomicWrites, AFailedCloseIsAnErrorAndTheOldFileStands) {
  write_atomically(folder_ / "a", "old");
  calls().fail_close_of_writer = true;
  try {
    write_atomically(folder_ / "a", "new");
    FAIL() << "written";
  } catch (const SystemError& e) {
    EXPECT_EQ(e.code(), ExitCode::cannot_write);
    EXPECT_EQ(std::string(e.what()),
              "cannot close " + (folder_ / "a.partial").string() + ": Input/output error");
  }
  EXPECT_EQ(read_text(folder_ / "a"), "old");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a.partial")) << "half-written";
}

}  // namespace
}  // namespace verdict
