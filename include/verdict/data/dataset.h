// The rows of a task: all rows of its shards in order, and those that a block hash draws.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "verdict/data/token_shard.h"

namespace verdict {

// The files that `patterns` (glob(7), relative to `folder`) match, each once: in byte order of
// their paths relative to `folder`, as the patterns yield them (of an absolute pattern: of the
// absolute paths). So the order does not depend on where the folder lies or how it is named. Throws
// SystemError(bad_data) naming a pattern that matches nothing.
[[nodiscard]] std::vector<std::filesystem::path> find_shards(
    const std::filesystem::path& folder, const std::vector<std::string>& patterns);

// The first of `patterns` that matches nothing; empty if all do.
[[nodiscard]] std::string unmatched_pattern(const std::filesystem::path& folder,
                                            const std::vector<std::string>& patterns);

struct DrawnRow {
  int64_t sample = 0;       // 0, 1, … in the order in which they were drawn.
  int64_t row_in_task = 0;  // Counted through all shards.
  size_t shard = 0;         // Index into the task's shards.
  int64_t row_in_shard = 0;
  int64_t n_bytes = 0;  // Of the text behind the row.
  uint64_t hash = 0;    // XXH3 of the row's tokens as little-endian uint32.
};

enum class VerifyContent { no, yes };

// Not thread-safe (HDF5 is not). One shard is open at a time, so that a task may have any number of
// them.
class TaskData {
 public:
  // Opens every shard, checks it against `rules` and, if asked, reads all of it for its checksum.
  static TaskData open(const std::vector<std::filesystem::path>& paths, const ShardRules& rules,
                       VerifyContent verify);

  [[nodiscard]] const std::vector<ShardHeader>& shards() const { return shards_; }
  [[nodiscard]] int64_t total_rows() const { return total_rows_; }
  // The first min(rows, cap, total_rows()) of all rows in the order of CPython's random.shuffle,
  // seeded from the block hash as given (scoring.md A.8).
  [[nodiscard]] std::vector<DrawnRow> draw(const std::string& block_hash, int64_t rows,
                                           std::optional<int64_t> cap = std::nullopt);
  // [sequence_length]. Throws SystemError(bad_data) naming file and row if the tokens are not those
  // of row.hash: ranks may read copies of a shard that differ.
  [[nodiscard]] std::vector<uint32_t> tokens(const DrawnRow& row);

 private:
  TokenShard& shard(size_t index);
  std::vector<ShardHeader> shards_{};
  int64_t total_rows_ = 0;
  size_t open_index_ = 0;
  std::optional<TokenShard> open_shard_{};
};

}  // namespace verdict
