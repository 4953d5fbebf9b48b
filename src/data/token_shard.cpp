#include "verdict/data/token_shard.h"

#include <algorithm>

#include "data/little_endian.h"
#include "verdict/core/error.h"
#include "verdict/core/hash.h"
#include "verdict/core/table.h"

namespace verdict {
namespace {

[[noreturn]] void refuse(const std::string& text) { throw SystemError(ExitCode::bad_data, text); }

std::string shown(const std::string& text) {
  return std::string("'").append(printable(text)).append("'");
}
std::string shown(int64_t number) { return std::to_string(number); }

template <class T>
void expect_attribute(const Hdf5Group& root, const std::string& name, const T& expected) {
  const T found = root.attribute<T>(name);
  if (found == expected) return;
  refuse(root.place() + ": attribute '" + name + "': expected " + shown(expected) + ", found " +
         shown(found));
}

// "2 axes of uint32"
std::string form(const std::string& type, size_t axes) {
  return std::to_string(axes) + (axes == 1 ? " axis of " : " axes of ") + type;
}

void expect_form(const Hdf5Dataset& dataset, size_t axes) {
  const std::string expected = form("uint32", axes);
  const std::string found = form(dataset.type_name(), dataset.shape().size());
  if (found != expected) refuse(dataset.place() + ": expected " + expected + ", found " + found);
}

ShardHeader read_header(const Hdf5Group& root, const std::filesystem::path& path,
                        const std::vector<int64_t>& shape) {
  ShardHeader header;
  header.path = path;
  header.rows = shape[0];
  header.length = shape[1];
  header.tokenizer = root.attribute<std::string>("tokenizer");
  header.vocab_size = root.attribute<int64_t>("vocab_size");
  header.eos_id = root.attribute<int64_t>("eos_id");
  header.source = root.attribute<std::string>("source");
  header.sha256 = root.attribute<std::string>("sha256");
  return header;
}

void check_header(const ShardHeader& header, const std::string& place) {
  const std::string& sha = header.sha256;
  if (sha.size() != 64 || sha.find_first_not_of("0123456789abcdef") != std::string::npos) {
    refuse(place + ": attribute 'sha256': expected 64 lower-case hex digits, found '" +
           printable(sha) + "'");
  }
  if (header.rows < 1) refuse(place + "tokens: expected at least one row, found none");
  // One target needs two tokens: targets are tokens 1 … length − 1.
  if (header.length < 2) {
    refuse(place + "tokens: expected rows of at least 2 tokens, found " +
           std::to_string(header.length));
  }
  if (header.eos_id < 0 || header.eos_id >= header.vocab_size) {
    refuse(place + ": attribute 'eos_id': expected an id below vocab_size " +
           std::to_string(header.vocab_size) + ", found " + std::to_string(header.eos_id));
  }
}

}  // namespace

TokenShard TokenShard::open(const std::filesystem::path& path) {
  const Hdf5Group root = Hdf5File::open(path).root();
  expect_attribute<std::string>(root, "format", "verdict-tokens");
  expect_attribute<int64_t>(root, "format_version", 1);
  expect_attribute<int64_t>(root, "packed", 1);
  Hdf5Dataset tokens = root.dataset("tokens");
  Hdf5Dataset n_bytes = root.dataset("n_bytes");
  expect_form(tokens, 2);
  expect_form(n_bytes, 1);
  ShardHeader header = read_header(root, path, tokens.shape());
  check_header(header, root.place());
  const int64_t entries = n_bytes.shape()[0];
  if (entries != header.rows) {
    refuse(n_bytes.place() + ": expected " + std::to_string(header.rows) +
           " entries, one for each row of tokens, found " + std::to_string(entries));
  }
  return {std::move(tokens), std::move(n_bytes), std::move(header)};
}

std::vector<uint32_t> TokenShard::read_row(int64_t row) const { return read_rows({row, row + 1}); }

std::vector<uint32_t> TokenShard::read_rows(Range rows) const {
  std::vector<uint32_t> tokens = tokens_.read_rows<uint32_t>(rows);
  // An id that is too large would be looked up outside the embedding table.
  const auto wrong = std::find_if(tokens.begin(), tokens.end(),
                                  [&](uint32_t id) { return int64_t{id} >= header_.vocab_size; });
  if (wrong == tokens.end()) return tokens;
  const int64_t at = wrong - tokens.begin();
  refuse(tokens_.place() + ": row " + std::to_string(rows.begin + at / header_.length) +
         ", position " + std::to_string(at % header_.length) +
         ": expected an id below vocab_size " + std::to_string(header_.vocab_size) + ", found " +
         std::to_string(*wrong));
}

std::vector<uint32_t> TokenShard::n_bytes() const { return n_bytes_.read<uint32_t>(); }
int64_t TokenShard::n_bytes_of_row(int64_t row) const {
  return n_bytes_.read_rows<uint32_t>({row, row + 1}).front();
}

int64_t TokenShard::rows_per_chunk() const {
  const std::vector<int64_t> chunk = tokens_.chunk();
  constexpr int64_t kUnchunked = 64;
  return chunk.empty() ? kUnchunked : chunk.front();
}

void check_shard(const ShardHeader& header, const ShardRules& rules) {
  std::vector<std::string> broken;
  const auto compare = [&](const std::string& what, const auto& found, const auto& expected) {
    if (found != expected) {
      broken.push_back(what + ": the competition says " + shown(expected) + ", the shard has " +
                       shown(found));
    }
  };
  compare("tokenizer", header.tokenizer, rules.tokenizer);
  compare("vocab_size", header.vocab_size, rules.vocab_size);
  compare("eos_id", header.eos_id, rules.eos_id);
  compare("tokens per row", header.length, rules.sequence_length);
  if (broken.empty()) return;
  std::string text = header.path.string() + ": ";
  for (size_t i = 0; i < broken.size(); ++i) text += (i == 0 ? "" : "; ") + broken[i];
  refuse(text);
}

void verify_shard_content(const TokenShard& shard) {
  const ShardHeader& header = shard.header();
  // Whole chunks, or every chunk would be unpacked once per row.
  const int64_t step = shard.rows_per_chunk();
  Sha256 hash;
  for (int64_t begin = 0; begin < header.rows; begin += step) {
    const std::vector<uint32_t> tokens =
        shard.read_rows({begin, std::min(begin + step, header.rows)});
    hash.update(little_endian_bytes(tokens));
  }
  const std::string found = to_hex(hash.finish());
  if (found != header.sha256) {
    refuse(header.path.string() + ": /tokens: the SHA-256 of the token stream is " + found +
           ", attribute 'sha256' says " + header.sha256);
  }
}

}  // namespace verdict
