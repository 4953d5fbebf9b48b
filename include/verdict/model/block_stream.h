// The blocks of a model's files, in order, each read once on the node: threads of this rank read
// its share of them into the ring, look through them for what is not finite, and this rank's thread
// sees all.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stdexcept>

#include "verdict/checkpoint/checkpoint.h"
#include "verdict/checkpoint/read_plan.h"
#include "verdict/comm/block_ring.h"

namespace verdict {

class LoadCancelled : public std::runtime_error {
 public:
  LoadCancelled() : std::runtime_error("the load was cancelled") {}
};

struct StreamOptions {
  int readers = 1;                  // Threads of this rank that read.
  double bytes_per_second = 0;      // This rank reads no faster; 0: as fast as it goes.
  const BlockSums* sums = nullptr;  // Compared with every block that is read; null: nothing is.
  const std::atomic<bool>* cancelled = nullptr;  // Another thread may end the load with it.
};

// What this rank read; the sum over the ranks of a node is the plan's blocks and bytes.
struct StreamCounts {
  uint64_t reads = 0;
  uint64_t bytes = 0;
};

// For each block of the plan, in order: `copy` gets its number and bytes; once `settle` has been
// called with that number, nothing uses the bytes any more. `settle` comes at least one `copy`
// later, so that a GPU may still be copying. After BlockRing::begin. Throws the same on all ranks
// of the ring: ContentError if a block is not what it was when it was hashed, ModelError if an
// element is not finite (the first in the order of the files) or a file has changed,
// SystemError(io) if it cannot be read; LoadCancelled once `cancelled` is set.
struct BlockSink {
  std::function<void(size_t block, std::span<const std::byte> bytes)> copy{};
  std::function<void(size_t block)> settle{};
};
StreamCounts stream_blocks(const Checkpoint& checkpoint, const ReadPlan& plan, BlockRing& ring,
                           const StreamOptions& options, const BlockSink& sink);

}  // namespace verdict
