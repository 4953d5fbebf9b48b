// How those sleep who wait for others: briefly at first, so that a quick answer is taken quickly,
// then longer, so that a long wait costs next to nothing. (A probe every millisecond: 1.3 % of a
// core.)
#pragma once

#include <algorithm>
#include <chrono>
#include <thread>

namespace verdict {

class Nap {
 public:
  Nap() = default;
  // For those who wait for what takes less than a millisecond.
  Nap(std::chrono::microseconds shortest, std::chrono::microseconds longest)
      : shortest_(shortest), longest_(longest) {}
  void sleep() {
    std::this_thread::sleep_for(next_);
    next_ = std::min(next_ * 5 / 4, longest_);
  }
  // Something came.
  void reset() { next_ = shortest_; }

 private:
  std::chrono::microseconds shortest_{1'000};
  std::chrono::microseconds longest_{8'000};
  std::chrono::microseconds next_ = shortest_;
};

}  // namespace verdict
