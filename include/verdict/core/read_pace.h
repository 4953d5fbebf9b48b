// Keeps reads below a rate, for storage that others need as well.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>

namespace verdict {

// For any number of threads, which share the rate.
class ReadPace {
 public:
  explicit ReadPace(double bytes_per_second);  // 0: as fast as it goes.
  // Sleeps until `bytes` more could have been read at that rate since it was made, or `stop` says
  // so, which is asked every 20 ms.
  void keep(uint64_t bytes, const std::function<bool()>& stop = {});

 private:
  double bytes_per_second_;
  std::atomic<uint64_t> read_bytes_{0};
  std::chrono::steady_clock::time_point start_;
};

}  // namespace verdict
