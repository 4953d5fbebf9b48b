#include "verdict/model/tensor_memory.h"

#include <c10/core/CPUAllocator.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "model/host_region.h"

namespace verdict {
namespace {

constexpr uintptr_t kAlignment = c10::gAlignment;
constexpr uint8_t kAboveTheDefault = 1;

// Where the memory came from stands right before what the tensor gets: who frees it knows nothing
// but the address.
struct Origin {
  void* malloced = nullptr;
  HostRegion* region = nullptr;
};
Origin& origin_of(void* data) { return static_cast<Origin*>(data)[-1]; }

void free_tensor(void* data) {
  if (data == nullptr) return;
  const Origin origin = origin_of(data);
  if (origin.region != nullptr) return origin.region->give_back();
  std::free(origin.malloced);
}

class TensorAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    void* data = bytes == 0 ? nullptr : place(bytes);
    return {data, data, &free_tensor, c10::Device(c10::DeviceType::CPU)};
  }
  [[nodiscard]] c10::DeleterFnPtr raw_deleter() const override { return &free_tensor; }
  void copy_data(void* to, const void* from, size_t bytes) const override {
    default_copy_data(to, from, bytes);
  }

 private:
  static void* place(size_t bytes) {
    constexpr size_t kRoom = kAlignment + sizeof(Origin);
    if (bytes > SIZE_MAX - kRoom) throw std::bad_alloc();
    Origin origin;
    void* begin = nullptr;
    if (HostRegion::Use* use = HostRegion::current(); use != nullptr) {
      begin = use->region->take(bytes + kRoom, alignof(Origin));
      if (begin != nullptr) {
        origin.region = use->region;
      } else {
        ++use->misses;
      }
    }
    if (begin == nullptr) begin = origin.malloced = std::malloc(bytes + kRoom);
    if (begin == nullptr) throw std::bad_alloc();
    const auto first = reinterpret_cast<uintptr_t>(begin) + sizeof(Origin);
    void* data = reinterpret_cast<void*>((first + kAlignment - 1) / kAlignment * kAlignment);
    origin_of(data) = origin;
    return data;
  }
};

}  // namespace

void take_tensor_memory_from_malloc() {
  static TensorAllocator allocator;
  static const bool set = [] {
    c10::SetCPUAllocator(&allocator, kAboveTheDefault);
    return true;
  }();
  static_cast<void>(set);
}

}  // namespace verdict
