// SHA-256 (identity of content, OpenSSL) and XXH3 (checksums of our own files, xxHash).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace verdict {

using Sha256Digest = std::array<uint8_t, 32>;

// Incremental SHA-256 (FIPS 180-4).
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  Sha256& update(std::span<const std::byte> bytes);
  Sha256& update(std::string_view text);
  // Ends the stream; the object must not be used again.
  [[nodiscard]] Sha256Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] Sha256Digest sha256(std::string_view bytes);
[[nodiscard]] std::string to_hex(std::span<const uint8_t> bytes);
[[nodiscard]] std::string to_hex(uint64_t hash);  // 16 digits.
[[nodiscard]] std::string to_base64(
    std::span<const uint8_t> bytes);  // Standard alphabet, padded (RFC 4648).

[[nodiscard]] uint64_t xxh3_64(std::string_view bytes);
[[nodiscard]] uint64_t xxh3_64(std::span<const std::byte> bytes);
[[nodiscard]] std::string xxh3_hex(std::string_view bytes);  // 16 hex digits.

// A large file: what it is, and what each of its blocks of kDigestBlockBytes (the last may be
// shorter) must be wherever it is read again.
inline constexpr uint64_t kDigestBlockBytes = uint64_t{8} << 20;
struct FileDigest {
  std::string sha256_hex{};
  std::vector<uint64_t> block_sums{};  // XXH3, 64 bit
  friend bool operator==(const FileDigest&, const FileDigest&) = default;
};

}  // namespace verdict
