// The chain's fixed-point number I32F32, bit for bit. Source: encointer/substrate-fixed v0.6.0.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace verdict {

// A signed 64-bit integer of 2^-32ths. Sums, differences and products saturate; a product is the
// floor of the exact one. A quotient is truncated toward zero, and is 0 where it has no value
// (division by zero, overflow).
class Fixed {
 public:
  constexpr Fixed() = default;
  [[nodiscard]] static constexpr Fixed from_bits(int64_t bits) {
    Fixed x;
    x.bits_ = bits;
    return x;
  }
  [[nodiscard]] static constexpr Fixed whole(int32_t value) {
    return from_bits(int64_t{value} * (int64_t{1} << 32));
  }
  [[nodiscard]] constexpr int64_t bits() const { return bits_; }

  friend constexpr auto operator<=>(const Fixed&, const Fixed&) = default;

  friend constexpr Fixed operator+(Fixed a, Fixed b) {
    int64_t sum = 0;
    if (!__builtin_add_overflow(a.bits_, b.bits_, &sum)) return from_bits(sum);
    return from_bits(b.bits_ < 0 ? kLeast : kMost);
  }
  friend constexpr Fixed operator-(Fixed a, Fixed b) {
    int64_t difference = 0;
    if (!__builtin_sub_overflow(a.bits_, b.bits_, &difference)) return from_bits(difference);
    return from_bits(b.bits_ < 0 ? kMost : kLeast);
  }
  friend constexpr Fixed operator*(Fixed a, Fixed b) {
    const Wide product = (Wide{a.bits_} * b.bits_) >> 32;  // An arithmetic shift is the floor.
    if (product > kMost) return from_bits(kMost);
    if (product < kLeast) return from_bits(kLeast);
    return from_bits(static_cast<int64_t>(product));
  }
  friend constexpr Fixed operator/(Fixed a, Fixed b) {
    if (b.bits_ == 0) return {};
    const Wide quotient = Wide{a.bits_} * (Wide{1} << 32) / b.bits_;
    if (quotient > kMost || quotient < kLeast) return {};
    return from_bits(static_cast<int64_t>(quotient));
  }
  constexpr Fixed& operator+=(Fixed other) { return *this = *this + other; }

 private:
  __extension__ using Wide = __int128;
  static constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  static constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
  int64_t bits_ = 0;
};

inline constexpr Fixed kOne = Fixed::whole(1);
inline constexpr Fixed kU16Max = Fixed::whole(65535);

// The floor of `x`, clamped to 0 … 65535.
[[nodiscard]] constexpr uint16_t floor_to_u16(Fixed x) {
  const int64_t whole = x.bits() >> 32;
  return static_cast<uint16_t>(whole < 0 ? 0 : whole > 65535 ? 65535 : whole);
}

// A share of 1 as the chain stores it: 65535 is 1.
[[nodiscard]] constexpr uint16_t share_to_u16(Fixed x) { return floor_to_u16(x * kU16Max); }
[[nodiscard]] constexpr Fixed share_from_u16(uint16_t x) { return Fixed::whole(x) / kU16Max; }

// e^x of x clamped to −20 … 20, by the series of the chain's library.
[[nodiscard]] Fixed clamped_exp(Fixed x);

}  // namespace verdict
