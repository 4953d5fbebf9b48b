#include "app/doctor/diagnosis.h"
#include "verdict/results/differences.h"

namespace verdict {
namespace {

// Every rank computes with the same kernels as rank 0, or evaluate refuses to start.
Finding numerics_finding(const std::vector<RankFacts>& ranks) {
  for (const RankFacts& r : ranks) {
    const std::string difference = numerics_difference(ranks.front().numerics, r.numerics);
    if (difference.empty()) continue;
    return {.level = Level::fault,
            .topic = "torch",
            .found = who({&r}) + " would compute with other numerics than rank 0: " + difference,
            .remedy =
                "start on machines of one kind, with the same environment on each: "
                "unset ONEDNN_MAX_CPU_ISA ATEN_CPU_CAPABILITY"};
  }
  const Json numerics = parse_json(ranks.front().numerics);
  const std::string set = numerics.value("instruction_set", "unknown");
  return {.topic = "torch",
          .found = numerics.value("torch", "unknown") + ", instruction set " + set + ", threads " +
                   std::to_string(numerics.value("threads", 0)) + " a rank"};
}

}  // namespace

std::vector<Finding> diagnose_launch(const std::vector<RankFacts>& ranks) {
  const RankFacts& first = ranks.front();
  std::vector<Finding> all;
  all.push_back({.topic = "MPI",
                 .found = first.mpi +
                          " with MPI_THREAD_MULTIPLE, ranks: " + std::to_string(ranks.size()) +
                          ", nodes: " + std::to_string(by_node(ranks).size())});
  const bool pmix = first.machine.environment.contains("PMIX_NAMESPACE");
  if (!first.launch_problem.empty()) {
    all.push_back({.level = Level::fault,
                   .topic = "launcher",
                   .found = first.launch_problem,
                   .remedy = first.launcher == "srun" ? "srun --mpi=pmix --kill-on-bad-exit=1 …"
                                                      : "which -a mpirun"});
  } else if (first.launcher == "srun") {
    all.push_back({.topic = "launcher",
                   .found = std::string("srun, ") + (pmix ? "through PMIx" : "without PMIx") +
                            "; --kill-on-bad-exit=1 ends a job when a rank dies"});
  } else {
    all.push_back({.topic = "launcher",
                   .found = first.launcher.empty()
                                ? "none: one rank alone"
                                : first.launcher + ", as many ranks as it says"});
  }
  all.push_back(numerics_finding(ranks));
  return all;
}

}  // namespace verdict
