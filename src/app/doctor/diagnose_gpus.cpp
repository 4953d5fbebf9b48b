#include <map>
#include <set>

#include "app/doctor/diagnosis.h"
#include "verdict/core/table.h"

namespace verdict {
namespace {

using Node = std::vector<const RankFacts*>;

// What hinders CUDA is a fault only for those who want it.
Level hindrance(const Asked& asked) {
  return asked.device == "cuda" ? Level::fault : Level::advice;
}

Finding without_gpu(const Asked& asked, const RankFacts& r) {
  const bool wanted = asked.device == "cuda";
  Finding f{.level = wanted ? Level::fault : Level::fine, .topic = "GPUs"};
  f.found = who({&r}) + (r.gpus.driver ? ": the driver shows no GPU"
                                       : ": no CUDA driver (libcuda.so.1 is not there)");
  if (!wanted) f.found += ": evaluation is on CPU";
  if (wanted)
    f.remedy = r.gpus.driver ? "srun --gpus-per-node=… (not --gpus-per-task); echo "
                               "$CUDA_VISIBLE_DEVICES; nvidia-smi -L"
                             : "nvidia-smi (is this a GPU node?), or --device cpu";
  return f;
}

Finding gpus_of(const Asked& asked, const Node& node) {
  std::set<std::string> uuids;
  for (const RankFacts* r : node) {
    for (const Gpu& gpu : r->gpus.gpus) uuids.insert(gpu.uuid);
  }
  const RankFacts& first = *node.front();
  const Gpu& gpu = first.gpus.gpus.front();
  Finding f{.topic = "GPUs"};
  f.found = who(node) + ": " + std::to_string(uuids.size()) + " × " + gpu.name + ", " +
            format_bytes(gpu.memory_bytes) + " each, CUDA " + first.gpus.cuda_version +
            ", driver " +
            (first.gpus.driver_version.empty() ? "unknown" : first.gpus.driver_version);
  if (asked.device == "cuda" && !asked.gpu_build) {
    f.level = Level::fault;
    f.found += ": this build computes on CPU only";
    f.remedy = "--device cpu";
  } else if (node.size() > uuids.size() && asked.device != "cpu") {
    f.level = hindrance(asked);
    f.found += ": fewer than the " + std::to_string(node.size()) + " ranks, and each needs its own";
    f.remedy = "start " + std::to_string(uuids.size()) + " ranks on this node, or --device cpu";
  } else if (first.gpus.gpus.size() < uuids.size()) {
    f.level = Level::advice;
    f.found += ", each rank sees " + std::to_string(first.gpus.gpus.size()) +
               " only: they cannot reach each other's memory";
    f.remedy = "srun --gpus-per-node=" + std::to_string(uuids.size()) + " … (not --gpus-per-task)";
  } else if (!gpu.without_peer_access.empty()) {
    f.level = Level::advice;
    f.found += "; GPU 0 has no peer access to " + number_list(gpu.without_peer_access) +
               ": tensor parallelism goes through the host";
    f.remedy = "nvidia-smi topo -p2p r";
  }
  return f;
}

}  // namespace

std::vector<Finding> diagnose_gpus(const Asked& asked, const std::vector<RankFacts>& ranks) {
  std::vector<Finding> all;
  for (const Node& node : by_node(ranks)) {
    const RankFacts* empty = nullptr;
    const RankFacts* broken = nullptr;
    for (const RankFacts* r : node) {
      if (r->gpus.gpus.empty() && empty == nullptr) empty = r;
      if (!r->gpus.problem.empty() && broken == nullptr) broken = r;
    }
    if (broken != nullptr) {
      all.push_back({.level = hindrance(asked),
                     .topic = "GPUs",
                     .found = who({broken}) + ": " + broken->gpus.problem,
                     .remedy = "nvidia-smi; a driver that is too old or a GPU that is lost needs "
                               "the administrator; or --device cpu"});
    } else if (empty != nullptr) {
      all.push_back(without_gpu(asked, *empty));
    } else {
      all.push_back(gpus_of(asked, node));
    }
  }
  return all;
}

}  // namespace verdict
