// Tokens as the bytes that are hashed: each a little-endian uint32.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <string_view>

namespace verdict {

[[nodiscard]] inline std::string_view little_endian_bytes(std::span<const uint32_t> tokens) {
  static_assert(std::endian::native == std::endian::little,
                "hashes are taken of the tokens as they lie in memory");
  return {reinterpret_cast<const char*>(tokens.data()), tokens.size_bytes()};
}

}  // namespace verdict
