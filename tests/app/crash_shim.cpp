// Loaded before the C library (LD_PRELOAD): kills its process by SIGKILL at the n-th step that
// changes a given file; if that is a write, half of it is done. An fsync counts and does nothing:
// what a killed process has written stays.
//
// VERDICT_CRASH_UNDER  only files below this folder count
// VERDICT_CRASH_AT     "name n": the step to die at, from 1, e.g. "state.json 3"; unset: none
// VERDICT_CRASH_LOG    every step, a line "name call", is appended here
//
// A file's name is the first part of its path below the folder, or below the run-N folder there,
// without the suffix it has while it is half-written.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

std::string_view setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Empty if the file does not count.
std::string counted_name(std::string_view path) {
  const std::string_view under = setting("VERDICT_CRASH_UNDER");
  if (under.empty() || !path.starts_with(under)) return "";
  path.remove_prefix(under.size());
  while (path.starts_with('/')) path.remove_prefix(1);
  std::string_view name = path.substr(0, path.find('/'));
  if (name.starts_with("run-") && path.size() > name.size()) {
    path.remove_prefix(name.size() + 1);
    name = path.substr(0, path.find('/'));
  } else if (name.starts_with("run-")) {
    name = "run";
  }
  if (name.ends_with(".partial")) name.remove_suffix(8);
  return std::string(name.empty() ? "home" : name);
}

std::string path_of(int fd) {
  char path[PATH_MAX];
  const ssize_t size =
      ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path, sizeof path);
  return std::string(path, size < 0 ? 0 : static_cast<size_t>(size));
}

// By system calls alone: the functions of this file would count it as a step.
void note(const std::string& line) {
  const std::string path(setting("VERDICT_CRASH_LOG"));
  if (path.empty()) return;
  const auto fd = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path.c_str(),
                                             O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  ::syscall(SYS_write, fd, line.data(), line.size());
  ::syscall(SYS_close, fd);
}

// True if the process is to die in this step.
bool is_last_step(std::string_view path, const char* call) {
  const std::string name = counted_name(path);
  if (name.empty()) return false;
  note(name + " " + call + "\n");
  const std::string_view wanted = setting("VERDICT_CRASH_AT");
  const size_t blank = wanted.rfind(' ');
  if (blank == std::string_view::npos || wanted.substr(0, blank) != name) return false;
  static int steps = 0;
  return ++steps == std::atoi(wanted.data() + blank + 1);
}

void die() { ::kill(::getpid(), SIGKILL); }

void die_if_last(std::string_view path, const char* call) {
  if (is_last_step(path, call)) die();
}

template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

int open_counted(const char* symbol, const char* path, int flags, unsigned mode) {
  if ((flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) != 0) die_if_last(path, "open");
  return next<int(const char*, int, ...)>(symbol)(path, flags, mode);
}

FILE* fopen_counted(const char* symbol, const char* path, const char* mode) {
  if (mode[0] != 'r' || std::string_view(mode).find('+') != std::string_view::npos)
    die_if_last(path, "open");
  return next<FILE*(const char*, const char*)>(symbol)(path, mode);
}

unsigned mode_of(int flags, std::va_list more) {
  return (flags & O_CREAT) != 0 ? va_arg(more, unsigned) : 0;
}

}  // namespace

extern "C" {
int open(const char* path, int flags, ...) {
  std::va_list more;
  va_start(more, flags);
  const unsigned mode = mode_of(flags, more);
  va_end(more);
  return open_counted("open", path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  std::va_list more;
  va_start(more, flags);
  const unsigned mode = mode_of(flags, more);
  va_end(more);
  return open_counted("open64", path, flags, mode);
}
FILE* fopen(const char* path, const char* mode) { return fopen_counted("fopen", path, mode); }
FILE* fopen64(const char* path, const char* mode) { return fopen_counted("fopen64", path, mode); }
ssize_t write(int fd, const void* data, size_t size) {
  const auto real = next<ssize_t(int, const void*, size_t)>("write");
  if (fd > STDERR_FILENO && is_last_step(path_of(fd), "write")) {
    real(fd, data, size / 2);
    die();
  }
  return real(fd, data, size);
}
ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  const auto real = next<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  if (is_last_step(path_of(fd), "pwrite")) {
    real(fd, data, size / 2, offset);
    die();
  }
  return real(fd, data, size, offset);
}
ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset) {
  return pwrite(fd, data, size, offset);
}
int fsync(int fd) {
  const std::string path = path_of(fd);
  die_if_last(path, "fsync");
  return counted_name(path).empty() ? next<int(int)>("fsync")(fd) : 0;
}
int ftruncate(int fd, off_t size) noexcept {
  die_if_last(path_of(fd), "ftruncate");
  return next<int(int, off_t)>("ftruncate")(fd, size);
}
int ftruncate64(int fd, off64_t size) noexcept { return ftruncate(fd, size); }
int rename(const char* from, const char* to) noexcept {
  die_if_last(to, "rename");
  return next<int(const char*, const char*)>("rename")(from, to);
}
int unlink(const char* path) noexcept {
  die_if_last(path, "unlink");
  return next<int(const char*)>("unlink")(path);
}
int mkdir(const char* path, mode_t mode) noexcept {
  die_if_last(path, "mkdir");
  return next<int(const char*, mode_t)>("mkdir")(path, mode);
}
}
