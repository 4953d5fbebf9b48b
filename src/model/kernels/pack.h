// Neighbouring elements that move by one access, widened to float32 between load and store.
#pragma once

#include <c10/macros/Macros.h>
#include <c10/util/BFloat16.h>

#include <cstdint>

namespace verdict::kernels {

// What one thread moves at a time where everything is aligned to it.
inline constexpr int kAccessBytes = 16;

template <class T>
inline constexpr int kPackWidth = kAccessBytes / static_cast<int>(sizeof(T));

template <class T, int kWidth>
struct alignas(sizeof(T) * kWidth) Pack {
  T values[kWidth];
};

template <int kWidth>
struct Wide {
  float values[kWidth];
};

// `from` must be aligned to kWidth elements.
template <int kWidth, class T>
C10_HOST_DEVICE Wide<kWidth> load(const T* from) {
  const Pack<T, kWidth> pack = *reinterpret_cast<const Pack<T, kWidth>*>(from);
  Wide<kWidth> wide;
  for (int i = 0; i < kWidth; ++i) wide.values[i] = static_cast<float>(pack.values[i]);
  return wide;
}

// Rounds to nearest, ties to even. `to` must be aligned to kWidth elements.
template <class T, int kWidth>
C10_HOST_DEVICE void store(T* to, const Wide<kWidth>& wide) {
  Pack<T, kWidth> pack;
  for (int i = 0; i < kWidth; ++i) pack.values[i] = static_cast<T>(wide.values[i]);
  *reinterpret_cast<Pack<T, kWidth>*>(to) = pack;
}

// The value that T holds of it.
template <class T>
C10_HOST_DEVICE float rounded(float value) {
  return static_cast<float>(static_cast<T>(value));
}

// Rows of elements side by side, each of `inner` rows in groups: row r begins at
// (r / inner) · outer_stride + (r mod inner) · inner_stride, in elements.
struct Rows {
  int64_t inner = 1;
  int64_t outer_stride = 0;
  int64_t inner_stride = 0;
  C10_HOST_DEVICE int64_t begin(int64_t row) const {
    return row / inner * outer_stride + row % inner * inner_stride;
  }
};

}  // namespace verdict::kernels
