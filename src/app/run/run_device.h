// What the ranks of a job compute on, and what that fixes of their numerics.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "app/run/numerics.h"
#include "verdict/comm/cuda_device.h"
#include "verdict/comm/group.h"
#include "verdict/comm/mpi_comm.h"
#include "verdict/partition/devices.h"

namespace verdict {

// Of this rank.
struct RunDevice {
  bool gpu = false;
  int index = 0;                   // Among the GPUs that it sees.
  std::string name{};              // Of the GPU, the same on every rank; empty on CPU.
  bool shared = false;             // Another rank computes on it, too.
  std::string collectives{};       // As in Numerics; empty on CPU.
  uint64_t rank_memory_bytes = 0;  // That a rank may use.
  [[nodiscard]] at::Device device() const;
  [[nodiscard]] TensorPath path() const;
  [[nodiscard]] MachineDefaults defaults() const;
};

// Collective. Asks each rank what it sees, unless it is told to compute on CPU, and lets rank 0
// choose. Ends the job as choose_devices, with the same words for all ranks. Notes are logged. The
// GPU is not touched: open_run_device does that.
using FactsOf = std::function<DeviceFacts(int local_rank)>;
[[nodiscard]] RunDevice share_device(const DeviceWish& wish, const MpiComm& world,
                                     const FactsOf& facts = cuda_facts);

// Makes the GPU this process's device and fixes what fixes bits there, before the first product and
// before any communicator; nothing on CPU. Throws SystemError(again) if the GPU does not answer.
void open_run_device(RunDevice& device);

}  // namespace verdict
