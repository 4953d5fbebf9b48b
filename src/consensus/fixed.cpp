#include "verdict/consensus/fixed.h"

#include <algorithm>

namespace verdict {
namespace {

// The library returns its constant, which has 23 bits behind the point, for exactly 1.
constexpr Fixed kE = Fixed::from_bits(int64_t{22'802'600} << 9);
constexpr uint64_t kLastTerm = 31;

// 1 + x + x²/2! + …, for x from 0 to 20: no term and no sum comes near the limits of the type.
Fixed exp_of_positive(Fixed x) {
  __extension__ using Wide = unsigned __int128;
  const auto factor = static_cast<uint64_t>(x.bits());
  uint64_t term = factor;
  uint64_t total = factor + static_cast<uint64_t>(kOne.bits());
  // Unrolled, the divisors are constants and no division is left.
#pragma GCC unroll 32
  for (uint64_t i = 2; i <= kLastTerm; ++i) {
    term = static_cast<uint64_t>((Wide{term} * factor) >> 32) / i;
    total += term;
  }
  return Fixed::from_bits(static_cast<int64_t>(total));
}

}  // namespace

Fixed clamped_exp(Fixed x) {
  x = std::clamp(x, Fixed::whole(-20), Fixed::whole(20));
  if (x == Fixed{}) return kOne;
  if (x == kOne) return kE;
  if (x < Fixed{}) return kOne / exp_of_positive(Fixed{} - x);
  return exp_of_positive(x);
}

}  // namespace verdict
