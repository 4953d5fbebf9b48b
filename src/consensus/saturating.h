// Blocks never wrap around.
#pragma once

#include <cstdint>
#include <limits>

namespace verdict {

[[nodiscard]] constexpr uint64_t saturating_sum(uint64_t a, uint64_t b) {
  uint64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<uint64_t>::max() : sum;
}

[[nodiscard]] constexpr uint64_t saturating_difference(uint64_t a, uint64_t b) {
  return a < b ? 0 : a - b;
}

}  // namespace verdict
