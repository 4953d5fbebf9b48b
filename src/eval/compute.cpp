// What fixes the bits on this process, and the text that says so.
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <malloc.h>
#include <torch/headeronly/version.h>

#include <cstdlib>
#include <string>

#include "verdict/comm/cuda_device.h"
#include "verdict/core/json.h"
#include "verdict/eval/numerics.h"
#include "verdict/model/tensor_memory.h"

namespace verdict {
namespace {

// Raised whenever a change of ours may change bits, on every device or on GPUs alone.
constexpr int kKernels = 2;
constexpr int kGpuKernels = 1;

}  // namespace

void set_up_gpu_compute() {
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/1);
  at::globalContext().setAllowBF16ReductionCuBLAS(false);
  at::globalContext().setBenchmarkCuDNN(false);
  at::globalContext().setDeterministicCuDNN(true);
}

void set_up_compute(const Numerics& numerics) {
  at::set_num_threads(numerics.threads);
  at::globalContext().setFloat32MatmulPrecision("highest");
  constexpr int kLargest = 1 << 30;
  mallopt(M_MMAP_THRESHOLD, kLargest);
  mallopt(M_TRIM_THRESHOLD, kLargest);
  take_tensor_memory_from_malloc();
}

namespace {

// What oneDNN chooses its kernels by; ATen's capability is coarser.
std::string cpu_features() {
  std::string names;
  const auto add = [&](bool present, const char* name) {
    if (present) names.append(names.empty() ? "" : " ").append(name);
  };
  add(__builtin_cpu_supports("avx2") != 0, "avx2");
  add(__builtin_cpu_supports("fma") != 0, "fma");
  add(__builtin_cpu_supports("avx512f") != 0, "avx512f");
  add(__builtin_cpu_supports("avx512vnni") != 0, "avx512vnni");
  add(__builtin_cpu_supports("avx512bf16") != 0, "avx512bf16");
  return names;
}

// What decides on a GPU in place of the CPU's instructions and threads.
Json gpu_numerics(const Numerics& numerics) {
  const CudaVersions versions = cuda_versions();
  return {{"dtype", numerics.dtype},
          {"device", "cuda"},
          {"gpu", numerics.gpu},
          {"tp", numerics.tp},
          {"micro_batch", numerics.micro_batch},
          {"threads", numerics.threads},
          {"products", "cublas"},
          {"attention", "torch-flash-cuda"},
          {"collectives", numerics.collectives},
          {"cuda", versions.runtime},
          {"driver", versions.driver},
          {"kernels", kKernels},
          {"gpu_kernels", kGpuKernels},
          {"torch", TORCH_VERSION}};
}

}  // namespace

std::string numerics_text(const Numerics& numerics) {
  if (numerics.on_gpu()) return gpu_numerics(numerics).dump();
  Json text;
  text["dtype"] = numerics.dtype;
  text["device"] = "cpu";
  text["instruction_set"] = at::get_cpu_capability();
  text["cpu_features"] = cpu_features();
  if (const char* limit = std::getenv("ONEDNN_MAX_CPU_ISA"); limit != nullptr)
    text["onednn_max_cpu_isa"] = limit;
  text["tp"] = numerics.tp;
  text["micro_batch"] = numerics.micro_batch;
  text["threads"] = numerics.threads;
  text["products"] = "onednn-packed";
  text["attention"] = "torch-flash-cpu";
  text["collectives"] = "rank-ordered";
  text["kernels"] = kKernels;
  text["torch"] = TORCH_VERSION;
  return text.dump();
}

}  // namespace verdict
