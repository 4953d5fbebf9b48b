#include "app/bench/metrics.h"

#include <algorithm>
#include <chrono>
#include <iostream>

namespace verdict {

Summary summarize(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {.median = values[values.size() / 2], .low = values.front(), .high = values.back()};
}

void print_metric(const std::string& name, const Summary& summary, const std::string& unit,
                  const Json& more) {
  Json line{{"metric", name},
            {"value", summary.median},
            {"unit", unit},
            {"min", summary.low},
            {"max", summary.high}};
  line.update(more);
  std::cout << line.dump() << std::endl;
}

double seconds_of(const std::function<void()>& step) {
  const auto start = std::chrono::steady_clock::now();
  step();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace verdict
