// Which device each rank computes on: pure decisions on what the ranks see of their nodes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "verdict/partition/groups.h"

namespace verdict {

struct GpuFacts {
  std::string uuid{};  // "GPU-…", the same for every process that sees it.
  std::string name{};  // "NVIDIA H100 80GB HBM3"
  int capability = 0;  // 90 for 9.0.
  uint64_t memory_bytes = 0;
  uint64_t free_bytes = 0;  // Beside this process.
};

// What one rank sees.
struct DeviceFacts {
  std::string host{};
  // Why no GPU can be used ("no NVIDIA driver"); empty if `gpus` is the truth.
  std::string problem{};
  std::vector<GpuFacts> gpus{};
};

enum class DeviceKind { cpu, cuda };

struct DeviceWish {
  std::string device = "auto";  // auto, cpu or cuda.
  bool share_gpu = false;       // Several ranks may compute on one GPU: for tests.
};

struct DeviceChoice {
  DeviceKind kind = DeviceKind::cpu;
  std::vector<int> index{};          // By world rank, among those it sees; empty on CPU.
  std::string gpu{};                 // "NVIDIA H100 80GB HBM3, sm_90": the same on every rank.
  uint64_t rank_memory_bytes = 0;    // Of the GPU with least, for each rank that computes on it.
  bool shared = false;               // Some GPU serves more than one rank.
  std::vector<std::string> notes{};  // For people: what is unusual and what to do about it.
};

// A GPU needs so much: the machine code that is built begins with the A100's.
inline constexpr int kLowestCapability = 80;

// `auto` is the GPUs if any rank sees one, else the CPU. With several GPUs in sight a rank takes
// that of its local rank, with one in sight that one. Throws SystemError
// - usage, with the remedy: `cuda` where there is none; ranks with and without; two ranks on one
//   GPU unless they may share; GPUs of different kinds, or older than kLowestCapability;
// - again: a GPU whose memory another process holds.
// `seats` and `facts` by world rank.
[[nodiscard]] DeviceChoice choose_devices(const DeviceWish& wish, const std::vector<Seat>& seats,
                                          const std::vector<DeviceFacts>& facts);

}  // namespace verdict
