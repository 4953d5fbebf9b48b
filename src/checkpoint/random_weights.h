// Random weights that are the same on every machine: counter based, with integers up to the last
// step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "verdict/checkpoint/safetensors.h"

namespace verdict {

// Element i of a tensor is mean + deviation·z(i), z near a normal distribution (the sum of four
// uniform numbers, so that |z| < 3.47), a function of seed, name and i only.
class RandomWeights {
 public:
  RandomWeights(uint64_t seed, std::string_view tensor_name, double mean, double deviation);
  [[nodiscard]] float at(uint64_t i) const;
  // Elements first, first + 1, … as `dtype` (f32, f16 or bf16), little-endian, rounded to nearest
  // even.
  void fill(uint64_t first, DType dtype, std::span<std::byte> out) const;

 private:
  uint64_t key_;
  double mean_;
  double step_;
};

// IEEE 754 binary16 and bfloat16 by bits; nearest even; overflow gives infinity.
[[nodiscard]] uint16_t to_half_bits(float value);
[[nodiscard]] uint16_t to_bfloat16_bits(float value);

}  // namespace verdict
