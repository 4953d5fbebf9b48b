#include "verdict/results/run_lock.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <thread>

#include "verdict/core/error.h"
#include "verdict/core/json.h"

namespace verdict {
namespace {

constexpr std::chrono::milliseconds kRetry{100};

struct Owner {
  std::string host{};
  int64_t pid = 0;
};

std::string this_host() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

// Who the file names; nobody if it is empty or torn.
Owner read_owner(int fd) {
  std::array<char, 1024> text{};
  const ssize_t n = ::pread(fd, text.data(), text.size(), 0);
  try {
    const Json json = parse_json(std::string_view(text.data(), n > 0 ? static_cast<size_t>(n) : 0));
    return {.host = json.at("host"), .pid = json.at("pid")};
  } catch (const std::exception&) {
    return {};
  }
}

bool is_dead(const Owner& owner) {
  return owner.host == this_host() && ::kill(static_cast<pid_t>(owner.pid), 0) != 0 &&
         errno == ESRCH;
}

[[noreturn]] void refuse(const std::filesystem::path& path, const Owner& owner,
                         const std::string& remedy) {
  throw SystemError(ExitCode::usage, path.parent_path().string() + " belongs to a run of process " +
                                         std::to_string(owner.pid) + " on " + owner.host + remedy);
}

void write_owner(int fd, const std::filesystem::path& path) {
  const std::string text =
      Json({{"host", this_host()}, {"pid", int64_t{::getpid()}}}).dump() + "\n";
  if (::ftruncate(fd, 0) != 0 ||
      ::pwrite(fd, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    throw SystemError(ExitCode::cannot_write,
                      "cannot write " + path.string() + ": " + system_cause());
  }
}

}  // namespace

RunLock::RunLock(const std::filesystem::path& folder, std::chrono::seconds patience) {
  const std::filesystem::path path = folder / "lock";
  fd_ = FileDescriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd_.valid()) {
    throw SystemError(ExitCode::cannot_write,
                      "cannot create " + path.string() + ": " + system_cause());
  }
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
    const bool held = errno == EWOULDBLOCK || errno == EINTR;
    const Owner owner = read_owner(fd_.get());
    if (!held && (owner.pid == 0 || is_dead(owner))) break;
    if (std::chrono::steady_clock::now() > deadline) {
      refuse(path, owner,
             held ? ": wait for it, or end it" : "; if that is dead, remove " + path.string());
    }
    std::this_thread::sleep_for(kRetry);
  }
  write_owner(fd_.get(), path);
}

bool has_owner(const std::filesystem::path& folder) {
  const FileDescriptor fd(::open((folder / "lock").c_str(), O_RDONLY | O_CLOEXEC));
  // Shared, and given back at once: an owner that is just starting tries again.
  return fd.valid() && ::flock(fd.get(), LOCK_SH | LOCK_NB) != 0;
}

}  // namespace verdict
