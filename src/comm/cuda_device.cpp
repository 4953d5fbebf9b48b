#include "verdict/comm/cuda_device.h"

#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>
#include <dlfcn.h>

#include <array>

#include "verdict/core/error.h"

namespace verdict {
namespace {

constexpr const char* kLibrary = "libtorch_cuda.so";

std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

int driver_version() {
  int version = 0;
  return cudaDriverGetVersion(&version) == cudaSuccess ? version : 0;
}

// Why the runtime cannot count the GPUs.
std::string problem_of(cudaError_t error) {
  const int driver = driver_version();
  if (driver == 0) return "no NVIDIA driver";
  if (error == cudaErrorInsufficientDriver) {
    return "the NVIDIA driver is for CUDA " + version_text(driver) + ", this program needs " +
           version_text(CUDART_VERSION);
  }
  return std::string("CUDA: ") + cudaGetErrorString(error);
}

std::string uuid_text(const cudaUUID_t& uuid) {
  constexpr std::array kDigits{'0', '1', '2', '3', '4', '5', '6', '7',
                               '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
  std::string text = "GPU-";
  for (size_t i = 0; i < sizeof uuid.bytes; ++i) {
    const auto byte = static_cast<unsigned char>(uuid.bytes[i]);
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kDigits.at(byte >> 4U);
    text += kDigits.at(byte & 15U);
  }
  return text;
}

// A CUDA error stays: nothing more can be computed by this process.
void require(cudaError_t error, const std::string& what) {
  if (error == cudaSuccess) return;
  throw SystemError(ExitCode::again, what + ": CUDA: " + cudaGetErrorString(error));
}

GpuFacts facts_of(int index) {
  cudaDeviceProp properties{};
  require(cudaGetDeviceProperties(&properties, index), "GPU " + std::to_string(index));
  return {.uuid = uuid_text(properties.uuid),
          .name = properties.name,
          .capability = properties.major * 10 + properties.minor,
          .memory_bytes = properties.totalGlobalMem,
          .free_bytes = properties.totalGlobalMem};
}

// Asking for the free memory makes a context, which costs half a GiB on the device: only of the one
// that this rank may use, whose index is not known before all ranks have said what they see.
void add_free_memory(int index, GpuFacts& gpu) {
  size_t free = 0;
  size_t total = 0;
  require(cudaSetDevice(index), gpu.uuid);
  require(cudaMemGetInfo(&free, &total), gpu.uuid);
  gpu.free_bytes = free;
}

}  // namespace

DeviceFacts cuda_facts(int local_rank) {
  DeviceFacts facts{.host = host_name()};
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error != cudaSuccess && error != cudaErrorNoDevice) {
    facts.problem = problem_of(error);
    return facts;
  }
  try {
    for (int i = 0; i < count; ++i) facts.gpus.push_back(facts_of(i));
    if (count > 0) {
      const int mine = local_rank % count;
      add_free_memory(mine, facts.gpus[static_cast<size_t>(mine)]);
    }
  } catch (const SystemError& e) {
    facts.problem = e.what();
  }
  return facts;
}

CudaVersions cuda_versions() {
  int runtime = 0;
  require(cudaRuntimeGetVersion(&runtime), "the CUDA runtime");
  return {.runtime = version_text(runtime), .driver = version_text(driver_version())};
}

void load_cuda_library() {
  if (::dlopen(kLibrary, RTLD_NOW | RTLD_GLOBAL) != nullptr) return;
  const char* why = ::dlerror();
  throw SystemError(ExitCode::usage,
                    std::string("a GPU cannot be used: ") + (why == nullptr ? kLibrary : why));
}

void open_cuda_device(int index) {
  const std::string gpu = "GPU " + std::to_string(index) + " of " + host_name();
  require(cudaSetDevice(index), gpu);
  require(cudaFree(nullptr), gpu);  // Makes the context.
}

std::shared_ptr<void> pin_host_memory(std::span<std::byte> memory) {
  // Of all contexts: the thread that loads ahead has none of its own.
  if (cudaHostRegister(memory.data(), memory.size(), cudaHostRegisterPortable) != cudaSuccess) {
    static_cast<void>(cudaGetLastError());  // Else the next call would report it.
    return nullptr;
  }
  return {memory.data(), [](void* data) { static_cast<void>(cudaHostUnregister(data)); }};
}

NcclDevice nccl_device(int index) {
  const auto device = static_cast<c10::DeviceIndex>(index);
  return {
      .current_stream =
          [device] { return static_cast<void*>(c10::cuda::getCurrentCUDAStream(device).stream()); },
      .is_queue_done =
          [](void* stream) {
            const cudaError_t state = cudaStreamQuery(static_cast<cudaStream_t>(stream));
            if (state == cudaErrorNotReady) return false;
            require(state, "the queue of the GPU");
            return true;
          }};
}

}  // namespace verdict
