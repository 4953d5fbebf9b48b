// The kernels on the GPU: an index, and the arithmetic of the headers. Nothing here computes.
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAStream.h>

#include <algorithm>
#include <cstring>

#include "model/kernels/launch.h"

namespace verdict::kernels {
namespace {

constexpr int kElementThreads = 256;
constexpr int64_t kMostBlocks = int64_t{1} << 20;  // Each takes several rows beyond that.

template <class Part>
__device__ Part from_lane_below(const Part& part, int offset) {
  static_assert(sizeof(Part) % sizeof(int) == 0, "a shuffle moves words");
  constexpr int kWords = sizeof(Part) / sizeof(int);
  int words[kWords];
  std::memcpy(words, &part, sizeof(Part));
  for (int i = 0; i < kWords; ++i) words[i] = __shfl_down_sync(0xffffffffU, words[i], offset);
  Part other;
  std::memcpy(&other, words, sizeof(Part));
  return other;
}

// Lane 0 gets the whole.
template <class Kernel>
__device__ typename Kernel::Part merge_warp(typename Kernel::Part part) {
  for (int offset = kWarp / 2; offset > 0; offset /= 2) {
    part = Kernel::merge(part, from_lane_below(part, offset));
  }
  return part;
}

template <class Kernel>
__device__ typename Kernel::Part merge_block(typename Kernel::Part part) {
  using Part = typename Kernel::Part;
  __shared__ float of_warp[kMostWarps][sizeof(Part) / sizeof(float)];
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  part = merge_warp<Kernel>(part);
  if (lane == 0) std::memcpy(of_warp[warp], &part, sizeof(Part));
  __syncthreads();
  if (warp == 0) {
    Part of_lane;
    if (lane < static_cast<int>(blockDim.x) / kWarp) {
      std::memcpy(&of_lane, of_warp[lane], sizeof(Part));
    }
    of_lane = merge_warp<Kernel>(of_lane);
    if (lane == 0) std::memcpy(of_warp[0], &of_lane, sizeof(Part));
  }
  __syncthreads();
  Part whole;
  std::memcpy(&whole, of_warp[0], sizeof(Part));
  __syncthreads();  // The next row overwrites it.
  return whole;
}

template <class Kernel>
__global__ void __launch_bounds__(Kernel::kThreads) row_kernel(const Kernel kernel, int64_t rows) {
  const int thread = static_cast<int>(threadIdx.x);
  const int threads = static_cast<int>(blockDim.x);
  for (int64_t row = blockIdx.x; row < rows; row += gridDim.x) {
    typename Kernel::Held held;
    const auto part = kernel.gather(row, thread, threads, held);
    kernel.finish(row, thread, threads, held, merge_block<Kernel>(part));
  }
}

template <class Kernel>
__global__ void __launch_bounds__(kElementThreads)
    element_kernel(const Kernel kernel, int64_t elements) {
  const int64_t step = int64_t{gridDim.x} * blockDim.x;
  for (int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < elements; i += step) {
    kernel.element(i);
  }
}

template <class Arguments>
void launch_rows(const Arguments& arguments) {
  visit(arguments, [](const auto& kernel, int64_t rows, int threads) {
    if (rows == 0) return;
    const auto blocks = static_cast<unsigned>(std::min(rows, kMostBlocks));
    row_kernel<<<blocks, threads, 0, c10::cuda::getCurrentCUDAStream()>>>(kernel, rows);
    C10_CUDA_KERNEL_LAUNCH_CHECK();
  });
}

template <class Arguments>
void launch_elements(const Arguments& arguments) {
  visit(arguments, [](const auto& kernel, int64_t elements) {
    if (elements == 0) return;
    const int64_t needed = (elements + kElementThreads - 1) / kElementThreads;
    const auto blocks = static_cast<unsigned>(std::min(needed, kMostBlocks));
    element_kernel<<<blocks, kElementThreads, 0, c10::cuda::getCurrentCUDAStream()>>>(kernel,
                                                                                      elements);
    C10_CUDA_KERNEL_LAUNCH_CHECK();
  });
}

}  // namespace

void launch(const AddNormArguments& arguments) { launch_rows(arguments); }
void launch(const LogSumExpArguments& arguments) { launch_rows(arguments); }
void launch(const RotateArguments& arguments) { launch_elements(arguments); }
void launch(const GateArguments& arguments) { launch_elements(arguments); }

}  // namespace verdict::kernels
