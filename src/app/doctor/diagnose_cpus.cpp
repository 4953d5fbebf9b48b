#include <algorithm>
#include <set>

#include "app/doctor/diagnosis.h"

namespace verdict {
namespace {

using Node = std::vector<const RankFacts*>;

// How this launcher binds `threads` cores to each of the node's ranks.
std::string binding_line(const Node& node, int64_t threads) {
  const std::string cores = std::to_string(threads);
  if (node.front()->launcher == "srun")
    return "srun --mpi=pmix --cpus-per-task=" + cores + " --cpu-bind=cores verdict …";
  if (node.front()->launcher == "mpirun") {
    return "mpirun --map-by ppr:" + std::to_string(node.size()) + ":node:PE=" + cores +
           " --bind-to core verdict …";
  }
  return "taskset -c 0-" + std::to_string(threads - 1) + " verdict …";
}

// Ranks that may run on no other CPUs than these.
Node confined_to(const Node& node, const std::vector<int64_t>& cpus) {
  Node found;
  for (const RankFacts* r : node) {
    if (std::ranges::includes(cpus, r->machine.cpus)) found.push_back(r);
  }
  return found;
}

// The ranks that have the fewest CPUs for their threads, if they have fewer than threads.
Node most_crowded(const Node& node, int64_t threads) {
  Node crowded;
  double most = 1;
  for (const RankFacts* r : node) {
    const Node users = confined_to(node, r->machine.cpus);
    const double load = static_cast<double>(users.size()) * static_cast<double>(threads) /
                        static_cast<double>(std::max<size_t>(r->machine.cpus.size(), 1));
    if (load <= most) continue;
    most = load;
    crowded = users;
  }
  return crowded;
}

bool overlap(const Node& node) {
  std::set<int64_t> taken;
  for (const RankFacts* r : node) {
    for (const int64_t cpu : r->machine.cpus) {
      if (!taken.insert(cpu).second) return true;
    }
  }
  return false;
}

Finding node_finding(const Node& node, int64_t threads) {
  const int64_t there = node.front()->machine.cpus_there;
  const Node crowded = most_crowded(node, threads);
  if (!crowded.empty()) {
    std::set<int64_t> cpus;
    for (const RankFacts* r : crowded) cpus.insert(r->machine.cpus.begin(), r->machine.cpus.end());
    const int64_t wanted = static_cast<int64_t>(crowded.size()) * threads;
    Finding f{.level = Level::advice, .topic = "CPUs"};
    f.found = who(crowded) + ": " + std::to_string(wanted) + " threads on the CPUs " +
              number_list({cpus.begin(), cpus.end()});
    if (static_cast<int64_t>(cpus.size()) < there) {
      f.level = Level::fault;
      f.found += ", of " + std::to_string(there) + " that are there";
      f.remedy = binding_line(node, threads);
    } else {
      const int64_t fit = std::max<int64_t>(there / threads, 1);
      f.found += ", more than there are: they take turns";
      f.remedy = "start at most " + std::to_string(fit) + " ranks of " + std::to_string(threads) +
                 " threads on this node";
    }
    return f;
  }
  if (overlap(node)) {
    return {.level = Level::advice,
            .topic = "CPUs",
            .found = who(node) + ": enough, but ranks are not bound to CPUs of their own",
            .remedy = binding_line(node, threads)};
  }
  return {
      .topic = "CPUs",
      .found = who(node) + ": " + (node.size() == 1 ? "enough of them" : "each rank has its own")};
}

}  // namespace

std::vector<Finding> diagnose_cpus(const Asked& asked, const std::vector<RankFacts>& ranks) {
  std::vector<Finding> all;
  for (const Node& node : by_node(ranks)) all.push_back(node_finding(node, asked.threads));
  return all;
}

}  // namespace verdict
