#include "verdict/core/hash_cache.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "verdict/core/hash.h"

namespace verdict {
namespace {

class HashCaches : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_ = std::filesystem::temp_directory_path() /
                                  ("verdict-hash-cache-test-" + std::to_string(::getpid()));
  HashCache cache_{folder_};
  FileStamp old_{.device = 1, .inode = 2, .size = 3, .mtime_ns = 4, .ctime_ns = 5};
  std::string hash_ = to_hex(sha256("abc"));
};

TEST_F(HashCaches, AnUnchangedFileIsRemembered) {
  EXPECT_FALSE(cache_.find(old_).has_value());
  cache_.store(old_, hash_);
  EXPECT_EQ(cache_.find(old_), hash_);
}

TEST_F(HashCaches, AnyChangeOfTheStampIsAnotherFile) {
  cache_.store(old_, hash_);
  for (const auto change : {+[](FileStamp& s) { ++s.device; }, +[](FileStamp& s) { ++s.inode; },
                            +[](FileStamp& s) { ++s.size; }, +[](FileStamp& s) { ++s.mtime_ns; },
                            +[](FileStamp& s) { ++s.ctime_ns; }}) {
    FileStamp other = old_;
    change(other);
    EXPECT_FALSE(cache_.find(other).has_value());
  }
}

TEST_F(HashCaches, ADamagedEntryIsNoEntry) {
  cache_.store(old_, hash_);
  const auto file = std::filesystem::directory_iterator(folder_)->path();
  std::fstream(file, std::ios::in | std::ios::out) << (hash_[0] == '0' ? '1' : '0');
  EXPECT_FALSE(cache_.find(old_).has_value());
}

TEST_F(HashCaches, AFileThatJustChangedIsNotRemembered) {
  FileStamp young = old_;
  young.ctime_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  cache_.store(young, hash_);
  EXPECT_FALSE(cache_.find(young).has_value());
}

TEST_F(HashCaches, WithoutAFolderNothingIsRememberedAndNothingFails) {
  const HashCache none{std::filesystem::path()};
  none.store(old_, hash_);
  EXPECT_FALSE(none.find(old_).has_value());
  const HashCache unwritable{std::filesystem::path("/proc/none")};
  unwritable.store(old_, hash_);
  EXPECT_FALSE(unwritable.find(old_).has_value());
}

}  // namespace
}  // namespace verdict
