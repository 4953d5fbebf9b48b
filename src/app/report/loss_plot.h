// Losses of one task: a line per model, its mean with one standard error to both sides.
#pragma once

#include <string>
#include <vector>

namespace verdict {

struct LossPoint {
  std::string label{};
  double loss = 0;            // nat per token
  double standard_error = 0;  // NaN: not known.
};

// Points, not bars: a bar from zero would hide differences of a thousandth, one that begins
// elsewhere would lie. Nothing if there are no points.
[[nodiscard]] std::string loss_plot(const std::string& task, std::vector<LossPoint> points);

// Round numbers that divide [low, high] into about `count` parts.
[[nodiscard]] std::vector<double> round_ticks(double low, double high, int count);

}  // namespace verdict
