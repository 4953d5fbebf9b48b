// CPython's random.Random, bit for bit: the generator that the shared seed of the subnet feeds.
// Source: CPython Modules/_randommodule.c (init_by_array, MT19937) and Lib/random.py (randbelow,
// shuffle).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace verdict {

class PythonRandom {
 public:
  // `words`: the seed's magnitude as little-endian 32-bit words, without leading zero words (one
  // word for zero).
  explicit PythonRandom(std::span<const uint32_t> words);
  // random.seed(int.from_bytes(sha256(text), "big")): the seed of a block hash "as returned, with
  // 0x".
  static PythonRandom from_block_hash(std::string_view text);
  // A seed given as decimal digits.
  static PythonRandom from_decimal(std::string_view digits);

  [[nodiscard]] uint32_t next_u32();
  [[nodiscard]] uint64_t below(uint64_t n);             // Uniform in [0, n); n ≥ 1.
  [[nodiscard]] int64_t randint(int64_t a, int64_t b);  // Uniform in [a, b].
  [[nodiscard]] std::vector<int64_t> shuffled(
      int64_t n);  // 0 … n−1 in the order of random.shuffle.

 private:
  [[nodiscard]] uint64_t bits(int k);  // 1 ≤ k ≤ 64
  std::array<uint32_t, 624> state_{};
  size_t next_ = 624;
};

}  // namespace verdict
