// What a process finds on its machine, without MPI and torch.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace verdict {

struct Machine {
  std::vector<int64_t> cpus{};       // That this process may run on.
  int64_t cpus_there = 0;            // That whoever started it had to give.
  uint64_t memory_bytes = 0;         // Of the machine.
  uint64_t available_bytes = 0;      // Of those now.
  uint64_t memory_limit_bytes = 0;   // Of the control group; 0: none.
  uint64_t memory_used_bytes = 0;    // Of that limit.
  uint64_t address_limit_bytes = 0;  // ulimit -v; 0: none.
  uint64_t shm_bytes = 0;            // /dev/shm; 0: there is none.
  uint64_t shm_free_bytes = 0;
  std::map<std::string, std::string> environment{};  // Variables that matter and are set.
};

// `root` is where /proc and /sys lie.
[[nodiscard]] Machine look_at_machine(const std::filesystem::path& root = "/");

// The tightest memory limit of the control groups (version 1 or 2) that the process is in and of
// those above them, and what is used of it; 0 without one.
struct MemoryLimit {
  uint64_t limit_bytes = 0;
  uint64_t used_bytes = 0;
};
[[nodiscard]] MemoryLimit find_memory_limit(const std::filesystem::path& root);

}  // namespace verdict
