// x += branch, and the norm of the sum: each row is read and written once.
#pragma once

#include <cmath>

#include "model/kernels/block.h"
#include "model/kernels/pack.h"

namespace verdict::kernels {

struct AddNormArguments {
  void* x = nullptr;             // Rows of `width`; the sum is written back to it.
  const void* branch = nullptr;  // Laid out as x; null: nothing is added.
  const void* weight = nullptr;  // [width]
  const void* bias = nullptr;    // [width] or null
  void* out = nullptr;
  Rows x_rows{};
  Rows out_rows{};
  int64_t rows = 0;
  int64_t width = 0;
  float eps = 0;
  bool bfloat = false;       // Else float32.
  bool packed = false;       // Everything is aligned to kAccessBytes.
  bool layer = false;        // A layer norm; else RMS.
  bool round_first = false;  // RMS: rounded to T before the product with the weight.
  float weight_offset = 0;   // RMS: added to the weight (Gemma: 1).
};

// Bytes that a call moves between memory and the chip, the weights aside.
inline int64_t traffic(const AddNormArguments& a) {
  const int64_t passes = a.branch == nullptr ? 2 : 4;
  return a.rows * a.width * passes * (a.bfloat ? 2 : 4);
}

// The mean of squares needs only their sum.
struct Squares {
  float sum = 0;
};

// Count, mean and summed squared deviations: they merge without the cancellation of
// mean(x²) − mean(x)² (Chan, Golub, LeVeque 1979).
struct Moments {
  float count = 0;
  float mean = 0;
  float deviations = 0;
};

C10_HOST_DEVICE inline Moments merged(const Moments& left, const Moments& right) {
  if (left.count == 0) return right;
  if (right.count == 0) return left;
  const float count = left.count + right.count;
  const float apart = right.mean - left.mean;
  const float share = right.count / count;
  return {count, left.mean + apart * share,
          left.deviations + right.deviations + apart * apart * left.count * share};
}

template <int kWidth>
C10_HOST_DEVICE Moments moments_of(const Wide<kWidth>& wide) {
  float sum = 0;
  for (int i = 0; i < kWidth; ++i) sum += wide.values[i];
  const float mean = sum / kWidth;
  float deviations = 0;
  for (int i = 0; i < kWidth; ++i) {
    deviations += (wide.values[i] - mean) * (wide.values[i] - mean);
  }
  return {kWidth, mean, deviations};
}

template <class T, int kWidth, bool kLayer>
struct AddNorm;

// The first pass is the same for both norms: `see` gets each pack of the sum.
template <class T, int kWidth, class See>
C10_HOST_DEVICE Wide<kWidth> add_branch(const AddNormArguments& a, int64_t row, int thread,
                                        int threads, See&& see) {
  T* const x = static_cast<T*>(a.x) + a.x_rows.begin(row);
  const T* const branch = static_cast<const T*>(a.branch);
  Wide<kWidth> first{};
  for (int64_t at = int64_t{thread} * kWidth; at < a.width; at += int64_t{threads} * kWidth) {
    Wide<kWidth> sum = load<kWidth>(x + at);
    if (branch != nullptr) {
      const Wide<kWidth> added = load<kWidth>(branch + a.x_rows.begin(row) + at);
      for (int i = 0; i < kWidth; ++i) {
        sum.values[i] = rounded<T>(sum.values[i] + added.values[i]);
      }
      store(x + at, sum);
    }
    if (at == int64_t{thread} * kWidth) first = sum;
    see(sum);
  }
  return first;
}

// The second pass: the first pack is still in registers, those after it are read again.
template <class T, int kWidth, class Scale>
C10_HOST_DEVICE void write_normed(const AddNormArguments& a, int64_t row, int thread, int threads,
                                  const Wide<kWidth>& first, Scale&& scale) {
  const T* const x = static_cast<const T*>(a.x) + a.x_rows.begin(row);
  T* const out = static_cast<T*>(a.out) + a.out_rows.begin(row);
  for (int64_t at = int64_t{thread} * kWidth; at < a.width; at += int64_t{threads} * kWidth) {
    Wide<kWidth> values = at == int64_t{thread} * kWidth ? first : load<kWidth>(x + at);
    const Wide<kWidth> weight = load<kWidth>(static_cast<const T*>(a.weight) + at);
    for (int i = 0; i < kWidth; ++i) {
      values.values[i] = scale(values.values[i], weight.values[i], at + i);
    }
    store(out + at, values);
  }
}

template <class T, int kWidth>
struct AddNorm<T, kWidth, false> {
  using Held = Wide<kWidth>;
  using Part = Squares;
  static constexpr int kThreads = kMostThreads;
  AddNormArguments a;

