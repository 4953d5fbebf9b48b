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
  void sleep() {
    std::this_thread::sleep_for(next_);
    next_ = std::min(next_ * 5 / 4, kLongest);
  }
  // Something came.
  void reset() { next_ = kShortest; }

 private:
  static constexpr std::chrono::microseconds kShortest{1'000};
  static constexpr std::chrono::microseconds kLongest{8'000};
  std::chrono::microseconds next_ = kShortest;
};

}  // namespace verdict
