#include "competition/paired_rows.h"

#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "verdict/competition/score.h"
#include "verdict/competition/statistics.h"

namespace verdict {
namespace {

// Σ(a − b)² over [begin, end). Four sums, so that one addition need not wait for the last.
double squared_distance(const std::vector<double>& a, const std::vector<double>& b, size_t begin,
                        size_t end) {
  std::array<double, 4> sums{};
  size_t i = begin;
  for (; i + 4 <= end; i += 4) {
    for (size_t k = 0; k < 4; ++k) sums[k] += (a[i + k] - b[i + k]) * (a[i + k] - b[i + k]);
  }
  for (; i < end; ++i) sums[0] += (a[i] - b[i]) * (a[i] - b[i]);
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

}  // namespace

PairedRows::PairedRows(const Competition& competition, const std::vector<RowLosses>& losses,
                       std::vector<double> weights)
    : weights_(std::move(weights)) {
  for (const RowLosses& model : losses) {
    std::vector<double>& rows = rows_.emplace_back();
    std::vector<size_t> ends;
    for (size_t t = 0; t < model.size(); ++t) {
      const double mean = sample_mean(model[t]).mean;
      const double slope = normalization_slope(mean, competition.tasks[t].normalization);
      for (const double loss : model[t]) rows.push_back(slope * (loss - mean));
      ends.push_back(rows.size());
    }
    if (!ends.empty()) ends_ = std::move(ends);
  }
}

double PairedRows::standard_error(size_t a, size_t b) const {
  double variance = 0.0;
  size_t begin = 0;
  for (size_t t = 0; t < ends_.size(); ++t) {
    const auto n = static_cast<double>(ends_[t] - begin);
    if (n < 2.0) return std::numeric_limits<double>::quiet_NaN();
    const double squares = squared_distance(rows_[a], rows_[b], begin, ends_[t]);
    variance += weights_[t] * weights_[t] * squares / (n - 1.0) / n;
    begin = ends_[t];
  }
  return std::sqrt(variance);
}

}  // namespace verdict
