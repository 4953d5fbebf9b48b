// What loads of one model after the other go through, made once for all of them.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "verdict/comm/block_ring.h"
#include "verdict/comm/group.h"
#include "verdict/model/weight_arena.h"

namespace verdict {

class LoadSpace {
 public:
  // Of this rank alone, which then reads the files by itself.
  explicit LoadSpace(at::Device device);
  // Of the ranks of `group` that share a node with this one. Collective over the group. On a GPU
  // the blocks lie in pinned memory.
  LoadSpace(const Group& group, at::Device device);

  [[nodiscard]] BlockRing& ring() { return *ring_; }
  [[nodiscard]] WeightArenas& arenas() { return arenas_; }
  // Threads of this rank that read.
  [[nodiscard]] int readers() const { return readers_; }

 private:
  std::unique_ptr<BlockRing> ring_;
  std::shared_ptr<void> pinned_{};  // Goes before the ring.
  WeightArenas arenas_;
  int readers_ = 1;
};

}  // namespace verdict
