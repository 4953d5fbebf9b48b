#include "verdict/core/read_pace.h"

#include <thread>

namespace verdict {

ReadPace::ReadPace(double bytes_per_second)
    : bytes_per_second_(bytes_per_second), start_(std::chrono::steady_clock::now()) {}

void ReadPace::keep(uint64_t bytes) {
  read_bytes_ += static_cast<double>(bytes);
  const std::chrono::duration<double> due(read_bytes_ / bytes_per_second_);
  std::this_thread::sleep_until(
      start_ + std::chrono::duration_cast<std::chrono::steady_clock::duration>(due));
}

}  // namespace verdict
