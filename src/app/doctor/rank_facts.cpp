#include "app/doctor/rank_facts.h"

namespace verdict {
namespace {

Json machine_json(const Machine& m) {
  return {{"cpus", m.cpus},
          {"cpus_there", m.cpus_there},
          {"memory_bytes", m.memory_bytes},
          {"available_bytes", m.available_bytes},
          {"memory_limit_bytes", m.memory_limit_bytes},
          {"memory_used_bytes", m.memory_used_bytes},
          {"address_limit_bytes", m.address_limit_bytes},
          {"shm_bytes", m.shm_bytes},
          {"shm_free_bytes", m.shm_free_bytes},
          {"environment", m.environment}};
}

Machine machine_from(const Json& j) {
  return {.cpus = j.at("cpus"),
          .cpus_there = j.at("cpus_there"),
          .memory_bytes = j.at("memory_bytes"),
          .available_bytes = j.at("available_bytes"),
          .memory_limit_bytes = j.at("memory_limit_bytes"),
          .memory_used_bytes = j.at("memory_used_bytes"),
          .address_limit_bytes = j.at("address_limit_bytes"),
          .shm_bytes = j.at("shm_bytes"),
          .shm_free_bytes = j.at("shm_free_bytes"),
          .environment = j.at("environment")};
}

Json gpus_json(const GpuReport& r) {
  Json gpus = Json::array();
  for (const Gpu& gpu : r.gpus) {
    gpus.push_back({{"name", gpu.name},
                    {"uuid", gpu.uuid},
                    {"memory_bytes", gpu.memory_bytes},
                    {"without_peer_access", gpu.without_peer_access}});
  }
  return {{"driver", r.driver},
          {"problem", r.problem},
          {"cuda_version", r.cuda_version},
          {"driver_version", r.driver_version},
          {"gpus", gpus}};
}

GpuReport gpus_from(const Json& j) {
  GpuReport r{.driver = j.at("driver"),
              .problem = j.at("problem"),
              .cuda_version = j.at("cuda_version"),
              .driver_version = j.at("driver_version")};
  for (const Json& gpu : j.at("gpus")) {
    r.gpus.push_back({.name = gpu.at("name"),
                      .uuid = gpu.at("uuid"),
                      .memory_bytes = gpu.at("memory_bytes"),
                      .without_peer_access = gpu.at("without_peer_access")});
  }
  return r;
}

Json folder_json(const FolderFacts& f) {
  if (f.path.empty()) return nullptr;
  return {{"path", f.path},       {"place", f.place},
          {"type", f.type},       {"free_bytes", f.free_bytes},
          {"problem", f.problem}, {"locks", f.locks},
          {"entries", f.entries}, {"listing", f.listing},
          {"unseen", f.unseen}};
}

FolderFacts folder_from(const Json& j) {
  if (j.is_null()) return {};
  return {.path = j.at("path"),
          .place = j.at("place"),
          .type = j.at("type"),
          .free_bytes = j.at("free_bytes"),
          .problem = j.at("problem"),
          .locks = j.at("locks"),
          .entries = j.at("entries"),
          .listing = j.at("listing"),
          .unseen = j.at("unseen")};
}

}  // namespace

Json to_json(const RankFacts& f) {
  return {{"rank", f.rank},
          {"host", f.host},
          {"node", f.node},
          {"local_rank", f.local_rank},
          {"mpi", f.mpi},
          {"launcher", f.launcher},
          {"launch_problem", f.launch_problem},
          {"numerics", parse_json(f.numerics)},
          {"machine", machine_json(f.machine)},
          {"gpus", gpus_json(f.gpus)},
          {"out", folder_json(f.out)},
          {"models", folder_json(f.models)}};
}

RankFacts facts_from_json(const Json& j) {
  return {.rank = j.at("rank"),
          .host = j.at("host"),
          .node = j.at("node"),
          .local_rank = j.at("local_rank"),
          .mpi = j.at("mpi"),
          .launcher = j.at("launcher"),
          .launch_problem = j.at("launch_problem"),
          .numerics = j.at("numerics").dump(),
          .machine = machine_from(j.at("machine")),
          .gpus = gpus_from(j.at("gpus")),
          .out = folder_from(j.at("out")),
          .models = folder_from(j.at("models"))};
}

}  // namespace verdict
