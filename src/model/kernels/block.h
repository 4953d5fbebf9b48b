// How a block of threads treats one row, written once for the GPU and for the emulation that tests
// run. A row kernel K has
//   K::kThreads                               a block has at most so many;
//   K::Held                                   what a thread keeps between its two passes;
//   K::Part                                   what is known of some elements; K::Part{}: of none;
//   Part gather(row, thread, threads, held&)  the first pass of one thread over its elements;
//   static Part merge(left, right)            of two sets of elements;
//   void finish(row, thread, threads, held, whole)  the second pass.
// An element kernel has only `void element(index)`. No kernel uses atomics: the order in which
// parts are merged depends on the number of threads and on nothing else.
#pragma once

#include <cstdint>

namespace verdict::kernels {

inline constexpr int kWarp = 32;
inline constexpr int kMostThreads = 1024;
inline constexpr int kMostWarps = kMostThreads / kWarp;
static_assert(kMostWarps <= kWarp, "the parts of all warps are merged by one warp");

// Enough threads for a row of `packs`, in whole warps.
constexpr int threads_of_row(int64_t packs) {
  const int64_t rounded_up = (packs + kWarp - 1) / kWarp * kWarp;
  if (rounded_up < kWarp) return kWarp;
  return static_cast<int>(rounded_up < kMostThreads ? rounded_up : kMostThreads);
}

}  // namespace verdict::kernels
