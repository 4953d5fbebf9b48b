// SHA-256 and block sums of large files, remembered between runs, so that an unchanged model is
// hashed once.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "verdict/core/file.h"
#include "verdict/core/hash.h"

namespace verdict {

// A folder with one small file per entry, named after device, inode, size, mtime and ctime of the
// hashed file; several processes may share it. An entry that is damaged is no entry; one that
// cannot be written is not worth an error.
class HashCache {
 public:
  // An empty path: nothing is remembered.
  explicit HashCache(std::filesystem::path folder) : folder_(std::move(folder)) {}
  // $XDG_CACHE_HOME/verdict/hashes or ~/.cache/verdict/hashes; empty if there is neither.
  static std::filesystem::path default_folder();

  [[nodiscard]] std::optional<FileDigest> find(const FileStamp& stamp) const;
  // A file whose ctime is younger than two seconds is not remembered: it could change again without
  // a new stamp.
  void store(const FileStamp& stamp, const FileDigest& digest) const;

 private:
  [[nodiscard]] std::filesystem::path entry(const FileStamp& stamp) const;
  std::filesystem::path folder_;
};

}  // namespace verdict
