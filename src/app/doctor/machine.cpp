#include "app/doctor/machine.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

namespace verdict {
namespace {

namespace fs = std::filesystem;

constexpr std::array kVariables{"OMP_NUM_THREADS",      "OMP_PROC_BIND",
                                "GOMP_CPU_AFFINITY",    "KMP_AFFINITY",
                                "MKL_NUM_THREADS",      "MKL_CBWR",
                                "ATEN_CPU_CAPABILITY",  "ONEDNN_MAX_CPU_ISA",
                                "DNNL_MAX_CPU_ISA",     "LD_PRELOAD",
                                "CUDA_VISIBLE_DEVICES", "NCCL_SOCKET_IFNAME",
                                "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK",
                                "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID",
                                "SLURM_JOB_ID",         "PMIX_NAMESPACE"};

// Larger sets of CPUs than cpu_set_t holds exist; sched_getaffinity then refuses the small one.
std::vector<int64_t> allowed_cpus(pid_t process) {
  for (size_t count = CPU_SETSIZE; count <= size_t{1} << 18; count *= 4) {
    std::vector<cpu_set_t> set(count / CPU_SETSIZE);
    const size_t bytes = set.size() * sizeof(cpu_set_t);
    if (::sched_getaffinity(process, bytes, set.data()) != 0) continue;
    std::vector<int64_t> cpus;
    for (size_t cpu = 0; cpu < count; ++cpu) {
      if (CPU_ISSET_S(cpu, bytes, set.data())) cpus.push_back(static_cast<int64_t>(cpu));
    }
    return cpus;
  }
  return {};
}

// "MemTotal:  49321 kB"
uint64_t meminfo_bytes(const fs::path& root, const std::string& name) {
  std::ifstream file(root / "proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(name + ":")) continue;
    std::istringstream words(line.substr(name.size() + 1));
    uint64_t kibibytes = 0;
    words >> kibibytes;
    return kibibytes * 1024;
  }
  return 0;
}

// A number that is a limit: version 2 says "max" where there is none, version 1 a huge number.
std::optional<uint64_t> number_in(const fs::path& file) {
  std::ifstream in(file);
  uint64_t number = 0;
  if (!(in >> number) || number >= uint64_t{1} << 60) return std::nullopt;
  return number;
}

void take_limits(const fs::path& mount, const fs::path& group, const std::string& limit_name,
                 const std::string& used_name, MemoryLimit& tightest) {
  fs::path folder = group.relative_path();
  while (true) {
    const auto limit = number_in(mount / folder / limit_name);
    if (limit && (tightest.limit_bytes == 0 || *limit < tightest.limit_bytes)) {
      tightest = {.limit_bytes = *limit,
                  .used_bytes = number_in(mount / folder / used_name).value_or(0)};
    }
    if (folder.empty()) return;
    folder = folder.parent_path();
  }
}

}  // namespace

MemoryLimit find_memory_limit(const fs::path& root) {
  MemoryLimit tightest;
  const fs::path mount = root / "sys/fs/cgroup";
  std::ifstream file(root / "proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {  // NUMBER:CONTROLLERS:PATH
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const fs::path group = line.substr(second + 1);
    if (controllers.empty()) take_limits(mount, group, "memory.max", "memory.current", tightest);
    if (("," + controllers + ",").find(",memory,") != std::string::npos) {
      take_limits(mount / "memory", group, "memory.limit_in_bytes", "memory.usage_in_bytes",
                  tightest);
    }
  }
  return tightest;
}

Machine look_at_machine(const fs::path& root) {
  Machine m;
  m.cpus = allowed_cpus(0);
  std::set<int64_t> there(m.cpus.begin(), m.cpus.end());
  for (const int64_t cpu : allowed_cpus(::getppid())) there.insert(cpu);
  m.cpus_there = static_cast<int64_t>(there.size());
  m.memory_bytes = meminfo_bytes(root, "MemTotal");
  m.available_bytes = meminfo_bytes(root, "MemAvailable");
  const MemoryLimit limit = find_memory_limit(root);
  m.memory_limit_bytes = limit.limit_bytes;
  m.memory_used_bytes = limit.used_bytes;
  rlimit address{};
  if (::getrlimit(RLIMIT_AS, &address) == 0 && address.rlim_cur != RLIM_INFINITY)
    m.address_limit_bytes = address.rlim_cur;
  struct statvfs shm {};
  if (::statvfs((root / "dev/shm").c_str(), &shm) == 0) {
    m.shm_bytes = uint64_t{shm.f_blocks} * shm.f_frsize;
    m.shm_free_bytes = uint64_t{shm.f_bavail} * shm.f_frsize;
  }
  for (const char* name : kVariables) {
    if (const char* value = std::getenv(name)) m.environment[name] = value;
  }
  return m;
}

}  // namespace verdict
