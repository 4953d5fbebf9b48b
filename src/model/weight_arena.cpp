#include "verdict/model/weight_arena.h"

#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <utility>

#include "model/host_region.h"

namespace verdict {
namespace {

constexpr size_t kAlignment = 512;  // Of a tensor's first byte, as CUDA's allocator has it.
constexpr size_t kSlack = 32;       // A device arena may be larger by a 32nd.
constexpr size_t kPadding = size_t{64} << 10;

size_t rounded(size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

class HostArena final : public WeightArena {
 public:
  explicit HostArena(size_t bytes) : region_(HostRegion::make(bytes)) {}
  ~HostArena() override { region_->release(); }
  HostArena(const HostArena&) = delete;
  HostArena& operator=(const HostArena&) = delete;

  at::Tensor tensor(const std::vector<int64_t>& shape, at::ScalarType dtype) override {
    at::Tensor made;
    within([&] { made = at::empty(shape, at::TensorOptions(dtype)); });
    return made;
  }
  void within(const std::function<void()>& action) override {
    HostRegion::Use use{.region = region_};
    HostRegion::Use* const before = std::exchange(HostRegion::current(), &use);
    try {
      action();
    } catch (...) {
      HostRegion::current() = before;
      throw;
    }
    HostRegion::current() = before;
    misses_ += use.misses;
  }
  [[nodiscard]] bool is_idle() const override { return region_->is_idle(); }
  [[nodiscard]] size_t bytes() const override { return region_->bytes(); }
  void restart(size_t bytes) override { region_->restart(bytes); }
  [[nodiscard]] uint64_t misses() const override { return misses_; }

 private:
  HostRegion* region_;
  uint64_t misses_ = 0;
};

class DeviceArena final : public WeightArena {
 public:
  DeviceArena(size_t bytes, at::Device device)
      : memory_(at::empty({static_cast<int64_t>(rounded(bytes))},
                          at::TensorOptions(at::kByte).device(device))) {}

  at::Tensor tensor(const std::vector<int64_t>& shape, at::ScalarType dtype) override {
    const size_t size =
        static_cast<size_t>(c10::multiply_integers(shape)) * c10::elementSize(dtype);
    const size_t begin = rounded(used_);
    if (begin > bytes() || size > bytes() - begin) {
      ++misses_;
      return at::empty(shape, memory_.options().dtype(dtype));
    }
    used_ = begin + size;
    return memory_.narrow(0, static_cast<int64_t>(begin), static_cast<int64_t>(size))
        .view(dtype)
        .view(shape);
  }
  void within(const std::function<void()>& action) override { action(); }
  [[nodiscard]] bool is_idle() const override { return memory_.storage().use_count() == 1; }
  [[nodiscard]] size_t bytes() const override { return static_cast<size_t>(memory_.numel()); }
  // What still computes with the last model's weights on any queue of the device ends first.
  void restart(size_t) override {
    used_ = 0;
    const at::Device device = memory_.device();
    if (!device.is_cpu())
      c10::impl::VirtualGuardImpl(device.type()).synchronizeDevice(device.index());
  }
  [[nodiscard]] uint64_t misses() const override { return misses_; }

 private:
  at::Tensor memory_;
  size_t used_ = 0;
  uint64_t misses_ = 0;
};

}  // namespace

std::unique_ptr<WeightArena> make_host_arena(size_t bytes) {
  return std::make_unique<HostArena>(bytes);
}

std::unique_ptr<WeightArena> make_device_arena(size_t bytes, at::Device device) {
  return std::make_unique<DeviceArena>(bytes, device);
}

// Of a host arena only what is used is there.
bool WeightArenas::suits(const WeightArena& arena, size_t room) const {
  return arena.is_idle() && arena.bytes() >= room &&
         (on_host_ || arena.bytes() <= room + room / kSlack);
}

WeightArena& WeightArenas::next(size_t bytes, size_t tensors) {
  const size_t needed = bytes + (tensors + 1) * kAlignment;
  // oneDNN pads what it reorders, small tensors by more than their size; on the host, what is not
  // touched costs nothing.
  const size_t room = on_host_ ? 2 * needed + tensors * kPadding : needed;
  std::vector<std::unique_ptr<WeightArena>> kept;
  std::unique_ptr<WeightArena> chosen;
  for (std::unique_ptr<WeightArena>& arena : arenas_) {
    if (!chosen && suits(*arena, room)) {
      chosen = std::move(arena);
    } else if (!arena->is_idle()) {
      kept.push_back(std::move(arena));
    } else {
      missed_ += arena->misses();
    }
  }
  arenas_ = std::move(kept);
  if (chosen) {
    chosen->restart(needed);
  } else {
    ++made_;
    chosen = on_host_ ? make_host_arena(room) : make_device_arena(room, device_);
  }
  arenas_.push_back(std::move(chosen));
  return *arenas_.back();
}

uint64_t WeightArenas::allocations() const {
  uint64_t sum = made_ + missed_;
  for (const auto& arena : arenas_) sum += arena->misses();
  return sum;
}

}  // namespace verdict
