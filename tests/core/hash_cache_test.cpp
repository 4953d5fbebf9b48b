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
  FileDigest hash_{.sha256_hex = to_hex(sha256("abc")), .block_sums = {1, ~uint64_t{0}}};
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
  std::fstream(file, std::ios::in | std::ios::out) << (hash_.sha256_hex[0] == '0' ? '1' : '0');
  EXPECT_FALSE(cache_.find(old_).has_value());
}

TEST_F(HashCaches, ADamagedSumIsNoEntryAndNeitherIsOneOfBefore) {
  cache_.store(old_, hash_);
  const auto file = std::filesystem::directory_iterator(folder_)->path();
  std::string text;
  std::getline(std::ifstream(file), text);
  for (const size_t at : {size_t{65}, size_t{80}, size_t{96}, text.size() - 1}) {
    std::string damaged = text;
    damaged[at] = damaged[at] == '5' ? '6' : '5';
    std::ofstream(file) << damaged << "\n";
    EXPECT_FALSE(cache_.find(old_).has_value()) << at;
  }
  for (const std::string& other : {hash_.sha256_hex + " 0123456789abcdef", text.substr(0, 90),
                                   std::string(), std::string("   "), std::string(200, 'f')}) {
    std::ofstream(file) << other << "\n";
    EXPECT_FALSE(cache_.find(old_).has_value()) << other;
  }
  std::ofstream(file) << text << "\n";
  EXPECT_EQ(cache_.find(old_), hash_);
}

TEST_F(HashCaches, AFileOfNoBlocksIsRemembered) {
  hash_.block_sums.clear();
  cache_.store(old_, hash_);
  EXPECT_EQ(cache_.find(old_), hash_);
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
