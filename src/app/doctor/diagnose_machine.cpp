#include <array>
#include <cstdlib>

#include "app/doctor/diagnosis.h"
#include "verdict/core/table.h"

namespace verdict {
namespace {

using Node = std::vector<const RankFacts*>;

constexpr uint64_t kLittleMemory = uint64_t{1} << 30;  // A rank: torch alone takes a quarter.
constexpr uint64_t kLittleSharedMemory = uint64_t{32} << 20;  // A rank: MPI's queues in a node.

uint64_t memory_left(const Machine& m) {
  if (m.memory_limit_bytes == 0) return m.available_bytes;
  const uint64_t left =
      m.memory_limit_bytes > m.memory_used_bytes ? m.memory_limit_bytes - m.memory_used_bytes : 0;
  return std::min(left, m.available_bytes);
}

Finding memory_finding(const Node& node) {
  const Machine& m = node.front()->machine;
  Finding f{.topic = "memory"};
  f.found =
      who(node) + ": " + format_bytes(memory_left(m)) + " free of " + format_bytes(m.memory_bytes);
  if (m.memory_limit_bytes > 0 && m.memory_limit_bytes < m.memory_bytes)
    f.found += ", limited to " + format_bytes(m.memory_limit_bytes) + " by the control group";
  if (m.address_limit_bytes > 0) {
    f.level = Level::advice;
    f.found += ", and to addresses below " + format_bytes(m.address_limit_bytes) + " by ulimit -v";
    f.remedy = "ulimit -v unlimited";
  }
  if (memory_left(m) / node.size() < kLittleMemory) {
    f.level = Level::advice;
    f.found += ": less than " + format_bytes(kLittleMemory) + " a rank";
    f.remedy =
        "sbatch --mem=0 … (all of the node), or fewer ranks; verdict plan says what each needs";
  }
  return f;
}

Finding shared_memory_finding(const Node& node) {
  const Machine& m = node.front()->machine;
  if (m.shm_free_bytes / node.size() >= kLittleSharedMemory) {
    return {.topic = "/dev/shm",
            .found = who(node) + ": " + format_bytes(m.shm_free_bytes) + " free of " +
                     format_bytes(m.shm_bytes)};
  }
  return {
      .level = Level::advice,
      .topic = "/dev/shm",
      .found = who(node) + ": " +
               (m.shm_bytes == 0 ? "there is none"
                                 : "only " + format_bytes(m.shm_free_bytes) + " free") +
               ", through which ranks of one node talk",
      .remedy = "mount -o remount,size=1g /dev/shm   (a container: docker run --shm-size=1g …)"};
}

// Set on the ranks of `users` to a value that hurts.
struct Hurting {
  const char* name;
  const char* why;
};
constexpr std::array kHurting{
    Hurting{"ATEN_CPU_CAPABILITY", "chooses other kernels, whose last bits differ from others'"},
    Hurting{"ONEDNN_MAX_CPU_ISA", "chooses other kernels, whose last bits differ from others'"},
    Hurting{"DNNL_MAX_CPU_ISA", "chooses other kernels, whose last bits differ from others'"},
    Hurting{"MKL_CBWR", "chooses other kernels, whose last bits differ from others'"},
    Hurting{"GOMP_CPU_AFFINITY", "may put the threads of all ranks on the same CPUs"},
    Hurting{"KMP_AFFINITY", "may put the threads of all ranks on the same CPUs"},
    Hurting{"OMP_PROC_BIND", "may put the threads of all ranks on the same CPUs"},
    Hurting{"LD_PRELOAD", "puts foreign code into every rank"}};

Finding variable_finding(const Hurting& variable, const Node& users) {
  return {.level = Level::advice,
          .topic = "environment",
          .found = std::string(variable.name) + "=" +
                   users.front()->machine.environment.at(variable.name) + " (" + who(users) + ") " +
                   variable.why,
          .remedy = std::string("unset ") + variable.name};
}

// Libraries that follow it start as many threads, whatever the rank may run on.
void add_thread_findings(const std::vector<RankFacts>& ranks, std::vector<Finding>& all) {
  for (const std::string name : {"OMP_NUM_THREADS", "MKL_NUM_THREADS"}) {
    for (const RankFacts& r : ranks) {
      const auto set = r.machine.environment.find(name);
      if (set == r.machine.environment.end()) continue;
      const long wanted = std::strtol(set->second.c_str(), nullptr, 10);
      const auto cpus = static_cast<long>(r.machine.cpus.size());
      if (wanted <= cpus) continue;
      all.push_back({.level = Level::advice,
                     .topic = "environment",
                     .found = name + "=" + set->second + ": " + who({&r}) + " may run on " +
                              std::to_string(cpus) + " CPUs",
                     .remedy = "export " + name + "=" + std::to_string(cpus)});
      break;
    }
  }
}

}  // namespace

std::vector<Finding> diagnose_memory(const std::vector<RankFacts>& ranks) {
  std::vector<Finding> all;
  for (const Node& node : by_node(ranks)) all.push_back(memory_finding(node));
  for (const Node& node : by_node(ranks)) {
    if (node.size() > 1) all.push_back(shared_memory_finding(node));
  }
  return all;
}

std::vector<Finding> diagnose_environment(const std::vector<RankFacts>& ranks) {
  std::vector<Finding> all;
  add_thread_findings(ranks, all);
  for (const Hurting& variable : kHurting) {
    Node users;
    for (const RankFacts& r : ranks) {
      if (r.machine.environment.contains(variable.name)) users.push_back(&r);
    }
    if (!users.empty()) all.push_back(variable_finding(variable, users));
  }
  if (all.empty()) all.push_back({.topic = "environment", .found = "nothing in it that hurts"});
  all.push_back({.topic = "HDF5",
                 .found = "file locks are off in this program, whatever "
                          "HDF5_USE_FILE_LOCKING says"});
  return all;
}

}  // namespace verdict
