// One HDF5 file of packed rows of tokens (format "verdict-tokens", version 1), and what a
// competition asks of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "verdict/core/range.h"
#include "verdict/hdf5/file.h"

namespace verdict {

struct ShardHeader {
  std::filesystem::path path{};
  int64_t rows = 0;
  int64_t length = 0;  // Tokens per row.
  std::string tokenizer{};
  int64_t vocab_size = 0;
  int64_t eos_id = 0;
  std::string source{};
  std::string
      sha256{};  // Hex, of the token stream: rows in order, each token as little-endian uint32.
};

// Every error is a SystemError(bad_data) that names the file, the place in it, what was expected
// and what was found; SystemError(io) if the operating system failed. Not thread-safe (HDF5 is
// not).
class TokenShard {
 public:
  // Reads and checks the header: format, version, packed, types, ranks, sizes.
  static TokenShard open(const std::filesystem::path& path);

  [[nodiscard]] const ShardHeader& header() const { return header_; }
  // Both throw at an id ≥ vocab_size, naming row and position.
  [[nodiscard]] std::vector<uint32_t> read_row(int64_t row) const;  // [length]
  [[nodiscard]] std::vector<uint32_t> read_rows(Range rows) const;  // [rows.size() * length]
  [[nodiscard]] std::vector<uint32_t> n_bytes() const;  // [rows], bytes of text behind each row
  [[nodiscard]] int64_t n_bytes_of_row(int64_t row) const;
  [[nodiscard]] int64_t rows_per_chunk() const;  // Read so many at a time; at least 1.

 private:
  TokenShard(Hdf5Dataset tokens, Hdf5Dataset n_bytes, ShardHeader header)
      : tokens_(std::move(tokens)), n_bytes_(std::move(n_bytes)), header_(std::move(header)) {}
  Hdf5Dataset tokens_;
  Hdf5Dataset n_bytes_;
  ShardHeader header_;
};

// What the competition says its data are.
struct ShardRules {
  std::string tokenizer{};
  int64_t vocab_size = 0;
  int64_t eos_id = 0;
  int64_t sequence_length = 0;
};

// Throws SystemError(bad_data) naming every rule that the header breaks.
void check_shard(const ShardHeader& header, const ShardRules& rules);

// Reads everything. Throws SystemError(bad_data) at the first id ≥ vocab_size (row and position) or
// if the SHA-256 of the token stream is not the header's.
void verify_shard_content(const TokenShard& shard);

}  // namespace verdict
