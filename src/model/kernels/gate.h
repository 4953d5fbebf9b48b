// act(gate) · up, or act(x) alone.
#pragma once

#include <cmath>

#include "model/kernels/pack.h"

namespace verdict::kernels {

enum class Curve { silu, gelu_tanh, gelu_erf };

struct GateArguments {
  const void* in = nullptr;  // [rows, 2 · width], gate and up side by side; [rows, width] ungated
  void* out = nullptr;       // [rows, width]
  int64_t rows = 0;
  int64_t width = 0;
  Curve curve = Curve::silu;
  bool gated = false;
  bool bfloat = false;  // Else float32.
  bool packed = false;  // Everything is aligned to kAccessBytes.
};

// Bytes that a call moves between memory and the chip.
inline int64_t traffic(const GateArguments& a) {
  return a.rows * a.width * (a.gated ? 3 : 2) * (a.bfloat ? 2 : 4);
}

C10_HOST_DEVICE inline float activated(float x, Curve curve) {
  switch (curve) {
    case Curve::silu:
      return x / (1 + std::exp(-x));
    case Curve::gelu_tanh: {
      constexpr float kRootOfTwoOverPi = 0.7978845608028654F;
      constexpr float kCubic = 0.044715F;
      return 0.5F * x * (1 + std::tanh(kRootOfTwoOverPi * (x + kCubic * x * x * x)));
    }
    case Curve::gelu_erf: {
      constexpr float kRootOfHalf = 0.7071067811865476F;
      return 0.5F * x * (1 + std::erf(x * kRootOfHalf));
    }
  }
  return x;
}

template <class T, int kWidth>
struct Gate {
  GateArguments a;

  C10_HOST_DEVICE int64_t packs() const { return a.width / kWidth; }
  C10_HOST_DEVICE int64_t elements() const { return a.rows * packs(); }

  C10_HOST_DEVICE void element(int64_t index) const {
    const int64_t row = index / packs();
    const int64_t at = index % packs() * kWidth;
    const T* const gate = static_cast<const T*>(a.in) + row * a.width * (a.gated ? 2 : 1) + at;
    Wide<kWidth> values = load<kWidth>(gate);
    for (int i = 0; i < kWidth; ++i) values.values[i] = activated(values.values[i], a.curve);
    if (a.gated) {
      const Wide<kWidth> up = load<kWidth>(gate + a.width);
      for (int i = 0; i < kWidth; ++i) values.values[i] *= up.values[i];
    }
    store(static_cast<T*>(a.out) + row * a.width + at, values);
  }
};

template <class Run>
void visit(const GateArguments& a, Run&& run) {
  const auto go = [&](const auto& kernel) { run(kernel, kernel.elements()); };
  if (a.bfloat && a.packed) return go(Gate<c10::BFloat16, kPackWidth<c10::BFloat16>>{a});
  if (a.bfloat) return go(Gate<c10::BFloat16, 1>{a});
  if (a.packed) return go(Gate<float, kPackWidth<float>>{a});
  go(Gate<float, 1>{a});
}

}  // namespace verdict::kernels
