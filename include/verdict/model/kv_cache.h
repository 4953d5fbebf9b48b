// Keys and values of the positions that rows have had so far, so that one more position costs one
// step and not a whole forward pass. Letters as in ops.h.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace verdict {

class KvCache {
 public:
  // Of one rank.
  struct Shape {
    int64_t layers = 0;
    int64_t batch = 0;      // B
    int64_t positions = 0;  // The most that a row will have.
    int64_t kv_heads = 0;   // K/tp
    int64_t head_dim = 0;   // E
    at::ScalarType dtype = at::kFloat;
    at::Device device = at::kCPU;
  };
  explicit KvCache(const Shape& shape);

  // Positions that every layer holds.
  [[nodiscard]] int64_t length() const { return length_; }
  [[nodiscard]] int64_t bytes() const { return static_cast<int64_t>(store_.nbytes()); }

  // The next N positions of one layer, behind those of length(). k and v [B, N, K/tp, E]. Throws
  // SystemError(internal) if there is no room for them.
  void append(int64_t layer, const at::Tensor& k, const at::Tensor& v);
  // What a layer holds once it has appended its next N: views [B, length() + N, K/tp, E].
  [[nodiscard]] at::Tensor keys(int64_t layer, int64_t next) const;
  [[nodiscard]] at::Tensor values(int64_t layer, int64_t next) const;
  // Every layer has appended its next N.
  void advance(int64_t next) { length_ += next; }
  // As it was made.
  void clear() { length_ = 0; }

 private:
  at::Tensor store_;  // [layers, 2, B, positions, K/tp, E], keys before values
  int64_t length_ = 0;
};

}  // namespace verdict
