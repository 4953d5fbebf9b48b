// Rotary positions in place, on the query and key heads of the packed product.
#pragma once

#include "model/kernels/pack.h"

namespace verdict::kernels {

struct RotateArguments {
  void* qk = nullptr;         // [tokens, heads, E], rows of the packed product
  const void* cos = nullptr;  // [length, half], rounded to the dtype of qk
  const void* sin = nullptr;
  int64_t tokens = 0;
  int64_t length = 0;  // Of a row of tokens: positions begin again after it.
  int64_t heads = 0;
  int64_t half = 0;          // rotary_dim / 2
  int64_t token_stride = 0;  // In elements, as head_stride.
  int64_t head_stride = 0;
  bool bfloat = false;  // Else float32.
  bool packed = false;  // Everything is aligned to kAccessBytes.
  bool pairs = false;   // Neighbours are turned against each other; else halves.
};

// Bytes that a call moves between memory and the chip, the tables aside.
inline int64_t traffic(const RotateArguments& a) {
  return a.tokens * a.heads * 2 * a.half * 2 * (a.bfloat ? 2 : 4);
}

// Turns `first` against `second` in float32; each is rounded once, when it is stored.
template <int kWidth>
C10_HOST_DEVICE void turn(Wide<kWidth>& first, Wide<kWidth>& second, const Wide<kWidth>& cos,
                          const Wide<kWidth>& sin) {
  for (int i = 0; i < kWidth; ++i) {
    const float f = first.values[i];
    const float s = second.values[i];
    first.values[i] = f * cos.values[i] - s * sin.values[i];
    second.values[i] = s * cos.values[i] + f * sin.values[i];
  }
}

// Of one token and head: `steps` threads, each of which turns kPairs pairs.
template <class T, int kPairs, bool kNeighbours>
struct Rotate {
  RotateArguments a;

  C10_HOST_DEVICE int64_t steps() const { return a.half / kPairs; }
  C10_HOST_DEVICE int64_t elements() const { return a.tokens * a.heads * steps(); }

  C10_HOST_DEVICE void element(int64_t index) const {
    const int64_t pair = index % steps() * kPairs;
    const int64_t head = index / steps() % a.heads;
    const int64_t token = index / steps() / a.heads;
    T* const x = static_cast<T*>(a.qk) + token * a.token_stride + head * a.head_stride;
    const int64_t angle = token % a.length * a.half + pair;
    const Wide<kPairs> cos = load<kPairs>(static_cast<const T*>(a.cos) + angle);
    const Wide<kPairs> sin = load<kPairs>(static_cast<const T*>(a.sin) + angle);
    if (kNeighbours) {
      turn_neighbours(x + 2 * pair, cos, sin);
    } else {
      turn_halves(x + pair, cos, sin);
    }
  }

 private:
  C10_HOST_DEVICE void turn_halves(T* x, const Wide<kPairs>& cos, const Wide<kPairs>& sin) const {
    Wide<kPairs> first = load<kPairs>(x);
    Wide<kPairs> second = load<kPairs>(x + a.half);
    turn(first, second, cos, sin);
    store(x, first);
    store(x + a.half, second);
  }
  C10_HOST_DEVICE void turn_neighbours(T* x, const Wide<kPairs>& cos,
                                       const Wide<kPairs>& sin) const {
    // A scalar load each where nothing is aligned: two elements need not begin at an even one.
    constexpr int kStep = kPairs == 1 ? 1 : 2 * kPairs;
    Wide<kPairs> first;
    Wide<kPairs> second;
    Wide<2 * kPairs> both;
    for (int at = 0; at < 2 * kPairs; at += kStep) {
      const Wide<kStep> some = load<kStep>(x + at);
      for (int i = 0; i < kStep; ++i) both.values[at + i] = some.values[i];
    }
    for (int i = 0; i < kPairs; ++i) {
      first.values[i] = both.values[2 * i];
      second.values[i] = both.values[2 * i + 1];
    }
    turn(first, second, cos, sin);
    for (int i = 0; i < kPairs; ++i) {
      both.values[2 * i] = first.values[i];
      both.values[2 * i + 1] = second.values[i];
    }
    for (int at = 0; at < 2 * kPairs; at += kStep) {
      Wide<kStep> some;
      for (int i = 0; i < kStep; ++i) some.values[i] = both.values[at + i];
      store(x + at, some);
    }
  }
};

// Pairs that a thread turns where everything is aligned.
template <class T>
constexpr int pairs_of_pack(bool neighbours) {
  return neighbours ? kPackWidth<T> / 2 : kPackWidth<T>;
}

template <class T, class Run>
void run_rotate(const RotateArguments& a, Run&& run) {
  const auto go = [&](const auto& kernel) { run(kernel, kernel.elements()); };
  if (a.pairs && a.packed) return go(Rotate<T, pairs_of_pack<T>(true), true>{a});
  if (a.pairs) return go(Rotate<T, 1, true>{a});
  if (a.packed) return go(Rotate<T, pairs_of_pack<T>(false), false>{a});
  go(Rotate<T, 1, false>{a});
}

template <class Run>
void visit(const RotateArguments& a, Run&& run) {
  if (a.bfloat) return run_rotate<c10::BFloat16>(a, run);
  run_rotate<float>(a, run);
}

}  // namespace verdict::kernels
