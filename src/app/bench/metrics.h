// One JSON line per metric on stdout: name, value (the median), unit, spread, and what was
// measured.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "verdict/core/json.h"

namespace verdict {

// Over the rounds of a measurement.
struct Summary {
  double median = 0;
  double low = 0;
  double high = 0;
};
[[nodiscard]] Summary summarize(std::vector<double> values);

void print_metric(const std::string& name, const Summary& summary, const std::string& unit,
                  const Json& more);

// Wall time.
[[nodiscard]] double seconds_of(const std::function<void()>& step);

}  // namespace verdict
