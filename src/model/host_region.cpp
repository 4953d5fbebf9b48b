#include "model/host_region.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>

namespace verdict {
namespace {

constexpr size_t kPage = 4096;

size_t rounded(size_t bytes, size_t to) { return (bytes + to - 1) / to * to; }

}  // namespace

HostRegion* HostRegion::make(size_t bytes) {
  bytes = rounded(std::max<size_t>(bytes, 1), kPage);
  void* data = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED) throw std::bad_alloc();
  return new HostRegion(static_cast<std::byte*>(data), bytes);
}

HostRegion::~HostRegion() { ::munmap(data_, bytes_); }

void HostRegion::release() { give_back(); }

void HostRegion::give_back() {
  if (holders_.fetch_sub(1) == 1) delete this;
}

void HostRegion::restart(size_t bytes) {
  used_ = 0;
  const size_t kept = rounded(bytes, kPage);
  if (touched_ <= kept) return;
  ::madvise(data_ + kept, rounded(touched_, kPage) - kept, MADV_DONTNEED);
  touched_ = kept;
}

void* HostRegion::take(size_t bytes, size_t alignment) {
  const size_t begin = rounded(used_, alignment);
  if (begin > bytes_ || bytes > bytes_ - begin) return nullptr;
  used_ = begin + bytes;
  touched_ = std::max(touched_, used_);
  ++holders_;
  return data_ + begin;
}

HostRegion::Use*& HostRegion::current() {
  thread_local Use* use = nullptr;
  return use;
}

}  // namespace verdict
