// What the storage behind a folder can do, as one rank sees it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace verdict {

struct FolderFacts {
  std::string path{};   // As asked for; empty: nobody asked.
  std::string place{};  // The folder, or the nearest one above it that exists.
  std::string type{};   // "ext4", "NFS", …
  uint64_t free_bytes = 0;
  std::string problem{};          // Why the folder cannot be read, or written to if that was tried.
  bool locks = false;             // flock works.
  int64_t entries = 0;            // Of the folder itself.
  std::string listing{};          // Hash of their names.
  std::vector<int64_t> unseen{};  // Ranks whose file should be seen here and is not.
};

// A folder that is to be read: it must exist.
[[nodiscard]] FolderFacts look_at_models(const std::filesystem::path& folder);

// A folder that is to be written to, and may be created for it.
[[nodiscard]] FolderFacts look_at_out(const std::filesystem::path& folder);

// A file with `token` in it, fsynced, in `facts.place`; sets `problem` or `locks`. It is removed
// with the object.
class Trace {
 public:
  Trace(FolderFacts& facts, const std::string& token, int64_t rank);
  ~Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

 private:
  std::filesystem::path path_{};
};

// Whether the file of `rank` is here. Waits a few seconds: a network file system may show new files
// late.
[[nodiscard]] bool sees_trace(const FolderFacts& facts, const std::string& token, int64_t rank);

}  // namespace verdict
