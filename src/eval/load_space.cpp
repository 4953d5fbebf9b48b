#include "verdict/eval/load_space.h"

#include <algorithm>

#include "verdict/checkpoint/read_plan.h"
#include "verdict/comm/cuda_device.h"
#include "verdict/core/log.h"

namespace verdict {
namespace {

constexpr int kGpuSlots = 32;    // A quarter of a GiB, pinned.
constexpr int kGpuReaders = 16;  // Of a node: what storage needs in flight.

BlockRingSize size_of_ring(at::Device device, int ranks) {
  return {.slots = device.is_cuda() ? kGpuSlots : cpu_ring_slots(ranks),
          .slot_bytes = kReadBlockRoom};
}

std::shared_ptr<void> pinned(BlockRing& ring, at::Device device) {
  if (!device.is_cuda()) return nullptr;
  std::shared_ptr<void> memory = pin_host_memory(ring.memory());
  if (!memory) log_warning("the loader's memory could not be pinned: copies to the GPU are slower");
  return memory;
}

int readers_of(const BlockRing& ring, at::Device device) {
  return device.is_cuda() ? std::max(kGpuReaders / ring.ranks(), 1) : 1;
}

std::unique_ptr<BlockRing> shared_ring(const Group& group, at::Device device) {
  const MpiComm node = group.control.split_by_node();
  auto ring = BlockRing::share(node, size_of_ring(device, node.size()));
  if (ring->ranks() < node.size() && group.leader()) {
    log_warning(
        "the ranks of a node cannot see each other's memory: each reads the models by itself");
  }
  return ring;
}

}  // namespace

LoadSpace::LoadSpace(at::Device device)
    : ring_(std::make_unique<BlockRing>(size_of_ring(device, 1))),
      pinned_(pinned(*ring_, device)),
      arenas_(device),
      readers_(readers_of(*ring_, device)) {}

LoadSpace::LoadSpace(const Group& group, at::Device device)
    : ring_(shared_ring(group, device)),
      pinned_(pinned(*ring_, device)),
      arenas_(device),
      readers_(readers_of(*ring_, device)) {}

}  // namespace verdict
