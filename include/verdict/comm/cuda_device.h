// The GPU of this rank: the few calls of the CUDA runtime that the program makes outside of its
// kernels. In a build without CUDA they say that there is none.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "verdict/comm/nccl_communicator.h"
#include "verdict/partition/devices.h"

namespace verdict {

// What this process sees; the free memory only of the GPU that `local_rank` would take, since
// asking makes a context there. Never throws: what is in the way of GPUs becomes `problem`. Costs
// milliseconds where there is no driver.
[[nodiscard]] DeviceFacts cuda_facts(int local_rank);

// Versions for provenance and the numerics: "13.0" of the runtime, "13.1" the most that the driver
// supports; empty without.
struct CudaVersions {
  std::string runtime{};
  std::string driver{};
};
[[nodiscard]] CudaVersions cuda_versions();

// Brings ATen's CUDA kernels into the process. Before ATen is asked for anything about CUDA: it
// remembers the answer. Throws SystemError(usage) with the loader's words.
void load_cuda_library();

// Makes `index` this process's device, for ATen and for NCCL. After load_cuda_library. Throws
// SystemError(again) if the GPU does not answer.
void open_cuda_device(int index);

// Makes memory of this process, of whole pages, such that the GPU can copy from it by itself. Null
// if that is refused; it ends with the pointer, which must go before the memory.
[[nodiscard]] std::shared_ptr<void> pin_host_memory(std::span<std::byte> memory);

// What NCCL needs to know of it.
[[nodiscard]] NcclDevice nccl_device(int index);

}  // namespace verdict