  C10_HOST_DEVICE Part gather(int64_t row, int thread, int threads, Held& held) const {
    Squares squares;
    held = add_branch<T, kWidth>(a, row, thread, threads, [&](const Wide<kWidth>& sum) {
      for (int i = 0; i < kWidth; ++i) squares.sum += sum.values[i] * sum.values[i];
    });
    return squares;
  }
  C10_HOST_DEVICE static Part merge(const Part& left, const Part& right) {
    return {left.sum + right.sum};
  }
  C10_HOST_DEVICE void finish(int64_t row, int thread, int threads, const Held& held,
                              const Part& whole) const {
    const float inverse = 1 / std::sqrt(whole.sum / static_cast<float>(a.width) + a.eps);
    write_normed<T>(a, row, thread, threads, held, [&](float value, float weight, int64_t) {
      const float normed = a.round_first ? rounded<T>(value * inverse) : value * inverse;
      return normed * (weight + a.weight_offset);
    });
  }
};

template <class T, int kWidth>
struct AddNorm<T, kWidth, true> {
  using Held = Wide<kWidth>;
  using Part = Moments;
  static constexpr int kThreads = kMostThreads;
  AddNormArguments a;

  C10_HOST_DEVICE Part gather(int64_t row, int thread, int threads, Held& held) const {
    Moments moments;
    held = add_branch<T, kWidth>(a, row, thread, threads, [&](const Wide<kWidth>& sum) {
      moments = merged(moments, moments_of(sum));
    });
    return moments;
  }
  C10_HOST_DEVICE static Part merge(const Part& left, const Part& right) {
    return merged(left, right);
  }
  C10_HOST_DEVICE void finish(int64_t row, int thread, int threads, const Held& held,
                              const Part& whole) const {
    const float inverse = 1 / std::sqrt(whole.deviations / static_cast<float>(a.width) + a.eps);
    const T* const bias = static_cast<const T*>(a.bias);
    write_normed<T>(a, row, thread, threads, held, [&](float value, float weight, int64_t at) {
      const float scaled = (value - whole.mean) * inverse * weight;
      return bias == nullptr ? scaled : scaled + static_cast<float>(bias[at]);
    });
  }
};

// Calls run(kernel, rows, threads per row) with the instance that the arguments ask for.
template <class T, int kWidth, class Run>
void run_add_norm(const AddNormArguments& a, Run&& run) {
  const int threads = threads_of_row(a.width / kWidth);
  if (a.layer) {
    run(AddNorm<T, kWidth, true>{a}, a.rows, threads);
  } else {
    run(AddNorm<T, kWidth, false>{a}, a.rows, threads);
  }
}

template <class Run>
void visit(const AddNormArguments& a, Run&& run) {
  if (a.bfloat && a.packed) return run_add_norm<c10::BFloat16, kPackWidth<c10::BFloat16>>(a, run);
  if (a.bfloat) return run_add_norm<c10::BFloat16, 1>(a, run);
  if (a.packed) return run_add_norm<float, kPackWidth<float>>(a, run);
  run_add_norm<float, 1>(a, run);
}

}  // namespace verdict::kernels
