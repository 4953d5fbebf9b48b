// Memory for the weights of one model after the other, on the host or on a GPU, allocated for the
// largest of them and kept: between models nothing is allocated.
#pragma once

#include <ATen/ATen.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace verdict {

// The weights of one model.
class WeightArena {
 public:
  virtual ~WeightArena() = default;
  // Not initialised. Where there is no room any more, the tensor gets memory of its own.
  [[nodiscard]] virtual at::Tensor tensor(const std::vector<int64_t>& shape,
                                          at::ScalarType dtype) = 0;
  // Tensors that `action` makes on this thread, and those that oneDNN makes, have their place here,
  // too. On the host only, and once take_tensor_memory_from_malloc() was called.
  virtual void within(const std::function<void()>& action) = 0;
  // Is none of its tensors left?
  [[nodiscard]] virtual bool is_idle() const = 0;
  [[nodiscard]] virtual size_t bytes() const = 0;
  // For another model that needs `bytes`, at most bytes(). Only if idle.
  virtual void restart(size_t bytes) = 0;
  // Tensors that got memory of their own.
  [[nodiscard]] virtual uint64_t misses() const = 0;
};

// Pages that no tensor uses are not resident.
[[nodiscard]] std::unique_ptr<WeightArena> make_host_arena(size_t bytes);
// Places in one tensor on `device`.
[[nodiscard]] std::unique_ptr<WeightArena> make_device_arena(size_t bytes, at::Device device);

// The one that the present model lies in and the one that the next is loaded into. Tensors outlive
// it. Of one thread at a time.
class WeightArenas {
 public:
  explicit WeightArenas(at::Device device) : WeightArenas(device, device.is_cpu()) {}
  // `on_host`: of host arenas; else of device arenas, on whatever device.
  WeightArenas(at::Device device, bool on_host) : device_(device), on_host_(on_host) {}

  // For a model whose tensors have `bytes` in all, `tensors` of them. Idle arenas other than this
  // one are given back, and one on a device that is much larger than the model is not taken for it:
  // what is allocated is no more than this model and what is still in use.
  [[nodiscard]] WeightArena& next(size_t bytes, size_t tensors);

  [[nodiscard]] uint64_t allocations() const;  // Of arenas, and of tensors that found no room.

 private:
  [[nodiscard]] bool suits(const WeightArena& arena, size_t room) const;

  at::Device device_;
  bool on_host_;
  std::vector<std::unique_ptr<WeightArena>> arenas_{};
  uint64_t made_ = 0;
  uint64_t missed_ = 0;  // In arenas that are gone.
};

}  // namespace verdict
