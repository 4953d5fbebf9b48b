#include "model/staging.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>

namespace verdict {

at::Tensor Staging::tensor(const std::vector<int64_t>& shape, at::ScalarType dtype) {
  const size_t needed =
      std::max<size_t>(c10::multiply_integers(shape) * c10::elementSize(dtype), 1);
  if (needed > bytes_) {
    release();
    void* data = mmap(nullptr, needed, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED) throw std::bad_alloc();
    data_ = data;
    bytes_ = needed;
  }
  return at::from_blob(data_, shape, at::TensorOptions(dtype));
}

void Staging::release() {
  if (data_ != nullptr) munmap(data_, bytes_);
  data_ = nullptr;
  bytes_ = 0;
}

}  // namespace verdict
