#include "verdict/core/hash_cache.h"

#include <unistd.h>

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

std::string key_text(const FileStamp& s) {
  std::string text;
  for (const int64_t part : {static_cast<int64_t>(s.device), static_cast<int64_t>(s.inode),
                             static_cast<int64_t>(s.size), s.mtime_ns, s.ctime_ns}) {
    text += std::to_string(part) + " ";
  }
  return text;
}

// What an entry must hold: the hash, and a checksum of stamp and hash.
std::string entry_text(const FileStamp& stamp, const std::string& sha256_hex) {
  return sha256_hex + " " + xxh3_hex(key_text(stamp) + sha256_hex) + "\n";
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

std::optional<std::string> HashCache::find(const FileStamp& stamp) const {
  if (folder_.empty()) return std::nullopt;
  std::ifstream file(entry(stamp));
  std::string line;
  if (!std::getline(file, line) || line.size() < kDigits) return std::nullopt;
  const std::string hash = line.substr(0, kDigits);
  if (line + "\n" != entry_text(stamp, hash)) return std::nullopt;
  return hash;
}

void HashCache::store(const FileStamp& stamp, const std::string& sha256_hex) const {
  if (folder_.empty() || now_nanoseconds() - stamp.ctime_ns < kSettledNanoseconds) return;
  std::error_code ignored;
  std::filesystem::create_directories(folder_, ignored);
  const std::filesystem::path path = entry(stamp);
  const std::filesystem::path partial = path.string() + "." + std::to_string(::getpid());
  if (std::ofstream(partial) << entry_text(stamp, sha256_hex)) {
    std::filesystem::rename(partial, path, ignored);
  }
  std::filesystem::remove(partial, ignored);
}

}  // namespace verdict
