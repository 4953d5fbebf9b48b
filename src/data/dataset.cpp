#include "verdict/data/dataset.h"

#include <glob.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <system_error>

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

uint64_t hash_of(const std::vector<uint32_t>& tokens) {
  return xxh3_64(little_endian_bytes(tokens));
}

// The same for every spelling of one file's path.
std::string identity_of(const std::string& path) {
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::canonical(path, error);
  if (error) throw SystemError(ExitCode::io, "cannot look for " + path + ": " + error.message());
  return whole.string();
}

// Of "FOLDER/PATTERN" without "FOLDER/": where the folder lies must not matter.
using PathByPlace = std::map<std::string, std::string>;  // std::string compares unsigned bytes.

PathByPlace matches_of(const std::string& pattern, const std::filesystem::path& folder) {
  const bool absolute = std::filesystem::path(pattern).is_absolute();
  const std::string prefix = absolute || folder.empty() ? "" : (folder / "").string();
  const GlobMatches matches(escaped(prefix) + pattern);
  if (matches.failed()) {
    throw SystemError(ExitCode::io, "cannot look for data '" + pattern + "' in " + folder.string());
  }
  PathByPlace found;
  for (const std::string& path : matches.paths()) {
    if (!path.starts_with(prefix)) throw SystemError(path + " does not begin with " + prefix);
    found.emplace(path.substr(prefix.size()), path);
  }
  return found;
}

}  // namespace

std::string unmatched_pattern(const std::filesystem::path& folder,
                              const std::vector<std::string>& patterns) {
  const auto unmatched = std::ranges::find_if(
      patterns, [&](const std::string& pattern) { return matches_of(pattern, folder).empty(); });
  return unmatched == patterns.end() ? "" : *unmatched;
}

std::vector<std::filesystem::path> find_shards(const std::filesystem::path& folder,
                                               const std::vector<std::string>& patterns) {
  if (const std::string pattern = unmatched_pattern(folder, patterns); !pattern.empty()) {
    throw SystemError(ExitCode::bad_data,
                      "data '" + pattern + "' matches no file in " + folder.string());
  }
  PathByPlace found;
  for (const std::string& pattern : patterns) found.merge(matches_of(pattern, folder));
  std::vector<std::filesystem::path> paths;
  std::set<std::string> seen;
  for (const auto& [place, path] : found) {
    if (seen.insert(identity_of(path)).second) paths.emplace_back(path);
  }
  return paths;
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
    row.hash = hash_of(shard(row.shard).read_row(row.row_in_shard));
    drawn.push_back(row);
  }
  return drawn;
}

std::vector<uint32_t> TaskData::tokens(const DrawnRow& row) {
  std::vector<uint32_t> tokens = shard(row.shard).read_row(row.row_in_shard);
  const uint64_t found = hash_of(tokens);
  if (found != row.hash) {
    throw SystemError(ExitCode::bad_data,
                      shards_[row.shard].path.string() + ": row " +
                          std::to_string(row.row_in_shard) + ": expected tokens with the hash " +
                          to_hex(row.hash) + ", as they were drawn, found " + to_hex(found) +
                          ": this copy of the file differs from the one that was drawn from");
  }
  return tokens;
}

}  // namespace verdict
