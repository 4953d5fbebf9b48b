#include "verdict/core/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "verdict/core/error.h"

namespace verdict {
namespace {

std::string cause() { return system_cause(); }

void write_all(int fd, std::string_view text, const std::filesystem::path& path) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0)
      throw SystemError(ExitCode::cannot_write, "cannot write " + path.string() + ": " + cause());
    text.remove_prefix(static_cast<size_t>(n));
  }
}

// Writing to a file that nobody can find any more succeeds.
void require_linked(int fd, const std::filesystem::path& path) {
  struct stat s {};
  if (::fstat(fd, &s) == 0 && s.st_nlink == 0) {
    throw SystemError(
        ExitCode::cannot_write,
        "cannot write " + path.string() +
            ": it was deleted while it was in use: run the same line again to begin anew");
  }
}

void sync_or_throw(int fd, const std::filesystem::path& path) {
  if (::fsync(fd) != 0) {
    throw SystemError(ExitCode::cannot_write, "cannot fsync " + path.string() + ": " + cause());
  }
}

void close_or_throw(FileDescriptor fd, const std::filesystem::path& path) {
  if (::close(fd.release()) != 0) {
    throw SystemError(ExitCode::cannot_write, "cannot close " + path.string() + ": " + cause());
  }
}

FileDescriptor create(const std::filesystem::path& path, int flags) {
  FileDescriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644));
  if (!fd.valid()) {
    throw SystemError(ExitCode::cannot_write, "cannot create " + path.string() + ": " + cause());
  }
  return fd;
}

// A reader sees the old file or the new one, even after a power failure.
void rename_and_sync(const std::filesystem::path& partial, const std::filesystem::path& path) {
  if (::rename(partial.c_str(), path.c_str()) != 0) {
    throw SystemError(ExitCode::cannot_write, "cannot rename " + partial.string() + " to " +
                                                  path.string() + ": " + cause());
  }
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  sync_or_throw(open_for_reading(folder).get(), folder);
}

int64_t nanoseconds(const timespec& t) { return int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec; }

}  // namespace

std::string system_cause() {
  const bool full = errno == ENOSPC || errno == EDQUOT;
  return std::strerror(errno) +
         std::string(full ? ": make room there and run the same line again" : "");
}

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}
FileDescriptor::FileDescriptor(FileDescriptor&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)) {}
FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileStamp stamp_of(int fd) {
  struct stat s {};
  if (::fstat(fd, &s) != 0)
    throw SystemError(ExitCode::io, "cannot fstat an open file: " + cause());
  return {.device = s.st_dev,
          .inode = s.st_ino,
          .size = static_cast<uint64_t>(s.st_size),
          .mtime_ns = nanoseconds(s.st_mtim),
          .ctime_ns = nanoseconds(s.st_ctim)};
}

FileDescriptor open_for_reading(const std::filesystem::path& path) {
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) throw SystemError(ExitCode::io, "cannot open " + path.string() + ": " + cause());
  return fd;
}

void read_exactly(int fd, uint64_t offset, std::span<std::byte> into, const std::string& name) {
  while (!into.empty()) {
    const ssize_t n = ::pread(fd, into.data(), into.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      throw SystemError(ExitCode::io, "cannot read " + name + " at byte " + std::to_string(offset) +
                                          ": " + cause());
    }
    if (n == 0) {
      throw SystemError(ExitCode::io, name + " ends at byte " + std::to_string(offset) + ", " +
                                          std::to_string(into.size()) + " bytes before it should");
    }
    into = into.subspan(static_cast<size_t>(n));
    offset += static_cast<uint64_t>(n);
  }
}

std::string read_text(const std::filesystem::path& path) {
  const FileDescriptor fd = open_for_reading(path);
  std::string text(stamp_of(fd.get()).size, '\0');
  read_exactly(fd.get(), 0, std::as_writable_bytes(std::span(text)), path.string());
  return text;
}

bool file_exists(const std::filesystem::path& path) {
  std::error_code error;
  const bool found = std::filesystem::exists(path, error);
  if (error) {
    throw SystemError(ExitCode::io, "cannot look for " + path.string() + ": " + error.message());
  }
  return found;
}

void publish_file(const std::filesystem::path& partial, const std::filesystem::path& path) {
  sync_or_throw(open_for_reading(partial).get(), partial);
  rename_and_sync(partial, path);
}

void write_atomically(const std::filesystem::path& path, std::string_view text) {
  std::filesystem::path partial = path;
  partial += ".partial";
  try {
    FileDescriptor fd = create(partial, O_TRUNC);
    write_all(fd.get(), text, partial);
    // By the descriptor that wrote: on a network file system another one may not see the error.
    sync_or_throw(fd.get(), partial);
    close_or_throw(std::move(fd), partial);
    rename_and_sync(partial, path);
  } catch (const SystemError&) {
    std::error_code ignored;  // What is half-written only takes the room that is missing.
    std::filesystem::remove(partial, ignored);
    throw;
  }
}

AppendFile::AppendFile(const std::filesystem::path& path)
    : path_(path), fd_(create(path, O_EXCL | O_APPEND)) {}

void AppendFile::append_line(std::string_view line, bool sync) {
  std::string text(line);
  text += '\n';
  write_all(fd_.get(), text, path_);
  if (!sync) return;
  sync_or_throw(fd_.get(), path_);
  require_linked(fd_.get(), path_);
}

std::filesystem::path resolve_beside(const std::filesystem::path& file, const std::string& path) {
  return std::filesystem::path(path).is_absolute() ? std::filesystem::path(path)
                                                   : file.parent_path() / path;
}

}  // namespace verdict
