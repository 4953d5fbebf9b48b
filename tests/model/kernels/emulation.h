// The kernels on CPU: the same arithmetic, the same blocks, warps and order of merging as in
// src/model/kernels/launch.cu. Linked in the place of the GPU's launches, so that everything above
// them runs in tests.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "model/kernels/launch.h"

namespace verdict::kernels {

// What has been launched, in order. Tests clear it.
struct Launched {
  std::string kernel{};
  int64_t bytes = 0;
  bool packed = false;
};
[[nodiscard]] std::vector<Launched>& launched();

// As __shfl_down_sync: a lane beyond the last gets its own.
template <class Kernel, class Part = typename Kernel::Part>
Part merge_warp(const Part* lanes) {
  std::vector<Part> parts(lanes, lanes + kWarp);
  for (int offset = kWarp / 2; offset > 0; offset /= 2) {
    const std::vector<Part> before = parts;
    for (int lane = 0; lane < kWarp; ++lane) {
      const int other = lane + offset < kWarp ? lane + offset : lane;
      parts[static_cast<size_t>(lane)] =
          Kernel::merge(before[static_cast<size_t>(lane)], before[static_cast<size_t>(other)]);
    }
  }
  return parts[0];
}

template <class Kernel, class Part = typename Kernel::Part>
Part merge_block(const std::vector<Part>& threads) {
  std::vector<Part> of_warp(kWarp);
  for (size_t warp = 0; warp * kWarp < threads.size(); ++warp) {
    of_warp[warp] = merge_warp<Kernel>(&threads[warp * kWarp]);
  }
  return merge_warp<Kernel>(of_warp.data());
}

template <class Kernel>
void run_rows(const Kernel& kernel, int64_t rows, int threads) {
  std::vector<typename Kernel::Held> held(static_cast<size_t>(threads));
  std::vector<typename Kernel::Part> parts(static_cast<size_t>(threads));
  for (int64_t row = 0; row < rows; ++row) {
    for (int t = 0; t < threads; ++t) {
      const auto i = static_cast<size_t>(t);
      parts[i] = kernel.gather(row, t, threads, held[i]);
    }
    const auto whole = merge_block<Kernel>(parts);
    for (int t = 0; t < threads; ++t) {
      kernel.finish(row, t, threads, held[static_cast<size_t>(t)], whole);
    }
  }
}

}  // namespace verdict::kernels
