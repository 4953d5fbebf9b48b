#include "eval/tensor_memory.h"

#include <c10/core/CPUAllocator.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace verdict {
namespace {

constexpr uintptr_t kAlignment = c10::gAlignment;
constexpr uint8_t kAboveTheDefault = 1;

// What malloc gave stands right before what the tensor gets.
void*& origin_of(void* data) { return static_cast<void**>(data)[-1]; }

void free_tensor(void* data) {
  if (data != nullptr) std::free(origin_of(data));
}

class MallocAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    void* data = bytes == 0 ? nullptr : aligned(bytes);
    return {data, data, &free_tensor, c10::Device(c10::DeviceType::CPU)};
  }
  [[nodiscard]] c10::DeleterFnPtr raw_deleter() const override { return &free_tensor; }
  void copy_data(void* to, const void* from, size_t bytes) const override {
    default_copy_data(to, from, bytes);
  }

 private:
  static void* aligned(size_t bytes) {
    constexpr size_t kRoom = kAlignment + sizeof(void*);
    void* origin = bytes > SIZE_MAX - kRoom ? nullptr : std::malloc(bytes + kRoom);
    if (origin == nullptr) throw std::bad_alloc();
    const auto first = reinterpret_cast<uintptr_t>(origin) + sizeof(void*);
    void* data = reinterpret_cast<void*>((first + kAlignment - 1) / kAlignment * kAlignment);
    origin_of(data) = origin;
    return data;
  }
};

}  // namespace

void take_tensor_memory_from_malloc() {
  static MallocAllocator allocator;
  static const bool set = [] {
    c10::SetCPUAllocator(&allocator, kAboveTheDefault);
    return true;
  }();
  static_cast<void>(set);
}

}  // namespace verdict
