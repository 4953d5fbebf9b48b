// A piece of the host's memory that tensors take places of, one behind the other, and that is used
// again when all of them are gone.
#pragma once

#include <atomic>
#include <cstddef>

namespace verdict {

class HostRegion {
 public:
  // Of pages that are not there until they are touched. Throws std::bad_alloc.
  static HostRegion* make(size_t bytes);
  void release();  // By its owner: it goes with the last place in it.

  [[nodiscard]] size_t bytes() const { return bytes_; }
  [[nodiscard]] size_t used() const { return used_; }
  [[nodiscard]] bool is_idle() const { return holders_ == 1; }  // Nobody but its owner.

  // From the beginning again; pages beyond `bytes` go back to the system. Only if idle.
  void restart(size_t bytes);
  // Null if there is no room. By one thread at a time.
  [[nodiscard]] void* take(size_t bytes, size_t alignment);
  void give_back();  // One place. From any thread.

  // Where this thread's tensors are placed, and how often there was no room; null: nowhere.
  struct Use {
    HostRegion* region = nullptr;
    size_t misses = 0;
  };
  [[nodiscard]] static Use*& current();

 private:
  HostRegion(std::byte* data, size_t bytes) : data_(data), bytes_(bytes) {}
  ~HostRegion();
  std::byte* data_;
  size_t bytes_;
  size_t used_ = 0;
  size_t touched_ = 0;  // The most that was ever used.
  std::atomic<size_t> holders_{1};
};

}  // namespace verdict
