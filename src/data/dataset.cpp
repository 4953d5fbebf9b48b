#include "verdict/data/dataset.h"

#include <glob.h>

#include <algorithm>
#include <set>

#include "data/little_endian.h"
#include "verdict/core/error.h"
#include "verdict/core/hash.h"
#include "verdict/core/python_random.h"

namespace verdict {
namespace {

class GlobMatches {
 public:
  explicit GlobMatches(const std::string& pattern)
      : status_(::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &glob_)) {}
  ~GlobMatches() { ::globfree(&glob_); }
  GlobMatches(const GlobMatches&) = delete;
  GlobMatches& operator=(const GlobMatches&) = delete;
  [[nodiscard]] bool failed() const { return status_ != 0 && status_ != GLOB_NOMATCH; }
  [[nodiscard]] std::vector<std::string> paths() const {
    return status_ == 0 ? std::vector<std::string>(glob_.gl_pathv, glob_.gl_pathv + glob_.gl_pathc)
                        : std::vector<std::string>{};
  }

 private:
  glob_t glob_{};
  int status_;
};

// The folder is a name, not a pattern.
std::string escaped(const std::string& folder) {
  std::string text;
  for (const char c : folder) {
    if (c == '*' || c == '?' || c == '[' || c == '\\') text += '\\';
    text += c;
  }
  return text;
}

}  // namespace

std::vector<std::filesystem::path> find_shards(const std::filesystem::path& folder,
                                               const std::vector<std::string>& patterns) {
  // std::string compares bytes, as unsigned; std::filesystem::path would compare element by
  // element.
  std::set<std::string> found;
  for (const std::string& pattern : patterns) {
    const bool absolute = std::filesystem::path(pattern).is_absolute();
    const std::string whole =
        absolute || folder.empty() ? pattern : escaped(folder.string()) + "/" + pattern;
    const GlobMatches matches(whole);
    if (matches.failed())
      throw SystemError(ExitCode::io,
                        "cannot look for data '" + pattern + "' in " + folder.string());
    if (matches.paths().empty()) {
      throw SystemError(ExitCode::bad_data,
                        "data '" + pattern + "' matches no file in " + folder.string());
    }
    for (const std::string& path : matches.paths()) {
      found.insert(std::filesystem::path(path).lexically_normal().string());
    }
  }
  return {found.begin(), found.end()};
}

TaskData TaskData::open(const std::vector<std::filesystem::path>& paths, const ShardRules& rules,
                        VerifyContent verify) {
  TaskData data;
  for (const std::filesystem::path& path : paths) {
    const TokenShard shard = TokenShard::open(path);
    check_shard(shard.header(), rules);
    if (verify == VerifyContent::yes) verify_shard_content(shard);
    data.total_rows_ += shard.header().rows;
    data.shards_.push_back(shard.header());
  }
  return data;
}

TokenShard& TaskData::shard(size_t index) {
  if (!open_shard_ || open_index_ != index) {
    open_shard_.reset();
    open_shard_ = TokenShard::open(shards_.at(index).path);
    open_index_ = index;
  }
  return *open_shard_;
}

std::vector<DrawnRow> TaskData::draw(const std::string& block_hash, int64_t rows,
                                     std::optional<int64_t> cap) {
  const std::vector<int64_t> order =
      PythonRandom::from_block_hash(block_hash).shuffled(total_rows_);
  const int64_t count = std::max<int64_t>(0, std::min({rows, cap.value_or(rows), total_rows_}));
  std::vector<DrawnRow> drawn;
  for (int64_t sample = 0; sample < count; ++sample) {
    DrawnRow row;
    row.sample = sample;
    row.row_in_task = order[static_cast<size_t>(sample)];
    row.row_in_shard = row.row_in_task;
    while (row.row_in_shard >= shards_[row.shard].rows)
      row.row_in_shard -= shards_[row.shard++].rows;
    row.n_bytes = shard(row.shard).n_bytes_of_row(row.row_in_shard);
    row.hash = xxh3_64(little_endian_bytes(tokens(row)));
    drawn.push_back(row);
  }
  return drawn;
}

std::vector<uint32_t> TaskData::tokens(const DrawnRow& row) {
  return shard(row.shard).read_row(row.row_in_shard);
}

}  // namespace verdict
