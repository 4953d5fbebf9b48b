#include "verdict/core/read_pace.h"

#include <algorithm>
#include <thread>

namespace verdict {

using Clock = std::chrono::steady_clock;

ReadPace::ReadPace(double bytes_per_second)
    : bytes_per_second_(bytes_per_second), start_(Clock::now()) {}

void ReadPace::keep(uint64_t bytes, const std::function<bool()>& stop) {
  constexpr std::chrono::milliseconds kAtOnce{20};
  const uint64_t read = read_bytes_.fetch_add(bytes) + bytes;
  if (bytes_per_second_ <= 0) return;
  const std::chrono::duration<double> took(static_cast<double>(read) / bytes_per_second_);
  const Clock::time_point due = start_ + std::chrono::duration_cast<Clock::duration>(took);
  while (Clock::now() < due && !(stop && stop()))
    std::this_thread::sleep_until(std::min(due, Clock::now() + kAtOnce));
}

}  // namespace verdict
