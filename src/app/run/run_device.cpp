#include "app/run/run_device.h"

#include <filesystem>

#include "app/run/admission.h"
#include "app/run/share.h"
#include "verdict/core/json.h"
#include "verdict/core/log.h"
#include "verdict/eval/numerics.h"

namespace verdict {
namespace {

constexpr const char* kDriverFile = "/dev/nvidiactl";

Json to_json(const DeviceFacts& facts) {
  Json gpus = Json::array();
  for (const GpuFacts& gpu : facts.gpus) {
    gpus.push_back(
        Json::array({gpu.uuid, gpu.name, gpu.capability, gpu.memory_bytes, gpu.free_bytes}));
  }
  return {{"host", facts.host}, {"problem", facts.problem}, {"gpus", gpus}};
}

DeviceFacts from_json(const Json& json) {
  DeviceFacts facts{.host = json["host"], .problem = json["problem"]};
  for (const Json& gpu : json["gpus"]) {
    facts.gpus.push_back({.uuid = gpu[0],
                          .name = gpu[1],
                          .capability = gpu[2],
                          .memory_bytes = gpu[3],
                          .free_bytes = gpu[4]});
  }
  return facts;
}

// A driver's words may be anything.
std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json choose(const DeviceWish& wish, const std::vector<Seat>& seats,
            const std::vector<std::string>& said) {
  std::vector<DeviceFacts> facts;
  for (const std::string& text : said) facts.push_back(from_json(parse_json(text)));
  const DeviceChoice choice = choose_devices(wish, seats, facts);
  for (const std::string& note : choice.notes) log_warning(note);
  if (choice.kind == DeviceKind::cpu && std::filesystem::exists(kDriverFile))
    log_warning("this node has an NVIDIA driver, but no GPU is used: " + facts[0].problem);
  return {{"gpu", choice.kind == DeviceKind::cuda},
          {"index", choice.index},
          {"name", choice.gpu},
          {"memory", choice.rank_memory_bytes},
          {"shared", choice.shared}};
}

uint64_t share_of_host_memory(const MpiComm& world) {
  return usable_memory(node_memory_bytes()) / static_cast<uint64_t>(world.split_by_node().size());
}

}  // namespace

at::Device RunDevice::device() const {
  return gpu ? at::Device(at::kCUDA, static_cast<at::DeviceIndex>(index)) : at::Device(at::kCPU);
}

TensorPath RunDevice::path() const {
  if (!gpu) return {};
  return {.kind = shared ? TensorPath::Kind::staged : TensorPath::Kind::nccl, .gpu = index};
}

MachineDefaults RunDevice::defaults() const {
  if (!gpu) return {};
  return {.gpu = true, .dtype = "bfloat16", .gpu_name = name, .collectives = collectives};
}

RunDevice share_device(const DeviceWish& wish, const MpiComm& world, const FactsOf& facts) {
  RunDevice mine{.rank_memory_bytes = share_of_host_memory(world)};
  if (wish.device == "cpu") return mine;
  const std::vector<Seat> seats = find_seats(world);
  const auto rank = static_cast<size_t>(world.rank());
  const std::vector<std::string> said =
      world.all_gather(text_of(to_json(facts(seats[rank].local_rank))));
  const Json chosen =
      parse_json(from_rank_zero(world, [&] { return text_of(choose(wish, seats, said)); }));
  if (!chosen["gpu"].get<bool>()) return mine;
  mine.gpu = true;
  mine.index = chosen["index"][rank];
  mine.name = chosen["name"];
  mine.shared = chosen["shared"];
  mine.rank_memory_bytes = usable_memory(chosen["memory"].get<uint64_t>());
  return mine;
}

void open_run_device(RunDevice& device) {
  if (!device.gpu) return;
  device.collectives = device.shared ? "rank-ordered over the host" : fix_nccl_algorithm();
  load_cuda_library();
  set_up_gpu_compute();
  open_cuda_device(device.index);
}

}  // namespace verdict
