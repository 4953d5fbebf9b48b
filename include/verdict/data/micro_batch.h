// How the samples of a task are cut into micro-batches. A sample's loss may depend on its place in
// a batch (kernels are chosen by shape), so the cut depends on the sample's number and on nothing
// else.
#pragma once

#include <cstdint>
#include <vector>

#include "verdict/core/range.h"

namespace verdict {

struct MicroBatch {
  std::vector<int64_t>
      samples{};  // Always b of them; those from `valid` on repeat the last one and are dropped.
  int64_t valid = 0;
};

// Batch k of a task holds the samples k·b … k·b+b−1. Returns the batches that cover `samples`,
// whose begin must be a multiple of b. Its end is a multiple of b or the end of the task. Throws
// SystemError(internal) if b < 1 or begin is elsewhere.
[[nodiscard]] std::vector<MicroBatch> micro_batches(Range samples, int64_t b);

}  // namespace verdict
