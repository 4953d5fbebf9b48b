#include "verdict/core/hash_cache.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <system_error>

#include "verdict/core/hash.h"

namespace verdict {
namespace {

constexpr int64_t kSettledNanoseconds = 2'000'000'000;
constexpr size_t kDigits = 64;
constexpr size_t kSumDigits = 16;

std::string key_text(const FileStamp& s) {
  std::string text;
  for (const int64_t part : {static_cast<int64_t>(s.device), static_cast<int64_t>(s.inode),
                             static_cast<int64_t>(s.size), s.mtime_ns, s.ctime_ns}) {
    text += std::to_string(part) + " ";
  }
  return text;
}

// "SHA256 SUMS CHECK": the hash, 16 hex digits of each block's sum, one after the other, and a
// checksum of stamp and these two.
std::string entry_text(const FileStamp& stamp, const FileDigest& digest) {
  std::string text = digest.sha256_hex + " ";
  for (const uint64_t sum : digest.block_sums) text += to_hex(sum);
  return text + " " + xxh3_hex(key_text(stamp) + text) + "\n";
}

// Of an entry whose checksum has still to be compared.
std::optional<FileDigest> digest_of(const std::string& line) {
  const size_t first = line.find(' ');
  const size_t second = line.find(' ', first + 1);
  if (first != kDigits || second == std::string::npos) return std::nullopt;
  FileDigest digest{.sha256_hex = line.substr(0, first)};
  for (size_t at = first + 1; at < second; at += kSumDigits) {
    uint64_t sum = 0;
    const char* const begin = line.data() + at;
    const char* const end = begin + std::min(kSumDigits, second - at);
    if (const auto [stop, error] = std::from_chars(begin, end, sum, 16);
        error != std::errc() || stop != end) {
      return std::nullopt;
    }
    digest.block_sums.push_back(sum);
  }
  return digest;
}

int64_t now_nanoseconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

}  // namespace

std::filesystem::path HashCache::default_folder() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache == '/') {
    return std::filesystem::path(cache) / "verdict" / "hashes";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/') {
    return std::filesystem::path(home) / ".cache" / "verdict" / "hashes";
  }
  return {};
}

std::filesystem::path HashCache::entry(const FileStamp& stamp) const {
  return folder_ / to_hex(sha256(key_text(stamp)));
}

std::optional<FileDigest> HashCache::find(const FileStamp& stamp) const {
  if (folder_.empty()) return std::nullopt;
  std::ifstream file(entry(stamp));
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  std::optional<FileDigest> digest = digest_of(line);
  if (!digest || line + "\n" != entry_text(stamp, *digest)) return std::nullopt;
  return digest;
}

void HashCache::store(const FileStamp& stamp, const FileDigest& digest) const {
  if (folder_.empty() || now_nanoseconds() - stamp.ctime_ns < kSettledNanoseconds) return;
  std::error_code ignored;
  std::filesystem::create_directories(folder_, ignored);
  const std::filesystem::path path = entry(stamp);
  const std::filesystem::path partial = path.string() + "." + std::to_string(::getpid());
  if (std::ofstream(partial) << entry_text(stamp, digest)) {
    std::filesystem::rename(partial, path, ignored);
  }
  std::filesystem::remove(partial, ignored);
}

}  // namespace verdict
