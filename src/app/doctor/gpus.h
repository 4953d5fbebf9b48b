// NVIDIA GPUs as the driver shows them to this process. Nothing of CUDA is linked: the driver's
// libraries are opened where they are, so that this answers on any machine and in any build.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace verdict {

struct Gpu {
  std::string name{};
  std::string uuid{};  // Hex digits: the same device has the same in every process.
  uint64_t memory_bytes = 0;
  std::vector<int64_t> without_peer_access{};  // Other GPUs whose memory it cannot reach.
};

struct GpuReport {
  bool driver = false;           // libcuda could be opened.
  std::string problem{};         // What the driver says is wrong; empty: nothing.
  std::string cuda_version{};    // The latest that the driver can run: "13.0".
  std::string driver_version{};  // "580.95.05"; empty without NVML.
  std::vector<Gpu> gpus{};       // That this process sees, in its order.
};

struct GpuLibraries {
  std::string cuda = "libcuda.so.1";
  std::string nvml = "libnvidia-ml.so.1";
};
[[nodiscard]] GpuReport look_for_gpus(const GpuLibraries& libraries = {});

}  // namespace verdict
