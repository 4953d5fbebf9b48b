// A place for a parameter between the file and its final form.
#pragma once

#include <ATen/ATen.h>

#include <cstddef>
#include <vector>

namespace verdict {

// Memory of its own mapping, so that all of it goes back to the system: the allocator would keep
// the space of a large parameter as a hole in its heap.
class Staging {
 public:
  Staging() = default;
  ~Staging() { release(); }
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  // Values are those of whatever was here before. Valid until the next call. Throws
  // std::bad_alloc.
  [[nodiscard]] at::Tensor tensor(const std::vector<int64_t>& shape, at::ScalarType dtype);
  void release();
  [[nodiscard]] size_t bytes() const { return bytes_; }

 private:
  void* data_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace verdict
