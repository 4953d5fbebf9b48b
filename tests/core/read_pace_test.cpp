#include "verdict/core/read_pace.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace verdict {
namespace {

TEST(ReadPace, ReadsTakeNoLessThanTheirBytesAtTheRate) {
  const auto start = std::chrono::steady_clock::now();
  ReadPace pace(1e6);
  pace.keep(30'000);
  pace.keep(20'000);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  EXPECT_GE(taken.count(), 0.05);
}

TEST(ReadPace, TimeSpentElsewhereCounts) {
  ReadPace pace(1e6);
  std::this_thread::sleep_for(std::chrono::milliseconds(60));
  const auto start = std::chrono::steady_clock::now();
  pace.keep(50'000);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  EXPECT_LT(taken.count(), 0.05) << "slept although the rate was kept";
}

}  // namespace
}  // namespace verdict
