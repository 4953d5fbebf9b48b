// Writes token shards as launch/prepare_data.py does, with any one thing wrong that a test asks
// for.
#pragma once

#include <filesystem>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "verdict/core/file.h"
#include "verdict/core/hash.h"
#include "verdict/data/token_shard.h"

namespace verdict {

struct ShardToWrite {
  int64_t rows = 5;
  int64_t length = 4;
  std::vector<uint32_t> tokens{};  // 0, 1, 2, … if empty.
  std::string format = "verdict-tokens";
  int64_t format_version = 1;
  int64_t packed = 1;
  std::string tokenizer = "gpt-4";
  int64_t vocab_size = 100;
  int64_t eos_id = 99;
  std::string sha256{};          // The right one if empty.
  int64_t n_bytes_entries = -1;  // As many as rows if negative.
  int64_t chunk_rows = 2;
  bool optional_tables = false;  // Document, domain and source of rows.
};

inline void write_shard(const std::filesystem::path& path, ShardToWrite shard = {}) {
  if (shard.tokens.empty()) {
    shard.tokens.resize(static_cast<size_t>(shard.rows * shard.length));
    std::iota(shard.tokens.begin(), shard.tokens.end(), 0);
  }
  if (shard.sha256.empty()) {
    shard.sha256 = to_hex(Sha256().update(std::as_bytes(std::span(shard.tokens))).finish());
  }
  if (shard.n_bytes_entries < 0) shard.n_bytes_entries = shard.rows;
  Hdf5File file = Hdf5File::create_in_memory(path.filename().string());
  Hdf5Group root = file.root();
  root.set_attribute<std::string>("format", shard.format);
  root.set_attribute<int64_t>("format_version", shard.format_version);
  root.set_attribute<std::string>("tokenizer", shard.tokenizer);
  root.set_attribute<int64_t>("vocab_size", shard.vocab_size);
  root.set_attribute<int64_t>("eos_id", shard.eos_id);
  root.set_attribute<int64_t>("packed", shard.packed);
  root.set_attribute<std::string>("source", "a test");
  root.set_attribute<std::string>("sha256", shard.sha256);
  root.create_dataset<uint32_t>(
      "tokens", {shard.rows, shard.length}, shard.tokens,
      {.chunk = {shard.chunk_rows, shard.length}, .deflate = 1, .fletcher32 = true});
  std::vector<uint32_t> n_bytes(static_cast<size_t>(shard.n_bytes_entries));
  std::iota(n_bytes.begin(), n_bytes.end(), 1000);
  root.create_dataset<uint32_t>("n_bytes", {shard.n_bytes_entries}, n_bytes);
  if (shard.optional_tables) {
    const std::vector<uint32_t> of_rows(static_cast<size_t>(shard.rows));
    root.create_dataset<uint32_t>("doc_id", {shard.rows, shard.length}, shard.tokens);
    for (const std::string name : {"domain", "source"}) {
      root.create_dataset<uint32_t>(name, {shard.rows}, of_rows);
      root.create_dataset<std::string>(name + "_name", {1}, {"a name with blanks"});
    }
  }
  write_atomically(path, file.bytes());
}

inline ShardRules rules_of_the_tests() {
  return {.tokenizer = "gpt-4", .vocab_size = 100, .eos_id = 99, .sequence_length = 4};
}

}  // namespace verdict
