#include "verdict/core/python_random.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "verdict/core/error.h"
#include "verdict/core/hash.h"

namespace verdict {
namespace {

constexpr size_t kSize = 624;
constexpr size_t kShift = 397;

// A magnitude without leading zero words; zero is one word.
std::vector<uint32_t> trimmed(std::vector<uint32_t> words) {
  while (words.size() > 1 && words.back() == 0) words.pop_back();
  return words;
}

}  // namespace

// init_by_array of MT19937 (Matsumoto and Nishimura), as CPython calls it.
PythonRandom::PythonRandom(std::span<const uint32_t> words) {
  state_[0] = 19650218U;
  for (uint32_t i = 1; i < kSize; ++i) {
    state_[i] = 1812433253U * (state_[i - 1] ^ (state_[i - 1] >> 30)) + i;
  }
  size_t i = 1;
  size_t j = 0;
  for (size_t k = std::max(kSize, words.size()); k > 0; --k) {
    state_[i] = (state_[i] ^ ((state_[i - 1] ^ (state_[i - 1] >> 30)) * 1664525U)) + words[j] +
                static_cast<uint32_t>(j);
    if (++i >= kSize) {
      state_[0] = state_[kSize - 1];
      i = 1;
    }
    if (++j >= words.size()) j = 0;
  }
  for (size_t k = kSize - 1; k > 0; --k) {
    state_[i] = (state_[i] ^ ((state_[i - 1] ^ (state_[i - 1] >> 30)) * 1566083941U)) -
                static_cast<uint32_t>(i);
    if (++i >= kSize) {
      state_[0] = state_[kSize - 1];
      i = 1;
    }
  }
  state_[0] = 0x80000000U;
}

PythonRandom PythonRandom::from_block_hash(std::string_view text) {
  const Sha256Digest digest = sha256(text);
  std::vector<uint32_t> words(8, 0);
  for (size_t byte = 0; byte < digest.size(); ++byte) {
    words[7 - byte / 4] |= uint32_t{digest[byte]} << (24 - 8 * (byte % 4));
  }
  return PythonRandom(trimmed(std::move(words)));
}

PythonRandom PythonRandom::from_decimal(std::string_view digits) {
  std::vector<uint32_t> words(1, 0);
  for (const char digit : digits) {
    if (digit < '0' || digit > '9')
      throw FormatError("seed '" + std::string(digits) + "' is not decimal");
    uint64_t carry = static_cast<uint64_t>(digit - '0');
    for (uint32_t& word : words) {
      carry += uint64_t{word} * 10;
      word = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
    if (carry != 0) words.push_back(static_cast<uint32_t>(carry));
  }
  return PythonRandom(trimmed(std::move(words)));
}

uint32_t PythonRandom::next_u32() {
  if (next_ >= kSize) {
    for (size_t i = 0; i < kSize; ++i) {
      const uint32_t y = (state_[i] & 0x80000000U) | (state_[(i + 1) % kSize] & 0x7fffffffU);
      state_[i] = state_[(i + kShift) % kSize] ^ (y >> 1) ^ ((y & 1U) != 0 ? 0x9908b0dfU : 0U);
    }
    next_ = 0;
  }
  uint32_t y = state_[next_++];
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680U;
  y ^= (y << 15) & 0xefc60000U;
  return y ^ (y >> 18);
}

uint64_t PythonRandom::bits(int k) {
  if (k <= 32) return next_u32() >> (32 - k);
  const uint64_t low = next_u32();
  return low | (uint64_t{next_u32() >> (64 - k)} << 32);
}

uint64_t PythonRandom::below(uint64_t n) {
  const int k = static_cast<int>(std::bit_width(n));
  uint64_t drawn = bits(k);
  while (drawn >= n) drawn = bits(k);
  return drawn;
}

int64_t PythonRandom::randint(int64_t a, int64_t b) {
  return a + static_cast<int64_t>(below(static_cast<uint64_t>(b - a) + 1));
}

std::vector<int64_t> PythonRandom::shuffled(int64_t n) {
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), int64_t{0});
  for (size_t i = order.size(); i-- > 1;) std::swap(order[i], order[below(i + 1)]);
  return order;
}

}  // namespace verdict
