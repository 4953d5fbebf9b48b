#include "verdict/model/kv_cache.h"

#include <string>

#include "verdict/core/error.h"

namespace verdict {

KvCache::KvCache(const Shape& s)
    : store_(at::empty({s.layers, 2, s.batch, s.positions, s.kv_heads, s.head_dim},
                       at::TensorOptions(s.dtype).device(s.device))) {}

void KvCache::append(int64_t layer, const at::Tensor& k, const at::Tensor& v) {
  const int64_t next = k.size(1);
  if (length_ + next > store_.size(3)) {
    throw SystemError("a cache of " + std::to_string(store_.size(3)) + " positions holds " +
                      std::to_string(length_) + " and cannot take " + std::to_string(next) +
                      " more");
  }
  store_[layer][0].narrow(1, length_, next).copy_(k);
  store_[layer][1].narrow(1, length_, next).copy_(v);
}

at::Tensor KvCache::keys(int64_t layer, int64_t next) const {
  return store_[layer][0].narrow(1, 0, length_ + next);
}

at::Tensor KvCache::values(int64_t layer, int64_t next) const {
  return store_[layer][1].narrow(1, 0, length_ + next);
}

}  // namespace verdict
