// Keeps reads below a rate, for storage that others need as well.
#pragma once

#include <chrono>
#include <cstdint>

namespace verdict {

// One thread at a time.
class ReadPace {
 public:
  explicit ReadPace(double bytes_per_second);  // Must be above 0.
  // Sleeps until `bytes` more could have been read at that rate since it was made.
  void keep(uint64_t bytes);

 private:
  double bytes_per_second_;
  double read_bytes_ = 0;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace verdict
