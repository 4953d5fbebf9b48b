// A run folder has one owner at a time.
#pragma once

#include <chrono>
#include <filesystem>

#include "verdict/core/file.h"

namespace verdict {

// Holds `folder`/lock until it is destroyed or its process dies: the kernel takes the lock back
// from the dead. The file stays, with the host and the process id of its last owner.
class RunLock {
 public:
  // Waits up to `patience` for an owner that is about to end (a job that was just killed). Then
  // throws SystemError(usage) naming the owner's host and process id. Where the file system has no
  // locks, an owner on this host that is dead is taken over from, and one on another host is named
  // with the remedy. SystemError(cannot_write) if the file cannot be made.
  RunLock(const std::filesystem::path& folder, std::chrono::seconds patience);

 private:
  FileDescriptor fd_;
};

// Whether a living process holds the lock of `folder`, as far as can be told: false without a lock
// file, true where the file system has no locks.
[[nodiscard]] bool has_owner(const std::filesystem::path& folder);

}  // namespace verdict
