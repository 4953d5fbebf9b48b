// How sure a number is. The row is the unit: rows of a task are independent draws, tokens within a
// row are not.
#pragma once

#include <cstdint>
#include <span>

#include "verdict/competition/competition_file.h"

namespace verdict {

struct Estimate {
  int64_t n = 0;
  double mean = 0.0;            // NaN if n = 0.
  double standard_error = 0.0;  // NaN if n < 2.
};

// mean = Σx / n and standard error = sqrt(Σ(x − mean)² / (n − 1) / n), in double, in the order
// given.
[[nodiscard]] Estimate sample_mean(std::span<const double> values);

// One task's share in the error of a score.
struct Stratum {
  double weight = 0.0;          // Effective weight of the task (effective_weights).
  double standard_error = 0.0;  // Of the task's mean, after normalization.
};

// Of a weighted sum of means over tasks that were drawn independently: sqrt(Σ weight² ×
// standard_error²).
[[nodiscard]] double stratified_error(std::span<const Stratum> strata);

// A model's losses on one task. `rows` holds one loss (nat per token) per row.
struct PairedTask {
  double weight = 0.0;  // Effective weight of the task.
  Normalization normalization{};
  std::span<const double> a{};  // [row]
  std::span<const double> b{};  // [row], of the same rows.
};

struct Difference {
  double value = 0.0;  // Score of a − score of b.
  double standard_error = 0.0;
};

// Of two models on the same rows: value = Σ w·(g(mean a) − g(mean b)) with the normalization g. Its
// error is that of the rows' differences d = g'(mean a)·a − g'(mean b)·b (delta method; without
// normalization a − b): sqrt(Σ w²·s²(d)/n). Throws SystemError(internal) if a task's rows differ in
// number.
[[nodiscard]] Difference paired_difference(std::span<const PairedTask> tasks);

// What two correct implementations may differ by in a mean loss, in nat.
inline constexpr double kNumericError = 1e-4;

// |difference − threshold| < 3·sqrt(standard_error² + kNumericError²). What is not known is not
// sure: true for NaN.
[[nodiscard]] bool too_close_to_call(double difference, double threshold, double standard_error);

}  // namespace verdict
