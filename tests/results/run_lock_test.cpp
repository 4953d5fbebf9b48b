#include "verdict/results/run_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "verdict/core/error.h"

namespace verdict {
namespace {

class RunLocks : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // A process that holds the lock until it is killed.
  pid_t holder() {
    const pid_t child = ::fork();
    if (child == 0) {
      const RunLock lock(folder_, std::chrono::seconds(0));
      std::this_thread::sleep_for(std::chrono::seconds(30));
      ::_exit(0);
    }
    while (!std::filesystem::exists(folder_ / "lock") ||
           std::filesystem::file_size(folder_ / "lock") == 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return child;
  }
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("verdict-lock-test-" + std::to_string(::getpid()));
};

TEST_F(RunLocks, ASecondOwnerIsRefusedAndTheFirstIsNamed) {
  const pid_t first = holder();
  try {
    const RunLock second(folder_, std::chrono::seconds(0));
    ADD_FAILURE() << "two owners";
  } catch (const SystemError& e) {
    EXPECT_EQ(e.code(), ExitCode::usage);
    EXPECT_THAT(e.what(), testing::HasSubstr("process " + std::to_string(first) + " on "));
  }
  ::kill(first, SIGKILL);
  ::waitpid(first, nullptr, 0);
}

TEST_F(RunLocks, TheLockOfADeadProcessIsTakenOver) {
  const pid_t first = holder();
  ::kill(first, SIGKILL);
  ::waitpid(first, nullptr, 0);
  EXPECT_NO_THROW(RunLock(folder_, std::chrono::seconds(0)));
}

TEST_F(RunLocks, AnOwnerThatIsAboutToEndIsWaitedFor) {
  const pid_t first = holder();
  std::thread killer([first] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    ::kill(first, SIGKILL);
    ::waitpid(first, nullptr, 0);
  });
  EXPECT_NO_THROW(RunLock(folder_, std::chrono::seconds(10)));
  killer.join();
}

TEST_F(RunLocks, AFolderThatIsGoneIsNamed) {
  try {
    const RunLock lock(folder_ / "none", std::chrono::seconds(0));
    FAIL() << "locked nothing";
  } catch (const SystemError& e) {
    EXPECT_EQ(e.code(), ExitCode::cannot_write);
  }
}

}  // namespace
}  // namespace verdict
