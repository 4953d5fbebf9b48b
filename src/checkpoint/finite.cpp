#include <algorithm>
#include <array>
#include <cstring>

#include "verdict/checkpoint/read_plan.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

constexpr size_t kAtOnce = 4096;  // Elements; a fixed number lets the compiler use wide registers.

// Infinite and NaN are those whose exponent is all ones.
template <typename Bits, Bits kExponent>
bool any_non_finite(const std::byte* bytes) {
  std::array<Bits, kAtOnce> values;
  std::memcpy(values.data(), bytes, sizeof values);
  Bits found = 0;
  for (const Bits value : values) found |= static_cast<Bits>((value & kExponent) == kExponent);
  return found != 0;
}

template <typename Bits, Bits kExponent>
std::optional<uint64_t> find_non_finite(std::span<const std::byte> bytes) {
  const size_t count = bytes.size() / sizeof(Bits);
  for (size_t begin = 0; begin < count; begin += kAtOnce) {
    const std::byte* here = bytes.data() + begin * sizeof(Bits);
    const size_t left = std::min(kAtOnce, count - begin);
    if (left == kAtOnce && !any_non_finite<Bits, kExponent>(here)) continue;
    for (size_t i = 0; i < left; ++i) {
      Bits value = 0;
      std::memcpy(&value, here + i * sizeof(Bits), sizeof(Bits));
      if ((value & kExponent) == kExponent) return begin + i;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<uint64_t> first_non_finite(std::span<const std::byte> bytes, DType dtype) {
  switch (dtype) {
    case DType::f32:
      return find_non_finite<uint32_t, 0x7F80'0000>(bytes);
    case DType::bf16:
      return find_non_finite<uint16_t, 0x7F80>(bytes);
    case DType::f16:
      return find_non_finite<uint16_t, 0x7C00>(bytes);
    default:
      throw SystemError("weights of the dtype " + std::string(name_of(dtype)) +
                        " cannot be looked through");
  }
}

std::string non_finite_text(const TensorInfo& tensor, uint64_t element) {
  std::string place = std::to_string(element);
  if (tensor.shape.size() == 2) {
    const auto columns = static_cast<uint64_t>(tensor.shape[1]);
    place = std::to_string(element / columns) + ", " + std::to_string(element % columns);
  }
  return "weight '" + tensor.name + "' [" + place + "] is not finite";
}

}  // namespace verdict
