// One competition of the file, at one moment of its `[[competition.from]]` history.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "verdict/competition/competition_file.h"
#include "verdict/core/toml.h"

namespace verdict {

// The competition's own table below the `from` tables in force, in ascending order of blocks.
class Layers {
 public:
  explicit Layers(std::vector<TomlTable> tables) : tables_(std::move(tables)) {}

  // The last table that gives the key, else the competition's own, which then says that it is
  // missing.
  [[nodiscard]] const TomlTable& holder(std::string_view key) const;
  [[nodiscard]] const TomlTable& own() const { return tables_.front(); }
  [[nodiscard]] bool has(std::string_view key) const { return holder(key).has(key); }
  void refuse_unknown_keys() const;

 private:
  std::vector<TomlTable> tables_;
};

// Throws SystemError(usage) for any broken rule that concerns this competition alone.
[[nodiscard]] Competition read_competition(const Layers& layers);

// The tables of `from` by ascending block. Throws SystemError(usage) if a block occurs twice or is
// negative.
struct FromTable {
  int64_t block = 0;
  TomlTable table;
};
[[nodiscard]] std::vector<FromTable> from_tables(const TomlTable& competition);

}  // namespace verdict
