// Largest logit, sum of exponentials relative to it and the target's logit of each row, in one
// pass over the logits.
#pragma once

#include <cmath>
#include <limits>

#include "model/kernels/block.h"
#include "model/kernels/pack.h"

namespace verdict::kernels {

inline constexpr float kInfinity = std::numeric_limits<float>::infinity();
inline constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
inline constexpr float kLargestFloat = std::numeric_limits<float>::max();

struct LogSumExpArguments {
  const float* logits = nullptr;     // [rows, width], row_stride apart
  const int64_t* targets = nullptr;  // [rows] ids of the whole vocabulary
  float* peak = nullptr;             // [rows], as the two below
  float* sum = nullptr;              // NaN if a logit of the row is not finite.
  float* target = nullptr;           // 0 if the id is another rank's.
  int64_t rows = 0;
  int64_t width = 0;       // V/tp
  int64_t row_stride = 0;  // In elements.
  int64_t first_id = 0;    // Of this rank.
  float softcap = 0;       // c · tanh(logit / c); 0: off.
  bool packed = false;     // Every row is aligned to kAccessBytes.
};

// Bytes that a call moves between memory and the chip: the logits once, a target and three results.
inline int64_t traffic(const LogSumExpArguments& a) { return a.rows * (4 * a.width + 8 + 3 * 4); }

// Of some logits: Σ exp(logit − peak) = sum.
struct ExpSum {
  float peak = -kInfinity;
  float sum = 0;
};

C10_HOST_DEVICE inline float exp_of(float x) {
  constexpr float kLog2OfE = 1.4426950408889634F;
  return std::exp2(x * kLog2OfE);
}

C10_HOST_DEVICE inline float capped(float logit, float softcap) {
  return softcap > 0 ? std::tanh(logit / softcap) * softcap : logit;
}

C10_HOST_DEVICE inline ExpSum merged(const ExpSum& left, const ExpSum& right) {
  if (left.sum == 0) return right;  // Of no logit.
  if (right.sum == 0) return left;
  const float peak = left.peak > right.peak ? left.peak : right.peak;
  return {peak, left.sum * exp_of(left.peak - peak) + right.sum * exp_of(right.peak - peak)};
}

// A logit that is not finite, before the soft-cap hides it, makes the sum NaN; no later step
// brings it back.
template <int kWidth>
C10_HOST_DEVICE ExpSum with_logits(const ExpSum& so_far, const Wide<kWidth>& logits,
                                   float softcap) {
  float values[kWidth];
  float peak = so_far.peak;
  bool finite = true;
  for (int i = 0; i < kWidth; ++i) {
    finite = finite && std::abs(logits.values[i]) <= kLargestFloat;
    values[i] = capped(logits.values[i], softcap);
    peak = values[i] > peak ? values[i] : peak;
  }
  if (!finite) return {so_far.peak, kNan};
  float sum = so_far.sum * exp_of(so_far.peak - peak);
  for (int i = 0; i < kWidth; ++i) sum += exp_of(values[i] - peak);
  return {peak, sum};
}

template <int kWidth>
struct LogSumExp {
  struct Held {};
  using Part = ExpSum;
  static constexpr int kThreads = 512;  // A vocabulary has many packs for each.
  LogSumExpArguments a;

  C10_HOST_DEVICE Part gather(int64_t row, int thread, int threads, Held&) const {
    const float* const logits = a.logits + row * a.row_stride;
    const int64_t packed = a.width / kWidth * kWidth;
    ExpSum part;
    for (int64_t at = int64_t{thread} * kWidth; at < packed; at += int64_t{threads} * kWidth) {
      part = with_logits(part, load<kWidth>(logits + at), a.softcap);
    }
    for (int64_t at = packed + thread; at < a.width; at += threads) {
      part = with_logits(part, load<1>(logits + at), a.softcap);
    }
    return part;
  }
  C10_HOST_DEVICE static Part merge(const Part& left, const Part& right) {
    return merged(left, right);
  }
  C10_HOST_DEVICE void finish(int64_t row, int thread, int, const Held&, const Part& whole) const {
    if (thread != 0) return;
    const int64_t local = a.targets[row] - a.first_id;
    const bool mine = local >= 0 && local < a.width;
    a.peak[row] = whole.peak;
    a.sum[row] = whole.sum;
    a.target[row] = mine ? capped(a.logits[row * a.row_stride + local], a.softcap) : 0;
  }
};

template <class Run>
void visit(const LogSumExpArguments& a, Run&& run) {
  const auto go = [&](const auto& kernel) { run(kernel, a.rows, kernel.kThreads); };
  if (a.packed) return go(LogSumExp<kPackWidth<float>>{a});
  go(LogSumExp<1>{a});
}

}  // namespace verdict::kernels
