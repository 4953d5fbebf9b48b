#include "verdict/checkpoint/model_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "checkpoint/text.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

namespace fs = std::filesystem;

bool is_inside(const fs::path& path, const fs::path& root) {
  return std::mismatch(root.begin(), root.end(), path.begin(), path.end()).first == root.end();
}

// Whose fault it is that a file cannot be opened. `name`: as a refusal of the model calls it.
[[noreturn]] void fail_to_open(const std::string& name, const fs::path& path, int error) {
  const std::string cause = std::strerror(error);
  if (error == ENOENT) throw ModelError(name + ": is missing");
  if (error == ENOTDIR || error == ELOOP || error == EACCES || error == ENXIO ||
      error == ENAMETOOLONG) {
    throw ModelError(name + ": cannot be opened: " + cause);
  }
  throw SystemError(ExitCode::io, "cannot open " + path.string() + ": " + cause);
}

// The root is the operator's: if it is wrong, every model would be refused for it.
fs::path canonical_root(const fs::path& root) {
  std::error_code error;
  fs::path result = fs::canonical(root, error);
  if (error) {
    throw SystemError(ExitCode::usage,
                      "the root of the models " + root.string() + ": " + error.message());
  }
  return result;
}

// O_NONBLOCK: opening a FIFO would wait for a writer.
constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;

}  // namespace

ModelFolder ModelFolder::open(const fs::path& folder, const fs::path& root) {
  ModelFolder result;
  result.root_ = root.empty() ? fs::path() : canonical_root(root);
  result.path_ = folder;
  result.fd_ = FileDescriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!result.fd_.valid()) {
    if (errno == ENOTDIR) throw ModelError(folder.string() + ": is not a folder");
    fail_to_open(folder.string(), folder, errno);
  }
  if (root.empty()) {
    std::error_code error;
    result.root_ = fs::canonical(folder, error);
    if (error) throw ModelError(folder.string() + ": " + error.message());
  }
  return result;
}

bool ModelFolder::has(const std::string& name) const {
  struct stat s {};
  return ::fstatat(fd_.get(), name.c_str(), &s, AT_SYMLINK_NOFOLLOW) == 0;
}

ModelFile ModelFolder::open_file(const std::string& name) const {
  if (name.empty() || name == "." || name == ".." ||
      name.find_first_of(std::string("/\0", 2)) != std::string::npos) {
    throw ModelError(quoted(name) + ": is not the plain name of a file");
  }
  FileDescriptor fd(::openat(fd_.get(), name.c_str(), kFlags));
  if (!fd.valid() && errno == ELOOP) {
    std::error_code error;
    const fs::path target = fs::canonical(path_ / name, error);
    if (error) throw ModelError(name + ": is a link that leads nowhere: " + error.message());
    if (!is_inside(target, root_)) {
      throw ModelError(name + ": is a link that leaves the model's folder");
    }
    // The target has no links in it any more; if it has by now, it is refused.
    fd = FileDescriptor(::open(target.c_str(), kFlags));
  }
  if (!fd.valid()) fail_to_open(name, path_ / name, errno);
  struct stat s {};
  if (::fstat(fd.get(), &s) != 0) fail_to_open(name, path_ / name, errno);
  if (!S_ISREG(s.st_mode)) throw ModelError(name + ": is not a regular file");
  const FileStamp stamp = stamp_of(fd.get());
  return {.name = name, .path = path_ / name, .stamp = stamp, .fd = std::move(fd)};
}

uint64_t ModelFolder::total_bytes() const {
  uint64_t total = 0;
  std::error_code error;
  const auto options = fs::directory_options::none;
  for (auto entry = fs::recursive_directory_iterator(path_, options, error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code ignored;  // A link that leads nowhere has no size.
    if (!entry->is_regular_file(ignored)) continue;
    const uint64_t size = entry->file_size(ignored);
    if (!ignored) total += size;
  }
  if (error) {
    throw SystemError(ExitCode::io, "cannot list " + path_.string() + ": " + error.message());
  }
  return total;
}

}  // namespace verdict
