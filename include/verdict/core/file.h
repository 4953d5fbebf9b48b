// Files: whole reads, positioned reads, and writes that are either complete or absent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace verdict {

// Owns a POSIX file descriptor.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor();
  FileDescriptor(FileDescriptor&& other) noexcept;
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }
  // The descriptor, which the caller closes from now on.
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

// What `errno` says, and what to do about it where that is not plain.
[[nodiscard]] std::string system_cause();

// What identifies an unchanged file.
struct FileStamp {
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t size = 0;
  int64_t mtime_ns = 0;
  int64_t ctime_ns = 0;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};
[[nodiscard]] FileStamp stamp_of(int fd);

// Opens for reading. Throws SystemError(io) naming the path and the cause.
[[nodiscard]] FileDescriptor open_for_reading(const std::filesystem::path& path);

// Reads exactly `into.size()` bytes at `offset`. Throws SystemError(io) naming `name` at an error
// or a short file.
void read_exactly(int fd, uint64_t offset, std::span<std::byte> into, const std::string& name);

// The whole file as text. Throws SystemError(io) naming the path and the cause.
[[nodiscard]] std::string read_text(const std::filesystem::path& path);

// Is there something at `path`? Throws SystemError(io) naming the path if that cannot be told.
[[nodiscard]] bool file_exists(const std::filesystem::path& path);

// Writes to `path`.partial, fsyncs, closes, renames, fsyncs the directory: a reader sees the old
// file or the whole new one. Throws SystemError(cannot_write) naming the path and the cause; the
// old file then stands, and nothing is left of the other.
void write_atomically(const std::filesystem::path& path, std::string_view text);

// The last two steps of an atomic write for a file that somebody else wrote to `partial`.
void publish_file(const std::filesystem::path& partial, const std::filesystem::path& path);

// Appends one line and, if asked, fsyncs it. Throws SystemError(cannot_write), also if the file was
// deleted meanwhile, which no write would tell.
class AppendFile {
 public:
  // Creates `path`, which must not exist yet.
  explicit AppendFile(const std::filesystem::path& path);
  void append_line(std::string_view line, bool sync);
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  FileDescriptor fd_;
};

// A path inside a file is relative to that file.
[[nodiscard]] std::filesystem::path resolve_beside(const std::filesystem::path& file,
                                                   const std::string& path);

}  // namespace verdict
