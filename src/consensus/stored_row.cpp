#include "verdict/consensus/stored_row.h"

#include <algorithm>

namespace verdict {
namespace {

// The nearest whole number, a half upward. Below 0 everything is 0.
uint16_t round_to_u16(Fixed x) {
  constexpr Fixed kHalf = Fixed::from_bits(int64_t{1} << 31);
  return floor_to_u16(x + kHalf);
}

}  // namespace

std::vector<uint16_t> scale_to_u16(const std::vector<Fixed>& values) {
  std::vector<uint16_t> scaled;
  if (values.empty()) return scaled;
  const Fixed most = *std::max_element(values.begin(), values.end());
  constexpr Fixed kLarge = Fixed::whole(32768);  // Two values as large have no product.
  for (const Fixed value : values) {
    if (most == Fixed{}) {
      scaled.push_back(share_to_u16(value));
    } else if (most > kLarge) {
      scaled.push_back(round_to_u16(value * (kU16Max / most)));
    } else {
      scaled.push_back(round_to_u16(value * kU16Max / most));
    }
  }
  return scaled;
}

StoredRow scale_to_u16(StoredRow weights) {
  std::vector<Fixed> values;
  for (const StoredEntry& e : weights) values.push_back(Fixed::whole(e.value));
  const std::vector<uint16_t> scaled = scale_to_u16(values);
  for (size_t i = 0; i < weights.size(); ++i) weights[i].value = scaled[i];
  return weights;
}

}  // namespace verdict
