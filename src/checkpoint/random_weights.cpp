#include "checkpoint/random_weights.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "verdict/core/error.h"
#include "verdict/core/hash.h"

static_assert(std::endian::native == std::endian::little, "safetensors holds little-endian data");

namespace verdict {
namespace {

constexpr uint64_t kGolden = 0x9E3779B97F4A7C15U;

// The output function of SplitMix64 (Steele, Lea, Flood 2014).
uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

// Of the sum of four uniform integers 0 … 65535: sqrt(4·(2^32 − 1)/12).
constexpr double kSumMean = 2 * 65535.0;
constexpr double kSumDeviation = 37837.22723720648;

template <typename T, typename Convert>
void fill_as(std::span<std::byte> out, Convert convert) {
  for (size_t i = 0; i < out.size() / sizeof(T); ++i) {
    const T value = convert(i);
    std::memcpy(out.data() + i * sizeof(T), &value, sizeof(T));
  }
}

}  // namespace

RandomWeights::RandomWeights(uint64_t seed, std::string_view tensor_name, double mean,
                             double deviation)
    : key_(mix(seed + kGolden) ^ xxh3_64(tensor_name)),
      mean_(mean),
      step_(deviation / kSumDeviation) {}

float RandomWeights::at(uint64_t i) const {
  const uint64_t bits = mix(key_ + (i + 1) * kGolden);
  const uint64_t sum =
      (bits & 0xFFFFU) + ((bits >> 16) & 0xFFFFU) + ((bits >> 32) & 0xFFFFU) + (bits >> 48);
  return static_cast<float>(mean_ + (static_cast<double>(sum) - kSumMean) * step_);
}

void RandomWeights::fill(uint64_t first, DType dtype, std::span<std::byte> out) const {
  switch (dtype) {
    case DType::f32:
      return fill_as<float>(out, [&](size_t i) { return at(first + i); });
    case DType::f16:
      return fill_as<uint16_t>(out, [&](size_t i) { return to_half_bits(at(first + i)); });
    case DType::bf16:
      return fill_as<uint16_t>(out, [&](size_t i) { return to_bfloat16_bits(at(first + i)); });
    default:
      throw SystemError(ExitCode::usage, "random weights can be F32, F16 or BF16, not " +
                                             std::string(name_of(dtype)));
  }
}

uint16_t to_bfloat16_bits(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  if (std::isnan(value)) return static_cast<uint16_t>((bits >> 16) | 0x40U);
  return static_cast<uint16_t>((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16);
}

uint16_t to_half_bits(float value) {
  const auto sign = static_cast<uint32_t>(std::signbit(value) ? 0x8000U : 0U);
  if (std::isnan(value)) return static_cast<uint16_t>(sign | 0x7E00U);
  const float magnitude = std::fabs(value);
  if (magnitude >= 65520.0F) return static_cast<uint16_t>(sign | 0x7C00U);
  // Below 2^-14 the spacing is 2^-24 everywhere; nearbyint rounds to even. 2^10 of them are the
  // first normal number.
  if (magnitude < 0x1p-14F) {
    return static_cast<uint16_t>(sign | static_cast<uint32_t>(std::nearbyint(magnitude * 0x1p24F)));
  }
  // The exponent's bias is 15 instead of 127, and 13 of the 23 bits of the fraction go.
  const uint32_t bits = std::bit_cast<uint32_t>(magnitude) - (112U << 23);
  return static_cast<uint16_t>(sign | ((bits + 0xFFFU + ((bits >> 13) & 1U)) >> 13));
}

}  // namespace verdict
